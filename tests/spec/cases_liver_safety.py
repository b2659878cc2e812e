"""Liver safety: results, and the cases, quadrants and layers that follow.

Source: clinical specification sections 3.4, 4.1 and 5.2; traps 27 and 31.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.spec.liver_case import Course, Lab

DAY15 = "2026-03-16"


@dataclass(frozen=True)
class Case:
    """A sentence and a patient; wanted columns of the potential Hy's law case (None: no case) and of the patient."""

    title: str
    course: Course
    hys: dict[str, Any] | None = None
    patient: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    line: int = 1


def alt(day: str, result: str, upper: str | None = "40", **more: Any) -> Lab:
    return Lab("ALT", day, result, upper, more=more)


def ast(day: str, result: str, upper: str | None = "40") -> Lab:
    return Lab("AST", day, result, upper)


def bili(day: str, result: str, upper: str | None = "20", unit: str = "umol/L") -> Lab:
    return Lab("BILI", day, result, upper, unit)


def alp(day: str, result: str, upper: str | None = "120") -> Lab:
    return Lab("ALP", day, result, upper)


# two visits before first dose; ALT and AST at half the limit, bilirubin at half the limit, ALP below it
BEFORE = tuple(
    lab
    for day in ("2026-02-16", "2026-02-27")
    for lab in (alt(day, "20"), ast(day, "20"), bili(day, "10"), alp(day, "100"))
)
MET = {"RULE": "NORMAL_BASELINE", "ENZYME": "ALT", "ALPCOND": "MET"}


def then(*labs: Lab, before: tuple[Lab, ...] = BEFORE, **more: Any) -> Course:
    """A patient with calm results before first dose (day 1 is 2026-03-02), and these afterwards."""
    return Course((*before, *labs), **more)


def start(alt_before: str, bili_before: str = "10") -> tuple[Lab, ...]:
    """Two visits before first dose with these results, each time the same."""
    return tuple(
        lab
        for day in ("2026-02-16", "2026-02-27")
        for lab in (alt(day, alt_before), ast(day, "20"), bili(day, bili_before), alp(day, "100"))
    )


