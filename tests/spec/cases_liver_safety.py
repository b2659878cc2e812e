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
        # it proves no calm either (2.6): between 0 and 5 times its limit it may be on both sides of the line
        "A bilirubin below the laboratory's limit proves no jaundice, however high, and leaves the plot open",
        then(alt(DAY15, "120"), bili(DAY15, "<100"), alp(DAY15, "100")),
        None,
        {"EDISH": None, "PAIRED": None, "REASON": "CENSORED: BILI", "HYSFL": "N"},
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
        # the case and the plot tell the same story: what makes the pair counts for the quadrant
        MET | {"DAYS": 14},
        {"EDISH": "HYS", "PAIRED": "Y", "REASON": None, "BILIPKULN": 2.0, "HYSFL": "Y"},
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
        # bilirubin began normal, so it must reach 2 times its limit: a rise by the limit is not enough for it
        then(alt(DAY15, "160"), bili(DAY15, "40"), alp(DAY15, "100"), before=start("80")),
        {"RULE": "RAISED_BASELINE", "ENZRULE": "RAISED_BASELINE", "BILIRULE": "NORMAL_BASELINE"}
        | {"ENZXULN": 4.0, "ENZXBL": 2.0, "BILIXULN": 2.0},
        {"EDISH": "HYS", "MDISH": "CHOLESTASIS", "ALTBLULN": 2.0, "HYSFL": "Y"},
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


# each of the two held against its own baseline; ALT with a limit of 50, as in the specification's examples
def apart(alt_before: str, bili_before: str, alt_after: str, bili_after: str) -> Course:
    """Two visits before first dose, each time the same; then ALT and bilirubin of one day."""
    before = tuple(
        lab
        for day in ("2026-02-24", "2026-02-27")
        for lab in (alt(day, alt_before, "50"), ast(day, "30"), bili(day, bili_before), alp(day, "90"))
    )
    return then(alt(DAY15, alt_after, "50"), bili(DAY15, bili_after), alp(DAY15, "90"), before=before)


NORMAL, RAISED_BY = "NORMAL_BASELINE", "RAISED_BASELINE"
OWN = (
    Case(
        "A bilirubin that began at 2.25 times its limit and did not move is no jaundice",
        apart("40", "45", "150", "45"),
        None,
        {"HYSFL": "N", "EDISH": "HYS", "PAIRED": "Y", "MDISH": "TEMPLE"},
    ),
    Case(
        "Nor is one a hair below 3 times its limit that rose by less than its limit",
        apart("40", "45", "150", "59.9"),
        None,
        {"HYSFL": "N"},
    ),
    Case(
        "Begun at 2.25 times its limit, bilirubin counts from 3 times the limit, which it reaches before a rise of one",
        apart("40", "45", "150", "60"),
        {"RULE": RAISED_BY, "ENZRULE": NORMAL, "BILIRULE": RAISED_BY, "BILIXULN": 3.0},
        {"HYSFL": "Y"},
    ),
    Case(
        "Risen by its limit it counts too",
        apart("40", "45", "150", "65"),
        {"RULE": RAISED_BY, "ENZRULE": NORMAL, "BILIRULE": RAISED_BY, "BILIXULN": 3.25},
    ),
    Case(
        "Begun at 1.5 times its limit, bilirubin a hair below 2.5 times is none",
        apart("40", "30", "150", "49.9"),
        None,
        {"HYSFL": "N", "EDISH": "HYS"},
    ),
    Case(
        "Begun at 1.5 times its limit, bilirubin counts from 2.5 times: risen by its limit",
        apart("40", "30", "150", "50"),
        {"RULE": RAISED_BY, "ENZRULE": NORMAL, "BILIRULE": RAISED_BY, "BILIXULN": 2.5},
    ),
    Case(
        "A baseline bilirubin of exactly its limit is normal: 2 times the limit counts",
        apart("40", "20", "150", "40"),
        {"RULE": NORMAL, "ENZRULE": NORMAL, "BILIRULE": NORMAL},
    ),
    Case(
        "Where ALT began raised and bilirubin did not, a bilirubin of 1.6 times its limit is none, though it rose by 1",
        apart("120", "12", "240", "32"),
        None,
        {"HYSFL": "N", "EDISH": "TEMPLE"},
    ),
    Case(
        "There ALT by its baseline and bilirubin by its limit make a case",
        apart("120", "12", "240", "40"),
        {"RULE": RAISED_BY, "ENZRULE": RAISED_BY, "BILIRULE": NORMAL, "ENZXBL": 2.0, "BILIXULN": 2.0},
    ),
    Case(
        "A raised ALT at baseline says nothing about AST, which began normal",
        then(
            ast(DAY15, "120"), alt(DAY15, "130"), bili(DAY15, "40"), alp(DAY15, "100"), before=start("110"),
        ),
        {"ENZYME": "AST", "RULE": NORMAL, "ENZRULE": NORMAL, "BILIRULE": NORMAL},
    ),
    Case(
        "In a unit nobody can convert, a raised bilirubin is held against its baseline in multiples of the limit",
        then(
            alt(DAY15, "120"), bili(DAY15, "2.25", "1", "AU"), alp(DAY15, "100"),
            before=tuple(
                lab
                for day in ("2026-02-24", "2026-02-27")
                for lab in (alt(day, "20"), bili(day, "2.25", "1", "AU"), alp(day, "90"))
            ),
        ),
        None,
        {"HYSFL": "N", "BILIBL": None, "BILIBLULN": 2.25},
    ),
)  # fmt: skip

