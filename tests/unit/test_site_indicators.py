"""Indicators of sites, each from a few rows typed by hand; and the section that shows them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from milepost.core import site_observations as observe
from milepost.core import site_plausibility as plausible
from milepost.core.site_funnel import dispersion, rate_deviate, share_deviate
from milepost.core.site_indicators import (
    HIGH,
    INDICATORS,
    LOW,
    NO_DATA,
    NOT_KNOWN,
    WHOLE,
    SiteRecords,
    Tolerance,
    derive_site_indicators,
    limit_of,
)
from milepost.protocol import IndicatorRules
from milepost.reports.indicators_funnel import Point, funnel_figures
from milepost.reports.indicators_section import build_indicators, indicators_definitions
from milepost.reports.ledger import Ledger
from milepost.reports.masking import Mask
from milepost.reports.section import Section
from tests.clinical_builder import clinical_inputs, nobody, only
from tests.made_up_study import default_study, made_up

pytestmark = pytest.mark.xdist_group("made_up")  # made once, by one worker

PROTOCOL = default_study().protocol
ZONE = "Asia/Shanghai"
FIRST = pd.Timestamp(2026, 3, 2)
AS_OF = dt.date(2026, 8, 31)


def counted(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """COUNT and OF by patient."""
    return {
        s: (int(k), int(n)) for s, k, n in zip(frame["USUBJID"], frame["COUNT"], frame["OF"], strict=True)
    }


def instants(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True))


def verdicts(*rows: tuple[str, str, int | None, str | None]) -> pd.DataFrame:
    """Subject, state, study day of the sample, baseline."""
    made = pd.DataFrame(list(rows), columns=["USUBJID", "STATE", "ADY", "BASE"])
    return made.assign(SITEID=made["USUBJID"].str[:3], ADY=made["ADY"].astype("Int64"))


# ---------------------------------------------------------------- what is counted


def test_a_sample_is_owed_from_the_end_of_its_window_and_never_of_those_who_did_not_reach_it() -> None:
    states = ("RESPONDER", "OVERDUE", "MISSED", "NOT_REACHED", "WINDOW_OPEN", "NOT_DUE", "NOT_STARTED",
              "NOT_EVALUABLE", "DATA_ERROR")  # fmt: skip
    found = verdicts(*((f"S01-{state}", state, None, None) for state in states))
    owed = observe.count_owed_samples(found)
    assert (owed["COUNT"].sum(), owed["OF"].sum()) == (2, 4)
    # an overdue sample may still come: the study's limit counts those missed for good
    missed = observe.count_missed_checkpoints(found)
    assert (missed["COUNT"].sum(), missed["OF"].sum()) == (1, 3)


@pytest.mark.parametrize(("day", "off"), [(25, 1), (26, 0), (29, 0), (32, 0), (33, 1)])
def test_a_sample_is_on_target_up_to_three_days_from_day_29(day: int, off: int) -> None:
    found = observe.count_off_target(verdicts(("S01-1", "RESPONDER", day, "500")), PROTOCOL.checkpoints[0], 3)
    assert counted(found) == {"S01-1": (off, 1)}


def test_a_baseline_is_missing_of_those_who_started_alone() -> None:
    found = verdicts(("S01-1", "NOT_DUE", None, None), ("S01-2", "NOT_DUE", None, "20"),
                     ("S01-3", "NOT_STARTED", None, None))  # fmt: skip
    assert counted(observe.count_missing_baselines(found)) == {"S01-1": (1, 1), "S01-2": (0, 1)}


def test_a_serious_event_is_late_from_the_end_of_its_day_of_onset_at_the_site() -> None:
    adae = pd.DataFrame({
        "SITEID": "S01", "USUBJID": ["A", "B", "C", "D"], "AESERFL": ["Y", "Y", "Y", "N"],
        "ASTDT": [FIRST] * 4, "ASTDTF": [None, None, "D", None],
        # the day of onset ends at 16:00 UTC in Shanghai
        "KNOWN_FROM": instants("2026-03-03T16:00Z", "2026-03-02T10:00Z", "2026-03-09T00:00Z", "2026-03-09T00:00Z"),
    })  # fmt: skip
    hours = observe.serious_report_hours(adae, ZONE)
    assert dict(zip(hours["USUBJID"], hours["VALUE"], strict=True)) == {"A": 24.0, "B": 0.0}


def test_entry_takes_the_days_to_the_first_version_of_a_record() -> None:
    vs = pd.DataFrame({
        "SITEID": "S01", "USUBJID": ["A", "B", "C"], "VERSION": [1, 2, 1], "ADT": [FIRST, FIRST, pd.NaT],
        # 23:00 UTC is the next day in Shanghai
        "KNOWN_FROM": instants("2026-03-04T23:00Z", "2026-04-01T00:00Z", "2026-04-01T00:00Z"),
    })  # fmt: skip
    found = observe.entry_days([vs], ZONE)
    assert list(zip(found["USUBJID"], found["VALUE"], strict=True)) == [("A", 3)]


def scans(days: dict[str, list[int]]) -> pd.DataFrame:
    rows = [(s, "OVR", day) for s, own in days.items() for day in own]
    return pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "ADY"]).astype({"ADY": "Int64"})


@pytest.mark.parametrize(
    ("made", "last_day", "expected"),
    [
        ([], 49, (0, 0)),  # due on day 43, its window closes on day 50
        ([], 50, (1, 1)),
        ([43], 50, (0, 1)),
        ([20], 50, (0, 1)),  # early: it stands for the one that is due
        ([51], 92, (1, 2)),  # after the window: it stands for the next one
        ([43, 90], 92, (0, 2)),
        ([43], 134, (2, 3)),
    ],
)
def test_a_scan_is_owed_when_its_window_has_closed_without_one(
    made: list[int], last_day: int, expected: tuple[int, int]
) -> None:
    entry = pd.DataFrame({"USUBJID": ["A"], "SITEID": ["S01"], "FIRSTDOSE": [FIRST]})
    as_of = (FIRST + pd.Timedelta(days=last_day - 1)).date()
    found = observe.count_missed_scans(
        scans({"A": made}), entry, pd.Series(dtype="datetime64[ns]"), PROTOCOL, as_of
    )
    assert counted(found) == {"A": expected}


def test_after_progression_death_or_another_therapy_no_scan_is_owed() -> None:
    entry = pd.DataFrame({"USUBJID": ["A", "B", "C"], "SITEID": "S01", "FIRSTDOSE": FIRST})
    adsl = pd.DataFrame({"USUBJID": ["A", "B", "C"], "EOSDT": [pd.Timestamp(2026, 4, 1), pd.NaT, pd.NaT]})
    adrs = pd.DataFrame(
        {"USUBJID": ["B"], "PARAMCD": ["PD"], "AVALC": ["Y"], "ADT": [pd.Timestamp(2026, 4, 2)]}
    )
    therapies = pd.DataFrame({"USUBJID": ["C", "A"], "ADT": pd.to_datetime(["2026-04-03", "2025-12-01"])})
    ends = observe.last_scan_days(adsl, adrs, therapies, entry)
    assert ends.to_dict() == {
        "A": pd.Timestamp(2026, 4, 1), "B": pd.Timestamp(2026, 4, 2), "C": pd.Timestamp(2026, 4, 3),
    }  # fmt: skip
    found = observe.count_missed_scans(scans({}), entry, ends, PROTOCOL, AS_OF)
    assert counted(found) == {"A": (0, 0), "B": (0, 0), "C": (0, 0)}


def test_whoever_leaves_for_progression_or_death_has_not_left_early() -> None:
    ids = list("ABCDE")
    adsl = pd.DataFrame({"USUBJID": ids, "SITEID": "S01", "SAFFL": ["Y", "Y", "Y", "Y", "N"],
                         "EOSSTT": ["DIED", "ONGOING", "LOST", "ONGOING", "WITHDREW"]})  # fmt: skip
    adex = pd.DataFrame(
        {"USUBJID": ids[:4], "STOPREASON": [None, "progressive  disease", None, "ADVERSE EVENT"]}
    )
    assert counted(observe.count_early_ends(adsl, adex)) == {
        "A": (0, 1),
        "B": (0, 1),
        "C": (1, 1),
        "D": (1, 1),
    }


def test_a_consent_on_the_day_of_first_dose_is_in_time() -> None:
    days = [FIRST, FIRST + pd.Timedelta(days=1), pd.NaT]
    adsl = pd.DataFrame(
        {"USUBJID": list("ABC"), "SITEID": "S01", "SAFFL": "Y", "RFICDT": days, "TRTSDT": FIRST}
    )
    assert counted(observe.count_consent_errors(adsl)) == {"A": (0, 1), "B": (1, 1), "C": (1, 1)}


def test_a_question_is_old_after_thirty_days_and_one_about_no_patient_counts_too() -> None:
    queries = pd.DataFrame({
        "SITEID": "S01", "USUBJID": ["A", "A", None, "B"], "OPEN": [True, True, True, False],
        "OPENED_AT": instants("2026-08-01T04:00Z", "2026-07-31T04:00Z", "2026-01-01T00:00Z", "2026-01-01T00:00Z"),
    })  # fmt: skip
    old = observe.count_old_queries(queries, 30, ZONE, AS_OF)
    assert (old["COUNT"].sum(), old["OF"].sum()) == (2, 3)
    asked = observe.count_queries(queries, pd.DataFrame({"SITEID": "S01", "USUBJID": ["A", "B", "C"]}))
    assert counted(asked) == {"": (1, 0), "A": (2, 1), "B": (1, 1), "C": (0, 1)}


def vital(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["VSTESTCD", "VSORRES", "DAY"])
    return made.assign(SITEID="S01", USUBJID="A", ADT=pd.to_datetime(made["DAY"]))


def test_only_whole_readings_of_blood_pressure_have_a_last_digit() -> None:
    vs = vital([("SYSBP", text, "2026-03-02") for text in ("120", "121", "130.0", "125.5", "high", "")]
               + [("WEIGHT", "70", "2026-03-02")])  # fmt: skip
    assert counted(plausible.count_zero_digits(vs)) == {"A": (2, 3)}


def test_a_day_of_visit_counts_once_and_a_weekend_is_saturday_and_sunday() -> None:
    days = ["2026-03-06", "2026-03-07", "2026-03-07", "2026-03-08", "2026-03-09"]  # Friday to Monday
    assert counted(plausible.count_weekend_visits(vital([("SYSBP", "120", day) for day in days]))) == {
        "A": (2, 4)
    }


def test_values_are_repeated_from_one_day_to_the_next_of_the_same_test() -> None:
    rows = [("K", "4.1", 1), ("K", "4.1", 8), ("K", "4.10", 15), ("K", "4.1", 22), ("ALT", "4.1", 22),
            ("ALT", "30", 22),
            ("NA", "140", 1), ("NA", "140", 2), ("NA", "140", 3), ("NA", "140", 4)]  # fmt: skip
    adlb = pd.DataFrame(rows, columns=["PARAMCD", "LBORRES", "DAY"])
    adlb = adlb.assign(SITEID="S01", USUBJID="A", ADT=FIRST + pd.to_timedelta(adlb["DAY"], "D"), ADTM=None, DTYPE=None,
                       RECKEY=[f"R:{n}" for n in range(len(rows))])  # fmt: skip
    # K: one of three pairs (4.1 and 4.10 differ as written); NA: three of three; of ALT one result a day
    assert counted(plausible.count_repeated_values(adlb)) == {"A": (4, 6)}
    # K and NA have four days each, and of NA all are alike
    assert counted(plausible.count_flat_series(adlb)) == {"A": (1, 2)}


def test_months_are_watched_to_thirty_days_after_the_last_dose_and_not_beyond_death() -> None:
    lines = pd.DataFrame({
        "USUBJID": ["A", "B", "C"], "LINE": 1, "SITEID": "S01", "FIRSTDOSE": [FIRST, FIRST, pd.NaT],
        "FIRSTDOSETM": None,
        "LASTDOSE": [FIRST + pd.Timedelta(days=30)] * 2 + [pd.NaT], "ONGOING": False, "DOSES": None,
        "DEATH": pd.to_datetime([None, "2026-03-31", None]), "WITHDREW": pd.NaT, "LOST": pd.NaT,
    })  # fmt: skip
    watched = observe.watched_months(lines, PROTOCOL, AS_OF).set_index("USUBJID")["OF"]
    # days 1 to 61, and 1 to 30, both included
    assert watched.to_dict() == pytest.approx({"A": 61 / 30.4375, "B": 30 / 30.4375})


# ---------------------------------------------------------------- when it is marked


def test_patients_who_differ_more_than_chance_widen_the_funnel() -> None:
    # residuals 1.5, 1.5, 4.5, 1.5: squares 27 by a variance of 6, times 4 / 3
    assert dispersion([0, 0, 6, 0], [1.5] * 4, [1.5] * 4) == pytest.approx(6.0)
    assert dispersion([1, 2, 1, 2], [1.5] * 4, [1.5] * 4) == 1.0
    assert dispersion([3], [1.5], [1.5]) == 1.0


def test_where_nothing_can_be_expected_there_is_a_reason_and_no_number() -> None:
    assert rate_deviate(0, 0.0).z is None and rate_deviate(0, 0.0).reason
    assert share_deviate(0, 0, 0.5).z is None and share_deviate(3, 3, 1.0).reason
    assert rate_deviate(0, 10_000).z == -8.0


def records(events: dict[str, list[int]], **changed: Any) -> SiteRecords:
    """Sites whose patients have so many adverse events each, all watched for one and the same time."""
    people = [(f"{site}-{n}", site, k) for site, own in events.items() for n, k in enumerate(own)]
    adsl = pd.DataFrame({
        "USUBJID": [s for s, _, _ in people], "SITEID": [site for _, site, _ in people], "SAFFL": "Y", "SCRFFL": "N",
        "EOSSTT": "ONGOING", "EOSDT": pd.NaT, "RFICDT": FIRST, "TRTSDT": FIRST,
    })  # fmt: skip
    adsl["EOSDT"] = adsl["EOSDT"].astype("datetime64[ns]")
    line = {"LINE": 1, "FIRSTDOSE": FIRST, "FIRSTDOSETM": None, "LASTDOSE": FIRST, "ONGOING": False, "DOSES": None,
            "DEATH": pd.NaT, "WITHDREW": pd.NaT, "LOST": pd.NaT}  # fmt: skip
    lines = adsl[["USUBJID", "SITEID"]].assign(**line)
    adae = pd.DataFrame(
        [(s, site, "Y", "N", FIRST, None, pd.Timestamp(FIRST, tz="UTC")) for s, site, k in people for _ in range(k)],
        columns=["USUBJID", "SITEID", "TRTEMFL", "AESERFL", "ASTDT", "ASTDTF", "KNOWN_FROM"],
    ).astype({"ASTDT": "datetime64[ns]", "KNOWN_FROM": "datetime64[ns, UTC]"})  # fmt: skip
    nothing = pd.DataFrame({"USUBJID": pd.Series(dtype=object), "SITEID": pd.Series(dtype=object)})
    return SiteRecords(**({
        "adsl": adsl, "adae": adae, "adex": nothing.assign(STOPREASON=None),
        "adlb": nothing.assign(PARAMCD=None, LBORRES=None, ADT=None, ADTM=None, DTYPE=None, RECKEY=None),
        "adrs": nothing.assign(PARAMCD=None, AVALC=None, ADT=pd.Series(dtype="datetime64[ns]"), ADY=None),
        "lines": lines, "entry": lines[["USUBJID", "SITEID", "FIRSTDOSE"]],
        "verdicts": verdicts(*((s, "RESPONDER", 29, "500") for s, _, _ in people)),
        "therapies": nothing.assign(ADT=pd.Series(dtype="datetime64[ns]")),
        "vs": nothing.assign(VSTESTCD=None, VSORRES=None, ADT=pd.Series(dtype="datetime64[ns]"), VERSION=1,
                             KNOWN_FROM=pd.Series(dtype="datetime64[ns, UTC]")),
    } | changed))  # fmt: skip


def told(found: pd.DataFrame, site: str, indicator: str) -> dict[str, Any]:
    rows = found[found["SITEID"].eq(site) & found["INDICATOR"].eq(indicator)].to_dict("records")
    assert len(rows) == 1
    return rows[0]


def test_a_site_that_reports_far_fewer_events_than_expected_is_marked_low() -> None:
    # 2 events a patient at two sites, hardly any at the third: 44 in 30 patients, expected 14.67 at each
    found = derive_site_indicators(
        records({"S01": [2] * 10, "S02": [2] * 10, "S03": [0] * 6 + [1] * 4}), protocol=PROTOCOL, as_of=AS_OF
    )
    row = told(found, "S03", "ae_rate")
    assert (row["COUNT"], row["MARK"]) == (4, LOW)
    # patients differ less than chance has it, so nothing is widened; qnorm of R's mid-p of 4 where 14.67 are expected
    assert (row["DISPERSION"], row["Z"]) == (1.0, pytest.approx(-3.199365654))
    assert told(found, "S01", "ae_rate")["MARK"] is None
    assert told(found, WHOLE, "ae_rate")["MARK"] is None


def test_a_site_that_reports_far_more_is_marked_high() -> None:
    found = derive_site_indicators(
        records({"S01": [1] * 20, "S02": [1] * 20, "S03": [4] * 10}), protocol=PROTOCOL, as_of=AS_OF
    )
    assert told(found, "S03", "ae_rate")["MARK"] == HIGH


def test_a_single_site_is_held_against_nobody() -> None:
    found = derive_site_indicators(records({"S01": [0, 9]}), protocol=PROTOCOL, as_of=AS_OF)
    assert told(found, "S01", "ae_rate")["Z"] is None


@pytest.mark.parametrize(("owed", "mark"), [(1, None), (2, HIGH)])
def test_a_share_equal_to_its_limit_is_not_marked(owed: int, mark: str | None) -> None:
    states = ["OVERDUE"] * owed + ["RESPONDER"] * (10 - owed)
    made = verdicts(*((f"S01-{n}", state, None, "500") for n, state in enumerate(states)))
    found = derive_site_indicators(records({"S01": [0] * 10}, verdicts=made), protocol=PROTOCOL, as_of=AS_OF)
    row = told(found, "S01", "marker_owed")
    assert (row["COUNT"], row["OF"], row["MARK"]) == (owed, 10, mark)


def test_final_zeros_are_marked_where_they_are_many_and_more_than_chance() -> None:
    def readings(zeros: int, n: int) -> pd.DataFrame:
        vs = vital([("SYSBP", "120" if i < zeros else "121", "2026-03-02") for i in range(n)])
        return vs.assign(USUBJID="S01-0", VERSION=1, KNOWN_FROM=pd.Timestamp("2026-03-03", tz="UTC"))

    marks = []
    for zeros, n in ((4, 10), (5, 10), (50, 250), (51, 250)):
        found = derive_site_indicators(
            records({"S01": [0], "S02": [0]}, vs=readings(zeros, n)), protocol=PROTOCOL, as_of=AS_OF
        )
        marks.append(told(found, "S01", "zero_digits")["MARK"])
    # 4 of 10 is 2.4 standard deviations from one tenth (R's mid-p); 50 of 250 is just the limit of a fifth
    assert marks == [HIGH, HIGH, None, HIGH]


def test_a_median_is_marked_beyond_its_limit_of_hours() -> None:
    def site_with(hours: int) -> pd.DataFrame:
        came = pd.Timestamp("2026-03-02 16:00", tz="UTC") + pd.Timedelta(hours=hours)
        return pd.DataFrame({"USUBJID": ["S01-0"], "SITEID": ["S01"], "TRTEMFL": "Y", "AESERFL": "Y", "ASTDT": [FIRST],
                             "ASTDTF": None, "KNOWN_FROM": [came]})  # fmt: skip

    marks = [
        told(derive_site_indicators(records({"S01": [0]}, adae=site_with(h)), protocol=PROTOCOL, as_of=AS_OF), "S01",
             "sae_hours")["MARK"]
        for h in (24, 25)
    ]  # fmt: skip
    assert marks == [None, HIGH]


def test_what_was_not_given_or_cannot_be_counted_yet_has_a_reason_and_no_value() -> None:
    found = derive_site_indicators(records({"S01": [0], "S02": [0]}), protocol=PROTOCOL, as_of=AS_OF)
    assert told(found, "S01", "queries")["REASON"] == NOT_KNOWN
    assert told(found, "S01", "zero_digits")["REASON"] == NO_DATA
    assert told(found, "S01", "zero_digits")["VALUE"] is None
    # every site has every indicator, and so have all together
    assert len(found) == 3 * len(INDICATORS)


def test_pooled_sites_are_told_as_one() -> None:
    found = derive_site_indicators(
        records({"S01": [1] * 9, "S02": [1], "S03": [2]}), protocol=PROTOCOL, as_of=AS_OF,
        pools={"S02": "2 small sites", "S03": "2 small sites"},
    )  # fmt: skip
    assert set(found["SITEID"]) == {WHOLE, "S01", "2 small sites"}
    assert told(found, "2 small sites", "ae_rate")["COUNT"] == 3


def test_limits_are_those_of_the_study_folder() -> None:
    rules = IndicatorRules(missing_baseline_pct=Decimal("2.5"), entry_lag_days=10)
    assert (limit_of("marker_no_baseline", rules), limit_of("entry_days", rules)) == (0.025, 10.0)
    assert limit_of("ae_rate", rules) is None


@pytest.mark.parametrize(("k", "n", "beyond"), [(5, 100, False), (6, 100, True), (0, 0, False)])
def test_a_tolerance_limit_is_passed_only_beyond_it(k: int, n: int, beyond: bool) -> None:
    assert Tolerance("lost", "Lost", k, n, Decimal(5), ()).is_beyond is beyond


# ---------------------------------------------------------------- the section


def queries() -> pd.DataFrame:
    opened = pd.Timestamp("2026-02-01", tz="UTC")
    rows = [{"siteid": "S02", "usubjid": "S02-001", "opened_at": opened, "open": True}] * 3
    return pd.DataFrame(rows)


def section_of(inputs: Any = None) -> tuple[Section, Ledger]:
    given, ledger = inputs or clinical_inputs(), Ledger()
    labs = made_up().known["LB"]
    own = labs["USUBJID"].isin(given.frames.adsl["USUBJID"]) & labs["LBTESTCD"].eq("AFP")
    asked = queries()
    asked = asked[asked["siteid"].isin(given.frames.adsl["SITEID"])]
    return build_indicators(given, ledger, labs[own].reset_index(drop=True), asked), ledger


def words_of(section: Section) -> str:
    parts = list(section.lead)
    for exhibit in section.exhibits:
        parts += [exhibit.sub, exhibit.empty, *exhibit.notes, *(figure.label for figure in exhibit.figures)]
        if exhibit.table:
            parts += exhibit.table.head
            parts += [
                text for row in exhibit.table.rows for text in (row.name, *(cell.text for cell in row.cells))
            ]
    return "\n".join(parts)


def test_a_mark_is_said_in_words_beside_its_colour() -> None:
    section, _ = section_of()
    table = next(e.table for e in section.exhibits if e.id == "indicators")
    assert table is not None
    marked = [cell for row in table.rows for cell in row.cells if "indicators-mark" in cell.kind]
    assert marked and all(re.search(r"\n(high|low)", cell.text) for cell in marked)
    # three questions about one site, all of them open since February
    asked = next(row for row in table.rows if row.name == "Question open for more than 30 days")
    assert dict(zip(table.head[1:], [cell.text for cell in asked.cells], strict=True))["S02"] == "3/3\nhigh"


def test_the_section_names_no_drug_and_no_day_and_tells_no_chance() -> None:
    inputs = clinical_inputs()
    text = words_of(section_of(inputs)[0])
    assert not Mask(inputs.protocol).names(text)
    assert not re.search(r"20\d\d-\d\d|\bp\s*[=<]|nan|None", text)


def test_small_sites_are_one_column_in_the_open_report_and_their_own_in_the_closed_one() -> None:
    few = {f"S0{site}-{n:03d}" for site in (1, 2) for n in range(1, 9)} | {"S03-001", "S04-001"}
    inputs = only(clinical_inputs(), lambda adsl: adsl["USUBJID"].isin(few))

    def head(section: Section) -> tuple[str, ...]:
        table = next(e.table for e in section.exhibits if e.id == "indicators")
        assert table is not None
        return table.head

    opened, ledger = section_of(inputs)
    assert not {"S03", "S04"} & set(head(opened))
    assert any("small sites" in name for name in head(opened))
    assert not any(id_.endswith((".s03", ".s04")) for id_ in ledger.numbers)
    assert {"S03", "S04"} <= set(head(section_of(replace(inputs, compared=True))[0]))


def test_before_the_first_patient_the_section_says_so() -> None:
    section, ledger = section_of(nobody(clinical_inputs()))
    assert section.lead[0] == "No site has enrolled a patient yet."
    assert not ledger.numbers and section.exhibits[0].empty


def test_the_funnel_says_every_site_and_names_who_lies_outside() -> None:
    points = (Point("S01", 100.0, 70, ""), Point("S02", 80.0, 20, "LOW"))
    wide, phone = funnel_figures(points, 0.5, 2.0, 1.0)
    assert (wide.size, phone.size) == ("wide", "phone")
    assert "S01 70 in 100 months, 0.70; S02 20 in 80 months, 0.25, fewer than expected" in wide.label
    labels = [(mark.bold, mark.text) for mark in wide.marks if mark.element == "text"]
    assert ("S02", " fewer than expected") in labels


def test_every_definition_an_exhibit_of_sites_leads_to_is_there() -> None:
    inputs = clinical_inputs()
    keys = {key for key, _, _ in indicators_definitions(inputs)}
    assert {exhibit.definition for exhibit in section_of(inputs)[0].exhibits} <= keys
