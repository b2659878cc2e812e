"""Safety alerts on the morning's list: what is acute first, and nothing that gives an arm away."""

from __future__ import annotations

import dataclasses

import pandas as pd

from milepost.core.escalation import decide_signals_owed
from milepost.core.safety_signals import SIGNAL_COLUMNS
from milepost.core.signal_versions import next_signals
from milepost.protocol import AlertKind
from milepost.reports.inputs import ReportInputs
from tests.report_builder import page, report_inputs, report_json

TOLD = ("HYS_LAW", "SERIOUS_EVENT", "LAB_TOXICITY", "PROGRESSION")


def with_signals(inputs: ReportInputs, *signals: tuple[str, str, str, dict, dict]) -> ReportInputs:
    """The inputs with the alerts these signals owe: kind, subject, about, facts, detail."""
    rows = [
        [kind, "S01", subject, 1, about, facts, detail] for kind, subject, about, facts, detail in signals
    ]
    made = pd.DataFrame(rows, columns=SIGNAL_COLUMNS, dtype=object)
    nothing = pd.DataFrame(columns=[*SIGNAL_COLUMNS, "VERSION", "ACTIVE", "FACTS_HASH"])
    night = {"as_of": inputs.as_of, "known_at": inputs.known_at, "config_hash": "c"}
    changed = next_signals(made, nothing, **night)
    policy = inputs.protocol.alerts
    kinds = tuple(AlertKind(kind=kind, roles=("medical_monitor",), action="Act.") for kind in TOLD)
    owed = decide_signals_owed(
        nothing, changed, pd.DataFrame(columns=[*SIGNAL_COLUMNS[:5], "ROLE", "EPISODE", "OPEN"]),
        policy=policy.model_copy(update={"kinds": kinds}), roles=inputs.protocol.roles, study_id="HCC", **night,
    )  # fmt: skip
    alerts = owed.alerts.assign(STATUS="OPEN")
    return dataclasses.replace(inputs, alerts=pd.concat([inputs.alerts, alerts], ignore_index=True))


def made(term: str = "Pneumonia") -> ReportInputs:
    onset, day = {"grade": 4, "onset": "2026-04-20"}, {"grade": 3, "collected": "2026-04-21"}
    inputs = report_inputs(patients=40)
    treated = inputs.lines[inputs.lines["FIRSTDOSE"].notna()].iloc[:4]
    ours = treated.assign(
        USUBJID=[f"S01-90{n}" for n in range(1, 5)], LINE=1, FIRSTDOSE=pd.Timestamp("2026-04-01")
    )
    return with_signals(
        dataclasses.replace(inputs, lines=pd.concat([inputs.lines, ours], ignore_index=True)),
        ("LAB_TOXICITY", "S01-901", "ALT high", day, {"test": "ALT", "direction": "high", "arm": "ANL"}),
        ("SERIOUS_EVENT", "S01-902", "R:1", onset, {"term": term}),
        ("HYS_LAW", "S01-903", "", {"altdt": "2026-04-20"}, {}),
        (
            "PROGRESSION",
            "S01-904",
            "RECIST 1.1|INVESTIGATOR",
            {"seen": "2026-04-21", "date": "2026-04-21"},
            {},
        ),
    )


def test_what_is_acute_stands_before_everything_a_site_owes() -> None:
    text = page(made())
    listed = text[text.index("Show what waits for") : text.index("The alerts behind this list")]
    acute = max(listed.index("S01-902"), listed.index("S01-903"))
    assert acute < listed.index("S01-901")
    assert acute < listed.index("AFP overdue")


def test_a_line_says_kind_grade_and_study_day() -> None:
    text = page(made())
    assert "Potential Hy’s law" in text
    assert "ALT high, grade 3, day 21." in text and "Pneumonia, grade 4, since day 20." in text
    assert "Scan of day 21." in text
    assert "Apr" not in text[text.index("Show what waits for") : text.index("The alerts behind this list")]


def test_no_line_names_a_drug_or_an_arm() -> None:
    inputs = made("Anlotinib overdose")
    for text in (page(inputs), str(report_json(inputs))):
        assert "nlotinib" not in text and "ANL" not in text


def test_a_signal_that_was_settled_is_not_on_the_list() -> None:
    inputs = made()
    settled = dataclasses.replace(inputs, alerts=inputs.alerts.assign(STATUS="RETRACTED"))
    assert "S01-903" not in page(settled)
