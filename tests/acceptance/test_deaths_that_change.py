"""A death told, corrected or taken back, before or after the results it bears on: the same verdict, and no silence."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.acceptance.study import PATIENTS, Service, lab, patient, table

BASE, WEEK4 = lab("S01-001", "2026-02-27", "500"), lab("S01-001", "2026-03-30", "300")
ALIVE = patient("S01-001", Died="", HBV="Y")  # not byte for byte the first file: that would change nothing
FIRST = patient("S01-001", Died="2026-03-21")


def started(new_service: Callable[..., Service]) -> Service:
    service = new_service()
    service.day("2026-03-02").enrol("S01-001")
    service.labs(BASE)
    service.night("2026-03-02")
    return service


def tell(service: Service, row: dict[str, str]) -> None:
    service.hand_over("S01", "patients.csv", table(PATIENTS, [row]))


@pytest.mark.parametrize("corrected", ["", "2026-03-31"], ids=["taken back", "to a later day"])
@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2)))[:3], ids=str)
def test_a_death_that_is_corrected_lets_the_sample_count_whatever_came_first(
    new_service: Callable[..., Service], corrected: str, order: tuple[int, ...]
) -> None:
    service = started(new_service)
    right = {**ALIVE, "Died": corrected}
    # the death and its correction in this order, the sample before, between or after them
    place = order.index(0)
    steps = [lambda: tell(service, FIRST), lambda: tell(service, right)]
    steps.insert(place, lambda: service.labs(WEEK4))
    for number, step in enumerate(steps, start=1):
        service.day(f"2026-04-0{number}")
        step()
        service.night(f"2026-04-0{number}")
    service.night("2026-04-14")
    assert service.state("S01-001", "2026-04-14") == "RESPONDER"
    assert service.open_queries() == []
    assert service.sql("select count(*) from milepost.quarantine q where not exists (select from "
                       "milepost.quarantine_release r where r.quarantine = q.id)") == [(0,)]  # fmt: skip


def test_a_death_told_after_the_sample_asks_which_date_is_right(new_service: Callable[..., Service]) -> None:
    service = started(new_service)
    service.day("2026-03-31").labs(WEEK4)
    service.night("2026-03-31")
    service.day("2026-04-01")
    tell(service, FIRST)
    service.night("2026-04-01")
    assert service.state("S01-001", "2026-04-01") == "NOT_REACHED:DIED"
    assert service.open_queries() == [("LB-NOT-AFTER-DEATH", "S01-001")]
    service.night("2026-04-02")
    assert service.open_queries() == [("LB-NOT-AFTER-DEATH", "S01-001")]
    service.day("2026-04-03")
    tell(service, ALIVE)
    service.night("2026-04-03")
    assert service.open_queries() == []


def test_rows_read_again_are_neither_lost_nor_counted_twice(new_service: Callable[..., Service]) -> None:
    service = started(new_service)
    service.day("2026-04-01")
    tell(service, FIRST)
    service.night("2026-04-01")
    service.day("2026-04-02").labs(WEEK4, lab("S01-001", "2026-03-12", "480"))
    service.night("2026-04-02")
    service.day("2026-04-03")
    tell(service, ALIVE)
    service.night("2026-04-03")
    numbers = [number for (number,) in service.sql("select id from milepost.delivery order by id")]
    for number in numbers:
        fates = service.fates(number)
        assert fates["received"] == sum(count for name, count in fates.items() if name != "received")
    before = service.sql("select count(*) from milepost.processing")
    service.night("2026-04-04")
    assert service.sql("select count(*) from milepost.processing") == before
