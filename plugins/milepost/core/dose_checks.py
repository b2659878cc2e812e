"""What contradicts itself in a patient's doses, and what keeps them from being added up.

Source: clinical specification, sections 3.3, 3.4 and 3.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from milepost.core.dose_records import Course, Dose

OVERLAP, END = "EX-OVERLAP", "EX-END-NOT-BEFORE-START"
OTHER_DRUG = "EX-OTHER-DRUG-IN-LINE"
DEATH, CONSENT = "EX-NOT-AFTER-DEATH", "EX-NOT-BEFORE-CONSENT"
UNIT, FREQUENCY, DATE = "EX-UNIT-KNOWN", "EX-FREQUENCY-KNOWN", "EX-DATE-VALID"
QUESTIONS = {
    OVERLAP: "Two doses of one drug overlap, so the amount taken is unclear. Please check their first and last days.",
    END: "The dose ends before it starts. Please check both dates.",
    OTHER_DRUG: (
        "Another study drug than the line began with is recorded in the same line of therapy, and no arm gives both. "
        "Please check the drug, or send the line of therapy that the dose belongs to."
    ),
    DEATH: (
        "The date of the dose lies after the subject's recorded date of death. Please check both dates and correct the "
        "wrong one."
    ),
    CONSENT: "A dose is dated before the informed consent. Please check both dates and correct the wrong one.",
    UNIT: "The unit of the dose is missing or unknown, so the amount taken cannot be added up. Please send it.",
    FREQUENCY: (
        "How often the dose was taken is said in a word we do not know, so the amount cannot be added up. Please "
        "send it in another."
    ),
    DATE: "A date of the dose is incomplete, so the amount taken cannot be added up. Please send year, month and day.",
}  # fmt: skip
# why there is no amount although nothing contradicts itself
REASONS = {
    "NOT_TREATED": "no dose by the cut-off", "UNIT": "the unit of a dose is no known weight",
    "FREQUENCY": "it is not known how often a dose was taken", "PARTIAL_DATE": "a date of a dose is incomplete",
}  # fmt: skip


def contradictions(doses: list[Dose], course: Course, consent: int | None) -> Iterator[tuple[str, str]]:
    """Record and rule, for what cannot be so. doses: of one drug, in order, with their ends."""
    covered = {False: 0, True: 0}  # up to which day by other doses; by single doses
    for dose in doses:
        last = dose.first if dose.last is None else dose.last
        if dose.told_last is not None and dose.told_last < dose.first:
            yield dose.key, END
        if course.death is not None and (dose.first > course.death or _ends_after(dose, course.death)):
            yield dose.key, DEATH
        if consent is not None and dose.told_first < consent:
            yield dose.key, CONSENT
        # single doses of one day may share it, as morning and evening do
        single = _single(dose)
        if dose.first <= max(covered[False], 0 if single else covered[True]) and last >= dose.first:
            yield dose.key, OVERLAP
        covered[single] = max(covered[single], last)


def _ends_after(dose: Dose, death: int) -> bool:
    """Whether its own end, as far as seen, lies after death; of an end that is incomplete any day may be meant."""
    seen = dose.last is not None and dose.last == dose.told_last and not dose.partial
    return seen and dose.last is not None and dose.last > death


def _single(dose: Dose) -> bool:
    return dose.frequency is not None and dose.frequency.days == 0 and dose.last == dose.first


def unclear_amounts(doses: list[Dose]) -> Iterator[tuple[str, str | None, str]]:
    """Record, rule to ask by (None: nothing to ask) and reason, for what keeps the amount from being added up."""
    for dose in doses:
        if dose.partial:
            yield dose.key, DATE, "PARTIAL_DATE"
        if dose.amount is None:
            yield dose.key, None if dose.unit_known else UNIT, "UNIT"
        elif dose.frequency is None and not dose.of_day:
            # a site that never says how often is not asked dose by dose: the study folder can say it (`frequency`)
            yield dose.key, FREQUENCY if dose.often_told else None, "FREQUENCY"
