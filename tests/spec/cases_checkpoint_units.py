"""Units, laboratories and methods.

Clinical specification sections 2.3, 2.4 and 3.4 (steps 5c and 5d), traps 9, 10 and 11.
"""

from __future__ import annotations

from decimal import Decimal

from tests.spec.checkpoint_case import Case, Lab, Then

END = "2026-04-14"


def base(result: str, unit: str | None = "ng/mL", **more: object) -> Lab:
    """A baseline of day -3."""
    return Lab("2026-02-27", result, unit, more=more)


def post(result: str, unit: str | None = "ng/mL", **more: object) -> Lab:
    """A sample of day 29."""
    return Lab("2026-03-30", result, unit, more=more)


UNITS = (
    Case(
        "IU/mL is not ng/mL: 400 ng/mL to 300 IU/mL (363 ng/mL) is no response",
        (base("400"), post("300", "IU/mL")),
        (Then(END, "NON_RESPONDER", pchg="-9.2500", flags=("CONVERTED",), aval="300"),),
    ),
    Case(
        "A mere change of unit is no fall: 1000 ng/mL and 826 IU/mL are the same amount, nearly",
        (base("1000"), post("826", "IU/mL")),
        (Then(END, "NON_RESPONDER", pchg="-0.0540", flags=("CONVERTED",)),),
    ),
    Case(
        "ug/L and ng/mL are the same",
        (base("400", "ug/L"), post("300")),
        (Then(END, "RESPONDER", pchg="-25.0000"),),
    ),
    Case(
        "0.4 mg/L is 400 ng/mL",
        (base("0.4", "mg/L"), post("300")),
        (Then(END, "RESPONDER", pchg="-25.0000", high=True, flags=("BORDERLINE", "CONVERTED")),),
    ),
    Case(
        "Both in mg/L from one laboratory: nothing is converted",
        (base("0.4", "mg/L"), post("0.3", "mg/L")),
        (Then(END, "RESPONDER", pchg="-25.0000", flags=("BORDERLINE",), comparison="0.3 <= 0.3"),),
    ),
    Case(
        "Both in IU/mL, from two named laboratories: converted, and the change of laboratory is flagged",
        (base("400", "IU/mL", LBNAM="Lab A"), post("300", "IU/mL", LBNAM="Lab B")),
        (Then(END, "RESPONDER", pchg="-25.0000", flags=("ASSAY_CHANGE", "BORDERLINE", "CONVERTED"),
              comparison="363.00 <= 363.00"),),
    ),
    Case(
        "One laboratory written in two ways is one laboratory",
        (base("400", "IU/mL", LBNAM="Lab A"), post("300", "IU/mL", LBNAM=" lab  a ")),
        (Then(END, "RESPONDER", flags=("BORDERLINE",)),),
    ),
    Case(
        "Both in ng/mL from two laboratories: nothing to convert, but flagged",
        (base("400", LBNAM="Lab A"), post("300", LBNAM="Lab B")),
        (Then(END, "RESPONDER", flags=("ASSAY_CHANGE", "BORDERLINE")),),
    ),
    Case(
        "A laboratory that is named on one side only is no change of laboratory",
        (base("400", LBNAM="Lab A"), post("300")),
        (Then(END, "RESPONDER", flags=("BORDERLINE",)),),
    ),
    Case(
        "Another method is an assay change",
        (base("400", LBMETHOD="Elecsys"), post("300", LBMETHOD="Architect")),
        (Then(END, "RESPONDER", flags=("ASSAY_CHANGE", "BORDERLINE")),),
    ),
    Case(
        "A study may refuse to judge across an assay change",
        (base("400", LBMETHOD="Elecsys"), post("300", LBMETHOD="Architect")),
        (Then(END, "NOT_EVALUABLE", "ASSAY_CHANGE", flags=("ASSAY_CHANGE", "BORDERLINE"), final=True),),
        rule={"assay_change_policy": "NOT_EVALUABLE"},
    ),
    Case(
        "Under that policy the same laboratory and method are judged",
        (base("400", LBMETHOD="Elecsys", LBNAM="A"), post("300", LBMETHOD="Elecsys", LBNAM="A")),
        (Then(END, "RESPONDER"),),
        rule={"assay_change_policy": "NOT_EVALUABLE"},
    ),
    Case(
        "A site's laboratory may have its own factor: with 1.28, 400 IU/mL is 512 ng/mL",
        (base("400", "IU/mL"), post("384")),
        (Then(END, "RESPONDER", pchg="-25.0000"),),
        site_factors={"S01": {"IU/mL": Decimal("1.28")}},
    ),
    Case(
        "Another site's factor does not touch this one",
        (base("400", "IU/mL"), post("384")),
        (Then(END, "NON_RESPONDER", pchg="-20.6612"),),
        site_factors={"S02": {"IU/mL": Decimal("1.28")}},
    ),
    Case(
        "A site may know a unit that the study has no factor for",
        (base("400", "kIU/L"), post("300")),
        (Then(END, "RESPONDER"),),
        site_factors={"S01": {"kIU/L": Decimal(1)}},
    ),
    Case(
        "Of a unit without a factor nothing can be said; the result itself stays valid",
        (base("400", "kIU/L"), post("300")),
        (Then(END, "NOT_EVALUABLE", "UNIT", queries=("UNIT_FACTOR",), base="400", aval="300", final=True),),
    ),
    Case(
        "nmol/L cannot be converted, not even where both are in it",
        (base("10", "nmol/L"), post("5", "nmol/L")),
        (Then(END, "NOT_EVALUABLE", "UNIT", queries=("UNIT_FACTOR",)),),
    ),
    Case(
        "Not even where a site gives a factor for it",
        (base("400"), post("5", "nmol/L")),
        (Then(END, "NOT_EVALUABLE", "UNIT"),),
        site_factors={"S01": {"nmol/L": Decimal(70)}},
    ),
    Case(
        "A baseline below the minimum is said before a missing factor of the sample",
        (base("12"), post("5", "nmol/L")),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_MIN"),),
    ),
    Case(
        "A missing unit makes the sample unusable",
        (base("400"), post("300", None)),
        (Then(END, "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="NO_UNIT", final=True),),
    ),
    Case(
        "A multiple of the median is no amount, in whatever spelling",
        (base("400"), post("2.1", "{MoM}")),
        (Then(END, "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="UNIT_REFUSED"),),
    ),
    Case(
        "Units are spelt in many ways: µg/L with either micro sign, [IU]/mL with brackets",
        (base("400", "[IU]/mL"), post("363", "μg/L")),
        (Then(END, "RESPONDER", pchg="-25.0000"),),
    ),
    Case(
        "The upper limit of quantification changed between the two",
        (base("400", LBULOQ="1210"), post("300", LBULOQ="60500")),
        (Then(END, "RESPONDER", flags=("BORDERLINE", "ULOQ_CHANGED")),),
    ),
    Case(
        "Above 150000 is unusual and counts; exactly 5000000 is still possible",
        (base("5000000"), post("160000")),
        (Then(END, "RESPONDER"),),
    ),
    Case(
        "Above 5000000 ng/mL is impossible: the sample cannot be used",
        (base("400"), post("5000000.1")),
        (Then(END, "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="IMPOSSIBLE"),),
    ),
    Case(
        "The hard limit is in ng/mL: 4200000 IU/mL lies above it",
        (base("400"), post("4200000", "IU/mL")),
        (Then(END, "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="IMPOSSIBLE"),),
    ),
    Case(
        "More than the hard limit lies wholly above it",
        (base("400"), post(">5000000")),
        (Then(END, "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="IMPOSSIBLE"),),
    ),
    Case(
        "At least the hard limit may be the limit itself",
        (base("400"), post(">=5000000")),
        (Then(END, "NON_RESPONDER"),),
    ),
)  # fmt: skip
