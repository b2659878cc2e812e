"""Measurements of lesions: a length is a number with its unit, or a word for what could not be measured."""

from __future__ import annotations

import pytest

from tests.intake_files import layout, read

TR = layout(
    id="scans", match=["scans*"],
    columns={"USUBJID": "s", "TRLNKID": "l", "TRTESTCD": "t", "TRORRES": "v", "TRORRESU": "u", "TRSTAT": "st",
             "TRDTC": "d"},
    emits=[{"domain": "TR"}],
)  # fmt: skip


def measured(test: str, value: str, unit: str = "", stat: str = "") -> tuple[str | None, str, str]:
    reading = read(f"s,l,t,v,u,st,d\nS01-001,T01,{test},{value},{unit},{stat},2026-04-13\n", TR)
    assert reading.problem is None, reading.problem
    row = reading.frames["TR"].iloc[0]
    return row["TRORRES"], row["X_VALUE"], row["X_UNIT"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("LDIAM", "42.0", "mm"), ("42.0", "OK", "OK")),
        (("SAXIS", "1.5", "cm"), ("1.5", "OK", "OK")),
        (("VDIAM", "0", "mm"), ("0", "OK", "OK")),
        (("LDIAM", "TOO SMALL TO MEASURE"), ("TOO SMALL TO MEASURE", "OK", "OK")),
        (("LDIAM", "absent"), ("absent", "OK", "OK")),
        (("LPERP", "Not evaluable", "mm"), ("Not evaluable", "OK", "OK")),
        (("LDIAM", "", "", "NOT DONE"), (None, "OK", "OK")),
        (("LDIAM", ""), (None, "MISSING", "OK")),
        (("LDIAM", "42", ""), ("42", "OK", "MISSING_UNIT")),
        (("SUMDIAM", "42", "inch"), ("42", "OK", "UNKNOWN_UNIT")),
        (("LDIAM", "big", "mm"), ("big", "UNPARSEABLE", "OK")),
        (("LDIAM", "big", ""), ("big", "UNPARSEABLE", "OK")),
        (("LDIAM", "big", "inch"), ("big", "UNPARSEABLE", "OK")),
        (("LDIAM", "NA"), ("NA", "OK", "OK")),
        (("LDIAM", "UNABLE TO EVALUATE"), ("UNABLE TO EVALUATE", "OK", "OK")),
        (("LDIAM", "Non-measurable"), ("Non-measurable", "OK", "OK")),
        (("LDIAM", "无法评估"), ("无法评估", "OK", "OK")),
        (("LDIAM", "无"), ("无", "OK", "OK")),
        (("LDIAM", "NED"), ("NED", "OK", "OK")),
        (("LDIAM", "-4", "mm"), ("-4", "NEGATIVE", "OK")),
        (("TUMSTATE", "PRESENT"), ("PRESENT", "OK", "OK")),
    ],
    ids=str,
)  # fmt: skip
def test_a_length_is_a_number_with_its_unit_or_a_word(cells, expected):
    assert measured(*cells) == expected