RANGES = (
    Case(
        "ALT above a range that ends at 2 times its limit may be above the line or below: no quadrant, no case",
        then(alt(DAY15, ">100", "50"), bili(DAY15, "40"), alp(DAY15, "100")),
        None,
        {"EDISH": None, "PAIRED": None, "REASON": "CENSORED: ALT", "HYSFL": "N", "ALTPKULN": 2.0},
    ),
    Case(
        "Another ALT surely above the line decides the quadrant, and the pair where bilirubin follows it",
        then(alt(DAY15, ">100", "50"), alt("2026-03-17", "150", "50"), bili("2026-03-18", "40"), alp(DAY15, "100")),
        MET,
        {"EDISH": "HYS", "PAIRED": "Y", "REASON": None},
    ),
    Case(
        "Where only the doubtful ALT has its bilirubin in time, the quadrant is known and the pair is not",
        then(
            alt(DAY15, ">100", "50"), bili(DAY15, "40"), alp(DAY15, "100"), alt("2026-06-15", "150", "50"),
            bili("2026-06-15", "10"),
        ),
        None,
        {"EDISH": "HYS", "PAIRED": None, "REASON": "CENSORED: ALT", "HYSFL": "N"},
    ),
    Case(
        "A bilirubin too low to measure is surely below the line",
        then(alt(DAY15, "120"), bili(DAY15, "<3"), alp(DAY15, "100")),
        None,
        {"EDISH": "TEMPLE", "PAIRED": "N", "REASON": None},
    ),
    Case(
        "Below 2 times the limit is below the line: the bound itself is left out",
        then(alt(DAY15, "120"), bili(DAY15, "<40"), alp(DAY15, "100")),
        None,
        {"EDISH": "TEMPLE", "PAIRED": "N", "REASON": None},
    ),
    Case(
        "At most 2 times the limit may be on it",
        then(alt(DAY15, "120"), bili(DAY15, "<=40"), alp(DAY15, "100")),
        None,
        {"EDISH": None, "PAIRED": None, "REASON": "CENSORED: BILI"},
    ),
    Case(
        "A range above the line by its own bound decides",
        then(alt(DAY15, ">120"), bili(DAY15, ">40"), alp(DAY15, "100")),
        MET,
        {"EDISH": "HYS", "PAIRED": "Y", "REASON": None},
    ),
    Case(
        "Both in doubt are both named",
        then(alt(DAY15, ">100", "50"), bili(DAY15, ">30"), alp(DAY15, "100")),
        None,
        {"EDISH": None, "PAIRED": None, "REASON": "CENSORED: ALT, BILI"},
    ),
    Case(
        "With a baseline below a laboratory's limit its multiple is a range too: mDISH stays open, eDISH does not",
        then(
            alt(DAY15, "60"), bili(DAY15, "15"), alp(DAY15, "100"),
            before=tuple(
                lab
                for day in ("2026-02-24", "2026-02-27")
                for lab in (alt(day, "20"), ast(day, "20"), bili(day, "<10"), alp(day, "90"))
            ),
        ),
        None,
        {"EDISH": "NORMAL", "MDISH": None, "MPAIRED": None, "MREASON": "CENSORED: BILI", "BILIPKBL": 1.5},
    ),
    Case(
        "ALT above exactly the watch limit is more than it",
        then(alt(DAY15, ">120"), bili(DAY15, "10"), alp(DAY15, "100")),
        None,
        {"LAYER": "WATCH"},
    ),
)  # fmt: skip