HYS = (
    Case(
        "ALT of exactly 3 and bilirubin of exactly 2 times the limit on one day is a potential case",
        then(alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "100")),
        MET
        | {"ENZXULN": 3.0, "ENZXBL": 6.0, "BILIXULN": 2.0, "BILIXBL": 4.0, "DAYS": 0, "ENZDY": 15, "BLFL": "MEAN"}
        | {"RVALUE": 3.6, "RTYPE": "MIXED"},
        {"EDISH": "HYS", "PAIRED": "Y", "HYSFL": "Y", "CHOLFL": "N"},
    ),
    Case(
        "ALT a hair below 3 times the limit is none",
        then(alt(DAY15, "119.9"), bili(DAY15, "40"), alp(DAY15, "100")),
        None,
        {"EDISH": "CHOLESTASIS", "HYSFL": "N"},
    ),
    Case(
        "Bilirubin a hair below 2 times the limit is none",
        then(alt(DAY15, "120"), bili(DAY15, "39.9"), alp(DAY15, "100")),
        None,
        {"EDISH": "TEMPLE", "PAIRED": "N"},
    ),
    Case(
        "Three times a limit of 0.7 is exactly 2.1, whatever binary fractions make of it",
        then(Lab("ALT", DAY15, "2.1", "0.7", unit="ukat/L"), bili(DAY15, "1.4", "0.7", "mg/dL"), alp(DAY15, "100")),
        MET | {"ENZXULN": 3.0, "BILIXULN": 2.0},
    ),
    Case(
        "Bilirubin 14 days after ALT still belongs to it",
        then(alt(DAY15, "120"), bili("2026-03-30", "40"), alp(DAY15, "100")),
        MET | {"DAYS": 14, "ENZDY": 15, "BILIDY": 29},
        {"PAIRED": "Y"},
    ),
    Case(
        "Bilirubin 15 days after ALT does not; the peaks meet in the plot all the same",
        then(alt(DAY15, "120"), bili("2026-03-31", "40"), alp(DAY15, "100")),
        None,
        {"EDISH": "HYS", "PAIRED": "N", "HYSFL": "N"},
    ),
    Case(
        "Bilirubin a day before ALT does not belong to it",
        then(bili(DAY15, "40"), alt("2026-03-17", "120"), alp(DAY15, "100")),
        None,
        {"EDISH": "HYS", "PAIRED": "N"},
    ),
    Case(
        "AST counts like ALT",
        then(ast(DAY15, "120"), alt(DAY15, "100"), bili(DAY15, "40"), alp(DAY15, "100")),
        {"RULE": "NORMAL_BASELINE", "ENZYME": "AST", "ENZXULN": 3.0, "RVALUE": 3.0},
        {"EDISH": "CHOLESTASIS", "ASTPKULN": 3.0},
    ),
    Case(
        "Of ALT and AST on one day the case names the higher",
        then(ast(DAY15, "200"), alt(DAY15, "160"), bili(DAY15, "40"), alp(DAY15, "100")),
        {"ENZYME": "AST", "ENZXULN": 5.0},
    ),
    Case(
        "The first pair is told, not the highest",
        then(
            alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "100"), alt("2026-04-06", "900"), bili("2026-04-06", "200")
        ),
        {"ENZDY": 15, "ENZXULN": 3.0},
        {"ALTPKULN": 22.5, "BILIPKULN": 10.0},
    ),
    Case(
        "ALP of exactly 2 times the limit on the day is cholestasis: no case, and it is said that one was set aside",
        then(alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "240")),
        None,
        {"EDISH": "HYS", "PAIRED": "Y", "HYSFL": "N", "CHOLFL": "Y"},
    ),
    Case(
        "ALP a hair below 2 times the limit is none",
        then(alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "239.9")),
        MET,
    ),
    Case(
        "ALP that rises later does not undo how it began",
        then(alt(DAY15, "120"), bili("2026-03-20", "40"), alp(DAY15, "100"), alp("2026-03-20", "400")),
        MET | {"ALPXULN": 100 / 120},
    ),
    Case(
        "Without ALP within 14 days the case stands, its condition unknown",
        then(alt("2026-04-06", "120"), bili("2026-04-06", "40")),
        {"ALPCOND": "UNKNOWN", "ALPXULN": None, "RVALUE": None},
    ),
    Case(
        "Each result is held against the limit of its own report, even where the laboratory changes it",
        then(
            alt(DAY15, "120", "50"), bili(DAY15, "40"), alp(DAY15, "100"), alt("2026-03-23", "150", "50"),
            bili("2026-03-23", "40"),
        ),
        {"ENZDY": 22, "ENZXULN": 3.0},
    ),
    Case(
        "A result without a limit is asked about and makes no case: 40 is never assumed",
        then(alt(DAY15, "1000", None), bili(DAY15, "40"), alp(DAY15, "100")),
        None,
        {"EDISH": None, "REASON": "NOT_KNOWN: ALT"},
        ("LIVER-NO-LIMIT",),
    ),
    Case(
        "ALT above the analyser's range counts as at least that much",
        then(alt(DAY15, ">1000"), bili(DAY15, "40"), alp(DAY15, "100")),
        MET | {"ENZXULN": 25.0},
        {"ALTPKULN": 25.0, "LAYER": "STOP"},
    ),
    Case(
        "A bilirubin below the laboratory's limit proves no jaundice, however high that limit",
        then(alt(DAY15, "120"), bili(DAY15, "<100"), alp(DAY15, "100")),
        None,
        {"EDISH": "TEMPLE"},
    ),
    Case(
        "Results before first dose make no case; on the day of first dose an unknown time counts as before",
        then(alt("2026-03-02", "400"), bili("2026-03-02", "100"), alp("2026-03-02", "100")),
        None,
        {"EDISH": None, "REASON": "NOT_KNOWN: ALT, BILI", "ALTBLN": 3},
    ),
    Case(
        "Results after the cut-off are not seen",
        then(alt(DAY15, "120"), bili("2026-03-30", "40"), alp(DAY15, "100"), as_of="2026-03-29"),
        None,
        {"EDISH": None, "REASON": "NOT_KNOWN: BILI"},
    ),
    Case(
        "ALT 30 days after the last dose counts, with its bilirubin up to 14 days later",
        then(
            alt("2026-04-14", "120"), bili("2026-04-28", "40"), alp("2026-04-14", "100"),
            doses=(("2026-03-02", "2026-03-15"),),
        ),
        MET | {"DAYS": 14},
        {"EDISH": None, "REASON": "NOT_KNOWN: BILI"},
    ),
    Case(
        "ALT 31 days after the last dose no longer counts",
        then(
            alt("2026-04-15", "120"), bili("2026-04-15", "40"), alp("2026-04-15", "100"),
            doses=(("2026-03-02", "2026-03-15"),),
        ),
        None,
        {"EDISH": None},
    ),
)  # fmt: skip

