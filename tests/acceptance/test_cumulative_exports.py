"""A hospital that sends everything every night: a row that disappears is a question, never a deletion."""

from __future__ import annotations

from tests.acceptance.study import LABS, Service, at, lab, table

ROWS = [lab(f"S01-{n:03}", "2026-02-27", f"{n}00", Order=str(n)) for n in range(1, 11)]
VANISHED = ("FILE-ROW-VANISHED", "S01-010")


def _vanished(service: Service) -> list[tuple[str, str | None]]:
    return [query for query in service.open_queries() if query[0] == "FILE-ROW-VANISHED"]


def test_identical_lines_are_unchanged_and_only_the_new_one_is_recorded(service: Service) -> None:
    service.day("2026-03-03").export(*ROWS)
    service.receive()
    service.day("2026-03-04").export(*ROWS, lab("S01-011", "2026-03-01", "700", Order="11"))
    service.receive()
    assert service.fates(2) == {"received": 11, "unchanged": 10, "accepted": 1}
    assert _vanished(service) == []


def test_a_row_that_is_gone_opens_a_query_and_deletes_nothing(service: Service) -> None:
    service.day("2026-03-03").export(*ROWS)
    service.receive()
    service.day("2026-03-04").export(*ROWS[:9])
    service.receive()
    assert _vanished(service) == [VANISHED]
    assert service.sql("select count(*) from milepost.lb_record where usubjid = 'S01-010'") == [(1,)]
    assert service.sql("select bool_or(retracted) from milepost.lb_record") == [(False,)]
    assert "S01-010" in service.verdicts("2026-03-04")


def test_a_row_that_stays_away_is_asked_for_once_and_its_return_closes_the_query(service: Service) -> None:
    for day, rows in (("2026-03-03", ROWS), ("2026-03-04", ROWS[:9]), ("2026-03-05", ROWS[1:9] + ROWS[:1])):
        service.day(day).export(*rows)
        service.receive()
    assert _vanished(service) == [VANISHED]
    assert service.sql("select count(*) from milepost.query where rule = 'FILE-ROW-VANISHED'") == [(1,)]
    service.day("2026-03-06").export(*ROWS, lab("S01-011", "2026-03-01", "700", Order="11"))
    service.receive()
    assert _vanished(service) == []


def test_a_row_withdrawn_by_the_site_answers_the_query_too(service: Service) -> None:
    service.day("2026-03-03").export(*ROWS)
    service.receive()
    service.day("2026-03-04").export(*ROWS[:9])
    service.receive()
    service.day("2026-03-05").export(*ROWS[:9], {**ROWS[9], "Status": "X"})
    service.receive()
    assert _vanished(service) == []
    assert service.sql("select bool_or(retracted) from milepost.lb_record where usubjid = 'S01-010'") == [
        (True,)
    ]


def test_an_export_that_lacks_too_much_is_held_and_asks_nothing_of_single_rows(service: Service) -> None:
    service.day("2026-03-03").export(*ROWS)
    service.receive()
    service.day("2026-03-04").export(*ROWS[:7])  # 30 % are gone; 20 % are the limit
    service.receive()
    assert service.fates(2) == {"received": 7, "held": 7}
    [(outcome, reason)] = service.sql("select outcome, reason from milepost.processing where delivery = 2")
    assert outcome == "HELD" and "3 of 10" in reason
    assert _vanished(service) == []
    assert len(service.verdicts("2026-03-04")) == 10


def test_after_a_held_export_the_next_whole_one_is_compared_with_the_last_one_believed(
    service: Service,
) -> None:
    for day, rows in (("2026-03-03", ROWS), ("2026-03-04", ROWS[:6]), ("2026-03-05", ROWS[:9])):
        service.day(day).export(*rows)
        service.receive()
    assert service.fates(3) == {"received": 9, "unchanged": 9}
    assert _vanished(service) == [VANISHED]


def test_a_vanished_row_of_two_exports_taken_in_one_night_is_asked_for_too(service: Service) -> None:
    service.day("2026-03-05")
    service.hand_over("S01", "export_1.csv", table(LABS, ROWS), at("2026-03-03"))
    service.hand_over("S01", "export_2.csv", table(LABS, ROWS[:9]), at("2026-03-04"))
    service.receive()
    assert _vanished(service) == [VANISHED]


def test_an_older_export_that_arrives_late_lacks_nothing(service: Service) -> None:
    service.day("2026-03-05").export(*ROWS)
    service.receive()
    service.day("2026-03-06").hand_over("S01", "export_old.csv", table(LABS, ROWS[:9]), at("2026-03-04"))
    service.receive()
    assert _vanished(service) == []
