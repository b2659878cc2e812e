"""Liver safety read from ADHY: plots, layers to act on, and the list of potential Hy's law cases."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from milepost.protocol.safety import LiverTier
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.labs_dish import QUADRANTS, Plot, Point
from milepost.reports.labs_groups import counted_groups, counted_rows, named
from milepost.reports.ledger import Ledger
from milepost.reports.section import Cell, Row, Table, count_cell, text_cells

MOST_LISTED = 25
LAYERS = {"WATCH": "Watch closely", "WITHHOLD": "Withhold", "STOP": "Stop"}
_R_WORDS = {"HEPATOCELLULAR": "hepatocellular", "MIXED": "mixed", "CHOLESTATIC": "cholestatic"}


def liver_rows(inputs: ClinicalInputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Liver safety of each line that counts, and the potential cases: the first of each patient."""
    cases = counted_rows(inputs, inputs.frames.liver_cases).sort_values(["USUBJID", "BILIDT", "LINE"])
    first = cases.drop_duplicates("USUBJID").reset_index(drop=True)
    return counted_rows(inputs, inputs.frames.liver), first


def _gravest(liver: pd.DataFrame, column: str, order: tuple[str, ...], peak: str) -> pd.DataFrame:
    """Of each patient the line that is gravest by this column, of two as grave the one with the higher ALT, else the
    first. order: the grave values, the gravest first."""
    place = liver[column].map({value: at for at, value in enumerate(order)}).fillna(len(order))
    ordered = liver.assign(PLACE=place.astype(int), HIGH=-liver[peak].astype(float)).sort_values(
        ["USUBJID", "PLACE", "HIGH", "LINE"], kind="stable"
    )
    return ordered.drop_duplicates("USUBJID").drop(columns=["PLACE", "HIGH"])


def to_plots(inputs: ClinicalInputs, liver: pd.DataFrame, cases: pd.DataFrame, *, own: bool) -> list[Plot]:
    """One plot a group; own: in multiples of the patient's baseline (mDISH).

    Without a highest value of both tests a patient is in none.
    """
    rules = inputs.protocol.safety.liver
    suffix, quadrant = ("PKBL", "MDISH") if own else ("PKULN", "EDISH")
    named_cases = set(cases["USUBJID"])
    groups = counted_groups(inputs)
    plots = []
    for group in groups:
        mine = liver[liver["USUBJID"].isin(group.subjects)]
        both = mine[mine[f"ALT{suffix}"].notna() & mine[f"BILI{suffix}"].notna()]
        both = _gravest(both, quadrant, QUADRANTS[:-1], f"ALT{suffix}")
        points = tuple(
            Point(str(subject), float(alt), float(bili), where if isinstance(where, str) else None,
                  subject in named_cases)
            for subject, alt, bili, where in zip(
                both["USUBJID"], both[f"ALT{suffix}"], both[f"BILI{suffix}"], both[quadrant], strict=True
            )
        )  # fmt: skip
        name = group.name if len(groups) > 1 else ""
        plots.append(Plot(name, own, points, (float(rules.alt), float(rules.bili))))
    return plots


def enter_plots(inputs: ClinicalInputs, plots: list[Plot], ledger: Ledger, *, of: str) -> None:
    """How many lie in each quadrant. of: head of the ids."""
    for group, plot in zip(counted_groups(inputs), plots, strict=True):
        for quadrant in QUADRANTS:
            who = [point.subject for point in plot.points if point.quadrant == quadrant]
            what = f"Highest ALT and bilirubin, {plot.unit}: {plot.words(quadrant)}"
            ledger.count(
                inputs.number(f"{of}.{quadrant}", group), named(inputs, group, what), who, of=len(plot.points)
            )


def layer_table(inputs: ClinicalInputs, liver: pd.DataFrame, ledger: Ledger) -> Table | None:
    """By baseline ALT: patients, and the layer that each reached with what bilirubin adds to it."""
    if liver.empty:
        return None
    groups = counted_groups(inputs)
    rows = []
    for group in groups:
        mine = liver[liver["USUBJID"].isin(group.subjects)]
        mine = _gravest(mine, "LAYERMOD", tuple(reversed(LAYERS)), "ALTPKULN")
        if len(groups) > 1:
            rows.append(Row(group.name, kind="group"))
        for number, name, limits in _tiers(inputs.protocol.safety.liver.tiers):
            held = mine["BASETIER"].isna() if number is None else mine["BASETIER"].eq(number)
            part = mine[held.fillna(False).to_numpy(bool)]
            cells = _layer_cells(inputs, group, part, name, number, ledger)
            if number is not None or len(part):
                rows.append(Row(name, (Cell(limits), *cells)))
    head = ("Baseline ALT", "ALT above, × ULN", "Patients", "Not measured", "Below", *LAYERS.values(),
            "Raised by bilirubin")  # fmt: skip
    return Table(head, tuple(rows), wide=True)