RAISED = (
    Case(
        "From a baseline of 2 times the limit, ALT must double it: 4 times the limit is a case",
        then(alt(DAY15, "160"), bili(DAY15, "30"), alp(DAY15, "100"), before=start("80")),
        {"RULE": "RAISED_BASELINE", "ENZXULN": 4.0, "ENZXBL": 2.0, "BILIXULN": 1.5},
        {"EDISH": "TEMPLE", "MDISH": "CHOLESTASIS", "ALTBLULN": 2.0, "HYSFL": "Y"},
    ),
    Case(
        "A hair below double is none, though it is more than 3 times the limit",
        then(alt(DAY15, "159.9"), bili(DAY15, "60"), alp(DAY15, "100"), before=start("80")),
        None,
        {"EDISH": "HYS", "PAIRED": "Y", "MDISH": "CHOLESTASIS", "HYSFL": "N"},
    ),
    Case(
        "Double a slightly raised baseline is not enough: 3 times the limit is needed too",
        then(alt(DAY15, "119"), bili(DAY15, "60"), alp(DAY15, "100"), before=start("44")),
        None,
    ),
    Case(
        "Three times the limit is enough where it is more than double",
        then(alt(DAY15, "120"), bili(DAY15, "60"), alp(DAY15, "100"), before=start("44")),
        {"RULE": "RAISED_BASELINE", "ENZXULN": 3.0},
    ),
    Case(
        "From a baseline of 5 times the limit, 8 times is enough without doubling",
        then(alt(DAY15, "320"), bili(DAY15, "60"), alp(DAY15, "100"), before=start("200")),
        {"RULE": "RAISED_BASELINE", "ENZXULN": 8.0, "ENZXBL": 1.6},
    ),
    Case(
        "A baseline of exactly the limit is normal",
        then(alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "100"), before=start("40")),
        MET,
    ),
    Case(
        "Raised baseline: bilirubin must rise by the whole of its limit",
        then(alt(DAY15, "200"), bili(DAY15, "45"), alp(DAY15, "100"), before=start("80", "25")),
        {"RULE": "RAISED_BASELINE", "BILIXULN": 2.25},
    ),
    Case(
        "Raised baseline: a bilirubin that rose by less is none, though it is more than 2 times the limit",
        then(alt(DAY15, "200"), bili(DAY15, "44.9"), alp(DAY15, "100"), before=start("80", "25")),
        None,
        {"EDISH": "HYS"},
    ),
    Case(
        "Raised baseline: bilirubin of 3 times the limit is enough however it began",
        then(alt(DAY15, "200"), bili(DAY15, "60"), alp(DAY15, "100"), before=start("80", "50")),
        {"RULE": "RAISED_BASELINE", "BILIXULN": 3.0},
    ),
    Case(
        "The baseline is the mean of the values before first dose, each against its own limit",
        then(
            before=(
                alt("2026-02-16", "30"), alt("2026-02-27", "80", "80"), bili("2026-02-27", "10"),
                alp("2026-02-27", "100"),
            )
        ),
        None,
        {"ALTBL": 55.0, "ALTBLULN": 0.875, "ALTBLN": 2, "ALTBLFL": "MEAN", "BILIBLN": 1, "BILIBLFL": "SINGLE"},
    ),
    Case(
        "One value before first dose is the baseline, and flagged",
        then(
            alt(DAY15, "160"), bili(DAY15, "40"), alp(DAY15, "100"),
            before=(alt("2026-02-27", "80"), bili("2026-02-27", "10")),
        ),
        {"RULE": "RAISED_BASELINE", "BLFL": "SINGLE", "ENZXBL": 2.0},
        {"ALTBLFL": "SINGLE", "ALTBLULN": 2.0},
    ),
    Case(
        "A value of 28 days before first dose is in the mean; an older one is not where two are newer",
        then(
            before=(
                alt("2026-02-01", "1000"), alt("2026-02-02", "60"), alt("2026-02-27", "40"), bili("2026-02-27", "10"),
            )
        ),
        None,
        {"ALTBL": 50.0, "ALTBLN": 2},
    ),
    Case(
        "Where only one value is newer, the older one makes the second of the mean",
        then(before=(alt("2026-01-02", "60"), alt("2026-02-27", "40"), bili("2026-02-27", "10"))),
        None,
        {"ALTBL": 50.0, "ALTBLN": 2, "ALTBLFL": "MEAN"},
    ),
    Case(
        "Without any value before first dose the plain rule holds and the site is asked",
        then(alt(DAY15, "120"), bili(DAY15, "40"), alp(DAY15, "100"), before=()),
        {"RULE": "NORMAL_BASELINE", "BLFL": "NONE", "ENZXBL": None},
        {"EDISH": "HYS", "MDISH": None, "MREASON": "NOT_KNOWN: ALT, BILI", "BASETIER": None, "ALTBLFL": "NONE"},
        ("LIVER-NO-BASELINE",),
    ),
    Case(
        "Six times a low baseline is Hy's quadrant of mDISH, while eDISH is calm",
        then(alt(DAY15, "60"), bili(DAY15, "20"), alp(DAY15, "100")),
        None,
        {"EDISH": "NORMAL", "MDISH": "HYS", "MPAIRED": "Y", "ALTPKBL": 3.0, "BILIPKBL": 2.0},
    ),
)  # fmt: skip

