"""What is known of each treated patient at the start, as variables of a table: numbers, groups, yes or no.

The characteristics a liver-cancer trial describes come first, in the groups of the protocol's factor where it has one;
then its other factors and strata. What the study does not record is no variable: it is named. What is known of some
and not of others is counted. Source: clinical specification, section 7.2 (baseline table).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd

from milepost.core.baseline_factors import derive_factors, factor_levels, marker_baselines, to_interval
from milepost.core.censored_values import Interval
from milepost.core.medical_history import occurred, stages
from milepost.protocol import AnalysisRules, Factor
from milepost.reports.clinical import ClinicalInputs

YES, NO = "yes", "no"
_FINDINGS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("hcv", "Hepatitis C", ("Chronic hepatitis C", "Hepatitis C", "Hepatitis C virus infection", "HCV infection")),
    ("cirrhosis", "Liver cirrhosis", ("Liver cirrhosis", "Hepatic cirrhosis", "Cirrhosis")),
    ("mvi", "Macrovascular invasion", ("Macrovascular invasion", "Vascular invasion", "Portal vein invasion",
                                       "Portal vein tumour thrombus", "Portal vein tumor thrombus")),
    ("ehs", "Extrahepatic spread", ("Extrahepatic spread", "Extrahepatic metastasis", "Extrahepatic metastases")),
)  # fmt: skip
_STAGES = (("BCLC", ("0", "A", "B", "C", "D")), ("CNLC", ("Ia", "Ib", "IIa", "IIb", "IIIa", "IIIb", "IV")))
_PRIOR = (("LOCOREGIONAL", "Locoregional therapy before"), ("SYSTEMIC", "Systemic therapy before"))
# the same fact under another column
_SAME = {"DMHBV": "HBVFL", "DMCPUGH": "CPCLASSBL", "DMLINE": "LINE"}


@dataclass(frozen=True)
class Variable:
    """One characteristic. numbers: by subject, where it is a number; labels: by subject, where it has groups, in the
    order of `levels`. A subject in neither is not known. unit: of the numbers. skewed: described on a log scale."""

    id: str
    label: str
    numbers: dict[str, Interval] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    skewed: bool = False

    @property
    def is_answer(self) -> bool:
        """Yes or no: one row says it all."""
        return bool(self.levels) and set(self.levels) <= {YES, NO}

    @property
    def is_recorded(self) -> bool:
        """Whether the study records it at all."""
        return bool(self.numbers or self.labels)


@dataclass(frozen=True)
class _Described:
    """id, label, the column of ADSL (or LINE, MARKER), its levels in order; whether it is a number, or groups."""

    id: str
    label: str
    place: str
    levels: tuple[str, ...] = ()
    number: bool = False
    groups: bool = True


_ALWAYS = (
    _Described("age", "Age, years", "AGE", number=True, groups=False),
    _Described("sex", "Sex", "SEX", ("M", "F")),
    _Described("ecog", "ECOG performance status", "ECOGBL"),
    _Described("child-pugh", "Child-Pugh class, as reported", "CPCLASSBL"),
    _Described("child-pugh-score", "Child-Pugh score, computed", "CPSCOREBL"),
    _Described("albi", "ALBI score", "ALBIBL", number=True, groups=False),
    _Described("albi-grade", "ALBI grade", "ALBIGRBL"),
    _Described("hbv", "Hepatitis B", "HBVFL", ("Y", "N")),
)  # fmt: skip


def to_variables(inputs: ClinicalInputs) -> list[Variable]:
    """The variables of all subjects in ADSL, in the order of the table; those not recorded are in it too."""
    own = {_place(factor): factor for factor in reversed(_planned(inputs))}
    checkpoint = inputs.protocol.checkpoints[0]
    high = (checkpoint.high_baseline,) if checkpoint.high_baseline is not None else ()
    chosen = {
        known.place: own.get(known.place)
        or Factor(id=known.id, label=known.label, source="ADSL", column=known.place, levels=known.levels)
        for known in _ALWAYS if known.groups or known.place in own
    }  # fmt: skip
    chosen["MARKER"] = own.get("MARKER") or Factor(id="MARKER", label="Baseline", source="MARKER", cuts=high)
    if len(inputs.protocol.lines) > 1:
        chosen["LINE"] = own.get("LINE") or Factor(id="LINE", label="Line of therapy", source="LINE")
    further = {place: factor for place, factor in own.items() if place not in chosen}
    frame = _labels(inputs, [*chosen.values(), *further.values()])

    def groups(place: str) -> tuple[dict[str, str], tuple[str, ...]]:
        factor = chosen.get(place) or further.get(place)
        return _groups(frame[factor.id], factor, inputs) if factor is not None else ({}, ())

    numbers = {known.place: _numbers(inputs, known.place) for known in _ALWAYS if known.number}
    made = [
        Variable(known.id, known.label, numbers.get(known.place, {}), *groups(known.place))
        for known in _ALWAYS
    ]
    made += [*_history(inputs), _marker(inputs, groups("MARKER"))]
    if "LINE" in chosen:
        made.append(Variable("line", "Line of therapy", {}, *groups("LINE")))
    made += _prior(inputs)
    made += [
        Variable(factor.id.lower(), factor.label, {}, *groups(place)) for place, factor in further.items()
    ]
    return made


def _planned(inputs: ClinicalInputs) -> list[Factor]:
    """The protocol's factors, then its strata as factors; one named in both is there twice."""
    dm = inputs.frames.dm
    return [
        *inputs.protocol.analysis.factors,
        *(Factor(id=f"stratum.{stratum.id}", label=stratum.label, column=stratum.column,
                 source="DM" if stratum.column in dm or stratum.column.startswith("DM") else "MH")
          for stratum in inputs.protocol.strata),
    ]  # fmt: skip


