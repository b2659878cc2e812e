"""What a study folder may not say: each refusal names the file, the key, what was found and what is allowed."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import ConfigurationError
from milepost.protocol import Study
from milepost.protocol.validation import study_from_content, study_from_mappings

FOLDERS = sorted(
    path.parent for path in Path(__file__).parents[2].glob("*/**/protocol.toml") if ".venv" not in path.parts
)
CONFIG = Path(__file__).parents[2] / "config"


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    return tuple(
        tomllib.loads((folder / f"{n}.toml").read_text(encoding="utf-8")) for n in ("protocol", "sites")
    )  # type: ignore[return-value]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_study_folder_here_is_a_study(folder: Path) -> None:
    assert isinstance(study_from_mappings(*read(folder)), Study)


def refusal(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> str:
    protocol, sites = copy.deepcopy(read(CONFIG))
    change(protocol, sites)
    with pytest.raises(ConfigurationError) as refused:
        study_from_mappings(protocol, sites)
    return str(refused.value)


def checkpoint(**keys: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda protocol, sites: protocol["checkpoints"][0].update(keys)


def test_an_unknown_key_is_an_error() -> None:
    assert "key thresh_old is unknown" in refusal(lambda protocol, sites: protocol.update(thresh_old=25))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            checkpoint(target_day=40),
            "key target_day is wrong. Found 40. Allowed: a day inside window, 22 to 36.",
        ),
        (
            checkpoint(window=[36, 22]),
            "key window is wrong. Found [36, 22]. Allowed: the first day, then the last",
        ),
        (
            checkpoint(window=[1, 36]),
            "key window is wrong. Found [1, 36]. Allowed: days after the day of first dose",
        ),
        (
            checkpoint(threshold_pct=0),
            "checkpoint AFP-W4: key threshold_pct is wrong. Found 0. Allowed: above 0.",
        ),
        (checkpoint(threshold_pct=101), "key threshold_pct is wrong. Found 101. Allowed: at most 100"),
        (checkpoint(bands=[400, 20]), "key bands is wrong. Found [400, 20]. Allowed: limits that rise"),
        (
            checkpoint(late_until_day=35),
            "late_until_day is wrong. Found 35. Allowed: from the window's end, day 36",
        ),
        (
            checkpoint(borderline_band_pct=[30, 20]),
            "key borderline_band_pct is wrong. Found [30, 20]. Allowed: the lower end first",
        ),
        (checkpoint(direction="down"), "Found 'down'. Allowed: 'fall' or 'rise'."),
        (checkpoint(report_grace_days=-1), "report_grace_days is wrong. Found -1"),
        (
            checkpoint(test="CEA"),
            "checkpoint AFP-W4: key test is wrong. Found 'CEA'. Allowed: one of [[tests]]: AFP, ALT",
        ),
        (
            checkpoint(sensitivities=[{"id": "A", "label": "a"}, {"id": "A", "label": "b"}]),
            "checkpoint AFP-W4, sensitivity A: key id is wrong",
        ),
        (lambda p, s: p["tests"][0]["factors"].update({"IU/mL": "0"}), "Found '0'"),
        (lambda p, s: p["tests"][0]["factors"].update({"IU/mL": "-1.21"}), "Found '-1.21'"),
        (
            lambda p, s: p["tests"][0].update(hard=[5000000, 0]),
            "test AFP: key hard is wrong. Found [5000000, 0]. Allowed: the lower limit first",
        ),
        (lambda p, s: p.update(time_zone="Mars/Olympus"), "must be an IANA time zone"),
        (
            lambda p, s: p["arms"][0].update(treatments=["ASPIRIN"]),
            "arm ANL: key treatments is wrong. Found 'ASPIRIN'. Allowed: one of [[treatments]]: ANL",
        ),
        (
            lambda p, s: p["lines"].append({"number": 1, "label": "again"}),
            "line 1: key number is wrong. Found 1. Allowed: one that no other of [[lines]] has",
        ),
        (lambda p, s: s["sites"][0].update(factors={"AFP": {"IU/mL": "0"}}), "Found '0'"),
        (
            lambda p, s: s["sites"][0].update(factors={"CEA": {"U/mL": "1"}}),
            "site S01: key factors.CEA is wrong. Allowed: tests of the protocol: AFP",
        ),
        (
            lambda p, s: s["sites"][0].update(contacts={"cordinator": ["a@example.org"]}),
            "site S01: key contacts.cordinator is wrong. Allowed: roles of the protocol: medical",
        ),
        (
            lambda p, s: s["sites"].append(s["sites"][0]),
            "site S01: key id is wrong. Found 'S01'. Allowed: one that no other of [[sites]] has",
        ),
        (lambda p, s: s.update(hospitals=[]), "key hospitals is unknown"),
    ],
)
def test_what_a_study_folder_may_not_say(change, said) -> None:
    assert said in refusal(change)


def test_a_study_comes_back_from_its_stored_text_with_the_same_hash() -> None:
    study = study_from_mappings(*read(CONFIG))
    assert study_from_content(study.content()).hash() == study.hash()


def test_the_default_study_has_the_numbers_of_the_specification() -> None:
    """Section 3.1, typed in by hand."""
    rule = study_from_mappings(*read(CONFIG)).protocol.checkpoints[0]
    assert (rule.threshold_pct, rule.target_day, rule.window, rule.report_grace_days) == (25, 29, (22, 36), 7)
    assert (rule.baseline_lookback_days, rule.baseline_warn_days, rule.min_baseline) == (28, 14, 20)
    assert (rule.high_baseline, rule.bands, rule.off_drug_gap_days) == (400, (20, 400), 14)
    assert (rule.assay_change_policy, rule.intercurrent_policy, rule.confirm_policy) == (
        "FLAG",
        "FLAG",
        "NONE",
    )
    assert (rule.same_day_baseline, rule.tie_rule) == ("BEFORE_DOSE_OR_UNKNOWN", "LEAST_FAVOURABLE")
    assert (rule.borderline_band_pct, rule.intercurrent_lookback_days) == ((20, 30), 28)
    assert rule.late_until_day == 50 and rule.provisional and rule.direction == "fall"