def _tiers(tiers: tuple[LiverTier, ...]) -> Iterator[tuple[int | None, str, str]]:
    """Place from 1, baseline in words, its three limits; last who has no baseline: the first tier's limits hold."""
    lower = None
    limits = [f"{words.amount(t.watch)} / {words.amount(t.withhold)} / {words.amount(t.stop)}" for t in tiers]
    for number, tier in enumerate(tiers, start=1):
        upper = tier.baseline_below
        if lower is None:
            name = "any" if upper is None else f"under {words.amount(upper)} × ULN"
        elif upper is None:
            name = f"{words.amount(lower)} × ULN or more"
        else:
            name = f"{words.amount(lower)} to under {words.amount(upper)} × ULN"
        yield number, name, limits[number - 1]
        lower = upper
    yield None, "not known", limits[0]


def _layer_cells(
    inputs: ClinicalInputs, group: Group, mine: pd.DataFrame, name: str, number: int | None, ledger: Ledger
) -> list[Cell]:
    measured = mine["ALTPKULN"].notna().to_numpy(bool)
    layer = mine["LAYERMOD"].where(mine["LAYERMOD"].notna(), "")
    parts = {
        "patients": mine, "not_measured": mine[~measured & layer.eq("").to_numpy(bool)],
        "below": mine[measured & layer.eq("").to_numpy(bool)],
        **{code: mine[layer.eq(code).to_numpy(bool)] for code in LAYERS},
        "raised": mine[mine["BILIMOD"].eq("Y").to_numpy(bool)],
    }  # fmt: skip
    said = {"patients": "patients", "not_measured": "no ALT on treatment", "below": "below every layer",
            "raised": "one layer more by bilirubin", **LAYERS}  # fmt: skip
    tier = "none" if number is None else str(number)
    return [
        count_cell(ledger.count(
            inputs.number(f"liver.layer.{tier}.{id_}", group),
            named(inputs, group, f"Baseline ALT {name}: {said[id_]}"), part["USUBJID"], of=len(mine),
        ))
        for id_, part in parts.items()
    ]  # fmt: skip


def case_table(inputs: ClinicalInputs, cases: pd.DataFrame) -> Table | None:
    """The potential cases, the latest first: days, values, multiples, alkaline phosphatase and R value."""
    if cases.empty:
        return None
    groups = counted_groups(inputs)
    ordered = cases.sort_values(["BILIDT", "USUBJID"], ascending=[False, True])
    entry = inputs.entry_lines.set_index("USUBJID")["LINE"]
    rows = []
    for case in ordered.head(MOST_LISTED).to_dict("records"):
        subject = str(case["USUBJID"])
        whose = [next((g.name for g in groups if subject in g.subjects), "")] if len(groups) > 1 else []
        cells = (
            *text_cells([*whose, str(case["ENZYME"])]), Cell(_day(case["ENZDY"])), Cell(_amount(case["ENZVAL"])),
            Cell(_times(case["ENZXULN"])), Cell(_times(case["ENZXBL"])), Cell(_day(case["BILIDY"])),
            Cell(_amount(case["BILIVAL"])), Cell(_times(case["BILIXULN"])), Cell(_times(case["BILIXBL"])),
            Cell(_times(case["ALPXULN"]) if case["ALPCOND"] == "MET" else "not known"),
            Cell(_times(case["RVALUE"])),
            *text_cells([_R_WORDS.get(str(case["RTYPE"]), ""), _raised(case)]),
        )  # fmt: skip
        # its days are those of its line
        line = "" if case["LINE"] == entry[subject] else f", line {int(case['LINE'])}"
        rows.append(Row(f"{subject}{line}", cells, subject=subject))
    first = ("Group", "Test") if len(groups) > 1 else ("Test",)
    head = ("Patient", *first, "Day", "U/L", "× ULN", "× base", "Day", "µmol/L", "× ULN", "× base", "× ULN", "R",
            "Pattern", "Raised at baseline")  # fmt: skip
    lead = len(first) - 1
    left = len(cases) - MOST_LISTED
    return Table(
        head, tuple(rows), wide=True, spans=(*((("", lead),) if lead else ()), ("ALT or AST", 5), ("Bilirubin", 4),
                                             ("ALP", 1), ("", 3)),
        more=f"{words.many(left, 'earlier case')} not listed here; all are in the receipt." if left > 0 else "",
        textual=(*range(len(first)), len(head) - 3, len(head) - 2),
    )  # fmt: skip


def _raised(case: dict[Any, Any]) -> str:
    """Which of the two was above its limit at baseline, so that the limits for a raised baseline were used."""
    tests = [(str(case["ENZYME"]), "ENZRULE"), ("bilirubin", "BILIRULE")]
    return words.listed([test for test, rule in tests if case[rule] == "RAISED_BASELINE"]) or "neither"


def _day(day: object) -> str:
    return words.DASH if pd.isna(day) else str(int(str(day))).replace("-", words.MINUS)


def _times(value: object) -> str:
    number = float(str(value)) if not pd.isna(value) else math.nan
    return words.DASH if math.isnan(number) else f"{number:.2f}"


def _amount(value: object) -> str:
    number = float(str(value)) if not pd.isna(value) else math.nan
    return words.DASH if math.isnan(number) else f"{number:g}"
