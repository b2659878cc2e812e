"""Results that are ranges, and the edge of the threshold.

Clinical specification sections 2.6 (every row of its table) and 2.7, traps 7 and 8.
"""

from __future__ import annotations

from decimal import Decimal

from tests.spec.checkpoint_case import Case, Lab, Then

END = "2026-04-14"


def pair(title: str, before: str, after: str, state: str, reason: str | None = None, **then: object) -> Case:
    """A baseline of day -3 and a sample of day 29, both in ng/mL."""
    verdict = Then(END, state, reason, **then)  # type: ignore[arg-type]
    return Case(title, (Lab("2026-02-27", before), Lab("2026-03-30", after)), (verdict,))


RANGES = (
    pair("From 500 to below 1.3 is a response, whatever it is exactly", "500", "<1.3", "RESPONDER",
         flags=("CENSORED_VALUE",), comparison="<1.3 <= 375.0", rmin="99.7400", rmax="100.0000"),
    pair("From above 60500 to 30000 is a response", ">60500", "30000", "RESPONDER", comparison="30000 <= >45375",
         rmin="50.4132", rmax="100.0000"),
    pair("From above 60500 to 50000 is open", ">60500", "50000", "NOT_EVALUABLE", "CENSORED",
         queries=("DILUTE_BASELINE",), comparison="50000 ? >45375", rmin="17.3554", rmax="100.0000"),
    pair("From above 1210 to above 1210 is open: no change is not what two limits say", ">1210", ">1210",
         "NOT_EVALUABLE", "CENSORED", queries=("DILUTE_BASELINE", "DILUTE_SAMPLE"), flags=("CENSORED_VALUE",)),
    pair("From 1000 to above 1210 is no response", "1000", ">1210", "NON_RESPONDER", comparison=">1210 > 750",
         rmax="-21.0000"),
    pair("From above 1210 to above 60500 is open, and the changed limit is flagged", ">1210", ">60500",
         "NOT_EVALUABLE", "CENSORED", flags=("CENSORED_VALUE", "ULOQ_CHANGED"),
         queries=("DILUTE_BASELINE", "DILUTE_SAMPLE")),
    pair("A baseline below 1.3 cannot be judged", "<1.3", "2.0", "NOT_EVALUABLE", "BASELINE_BELOW_LLOQ"),
    pair("From 80000 to above 60000 is no response: the bound itself is left out", "80000", ">60000",
         "NON_RESPONDER", rmax="25.0000", comparison=">60000 > 60000"),
    pair("From 80000 to at least 60000 is open: exactly 25 % is among what it may be", "80000", ">=60000",
         "NOT_EVALUABLE", "CENSORED", queries=("DILUTE_SAMPLE",)),
    pair("400 to 300 is exactly 25 % and a response", "400", "300", "RESPONDER", pchg="-25.0000"),
    pair("400 to 300.04 shows as 25.0 % and is none", "400", "300.04", "NON_RESPONDER", pchg="-24.9900",
         comparison="300.04 > 300.00"),
    pair("400 to 300.000001 is none, though it shows as 25.0000 %", "400", "300.000001", "NON_RESPONDER",
         pchg="-25.0000", comparison="300.000001 > 300.000000"),
    pair("500 to below 375 is a response: 25 % is the least it can be", "500", "<375", "RESPONDER"),
    pair("500 to at most 375 is a response", "500", "<=375", "RESPONDER"),
    pair("500 to below 375.1 is open", "500", "<375.1", "NOT_EVALUABLE", "CENSORED", queries=("BELOW_LIMIT",)),
    pair("From above 500 to 375 is a response", ">500", "375", "RESPONDER"),
    pair("From above 500 to 375.1 is open", ">500", "375.1", "NOT_EVALUABLE", "CENSORED"),
    pair("From at least 500 to 375 is a response", ">=500", "375", "RESPONDER"),
    pair("From above 500 to below 375 is a response", ">500", "<375", "RESPONDER"),
    pair("To 0 is a fall of 100 %", "500", "0", "RESPONDER", pchg="-100.0000"),
    pair("No change", "500", "500", "NON_RESPONDER", pchg="0.0000"),
    pair("A rise", "500", "750", "NON_RESPONDER", pchg="50.0000"),
    pair("Just under 20 % is no borderline", "500", "400.5", "NON_RESPONDER", pchg="-19.9000", flags=()),
    pair("20 % is borderline", "500", "400", "NON_RESPONDER", pchg="-20.0000", flags=("BORDERLINE",)),
    pair("30 % is borderline", "500", "350", "RESPONDER", pchg="-30.0000", flags=("BORDERLINE",)),
    pair("Just over 30 % is none", "500", "349.5", "RESPONDER", pchg="-30.1000", flags=()),
    pair("Exponents are numbers: 3.0E2 is 300", "4.0E2", "3.0E2", "RESPONDER", pchg="-25.0000", base="4.0E2"),
    pair("Full-width characters are characters", "５００", "＜１．３", "RESPONDER", aval="＜１．３"),
    pair("Blanks inside are ignored", "1 000", "> 1 210", "NON_RESPONDER"),
    pair("≥ and ≤ are at least and at most", "80000", "≥60000", "NOT_EVALUABLE", "CENSORED"),
    Case(
        "Where binary numbers fail: 0.3 to 0.225, 1.4 to 1.05 and 1.9 to 1.425 are exactly 25 % (here 1.9)",
        (Lab("2026-02-27", "1.9"), Lab("2026-03-30", "1.425")),
        (Then(END, "RESPONDER", pchg="-25.0000", comparison="1.425 <= 1.425"),),
        rule={"min_baseline": None},
    ),
    Case(
        "The same after a factor on both sides: 1.4 IU/mL to 1.2705 ng/mL is exactly 25 %",
        (Lab("2026-02-27", "1.4", "IU/mL"), Lab("2026-03-30", "1.2705")),
        (Then(END, "RESPONDER", pchg="-25.0000", flags=("BORDERLINE", "CONVERTED")),),
        rule={"min_baseline": None},
    ),
    Case(
        "One digit more and it is none: 1.2706 ng/mL",
        (Lab("2026-02-27", "1.4", "IU/mL"), Lab("2026-03-30", "1.2706")),
        (Then(END, "NON_RESPONDER"),),
        rule={"min_baseline": None},
    ),
    Case(
        "Another threshold: 20 % is reached by 500 to 400",
        (Lab("2026-02-27", "500"), Lab("2026-03-30", "400")),
        (Then(END, "RESPONDER"),),
        rule={"threshold_pct": Decimal(20)},
    ),
    Case(
        "A threshold with decimals is exact as well: 12.5 % of 1.6 is 0.2",
        (Lab("2026-02-27", "1.6"), Lab("2026-03-30", "1.4")),
        (Then(END, "RESPONDER", pchg="-12.5000"),),
        rule={"threshold_pct": Decimal("12.5"), "min_baseline": None},
    ),
    Case(
        "A baseline above 0 has no lowest ratio, not even to 0: open",
        (Lab("2026-02-27", ">0"), Lab("2026-03-30", "0")),
        (Then(END, "NOT_EVALUABLE", "CENSORED"),),
        rule={"min_baseline": None},
    ),
    Case(
        "A baseline above 0 has no lowest ratio: open",
        (Lab("2026-02-27", ">0"), Lab("2026-03-30", "10")),
        (Then(END, "NOT_EVALUABLE", "CENSORED"),),
        rule={"min_baseline": None},
    ),
)  # fmt: skip
