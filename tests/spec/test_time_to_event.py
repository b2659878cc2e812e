"""From scans, deaths and therapies to survival and progression-free survival, case by case."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from milepost.core.best_response import ADRS_COLUMNS, derive_best_response
from milepost.core.follow_up import derive_deaths, derive_last_known_alive
from milepost.core.partial_dates import span
from milepost.core.time_to_event import ADTTE_COLUMNS, TimeToEvent, derive_time_to_event
from milepost.core.time_to_event_problems import (
    PROBLEMS,
    check_control_covers_response,
    check_progression_before_survival,
    check_progression_events,
    check_starts_before_ends,
)
from milepost.core.time_to_event_sources import CNSR
from milepost.errors import DataProblem
from tests.spec.cases_time_to_event import PROGRESSION_FREE, RESPONSE, SURVIVAL, Case, End
from tests.spec.records import records
from tests.spec.response_frames import (
    baselines_frame,
    day_of,
    lines_frame,
    protocol_of,
    therapies_frame,
    timepoints_frame,
)

ENDS = {"WITHDRAWAL BY SUBJECT": "WITHDREW", "LOST TO FOLLOW-UP": "LOST"}


def derived(*cases: Case) -> tuple[pd.DataFrame, TimeToEvent]:
    """ADRS and the times of cases of one study and one cut-off: one patient a case, P0, P1 …"""
    scans, bases, lines, ended, died, given, seen = [], [], [], [], [], [therapies_frame(())], []
    told: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        who = {"USUBJID": f"P{number}"}
        for day, response in case.scans:
            more = dict(case.more.get(day, {}))
            if "PDDT" in more:
                more["PDDT"] = day_of(more["PDDT"])
            scans.append(who | {"ADT": day_of(day), "OVRLRESP": response} | more)
        bases += [] if case.baseline is None else [who | case.baseline]
        for category, word, day in case.ended:
            ended.append(who | {"DSCAT": category, "DSDECOD": word, "DSSTDTC": iso(day)})
        left = {ENDS[word]: day_of(day) for _, word, day in case.ended if word in ENDS}
        death = iso(case.death) if isinstance(case.death, int) else case.death
        contacts = [(word, iso(day) if isinstance(day, int) else day) for word, day in case.contacts]
        told += [who | {"SSTESTCD": "SURVSTAT", "SSORRES": word, "SSDTC": day} for word, day in contacts]
        may_be = [death, *(day for word, day in contacts if word == "DEAD")]
        last_days = [meant[1] for text in may_be if text and (meant := span(text)) is not None]
        lines.append(
            who
            | {
                "FIRSTDOSE": day_of(1),
                "FIRSTDOSETM": case.dosed,
                "DEATH": min(last_days, default=None),
                **left,
            }
        )
        if case.next_line is not None:
            lines.append(lines[-1] | {"LINE": 2, "FIRSTDOSE": day_of(case.next_line)})
        died.append(who | {"DTHDTC": death or None, "DTHFL": "Y" if death == "" else None})
        if case.therapy is not None:
            therapy = iso(case.therapy) if isinstance(case.therapy, int) else case.therapy
            end = iso(case.therapy_end) if isinstance(case.therapy_end, int) else case.therapy_end
            given.append(therapies_frame(((therapy, "LOCOREGIONAL"),), who["USUBJID"]).assign(ENDTC=end))
        last = iso(case.seen) if isinstance(case.seen, int) else case.seen
        seen += [] if last is None else [who | {"VSTESTCD": "WEIGHT", "VSDTC": last}]
    study = cases[0]
    protocol, as_of = protocol_of(time_to_event=study.rules, later=study.later), day_of(study.cut_off)
    frames = (timepoints_frame(*scans), baselines_frame(*bases))
    begun = lines_frame(*lines)
    therapies = pd.concat(given[1:], ignore_index=True) if given[1:] else given[0]
    alive = derive_last_known_alive(
        {"VS": records("VS", *seen), "SS": records("SS", *told)}, begun, as_of=as_of,
        time_of_day=protocol.time_to_event.time_of_day,
    )  # fmt: skip
    adrs = derive_best_response(*frames, begun, therapies, protocol=protocol, as_of=as_of)
    times = derive_time_to_event(
        begun, *frames, adrs, therapies, alive, dm=records("DM", *died), ds=records("DS", *ended),
        ss=records("SS", *told), protocol=protocol, as_of=as_of,
    )  # fmt: skip
    return adrs, times


@cache
def derived_together() -> dict[str, tuple[pd.DataFrame, TimeToEvent]]:
    """Every case of the tables by its title, those of one study and cut-off derived at once."""
    studies: dict[str, list[Case]] = {}
    for case in (*PROGRESSION_FREE, *SURVIVAL, *RESPONSE):
        studies.setdefault(repr((case.rules, case.later, case.cut_off)), []).append(case)
    found = {}
    for cases in studies.values():
        adrs, times = derived(*cases)
        for number, case in enumerate(cases):
            own, ends, asked = (
                frame[frame["USUBJID"].eq(f"P{number}")] for frame in (adrs, times.adtte, times.problems)
            )
            found[case.title] = (own, TimeToEvent(ends, asked))
    return found


def iso(day: int) -> str:
    return day_of(day).isoformat()


def row_of(adtte: pd.DataFrame, code: str) -> dict[str, Any]:
    rows = adtte[adtte["PARAMCD"].eq(code) & adtte["LINE"].eq(1)].to_dict("records")
    assert len(rows) == 1, code
    return rows[0]


@pytest.mark.parametrize("case", (*PROGRESSION_FREE, *SURVIVAL, *RESPONSE), ids=lambda case: case.title)
def test_the_times_are_those_in_the_table(case: Case) -> None:
    adrs, times = derived_together()[case.title]
    for end in case.then:
        row = row_of(times.adtte, end.code)
        if end.day is None:
            assert (
                pd.isna(row["ADT"])
                and pd.isna(row["AVAL"])
                and pd.isna(row["AVALM"])
                and pd.isna(row["CNSR"])
            )
            assert row["DATAERR"] == case.wrong, end.code
            continue
        assert row["DATAERR"] is None
        assert row["ADT"].date() == day_of(end.day), end.code
        assert row["CNSR"] == end.cnsr, end.code
        assert row["ADTF"] == end.adtf, end.code
        whole = (day_of(end.day) - row["STARTDT"].date()).days + 1
        assert row["AVAL"] == (whole if end.days is None else end.days), end.code
        assert row["AVALM"] == round(row["AVAL"] / 30.4375, 4)
    assert tuple(times.problems["RULE"]) == case.asked
    assert set(times.problems["QUESTION"]) == {PROBLEMS[rule] for rule in case.asked}
    check_starts_before_ends(times.adtte)
    check_progression_before_survival(times.adtte)
    check_progression_events(times.adtte, adrs)
    check_control_covers_response(adrs)


def test_every_reason_of_censoring_but_those_of_the_time_to_event_itself_occurs_in_a_case() -> None:
    told = {end.cnsr for case in (*PROGRESSION_FREE, *SURVIVAL, *RESPONSE) for end in case.then} - {None}
    assert told == set(CNSR)


def test_duration_and_time_of_response_are_of_responders_alone() -> None:
    _, times = derived(Case("", (), scans=((43, "SD"), (85, "PD"))))
    assert set(times.adtte["PARAMCD"]) == {"OS", "PFS", "PFSFDA", "PFSEMA", "TTP"}
    _, times = derived(RESPONSE[1])
    assert not times.adtte["PARAMCD"].isin(["CRSD", "CTTR"]).any()


def test_a_duration_of_response_counts_from_the_response() -> None:
    row = row_of(derived(RESPONSE[0])[1].adtte, "RSD")
    assert row["STARTDT"].date() == day_of(43)
    assert row["AVAL"] == 127  # day 43 to day 169, both counted


def test_survival_from_randomisation_counts_the_days_before_first_dose() -> None:
    case = next(case for case in SURVIVAL if case.title.startswith("From randomisation"))
    assert row_of(derived(case)[1].adtte, "OS")["AVAL"] == 127


def test_a_time_names_the_records_it_rests_on() -> None:
    adtte = derived(Case("", (), scans=((43, "SD"), (85, "PD")), seen=120))[1].adtte
    assert row_of(adtte, "PFS")["SRC"] == ("TR|2",)
    assert (row_of(adtte, "PFS")["SRCDOM"], row_of(adtte, "PFS")["EVNTDESC"]) == (
        "ADRS",
        "Documented progression",
    )
    assert row_of(adtte, "OS")["SRC"] == ("VS|VS|1",)
    adtte = derived(Case("", (), scans=((43, "SD"), (127, "SD")), seen=120))[1].adtte
    assert row_of(adtte, "OS")["SRC"] == ("TR|2",)
    adtte = derived(Case("", (), scans=((43, "SD"),), death=80))[1].adtte
    assert row_of(adtte, "OS")["SRC"] == ("DM|DM|1",)
    adtte = derived(Case("", (), scans=((43, "SD"), (142, "PD"))))[1].adtte
    assert row_of(adtte, "PFSFDA")["SRC"] == ("TR|1",)
    assert row_of(adtte, "PFSFDA")["CNSDTDSC"] == "Last adequate tumour assessment before the gap"


def test_a_gap_in_follow_up_is_flagged_after_twelve_weeks() -> None:
    for seen, flag in ((316, "N"), (315, "Y")):  # day 400 is 84 and 85 days later
        assert row_of(derived(Case("", (), seen=seen))[1].adtte, "OS")["GAPFL"] == flag
    assert row_of(derived(Case("", (), death=100))[1].adtte, "OS")["GAPFL"] == "N"


def two_lines(second: int) -> TimeToEvent:
    """Two lines of one patient: progression on the first at day 85, stable on the second 42 days after its start."""
    lines = lines_frame({"FIRSTDOSE": day_of(1)}, {"LINE": 2, "FIRSTDOSE": day_of(second)})
    timepoints = timepoints_frame(
        {"ADT": day_of(43), "OVRLRESP": "SD"},
        {"ADT": day_of(second + 42), "OVRLRESP": "SD", "LINE": 2},
    )
    baselines, therapies = baselines_frame({}, {"LINE": 2}), therapies_frame(())
    protocol, as_of = protocol_of(), day_of(400)
    adrs = derive_best_response(timepoints, baselines, lines, therapies, protocol=protocol, as_of=as_of)
    alive = derive_last_known_alive({}, lines, as_of=as_of)
    return derive_time_to_event(
        lines, timepoints, baselines, adrs, therapies, alive, dm=records("DM"), ds=records("DS"), ss=records("SS"),
        protocol=protocol, as_of=as_of,
    )  # fmt: skip


def test_nobody_treated_gives_frames_without_rows_and_with_every_column() -> None:
    lines = lines_frame({"FIRSTDOSE": None})
    frames = (timepoints_frame(), baselines_frame())
    protocol, as_of = protocol_of(), day_of(400)
    adrs = derive_best_response(*frames, lines, therapies_frame(()), protocol=protocol, as_of=as_of)
    times = derive_time_to_event(
        lines, *frames, adrs, therapies_frame(()), derive_last_known_alive({}, lines, as_of=as_of), dm=records("DM"),
        ds=records("DS"), ss=records("SS"), protocol=protocol, as_of=as_of,
    )  # fmt: skip
    assert (tuple(adrs.columns), len(adrs)) == (ADRS_COLUMNS, 0)
    assert (tuple(times.adtte.columns), len(times.adtte)) == (ADTTE_COLUMNS, 0)
    assert times.problems.empty


def test_a_later_line_of_therapy_is_another_therapy_for_the_line_before() -> None:
    adtte = two_lines(60).adtte
    told = adtte[adtte["PARAMCD"].eq("PFSFDA")]
    assert told[["LINE", "AVAL", "CNSR"]].to_numpy().tolist() == [[1, 43, 5], [2, 43, 1]]


def test_a_later_line_that_starts_first_is_a_contradiction() -> None:
    times = two_lines(-10)
    assert set(times.adtte["DATAERR"]) == {"EX-LINE-ORDER"}
    assert times.problems["RULE"].tolist() == ["EX-LINE-ORDER", "EX-LINE-ORDER"]


def test_the_two_styles_and_each_reader_have_rows_of_their_own() -> None:
    timepoints = timepoints_frame(
        {"ADT": day_of(43), "OVRLRESP": "PD"},
        {"ADT": day_of(43), "OVRLRESP": "SD", "READER": "INDEPENDENT ASSESSOR"},
    )
    lines, baselines = (
        lines_frame({"FIRSTDOSE": day_of(1)}),
        baselines_frame({}, {"READER": "INDEPENDENT ASSESSOR"}),
    )
    protocol, as_of = protocol_of(), day_of(60)
    adrs = derive_best_response(
        timepoints, baselines, lines, therapies_frame(()), protocol=protocol, as_of=as_of
    )
    times = derive_time_to_event(
        lines, timepoints, baselines, adrs, therapies_frame(()), derive_last_known_alive({}, lines, as_of=as_of),
        dm=records("DM"), ds=records("DS"), ss=records("SS"), protocol=protocol, as_of=as_of,
    )  # fmt: skip
    told = times.adtte[times.adtte["PARAMCD"].eq("PFS")]
    assert told[["PARCAT2", "CNSR", "ANL01FL"]].to_numpy().tolist() == [
        ["INVESTIGATOR", 0, "Y"], ["INDEPENDENT ASSESSOR", 1, "N"],
    ]  # fmt: skip
    assert row_of(times.adtte, "OS")["PARCAT2"] is None


# until when a patient is known alive


def alive_of(
    frames: dict[str, pd.DataFrame], as_of: int = 200, death: int | None = None, *, time_of_day: bool = False
) -> dict[str, Any]:
    lines = lines_frame({"FIRSTDOSE": day_of(1), "DEATH": None if death is None else day_of(death)})
    alive = derive_last_known_alive(frames, lines, as_of=day_of(as_of), time_of_day=time_of_day)
    return alive.to_dict("records")[0]


@pytest.mark.parametrize(
    ("frames", "last", "source"),
    [
        ({"LB": records("LB", {"LBDTC": iso(50) + "T08:00"})}, 50, "LB|LB|1"),
        ({"LB": records("LB", {"LBDTC": iso(50), "LBSTAT": "NOT DONE"})}, None, None),
        ({"SS": records("SS", {"SSDTC": iso(60), "SSORRES": "ALIVE"})}, 60, "SS|SS|1"),
        ({"SS": records("SS", {"SSDTC": iso(60), "SSORRES": "UNKNOWN"})}, None, None),
        ({"SS": records("SS", {"SSDTC": iso(60), "SSORRES": "DEAD"})}, None, None),
        ({"EX": records("EX", {"EXSTDTC": iso(22), "EXENDTC": iso(35), "EXDOSE": "12"})}, 35, "EX|EX|1"),
        ({"EX": records("EX", {"EXSTDTC": iso(22), "EXDOSE": "0"})}, None, None),
        ({"DS": records("DS", {"DSSTDTC": iso(70), "DSDECOD": "LOST TO FOLLOW-UP"})}, None, None),
        ({"DS": records("DS", {"DSSTDTC": iso(70), "DSDECOD": "WITHDRAWAL BY SUBJECT"})}, 70, "DS|DS|1"),
        ({"AE": records("AE", {"AESTDTC": "2026-05"})}, None, None),
        (
            {
                "VS": records("VS", {"VSDTC": iso(40)}, {"VSDTC": iso(55)}),
                "AE": records("AE", {"AESTDTC": iso(45), "AEENDTC": iso(58)}),
                "CM": records("CM", {"CMSTDTC": iso(57)}),
            },
            58,
            "AE|AE|1",
        ),
    ],
)  # fmt: skip
def test_the_last_day_known_alive_is_the_latest_dated_evidence(
    frames: dict[str, pd.DataFrame], last: int | None, source: str | None
) -> None:
    found = alive_of(frames)
    assert (None if pd.isna(found["LSTALVDT"]) else found["LSTALVDT"].date()) == (last and day_of(last))
    assert found["LSTALVSRC"] == source


def test_of_the_records_of_the_last_day_the_latest_hour_is_the_last_sign_of_life_where_hours_count() -> None:
    frames = {
        "LB": records("LB", {"LBDTC": iso(50) + "T08:00"}),
        "VS": records("VS", {"VSDTC": iso(50)}),
        "SS": records("SS", {"SSDTC": iso(50) + "T16:30", "SSORRES": "ALIVE"}),
    }
    found, whole = alive_of(frames, time_of_day=True), alive_of(frames)
    assert found["LSTALVDT"] == whole["LSTALVDT"] == pd.Timestamp(day_of(50))
    assert (found["LSTALVSRC"], found["LSTALVTM"]) == ("SS|SS|1", pd.Timedelta(hours=16, minutes=30))
    assert (whole["LSTALVSRC"], whole["LSTALVTM"]) == ("LB|LB|1", pd.Timedelta(0))


def test_an_hour_takes_no_record_past_the_day_of_death_or_of_the_cut_off() -> None:
    seen = {"VS": records("VS", {"VSDTC": iso(80) + "T09:00"}, {"VSDTC": iso(81) + "T09:00"})}
    for limits in ({"death": 80}, {"as_of": 80}):
        found = alive_of(seen, time_of_day=True, **limits)
        assert found["LSTALVDT"] + found["LSTALVTM"] == pd.Timestamp(iso(80) + "T09:00")
    after = {"SS": records("SS", {"SSDTC": iso(80) + "T09:00", "SSORRES": "ALIVE"})}
    assert alive_of(after, death=80, time_of_day=True)["ALIVEAFTER"] is None
    assert alive_of(after, death=79, time_of_day=True)["ALIVEAFTER"] == "SS|SS|1"


def test_a_record_after_death_shows_nobody_alive() -> None:
    frames = {"VS": records("VS", {"VSDTC": iso(40)}, {"VSDTC": iso(90)})}
    assert alive_of(frames, death=80)["LSTALVDT"].date() == day_of(40)


def test_a_contact_alive_after_death_is_a_contradiction() -> None:
    frames = {"SS": records("SS", {"SSDTC": iso(90), "SSORRES": "ALIVE"})}
    assert alive_of(frames, death=80)["ALIVEAFTER"] == "SS|SS|1"
    assert alive_of(frames, death=90)["ALIVEAFTER"] is None


def test_a_planned_date_after_the_cut_off_shows_nothing_and_a_known_one_is_capped_at_it() -> None:
    planned = records("VS", {"VSDTC": iso(40)}, {"VSDTC": iso(90)})
    assert alive_of({"VS": planned}, as_of=60)["LSTALVDT"].date() == day_of(40)
    known = planned.assign(KNOWN_FROM=pd.Timestamp(iso(95), tz="UTC"))
    assert alive_of({"VS": known}, as_of=60)["LSTALVDT"].date() == day_of(60)


def test_a_record_taken_back_shows_nothing() -> None:
    frames = {"VS": records("VS", {"VSDTC": iso(40)}, {"VSDTC": iso(50), "RETRACTED": True})}
    assert alive_of(frames)["LSTALVDT"].date() == day_of(40)


def test_a_complete_date_of_death_counts_before_an_incomplete_one_that_may_be_later() -> None:
    alive = pd.DataFrame({"USUBJID": ["P1"], "LSTALVDT": [pd.Timestamp("2026-05-01")]})
    deaths = derive_deaths(
        records("DM", {"DTHDTC": "2026-06"}), records("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2026-06-12"}),
        records("SS"), alive,
    ).to_dict("records")[0]  # fmt: skip
    assert (deaths["DTHDT"], deaths["DTHDTF"], deaths["SRC"]) == (
        pd.Timestamp("2026-06-12"),
        None,
        ("DS|DS|1",),
    )


def test_of_deaths_told_on_one_day_the_one_with_an_hour_is_taken_where_hours_count() -> None:
    alive = pd.DataFrame({"USUBJID": ["P1"], "LSTALVDT": [pd.Timestamp("2026-05-01")]})
    told = (
        records("DM", {"DTHDTC": "2026-06-12"}),
        records("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2026-06-12T18:00"}),
        records("SS", {"SSORRES": "DEAD", "SSDTC": "2026-06-12T07:00"}),
    )
    by_time, whole = derive_deaths(*told, alive, time_of_day=True), derive_deaths(*told, alive)
    assert (by_time["SRC"][0], by_time["DTHTM"][0]) == (("DS|DS|1",), pd.Timedelta(hours=18))
    assert whole["SRC"][0] == ("DM|DM|1",) and whole["DTHTM"].isna().all()
    assert by_time["DTHDT"][0] == whole["DTHDT"][0] == pd.Timestamp("2026-06-12")


def test_the_length_is_a_whole_number_unless_hours_count() -> None:
    for rules, kind in (({}, "Int64"), ({"time_of_day": True}, "float64")):
        adtte = derived(Case("", (), death="2026-06-09T18:00", rules=rules))[1].adtte
        assert (str(adtte["AVAL"].dtype), str(adtte["AVALM"].dtype)) == (kind, "float64")


# the checks refuse what cannot be


def test_the_checks_refuse_what_cannot_be() -> None:
    adrs, times = derived(Case("", (), scans=((43, "PR"), (85, "PD")), seen=120))
    late = times.adtte.assign(AVAL=times.adtte["AVAL"].where(times.adtte["PARAMCD"].ne("OS"), 3))
    with pytest.raises(DataProblem, match="overall survival"):
        check_progression_before_survival(late)
    with pytest.raises(DataProblem, match="start on or before"):
        check_starts_before_ends(times.adtte.assign(STARTDT=pd.Timestamp("2027-01-01")))
    moved = times.adtte.assign(ADT=times.adtte["ADT"] + pd.Timedelta(days=1))
    with pytest.raises(DataProblem, match="progression or the death"):
        check_progression_events(moved, adrs)
    none = adrs.assign(AVALC=adrs["AVALC"].where(adrs["PARAMCD"].ne("CB"), "N"))
    with pytest.raises(DataProblem, match="CB"):
        check_control_covers_response(none)


def test_no_title_comes_twice() -> None:
    titles = [case.title for case in (*PROGRESSION_FREE, *SURVIVAL, *RESPONSE)]
    assert len(titles) == len(set(titles))
    assert all(isinstance(end, End) for case in PROGRESSION_FREE for end in case.then)
