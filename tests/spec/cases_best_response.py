"""From the responses of the visits to the best response of a patient. Clinical specification section 6.4.

Scans are due every 42 ± 7 days and a response needs confirmation 28 days later, unless a case says otherwise: stable
disease counts from 35 days after the start, study day 36. The cut-off is study day 400 unless a case names another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Then:
    """One answer; `day` (study day) and `reason` are compared where they are given. wrong: DATAERR."""

    code: str
    value: str | None
    day: int | None = None
    reason: str | None = None
    wrong: str | None = None


@dataclass(frozen=True)
class Case:
    """A sentence, the scans as (study day, response), and the answers.

    more: further columns of a scan, by its study day (PDDT as a study day). therapy, death: study days. therapy: also
    the text of an incomplete date; therapy_end: its last day.
    """

    title: str
    scans: tuple[tuple[int, str | None], ...]
    then: tuple[Then, ...]
    rules: dict[str, Any] = field(default_factory=dict)
    more: dict[int, dict[str, Any]] = field(default_factory=dict)
    therapy: int | str | None = None
    therapy_end: int | None = None
    death: int | None = None
    cut_off: int = 400
    baseline: dict[str, Any] | None = field(default_factory=dict)


NN = "NON-CR/NON-PD"
TWICE = "TR-TWO-MEASUREMENTS"
BLANK: dict[str, Any] = {"DATAERR": TWICE, "OVRLRESP": None}


def best(plain: str, confirmed: str) -> tuple[Then, Then]:
    """The best response without and with confirmation."""
    return Then("BOR", plain), Then("CBOR", confirmed)


def unknown(*codes: str) -> tuple[Then, ...]:
    """Answers that a scan which contradicts itself leaves without a value."""
    return tuple(Then(code, None, wrong=TWICE) for code in codes)


# the table of section 6.4: first assessment, next, confirmed best response where the first is on or after day 36, and
# where it is before. Assessments are 42 days apart.
TABLE = (
    ("CR", ("CR",), "CR", "CR"),
    ("CR", ("PR",), "SD", "PD"),
    ("CR", ("SD",), "SD", "PD"),
    ("CR", ("PD",), "SD", "PD"),
    ("CR", ("NE",), "SD", "NE"),
    ("CR", (), "SD", "NE"),
    ("PR", ("CR",), "PR", "PR"),
    ("PR", ("PR",), "PR", "PR"),
    ("PR", ("SD",), "SD", "NE"),
    ("PR", ("PD",), "SD", "PD"),
    ("PR", ("NE",), "SD", "NE"),
    ("PR", (), "SD", "NE"),
    ("CR", ("NE", "CR"), "CR", "CR"),
    ("CR", ("NE", "PR"), "SD", "PD"),
    ("CR", ("NE", "NE", "CR"), "SD", "NE"),
    ("PR", ("NE", "PR"), "PR", "PR"),
    ("PR", ("NE", "CR"), "PR", "PR"),
    ("PR", ("NE", "SD"), "SD", "NE"),
    ("PR", ("NE", "PD"), "SD", "PD"),
    ("PR", ("NE", "NE", "PR"), "SD", "NE"),
)

CASES = (
    # confirmation
    Case(
        "A response is confirmed 28 days later and not a day sooner",
        ((43, "PR"), (71, "PR")),
        (*best("PR", "PR"), Then("CRSP", "Y", 43)),
    ),
    Case(
        "At 27 days it is not confirmed: the patient has stable disease",
        ((43, "PR"), (70, "PR")),
        (
            *best("PR", "SD"),
            Then("RSP", "Y", 43),
            Then("CRSP", "N"),
            Then("CB", "Y", 43),
            Then("CCB", "Y", 43),
        ),
    ),
    Case(
        "A response repeated too soon is passed over, and a later one confirms",
        ((43, "PR"), (57, "PR"), (85, "PR")),
        (*best("PR", "PR"), Then("CRSP", "Y", 43)),
    ),
    Case(
        "A complete response after 14 days neither confirms a partial one nor ends its wait",
        ((43, "PR"), (57, "CR"), (85, "CR")),
        (Then("BOR", "CR", 57), Then("CBOR", "CR", 57), Then("CRSP", "Y", 43)),
    ),
    Case(
        "Nor does it keep a later partial response from confirming the first; the site is asked",
        ((69, "PR"), (83, "CR"), (118, "PR")),
        (
            Then("BOR", "CR", 83),
            Then("CBOR", "PR", 69, "PR_AFTER_CR"),
            Then("CRSP", "Y", 69),
            Then("CCB", "Y", 69),
        ),
    ),
    Case(
        "A partial response after a complete one does not confirm it, and may begin one of its own",
        ((43, "CR"), (85, "PR"), (127, "PR")),
        (Then("BOR", "CR", 43), Then("CBOR", "PR", 85, "PR_AFTER_CR"), Then("CRSP", "Y", 85)),
    ),
    Case(
        "Two assessments that cannot be evaluated between two partial responses are one too many",
        ((43, "PR"), (85, "NE"), (127, "NE"), (169, "PR")),
        best("PR", "SD"),
    ),
    Case(
        "Not evaluable twice, where the protocol allows two",
        ((43, "PR"), (85, "NE"), (127, "NE"), (169, "PR")),
        best("PR", "PR"),
        rules={"ne_between_allowed": 2},
    ),
    Case(
        "A stable disease between two partial responses ends the first one's wait",
        ((43, "PR"), (85, "SD"), (127, "PR")),
        best("PR", "SD"),
    ),
    Case(
        "Where the protocol allows one stable disease between, the response is confirmed",
        ((43, "PR"), (85, "SD"), (127, "PR")),
        (*best("PR", "PR"), Then("CRSP", "Y", 43)),
        rules={"sd_between_allowed": 1},
    ),
    Case(
        "The best over all starting assessments counts, not the first",
        ((43, "PR"), (85, "SD"), (127, "PR"), (169, "PR")),
        (Then("CBOR", "PR", 127), Then("CRSP", "Y", 127), Then("RSP", "Y", 43)),
    ),
    Case(
        "A confirmed partial response stays one when a later sum no longer meets -30 %",
        ((43, "PR"), (85, "PR"), (127, "SD"), (169, "SD")),
        best("PR", "PR"),
    ),
    Case(
        "A progression after a confirmed response does not take it away",
        ((43, "PR"), (85, "PR"), (127, "PD")),
        (*best("PR", "PR"), Then("PD", "Y", 127)),
    ),
    Case(
        "Another confirmation interval is the protocol's",
        ((43, "PR"), (64, "PR")),
        best("PR", "PR"),
        rules={"confirmation_days": 21},
    ),
    # stable disease
    Case(
        "Stable disease counts from 35 days after the start, study day 36, where scans are every 42 ± 7 days",
        ((36, "SD"),),
        (*best("SD", "SD"), Then("CB", "Y", 36)),
    ),
    Case(
        "Stable disease seen a day earlier, and nothing later, is not evaluable",
        ((35, "SD"),),
        (Then("BOR", "NE", 35, "SD_TOO_EARLY"), Then("CBOR", "NE"), Then("CB", "N")),
    ),
    Case(
        "The minimum of the protocol counts before that of the schedule",
        ((42, "SD"),),
        (Then("BOR", "NE", 42, "SD_TOO_EARLY"),),
        rules={"sd_min_days": 42},
    ),
    Case(
        "Stable disease is dated from the first scan that is late enough",
        ((22, "SD"), (43, "SD"), (85, "SD")),
        (Then("BOR", "SD", 43), Then("CB", "Y", 43)),
    ),
    Case(
        "A partial response needs no minimum interval",
        ((22, "PR"), (50, "PR")),
        (*best("PR", "PR"), Then("CB", "Y", 22)),
    ),
    Case(
        "An early stable disease and then progression is progression",
        ((22, "SD"), (43, "PD")),
        (*best("PD", "PD"), Then("CB", "N"), Then("PD", "Y", 43)),
    ),
    Case(
        "Non-CR/non-PD, of patients without a target, keeps its name and counts as disease control",
        ((43, NN), (85, NN)),
        (*best(NN, NN), Then("RSP", "N"), Then("CB", "Y", 43)),
        baseline={"NTARGET": 0, "NNONTARGET": 2, "MEASURABLE": False},
    ),
    Case(
        "It has the same minimum interval",
        ((22, NN),),
        (Then("BOR", "NE", 22, "SD_TOO_EARLY"),),
        baseline={"NTARGET": 0, "NNONTARGET": 2, "MEASURABLE": False},
    ),
    Case(
        "Not evaluable is not stable disease",
        ((43, "NE"), (85, "NE")),
        (Then("BOR", "NE", 43, "NOT_EVALUABLE"), Then("CB", "N")),
    ),
    Case(
        "Without a scan the best response is not evaluable, and the patient is still counted",
        (),
        (
            Then("BOR", "NE", None, "NO_ASSESSMENT"),
            Then("CBOR", "NE"),
            Then("RSP", "N"),
            Then("CB", "N"),
            Then("LSTA", None, None, "NO_ASSESSMENT"),
            Then("MDIS", "Y"),
        ),
    ),
    Case(
        "Without a baseline it is not known whether the disease was measurable",
        (),
        (Then("MDIS", None, None, "NO_BASELINE"),),
        baseline=None,
    ),
    Case(
        "Nor is it where the site reports its responses alone: the patient stays in the denominator",
        ((43, "PR"), (85, "PR")),
        (*best("PR", "PR"), Then("MDIS", None, None, "NO_BASELINE")),
        baseline={"ADT": None, "NTARGET": 0, "NNONTARGET": 0, "MEASURABLE": False},
    ),
    Case(
        "A patient with neither target nor other lesions at baseline has no disease to control",
        ((43, "NED"), (85, "NED")),
        (Then("BOR", "NED", 43, "NO_DISEASE"), Then("RSP", "N"), Then("CB", "N"), Then("MDIS", "N")),
        baseline={"NTARGET": 0, "NNONTARGET": 0, "MEASURABLE": False},
    ),
    # what counts at all
    Case(
        "Nothing counts after the first progression",
        ((43, "PD"), (85, "PR"), (127, "PR")),
        (*best("PD", "PD"), Then("RSP", "N"), Then("LSTA", "PD", 43)),
    ),
    Case(
        "Progression counts at any time, also before the minimum interval",
        ((15, "PD"),),
        (*best("PD", "PD"), Then("PD", "Y", 15)),
    ),
    Case(
        "Of two assessments on one date the worst counts",
        ((43, "SD"), (43, "PD"), (85, "PR")),
        (*best("PD", "PD"), Then("PD", "Y", 43)),
    ),
    Case(
        "Of a response and an assessment that could not be evaluated on one date the response counts",
        ((43, "NE"), (43, "PR"), (85, "PR")),
        best("PR", "PR"),
    ),
    Case(
        "A progression dated back to the visit of an equivocal new lesion leaves only what came before",
        ((43, "SD"), (85, "PR"), (127, "PD")),
        (*best("SD", "SD"), Then("PD", "Y", 85), Then("RSP", "N")),
        more={127: {"PDDT": 85}},
    ),
    Case(
        "A scan on the day another therapy starts still counts",
        ((43, "SD"), (85, "PR"), (127, "PR")),
        (*best("PR", "SD"), Then("CRSP", "N")),
        therapy=85,
    ),
    Case(
        "A scan after another therapy began is none of the study drug's",
        ((43, "SD"), (85, "PR"), (127, "PR")),
        (*best("SD", "SD"), Then("RSP", "N")),
        therapy=84,
    ),
    Case(
        "Scans only after another therapy: not evaluable, with that reason",
        ((43, "PR"), (85, "PR")),
        (Then("BOR", "NE", None, "NEW_THERAPY"), Then("RSP", "N"), Then("LSTA", "PR", 85)),
        therapy=30,
    ),
    Case(
        "A therapy before first dose is no new one",
        ((43, "PR"), (85, "PR")),
        best("PR", "PR"),
        therapy=-20,
    ),
    Case(
        "A scan on the day of the cut-off counts",
        ((43, "PR"), (85, "PR")),
        best("PR", "PR"),
        cut_off=85,
    ),
    Case(
        "A scan a day later does not",
        ((43, "PR"), (85, "PR")),
        (*best("PR", "SD"), Then("LSTA", "PR", 43)),
        cut_off=84,
    ),
    Case(
        "A therapy begun in the month of first dose that had ended before it was a prior one",
        ((43, "PR"), (85, "PR")),
        (*best("PR", "PR"), Then("CRSP", "Y", 43)),
        therapy="2026-03",
        therapy_end=-1,
    ),
    Case(
        "One whose end is not known may be new, and every scan its",
        ((43, "PR"), (85, "PR")),
        (Then("BOR", "NE", None, "NEW_THERAPY"), Then("CRSP", "N")),
        therapy="2026-03",
    ),
    Case(
        "Time points after the next line began are none of this line; its progression is told all the same",
        ((43, "PR"), (127, "PR"), (169, "PD")),
        (*best("PR", "SD"), Then("CRSP", "N"), Then("LSTA", "PR", 43), Then("PD", "Y", 169)),
        more={127: {"AFTERNEXT": True}, 169: {"AFTERNEXT": True}},
    ),
    # scans that contradict themselves: any response may have been
    Case(
        "A scan that contradicts itself before the first response leaves nothing to tell of the response",
        ((43, None), (85, "PR"), (127, "PR")),
        (*unknown("BOR", "CBOR", "RSP", "CRSP", "CB", "CCB", "PD", "DCW6", "LSTA"),),
        more={43: BLANK},
    ),
    Case(
        "A single one is never called no assessment",
        ((43, None),),
        (*unknown("BOR", "CBOR", "RSP", "CB", "PD", "LSTA"), Then("MDIS", "Y")),
        more={43: BLANK},
    ),
    Case(
        "After a progression it changes nothing",
        ((43, "PD"), (85, None)),
        (*best("PD", "PD"), Then("PD", "Y", 43), Then("RSP", "N"), Then("LSTA", "PD", 43)),
        more={85: BLANK},
    ),
    Case(
        "A progression on the same day counts",
        ((43, "SD"), (85, "PD"), (85, None)),
        (*best("SD", "SD"), Then("PD", "Y", 85)),
        more={85: {"DATAERR": TWICE}},
    ),
    Case(
        "What is progression whatever the contradiction is one",
        ((43, "SD"), (85, "PD")),
        (*best("SD", "SD"), Then("PD", "Y", 85), Then("RSP", "N")),
        more={85: {"DATAERR": TWICE}},
    ),
    Case(
        "Before a progression it may have been the progression, or a response",
        ((43, "SD"), (85, None), (127, "PD")),
        (
            *unknown("BOR", "RSP", "PD"),
            Then("CBOR", "SD", 43),  # as the only response it would not have been confirmed
            Then("CB", "Y", 43),
            Then("DCW6", "Y", 43),
        ),
        more={85: BLANK},
    ),
    Case(
        "Nothing is better than the complete response before it; whether it was confirmed is not known",
        ((43, "CR"), (85, None)),
        (Then("BOR", "CR", 43), *unknown("CBOR", "CRSP"), Then("RSP", "Y", 43), Then("CB", "Y", 43)),
        more={85: BLANK},
    ),
    Case(
        "A confirmed partial response stays; alone it could only have become a complete one without confirmation",
        ((43, "PR"), (85, "PR"), (127, None)),
        (*unknown("BOR", "PD"), Then("CBOR", "PR", 43), Then("CRSP", "Y", 43), Then("RSP", "Y", 43)),
        more={127: BLANK},
    ),
    Case(
        "Two of them could have been a confirmed complete response",
        ((43, "PR"), (85, "PR"), (127, None), (169, None)),
        (*unknown("BOR", "CBOR"), Then("CRSP", "Y", 43)),
        more={127: BLANK, 169: BLANK},
    ),
    Case(
        "Between a response and its confirmation it may have been a progression",
        ((43, "PR"), (57, None), (85, "PR")),
        (*unknown("CBOR", "CRSP"), Then("RSP", "Y", 43)),
        more={57: BLANK},
    ),
    Case(
        "Progression in the window is certain, whatever an earlier scan showed; only its date is not",
        ((29, None), (48, "PD")),
        (Then("DCW6", "N", None, "PROGRESSION"), *unknown("PD", "BOR")),
        more={29: BLANK},
    ),
    Case(
        "After another therapy it cannot change the best response",
        ((43, "SD"), (85, None)),
        (*best("SD", "SD"), Then("RSP", "N"), *unknown("PD")),
        more={85: BLANK},
        therapy=60,
    ),
    # disease control at the first scheduled scan, week 6
    Case(
        "Disease control at week 6 is the scan nearest to day 43, within 7 days",
        ((50, "SD"), (85, "PD")),
        (Then("DCW6", "Y", 50),),
    ),
    Case(
        "A scan on day 51 is outside the window",
        ((51, "SD"),),
        (Then("DCW6", "NE", None, "OUT_OF_WINDOW"),),
    ),
    Case(
        "Progression by the end of the window is none",
        ((29, "PD"),),
        (Then("DCW6", "N", 29, "PROGRESSION"),),
    ),
    Case(
        "Also on its last day, whatever was seen before",
        ((43, "SD"), (50, "PD")),
        (Then("DCW6", "N", 50, "PROGRESSION"),),
    ),
    Case(
        "Death by the end of the window is none",
        (),
        (Then("DCW6", "N", None, "DEATH"),),
        death=50,
    ),
    Case(
        "Death after the window without a scan says nothing",
        (),
        (Then("DCW6", "NE", None, "NO_ASSESSMENT"),),
        death=51,
    ),
    Case(
        "While the window is open there is no answer yet",
        (),
        (Then("DCW6", None, None, "NOT_YET_DUE"),),
        cut_off=50,
    ),
    Case(
        "After it there is one",
        (),
        (Then("DCW6", "NE", None, "NO_ASSESSMENT"),),
        cut_off=51,
    ),
    Case(
        "A scan after another therapy began cannot show it",
        ((43, "SD"),),
        (Then("DCW6", "NE", None, "NEW_THERAPY"),),
        therapy=40,
    ),
    Case(
        "The protocol may ask at another scan",
        ((43, "SD"), (85, "PD")),
        (Then("DCW12", "N", 85, "PROGRESSION"),),
        rules={"disease_control_day": 85},
    ),
)
