"""The whole open and closed report of the made-up study, and the dry run: made once in a process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from html import unescape

from milepost.reports.closed_report import ClosedInputs, build_closed_report
from milepost.reports.closed_report import to_json as closed_json
from milepost.reports.open_report import build_open_report, to_json
from tests.clinical_builder import clinical_inputs
from tests.report_builder import RENDERER, report_inputs


@dataclass(frozen=True)
class Made:
    html: str
    json: str

    @property
    def numbers(self) -> dict[str, dict[str, object]]:
        return {number["id"]: number for number in json.loads(self.json)["numbers"]}

    @property
    def text(self) -> str:
        return unescape(re.sub(r"<(script|style)>.*?</\1>", " ", self.html, flags=re.S))


@cache
def open_report() -> Made:
    inputs = clinical_inputs()
    seen = replace(report_inputs(5), study=inputs.study, clinical=inputs.frames, as_of=inputs.as_of)
    model = build_open_report(seen)
    return Made(RENDERER.open_report(model), to_json(model))


@cache
def closed_report(*, masked: bool = False) -> Made:
    inputs = clinical_inputs(by_arm=True)
    seen = replace(report_inputs(5), study=inputs.study, clinical=inputs.frames, as_of=inputs.as_of)
    groups = {subject: group.id for group in inputs.groups for subject in group.subjects}
    if masked:
        groups = {subject: "AB"[place % 2] for place, subject in enumerate(sorted(groups))}
    model = build_closed_report(ClosedInputs(seen, groups, masked=masked))
    return Made(RENDERER.closed_report(model), closed_json(model))
