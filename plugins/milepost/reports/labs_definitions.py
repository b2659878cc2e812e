"""What the words of the laboratory, liver and blood pressure sections mean, in the protocol's own numbers."""

from __future__ import annotations

from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs

Definitions = tuple[tuple[str, str, str], ...]


def _several(inputs: ClinicalInputs, together: str) -> str:
    """Which lines of therapy of a patient count: of everybody together all, by group that of entry."""
    return together if inputs.together else "Only the line with which the patient entered counts."


def labs_definitions(inputs: ClinicalInputs) -> Definitions:
    """What a grade and a shift mean here, and a box over weeks."""
    protocol = inputs.protocol
    days = words.many(protocol.safety.lab_days, "day")
    return (
        ("labs.grade", "Laboratory grade",
         f"CTCAE {protocol.ctcae_version}, each result by the range printed with it. On treatment: after first dose "
         f"and up to {days} after the last one. Where liver tests were above the limit at baseline, grades are "
         "multiples of the baseline: a patient may have a lower grade later than before. A result known only as a "
         "range (<50) counts by its milder end. Without limit or unit there is no grade, never grade 0. Symptoms that "
         "a term asks about are not in laboratory data: the highest grade that the value allows counts. "
         + _several(inputs, "Of several lines of therapy the worst grade counts, by the baseline of the first.")),
        ("labs.weeks", "Study weeks",
         "Week 1 is days 1 to 7. Of each patient the last value on treatment within the weeks counts, at baseline the "
         "last one before first dose. Visits every 21 and every 28 days fall into the same stretch. Patients leave "
         "over time: boxes of different weeks are of different patients. Percentiles lie between neighbouring values "
         "in proportion; results known only as a range are left out. Weeks are those of the line of therapy with which "
         "the patient entered."),
    )  # fmt: skip


def liver_definitions(inputs: ClinicalInputs) -> Definitions:
    """What potential Hy's law, the plots, the layers and the scores mean here."""
    rules = inputs.protocol.safety.liver
    alt, bili, alp = (words.amount(one) for one in (rules.alt, rules.bili, rules.alp))
    return (
        ("liver.hys", "Potential Hy’s law",
         f"ALT or AST of at least {alt} × ULN with bilirubin of at least {bili} × ULN on the day or up to "
         f"{rules.pairing_days} days later, ALP under {alp} × ULN. Where the test’s own baseline is raised: ALT or AST "
         f"of at least {words.amount(rules.raised_alt_times)} × baseline and {alt} × ULN, or of "
         f"{words.amount(rules.raised_alt_uln)} × ULN, whichever is less; bilirubin risen by "
         f"{words.amount(rules.raised_bili_rise)} × ULN, or of {words.amount(rules.raised_bili_uln)} × ULN. A case is "
         "potential until a physician has looked for another cause: progression, hepatitis B reactivation, portal "
         "thrombosis, biliary obstruction, local therapy. "
         + _several(inputs, "Of several lines of therapy the first case counts, in days of its line.")),
        ("liver.dish", "eDISH and mDISH",
         f"Highest ALT and highest bilirubin of each patient on treatment, with lines at {alt} and {bili}: multiples "
         "of the upper limit printed with each result (eDISH), and of the patient’s own baseline, the mean of the "
         "values before first dose (mDISH). The two need not be of one day, so the upper right is not yet a case; and "
         "a case may lie outside it, as AST counts too and a raised baseline has limits of its own. "
         + _several(inputs, "Of several lines of therapy the gravest one is shown, by its own baseline.")),
        ("liver.layers", "Layers to act on",
         "ALT above the limit of its layer, by baseline ALT; without a baseline the first limits apply. With bilirubin "
         f"raised on the day or up to {rules.pairing_days} days later, one layer more. "
         + _several(inputs, "Of several lines of therapy the gravest one counts, by its own baseline.")),
        ("liver.scores", "ALBI and Child-Pugh",
         "ALBI = 0.66 × log10 (bilirubin, µmol/L) − 0.085 × albumin (g/L); grade 1 up to −2.60, 2 up to −1.39, 3 "
         f"above. Child-Pugh: class A 5–6, B 7–9, C 10–15 points, its inputs within {rules.score_days} days of each "
         "other. Without ascites or encephalopathy known there is no score: nobody is taken to have none. "
         + _several(inputs, "Scores of all lines of therapy stand against the baseline of the first.")),
    )  # fmt: skip


def vitals_definitions(inputs: ClinicalInputs) -> Definitions:
    """What high blood pressure means here."""
    systolic, diastolic = inputs.protocol.safety.blood_pressure_high
    days = words.many(inputs.protocol.safety.emergent_days, "day")
    return (
        ("vitals.high", "High blood pressure",
         f"A systolic reading of {systolic} mmHg or more, or a diastolic one of {diastolic} or more, after first dose "
         f"and up to {days} after the last one. On the day of first dose a reading counts as before it unless both "
         "times are known. One reading by itself grades no adverse event: on how many days it was high is told beside "
         "it. Readings in kPa are converted; one without a known unit is not read. "
         + _several(inputs, "Readings of all lines of therapy stand against the baseline of the first.")),
    )  # fmt: skip