BEYOND = (
    Case(
        "A bilirubin after the time on treatment that no raised ALT calls for is not in the plot",
        then(
            alt("2026-04-14", "119"), bili("2026-04-10", "10"), bili("2026-04-26", "60"), alp("2026-04-14", "100"),
            doses=(("2026-03-02", "2026-03-15"),),
        ),
        None,
        {"EDISH": "NORMAL", "BILIPKULN": 0.5, "HYSFL": "N"},
    ),
    Case(
        "A calm bilirubin after the time on treatment answers for the ALT it follows",
        then(
            alt("2026-04-14", "120"), bili("2026-04-26", "30"), alp("2026-04-14", "100"),
            doses=(("2026-03-02", "2026-03-15"),),
        ),
        None,
        {"EDISH": "TEMPLE", "PAIRED": "N", "REASON": None, "BILIPKULN": 1.5, "HYSFL": "N"},
    ),
    Case(
        "15 days after that ALT it no longer does",
        then(
            alt("2026-04-14", "120"), bili("2026-04-29", "40"), alp("2026-04-14", "100"),
            doses=(("2026-03-02", "2026-03-15"),),
        ),
        None,
        {"EDISH": None, "REASON": "NOT_KNOWN: BILI", "PAIRED": "N", "HYSFL": "N"},
    ),
    Case(
        "A pair that begins with AST agrees with the plot too",
        then(
            alt("2026-04-14", "60"), ast("2026-04-14", "120"), bili("2026-04-26", "40"), alp("2026-04-14", "100"),
            doses=(("2026-03-02", "2026-03-15"),),
        ),
        {"ENZYME": "AST", "DAYS": 12},
        {"EDISH": "CHOLESTASIS", "BILIPKULN": 2.0, "HYSFL": "Y"},
    ),
    Case(
        "Multiples are shown to six digits, and compared before that",
        then(
            alt(DAY15, "100", "33.33334"), bili(DAY15, "40"), alp(DAY15, "100", "130"),
            before=(alt("2026-02-16", "10"), alt("2026-02-20", "10"), alt("2026-02-27", "11"), bili("2026-02-27", "9")),
        ),
        None,
        {"ALTBL": 10.3333, "ALTPKULN": 3.0, "ALTPKBL": 9.67742, "BILIPKBL": 4.44444, "EDISH": "CHOLESTASIS"},
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
        # a case all the same: it rose by more than its limit
        {"RULE": "RAISED_BASELINE", "ENZRULE": "NORMAL_BASELINE", "BILIRULE": "RAISED_BASELINE"},
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
    "Potential Hy's law": HYS, "Raised baselines": RAISED,
    "Each of the two by its own baseline": OWN, "Results known only as a range": RANGES,
    "After the time on treatment": BEYOND, "Lines of therapy": LINES, "When to act on ALT": LAYERS,
}  # fmt: skip