LINES = (
    Case(
        "A second line has its own baseline and its own case: what was before its first dose is not its doing",
        then(
            alt(DAY15, "200"), bili(DAY15, "60"), alp(DAY15, "100"),
            alt("2026-05-20", "80"), bili("2026-05-20", "10"), alt("2026-05-27", "80"),
            alt("2026-06-15", "159"), bili("2026-06-15", "60"), alp("2026-06-15", "100"),
            doses=(("2026-03-02", "2026-05-10"), ("2026-06-01", None)),
        ),
        None,
        {"ALTBLULN": 2.0, "ALTPKULN": 3.975, "EDISH": "HYS"},
        line=2,
    ),
    Case(
        "The first line of that patient keeps its case",
        then(
            alt(DAY15, "200"), bili(DAY15, "60"), alp(DAY15, "100"),
            alt("2026-05-20", "80"), alt("2026-05-27", "80"), alt("2026-06-15", "900"), bili("2026-06-15", "60"),
            doses=(("2026-03-02", "2026-05-10"), ("2026-06-01", None)),
        ),
        MET | {"ENZXULN": 5.0},
        {"ALTPKULN": 5.0},
    ),
)  # fmt: skip


def layer(before: str, after: str, tier: int, reached: str | None) -> Case:
    """ALT before and after, in multiples of a limit of 40, without any bilirubin that matters."""
    say = reached or "no layer"
    return Case(
        f"Baseline ALT {before}, later {after} (limit 40): tier {tier}, {say}",
        then(alt(DAY15, after), bili(DAY15, "10"), alp(DAY15, "100"), before=start(before)),
        None,
        {"BASETIER": tier, "LAYER": reached, "BILIMOD": "N", "LAYERMOD": reached},
    )


LAYERS = (
    layer("20", "120", 1, None),
    layer("20", "121", 1, "WATCH"),
    layer("20", "200", 1, "WATCH"),
    layer("20", "201", 1, "WITHHOLD"),
    layer("20", "320", 1, "WITHHOLD"),
    layer("20", "321", 1, "STOP"),
    layer("59", "121", 1, "WATCH"),
    layer("60", "160", 2, None),
    layer("60", "161", 2, "WATCH"),
    layer("60", "241", 2, "WITHHOLD"),
    layer("60", "441", 2, "STOP"),
    layer("119", "241", 2, "WITHHOLD"),
    layer("120", "241", 3, "WATCH"),
    layer("120", "321", 3, "WITHHOLD"),
    layer("120", "481", 3, "STOP"),
    Case(
        "Bilirubin of 2 times the limit, begun normal, with an ALT to watch: act one layer sooner",
        then(alt(DAY15, "121"), bili("2026-03-20", "40"), alp(DAY15, "100")),
        MET,
        {"LAYER": "WATCH", "BILIMOD": "Y", "LAYERMOD": "WITHHOLD"},
    ),
    Case(
        "Begun above its limit, bilirubin counts from 3 times the limit",
        then(alt(DAY15, "121"), bili(DAY15, "59.9"), alp(DAY15, "100"), before=start("20", "21")),
        MET,
        {"LAYER": "WATCH", "BILIMOD": "N", "LAYERMOD": "WATCH"},
    ),
    Case(
        "Bilirubin without an ALT to watch adds nothing",
        then(alt(DAY15, "120"), bili(DAY15, "60"), alp(DAY15, "250")),
        None,
        {"LAYER": None, "BILIMOD": "N", "LAYERMOD": None, "CHOLFL": "Y"},
    ),
    Case(
        "Above the last layer there is none",
        then(alt(DAY15, "1000"), bili(DAY15, "60"), alp(DAY15, "100")),
        MET,
        {"LAYER": "STOP", "BILIMOD": "Y", "LAYERMOD": "STOP"},
    ),
)

GROUPS: dict[str, tuple[Case, ...]] = {
    "Potential Hy's law": HYS, "Raised baselines": RAISED, "Lines of therapy": LINES, "When to act on ALT": LAYERS,
}  # fmt: skip
