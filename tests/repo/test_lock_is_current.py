"""The compiled requirements satisfy what the .in files ask for, and every file in them is known by its hash.

Offline: nothing is resolved again. A requirement added or changed without `make lock` fails here.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NAMES = ["requirements-build", "requirements", "requirements-dev"]


class Pin(NamedTuple):
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def version(self) -> str:
        (only,) = self.requirement.specifier
        assert only.operator == "==", f"{self.requirement} is not pinned"
        return only.version


def asked(name: str) -> list[Requirement]:
    lines = (
        re.sub(r"(^|\s)#.*", "", line).strip() for line in (ROOT / f"{name}.in").read_text().splitlines()
    )
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


@cache
def locked(name: str) -> dict[str, list[Pin]]:
    """Pins by package; a package has several where the version depends on the Python it is for."""
    pins: dict[str, list[Pin]] = {}
    joined = (ROOT / f"{name}.txt").read_text().replace("\\\n", " ")
    for line in joined.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement = Requirement(line.split(" --hash=")[0].strip())
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})(?=\s|$)", line))
        pins.setdefault(canonicalize_name(requirement.name), []).append(Pin(requirement, hashes))
    return pins


@pytest.mark.parametrize("name", NAMES)
def test_everything_asked_for_is_locked_at_a_version_that_was_asked_for(name: str) -> None:
    requirements = asked(name)
    assert requirements, f"{name}.in asks for nothing: was it read?"
    for requirement in requirements:
        pins = locked(name).get(canonicalize_name(requirement.name))
        assert pins, f"{name}.in asks for {requirement}, {name}.txt lacks it: run `make lock`"
        for pin in pins:
            assert requirement.specifier.contains(pin.version, prereleases=True), (
                f"{name}.in asks for {requirement}, {name}.txt holds {pin.version}: run `make lock`"
            )


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_package_is_known_by_its_hash(name: str) -> None:
    unhashed = [str(pin.requirement) for pins in locked(name).values() for pin in pins if not pin.hashes]
    assert not unhashed


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_from_a_named_index_or_a_folder(name: str) -> None:
    for file in (f"{name}.in", f"{name}.txt"):
        assert not re.search(r"--(extra-)?index-url|--find-links|\w+://|file:", (ROOT / file).read_text()), (
            file
        )


def test_development_runs_on_the_versions_that_production_runs_on() -> None:
    for name, pins in locked("requirements-dev").items():
        if name in locked("requirements"):
            runtime = {pin.version for pin in locked("requirements")[name]}
            assert {pin.version for pin in pins} <= runtime, f"{name} differs: run `make lock`"


def test_pandas_and_lifelines_stay_the_pair_that_was_measured() -> None:
    pair = [locked("requirements")[name][0].version for name in ("pandas", "lifelines")]
    assert pair == ["2.3.3", "0.30.3"]
