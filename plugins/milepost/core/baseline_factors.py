"""The baseline factors of a study, one group label a patient: by them patients are stratified, adjusted and parted.

A factor is a column of DM or ADSL, a finding of MH, the line of therapy or the baseline of the first checkpoint's test
(`protocol.analysis.Factor`). Cuts are compared exactly. A baseline beyond an assay's limit (`<1.3`, `>121000`) is a
range: it counts where all of it lies in one group, and is missing where a cut runs through it. What is not known is
None, never a group of its own. Source: clinical specification, sections 2.6, 2.7 and 7.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from milepost.core.censored_values import Interval, parse_result
from milepost.core.checkpoint_samples import SiteFactors
from milepost.core.medical_history import occurred
from milepost.core.units import known_factors, standard_unit
from milepost.protocol import AnalysisRules, Checkpoint, Factor, LabTest, StudyProtocol, TherapyLine

NUMBER = ":number"  # behind the id: the number itself, where the factor is a number with cuts
_MINUS = "\u2212"
_NO_FACTORS: SiteFactors = {}
_ANSWERS = {"Y": "yes", "N": "no"}
_SEXES = {"M": "male", "F": "female"}
_UNKNOWN = ("", "U", "UNK", "UNKNOWN")  # that it is not known is no group
_ORDER = ["KNOWN_FROM", "DELIVERY", "SRCLINE", "RECKEY", "OCCURRENCE"]


def derive_factors(
    adsl: pd.DataFrame,
    dm: pd.DataFrame,
    mh: pd.DataFrame,
    verdicts: pd.DataFrame,
    entry: pd.DataFrame,
    rules: AnalysisRules,
    checkpoint: Checkpoint,
    *,
    test: LabTest,
    lines: tuple[TherapyLine, ...],
    site_factors: SiteFactors = _NO_FACTORS,
) -> pd.DataFrame:
    """One row for each subject of `adsl`, by USUBJID: a column of labels for each factor (its id), None: not known.

    entry: USUBJID, LINE of the line each treated patient entered with; others have ADSL's. verdicts: of `checkpoint`
    the row of that line gives the baseline (BASE as reported, BASEU). test: that of the checkpoint; site_factors:
    site -> unit -> factor. A factor with cuts has its number too, in canonical units, under `<id>:number` (float; NaN
    where it is not known or a range). MH: N where a patient's history was sent and does not hold the finding; None
    where none was sent.
    """
    subjects = adsl.sort_values("USUBJID").drop_duplicates("USUBJID").reset_index(drop=True)
    ids = subjects["USUBJID"]
    entered = ids.map(entry.set_index("USUBJID")["LINE"]).fillna(subjects["LINE"])
    labels: dict[str, Any] = {"USUBJID": ids}
    numbers: dict[str, Any] = {}
    for factor in rules.factors:
        if factor.source == "LINE":
            named = {line.number: line.label for line in lines}
            labels[factor.id] = [named.get(line) for line in entered]
            continue
        if factor.source == "MARKER":
            amounts = marker_baselines(ids, entered, verdicts, checkpoint, test, site_factors)
        else:
            values = _values(factor, subjects, dm, mh)
            if not factor.cuts:
                labels[factor.id] = _in_words(values, factor)
                continue
            amounts = [to_interval(value) for value in values]
        labels[factor.id] = [band_label(amount, factor.cuts) for amount in amounts]
        numbers[factor.id + NUMBER] = [_number(amount) for amount in amounts]
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in labels.items()})
    return frame.assign(**{name: pd.Series(column, dtype=float) for name, column in numbers.items()})


def factors_of(
    adsl: pd.DataFrame,
    dm: pd.DataFrame,
    mh: pd.DataFrame,
    verdicts: pd.DataFrame,
    entry: pd.DataFrame,
    protocol: StudyProtocol,
    site_factors: Mapping[str, SiteFactors],
) -> pd.DataFrame:
    """`derive_factors` with everything the protocol says. site_factors: site -> test -> unit -> factor."""
    checkpoint = protocol.checkpoints[0]
    return derive_factors(
        adsl, dm, mh, verdicts, entry, protocol.analysis, checkpoint, test=protocol.test(checkpoint.test),
        lines=protocol.lines, site_factors={site: own.get(checkpoint.test, {}) for site, own in site_factors.items()},
    )  # fmt: skip


def factor_levels(
    factor: Factor, protocol: StudyProtocol, found: Iterable[str | None] = ()
) -> tuple[str, ...]:
    """The labels of a factor in order, the reference first; those planned first, then others that were `found`.

    The order of a factor without cuts and levels is known from the labels found alone: as sorted.
    """
    if factor.source == "LINE":
        planned = [line.label for line in sorted(protocol.lines, key=lambda line: line.number)]
    elif factor.cuts:
        planned = band_labels(factor.cuts)
    elif factor.source == "MH":
        planned = _in_words(factor.levels or ("N", "Y"), factor)
    else:
        planned = _in_words(factor.levels, factor)
    more = {label for label in found if isinstance(label, str)} - set(planned)
    return (*planned, *sorted(more))


def band_labels(cuts: tuple[Decimal, ...]) -> list[str]:
    """The groups these cuts make, the lowest first: under 20, 20 to <400, 400 and over. Without cuts: any."""
    said = [_said(cut) for cut in cuts]
    if not said:
        return ["any"]
    middle = [f"{low} to <{high}" for low, high in zip(said, said[1:], strict=False)]
    return [f"under {said[0]}", *middle, f"{said[-1]} and over"]


def band_label(amount: Interval | None, cuts: tuple[Decimal, ...]) -> str | None:
    """The group in which all of a range lies; None where a cut runs through it. A value equal to a cut is above."""
    if amount is None:
        return None
    bounds = zip((None, *cuts), (*cuts, None), band_labels(cuts), strict=True)
    for lower, upper, label in bounds:
        if (lower is None or amount.reaches(lower)) and (upper is None or amount.lies_below(upper)):
            return label
    return None


def _values(factor: Factor, subjects: pd.DataFrame, dm: pd.DataFrame, mh: pd.DataFrame) -> list[Any]:
    """What is recorded for each subject, as it stands; None where nothing is."""
    if factor.source == "MH":
        return occurred(subjects["USUBJID"], mh, str(factor.column))
    if factor.source == "ADSL":
        column = subjects.get(factor.column)
    else:
        newest = dm.sort_values([name for name in _ORDER if name in dm], kind="stable")
        newest = newest.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")
        column = subjects["USUBJID"].map(newest[factor.column]) if factor.column in newest else None
    if column is None:
        return [None] * len(subjects)
    return [None if pd.isna(value) else value for value in column]


def marker_baselines(
    ids: pd.Series,
    entered: pd.Series,
    verdicts: pd.DataFrame,
    checkpoint: Checkpoint,
    test: LabTest,
    site_factors: SiteFactors,
) -> list[Interval | None]:
    """The baseline of each subject's line in the canonical unit; None without one, or without a factor for its unit."""
    line = verdicts["USUBJID"].map(dict(zip(ids, entered, strict=True)))
    own = verdicts[(verdicts["CHECKPOINT"].eq(checkpoint.id) & verdicts["LINE"].eq(line)).to_numpy(bool)]
    factors = {site: known_factors(test, given) for site, given in site_factors.items()}
    default = known_factors(test)
    found: dict[str, Interval | None] = {}
    rows = zip(own["USUBJID"], own["SITEID"], own["BASE"], own["BASEU"], strict=True)
    for subject, site, text, unit in rows:
        value = parse_result(text) if isinstance(text, str) else None
        known = factors.get(site, default)
        factor = known.get(standard_unit(unit)) if isinstance(unit, str) else None
        found[subject] = None if value is None or factor is None else value.times(factor)
    return [found.get(subject) for subject in ids]


def to_interval(value: object) -> Interval | None:
    """A recorded number as it is written, as a range of one value; None where it is no number."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return Interval(number, number) if number.is_finite() else None


def _number(amount: Interval | None) -> float:
    return float(amount.lo) if amount is not None and amount.is_exact else float("nan")


def _in_words(values: Iterable[Any], factor: Factor) -> list[Any]:
    """Values as they are read: yes and no, male and female, numbers without idle zeros; other words as sent."""
    texts = [None if value is None else _text(value) for value in values]
    texts = [None if text is None or text.upper() in _UNKNOWN else text for text in texts]
    asked = set(factor.levels) or {text for text in texts if text is not None}
    said = _SEXES if factor.column == "SEX" else _ANSWERS if asked <= set(_ANSWERS) else {}
    return [None if text is None else said.get(text, text) for text in texts]


def _text(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).strip()  # type: ignore[call-overload]


def _said(cut: Decimal) -> str:
    text = f"{cut:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", _MINUS)
