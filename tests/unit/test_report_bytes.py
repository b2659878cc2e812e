"""The open report is one file that needs nothing, and the same inputs give the same bytes."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from milepost.reports.open_report import build_open_report, to_json
from tests.report_builder import RENDERER, page, report_inputs
from tests.report_reading import Page

ROOT = Path(__file__).parents[2]
SIZES = [0, 1, 158]


@cache
def made(patients: int) -> str:
    return page(report_inputs(patients))


def test_the_same_inputs_give_the_same_bytes_twice_in_one_process() -> None:
    assert made(158) == page(report_inputs(158))
    assert to_json(build_open_report(report_inputs(30))) == to_json(build_open_report(report_inputs(30)))


def test_two_processes_with_different_hash_seeds_give_the_same_bytes() -> None:
    code = (
        "import hashlib\n"
        "from milepost.reports.open_report import build_open_report, to_json\n"
        "from tests.report_builder import RENDERER, report_inputs\n"
        "model = build_open_report(report_inputs(40))\n"
        "print(hashlib.sha256((RENDERER.open_report(model) + to_json(model)).encode()).hexdigest())\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}"},
        )
        for seed in ("1", "4242")
    ]  # fmt: skip
    sums = {process.communicate()[0].strip() for process in running}
    assert [process.returncode for process in running] == [0, 0]
    assert len(sums) == 1
    assert len(sums.pop()) == 64


def test_another_patient_gives_other_bytes() -> None:
    assert page(report_inputs(20)) != page(report_inputs(21))


@pytest.mark.parametrize("patients", SIZES)
def test_the_page_loads_nothing(patients: int) -> None:
    html = made(patients)
    assert Page(html).loads == []
    assert not re.search(r"https?:", html)
    assert set(re.findall(r"url\(([^)]{1,9})", html)) == {"data:font", "#hatch", "#cross"}
    assert "@import" not in html
    assert "<iframe" not in html and "<img" not in html and "<link" not in html


def test_the_browser_is_told_to_load_nothing_and_to_run_this_script_only() -> None:
    html = made(158)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; font-src data:; script-src 'sha256-{allowed}'"
    assert f'content="{policy}"' in html


def test_the_script_holds_no_data_of_the_report() -> None:
    (small,) = re.findall(r"<script>(.*?)</script>", made(0), re.DOTALL)
    (large,) = re.findall(r"<script>(.*?)</script>", made(158), re.DOTALL)
    assert small == large
    assert len(large) < 4000


@pytest.mark.parametrize("patients", SIZES)
def test_every_link_leads_to_a_place_on_the_page(patients: int) -> None:
    read = Page(made(patients))
    assert len(read.ids) == len(set(read.ids))
    assert len(read.targets) > 30
    assert {target.removeprefix("#") for target in read.targets} <= set(read.ids)
    assert all(target.startswith("#") for target in read.targets)


def test_every_exhibit_has_its_receipt_and_every_receipt_its_exhibit() -> None:
    read = Page(made(158))
    exhibits = {name.removeprefix("x-") for name in read.ids if name.startswith("x-")}
    receipts = {name.removeprefix("r-") for name in read.ids if name.startswith("r-")}
    assert exhibits - receipts == {"AFP-W4.denominators"}
    assert receipts <= exhibits
    assert len(receipts) == 12


def test_158_patients_need_less_than_600_kB() -> None:
    assert len(made(158).encode()) < 600_000


def test_5000_patients_need_less_than_2_MB_and_leave_room_on_the_list_for_sites() -> None:
    model = build_open_report(report_inputs(5000))
    html = RENDERER.open_report(model)
    assert len(html.encode()) < 2_000_000
    assert html.count("<rect") < 2000
    assert "values are in report.json" in html
    assert len(model.attention.items) == 25
    assert [item.what for item in model.attention.items][-3:] == [
        "Delivery held",
        "Queries past due",
        "Silent site",
    ]
    assert [line for line in model.attention.older if "AFP overdue, less urgent: S0" in line] != []
