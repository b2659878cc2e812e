"""A fresh study, home and database for every test, or for every module that lives through one long story."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from milepost.store import server
from tests.acceptance.study import Service, write_study

_NUMBERS = count(1)


class _Databases:
    """Databases made for one module, dropped with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.made: list[str] = []

    def new(self, template: str) -> str:
        name = f"acceptance_{next(_NUMBERS)}"
        with _admin(self.home) as connection:
            connection.execute(f"create database {name} template {template}")
        self.made.append(name)
        return name


@pytest.fixture(scope="module")
def databases(postgres_home: Path, migrated_database: str) -> Iterator[_Databases]:
    made = _Databases(postgres_home)
    yield made
    with _admin(postgres_home) as connection:
        for name in made.made:
            connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def new_service(
    databases: _Databases, migrated_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Service]:
    """Makes a service on a new study folder (the small study, `changes` made), home and database."""

    def make(study: Path | None = None, changes: dict[str, str] | None = None) -> Service:
        name = databases.new(migrated_database)
        place = tmp_path_factory.mktemp(name)
        folder = study or write_study(place / "study", changes)
        return Service(folder, place / "home", server.dsn(databases.home, name))

    return make


@pytest.fixture(scope="module")
def clone_of(databases: _Databases, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Service], Service]:
    """Makes a copy of a service: its database, its home, its time; the study folder is shared."""

    def clone(service: Service) -> Service:
        name = databases.new(service.dsn.split("/")[3].split("?")[0])
        home = tmp_path_factory.mktemp(name) / "home"
        shutil.copytree(service.home, home)
        copy = Service(service.study, home, server.dsn(databases.home, name))
        copy.now = service.now
        return copy

    return clone


@pytest.fixture
def service(new_service: Callable[..., Service]) -> Service:
    """The service on the small study of `study.py`, nothing received yet."""
    return new_service()


def _admin(home: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(server.socket_dir(home)), port=server.PORT, user="postgres", dbname="postgres", autocommit=True
    )  # fmt: skip