def _place(factor: Factor) -> str:
    """What a factor is made from: two of one place are shown once."""
    if factor.source in ("LINE", "MARKER"):
        return factor.source
    column = str(factor.column)
    return f"MH.{column}" if factor.source == "MH" else _SAME.get(column, column)


def _labels(inputs: ClinicalInputs, factors: list[Factor]) -> pd.DataFrame:
    frames, protocol = inputs.frames, inputs.protocol
    checkpoint = protocol.checkpoints[0]
    return derive_factors(
        frames.adsl, frames.dm, frames.mh, frames.verdicts, inputs.entry_lines, AnalysisRules(factors=tuple(factors)),
        checkpoint, test=protocol.test(checkpoint.test), lines=protocol.lines, site_factors=_site_factors(inputs),
    ).set_index("USUBJID")  # fmt: skip


def _site_factors(inputs: ClinicalInputs) -> dict[str, dict[str, Decimal]]:
    code = inputs.protocol.checkpoints[0].test
    return {site.id: dict(site.factors.get(code, {})) for site in inputs.study.sites}


def _groups(
    column: pd.Series, factor: Factor, inputs: ClinicalInputs
) -> tuple[dict[str, str], tuple[str, ...]]:
    known = {str(s): label for s, label in column.items() if isinstance(label, str)}
    return known, factor_levels(factor, inputs.protocol, known.values()) if known else ()


def _numbers(inputs: ClinicalInputs, column: str) -> dict[str, Interval]:
    adsl = inputs.frames.adsl
    read = {str(s): to_interval(value) for s, value in zip(adsl["USUBJID"], adsl[column], strict=True)}
    return {s: value for s, value in read.items() if value is not None}


def _marker(inputs: ClinicalInputs, groups: tuple[dict[str, str], tuple[str, ...]]) -> Variable:
    protocol, frames = inputs.protocol, inputs.frames
    checkpoint = protocol.checkpoints[0]
    test = protocol.test(checkpoint.test)
    ids, entry = frames.adsl["USUBJID"], inputs.entry_lines.set_index("USUBJID")["LINE"]
    read = marker_baselines(ids, ids.map(entry), frames.verdicts, checkpoint, test, _site_factors(inputs))
    numbers = {str(s): value for s, value in zip(ids, read, strict=True) if value is not None}
    return Variable("marker", f"{test.label}, {test.unit}", numbers, *groups, skewed=True)


def _history(inputs: ClinicalInputs) -> Iterable[Variable]:
    """Findings of the medical history, then the stages of the liver cancer where MH names one."""
    mh, ids = inputs.frames.mh, [str(s) for s in inputs.frames.adsl["USUBJID"]]
    for id_, label, names in _FINDINGS:
        told = occurred(ids, mh, *names)
        named = "Y" in told or "N" in occurred(ids, mh.assign(MHOCCUR="Y"), *names)
        answers = {s: YES if answer == "Y" else NO for s, answer in zip(ids, told, strict=True) if answer}
        yield Variable(id_, label, {}, answers if named and "Y" in told else {}, (YES, NO))
    for scheme, order in _STAGES:
        found = stages(mh, scheme, order)
        yield Variable(scheme.lower(), f"{scheme} stage", {}, {s: found[s] for s in ids if s in found}, order)


def _prior(inputs: ClinicalInputs) -> Iterable[Variable]:
    """Anticancer therapy begun before first dose, where CM or PR tell of any."""
    entry = inputs.entry_lines
    therapies = inputs.frames.therapies
    first = therapies["USUBJID"].map(entry.set_index("USUBJID")["FIRSTDOSE"])
    before = therapies[(therapies["ADT"] < first).to_numpy(bool)]
    for kind, label in _PRIOR:
        had = set(before.loc[before["KIND"].eq(kind), "USUBJID"])
        answers = {str(s): YES if s in had else NO for s in entry["USUBJID"]} if had else {}
        yield Variable(f"prior-{kind.lower()}", label, {}, answers, (YES, NO))
