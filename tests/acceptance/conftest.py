"""A fresh study, home and database for every test, or for every module that lives through one long story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from milepost.store import server
from tests.acceptance.study import Service, write_study

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def new_service(
    postgres_home: Path, migrated_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Service]]:
    """Makes a service on a new study folder, home and database; its arguments are those of `write_study`."""
    made: list[str] = []

    def make(study: Path | None = None, changes: dict[str, str] | None = None) -> Service:
        name = f"acceptance_{next(_NUMBERS)}"
        with _admin(postgres_home) as connection:
            connection.execute(f"create database {name} template {migrated_database}")
        made.append(name)
        place = tmp_path_factory.mktemp(name)
        return Service(
            study or write_study(place / "study", changes),
            place / "home",
            server.dsn(postgres_home, name),
        )

    yield make
    with _admin(postgres_home) as connection:
        for name in made:
            connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def service(new_service: Callable[..., Service]) -> Service:
    """The service on the small study of `study.py`, nothing received yet."""
    return new_service()


def _admin(home: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(server.socket_dir(home)), port=server.PORT, user="postgres", dbname="postgres", autocommit=True
    )  # fmt: skip
