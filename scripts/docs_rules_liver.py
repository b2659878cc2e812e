"""The liver rules of docs/rules.md: what was measured, and the scores, cases and layers that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from docs_study import MEANINGS

from milepost.core.child_pugh import WORDS
from milepost.core.liver_problems import QUESTIONS
from milepost.core.liver_scores import PARAMS
from tests.spec import cases_liver_safety, cases_liver_scores
from tests.spec.liver_case import FIRST_DOSE, PROTOCOL, Course, Lab

SEX = {"M": "a man", "F": "a woman", None: "sex not known"}
COLUMNS = {
    "AVAL": "value", "AVALC": "written", "AVALRAW": "before rounding", "ABLFL": "baseline", "ADY": "day",
    "REASON": "none, because", "DATAERR": "contradiction",
    "RULE": "rule", "ENZRULE": "rule of the enzyme", "BILIRULE": "rule of bilirubin",
    "ENZYME": "enzyme", "ENZDY": "day of the enzyme", "ENZXULN": "enzyme x limit",
    "ENZXBL": "enzyme x baseline", "BILIDY": "day of bilirubin", "BILIXULN": "bilirubin x limit",
    "BILIXBL": "bilirubin x baseline", "DAYS": "days between", "ALPCOND": "ALP condition", "ALPXULN": "ALP x limit",
    "RVALUE": "R", "RTYPE": "type", "BLFL": "baseline",
    "EDISH": "eDISH", "MDISH": "mDISH", "PAIRED": "paired in time", "MPAIRED": "paired in time (mDISH)",
    "MREASON": "no mDISH, because", "BASETIER": "tier", "LAYER": "layer", "BILIMOD": "bilirubin adds",
    "LAYERMOD": "layer with bilirubin", "HYSFL": "potential case", "CHOLFL": "set aside for ALP",
    "BILIBL": "bilirubin baseline", "BILIBLULN": "bilirubin baseline x limit",
    "ALTBL": "ALT baseline", "ALTBLULN": "ALT baseline x limit", "ALTBLN": "ALT days before",
    "ALTBLFL": "ALT baseline is",
    "BILIBLN": "bilirubin days before", "BILIBLFL": "bilirubin baseline is", "ALTPKULN": "peak ALT x limit",
    "ASTPKULN": "peak AST x limit", "BILIPKULN": "peak bilirubin x limit", "ALTPKBL": "peak ALT x baseline",
    "BILIPKBL": "peak bilirubin x baseline",
}  # fmt: skip

_UNSAID = ("AVAL", "AVALC", "REASON", "ABLFL", "MREASON")


def sections() -> list[str]:
    """Markdown of both topics, in order."""
    return [*_scores(), *_safety()]


def _scores() -> Iterable[str]:
    yield "## Liver scores\n"
    yield (
        f"First dose is on {FIRST_DOSE} (day 1). A score rests on the results of one day, cell ratios on one sample,\n"
        f"Child-Pugh on answers at most {PROTOCOL.safety.liver.score_days} days apart. What is missing is named where\n"
        "all laboratory tests of a score but one are there, and at least two; with fewer it has no row.\n"
    )
    yield _table(("score", "meaning"), ((f"`{code}`", text) for code, text in PARAMS.items()))
    for item, words in WORDS.items():
        rows = ((str(points), ", ".join(said)) for points, said in words.items())
        yield _table((f"{item.lower()}: points", "words of a form (plain numbers are grades)"), rows)
    for title, cases in cases_liver_scores.GROUPS.items():
        yield f"### {title}\n"
        for case in cases:
            yield f"#### {case.title}\n"
            yield _course(case.course)
            answers = (
                (f"`{code}`", on or "", "no row" if wanted is None else _said(wanted))
                for code, on, wanted in case.then
            )
            yield _table(("score", "of", "is"), answers)
            yield from _asked(case.problems)


def _safety() -> Iterable[str]:
    yield "## Liver safety\n"
    yield f"First dose is on {FIRST_DOSE} (day 1). These are the numbers of the rule in these cases:\n"
    rules = PROTOCOL.safety.liver
    meanings = {name: text for name, text in MEANINGS["LiverRules"].items() if name != "tiers"}
    yield _table(
        ("key", "here", "meaning"),
        ((f"`{name}`", _plain(getattr(rules, name)), text) for name, text in meanings.items()),
    )
    tiers = (
        (
            _plain(tier.baseline_below or "any other"),
            f"> {tier.watch}",
            f"> {tier.withhold}",
            f"> {tier.stop}",
        )
        for tier in rules.tiers
    )
    yield _table(("baseline ALT x limit below", "WATCH: ALT x limit", "WITHHOLD", "STOP"), tiers)
    for title, cases in cases_liver_safety.GROUPS.items():
        yield f"### {title}\n"
        for case in cases:
            yield f"#### {case.title}\n"
            yield _course(case.course)
            of_line = f" (line {case.line})" if case.line > 1 else ""
            answers = [(f"potential case{of_line}", "none" if case.hys is None else _said(case.hys))]
            answers += [(f"patient{of_line}", _said(case.patient))] if case.patient else []
            yield _table(("about the", "follows"), answers)
            yield from _asked(case.problems)
    yield "### Questions about liver tests\n"
    yield _table(("rule", "severity", "question"), ((f"`{rule}`", *said) for rule, said in QUESTIONS.items()))


def _course(course: Course) -> str:
    """What was sent, one row a day."""
    facts: list[tuple[str, str]] = [(lab.collected, _lab(lab)) for lab in course.labs]
    facts += [(day, f"{what.lower()}: {word}") for what, day, word in course.findings]
    facts += [(day, f"the site's own Child-Pugh: {text}") for day, text in course.reported]
    told: dict[str, list[str]] = {}
    for day, what in sorted(facts, key=lambda fact: fact[0]):
        told.setdefault(day.replace("T", " "), []).append(what)
    more = [] if course.sex == "M" else [SEX[course.sex]]
    if course.doses != ((FIRST_DOSE, None),):
        doses = (f"{start} to {end}" if end else f"{start} on" for start, end in course.doses)
        more.append(f"doses {', then '.join(doses)}")
    if course.as_of != Course().as_of:
        more.append(f"as of {course.as_of}")
    here = f"Here: {'; '.join(more)}.\n\n" if more else ""
    return here + _table(("date", "what"), ((day, "; ".join(what)) for day, what in told.items()))


def _lab(lab: Lab) -> str:
    limit = f" (limit {lab.upper})" if lab.upper else ""
    more = "".join(f", {name} {_plain(value)}" for name, value in lab.more.items())
    return f"{lab.test} {lab.result}{f' {lab.unit_text}' if lab.unit_text else ''}{limit}{more}"


def _said(wanted: Mapping[str, Any]) -> str:
    # a score without a number says why; that it has no reason, or no flag, need not be said
    said = {name: value for name, value in wanted.items() if value is not None or name not in _UNSAID}
    return "; ".join(f"{COLUMNS[name]} {_plain(value)}" for name, value in said.items())


def _asked(problems: Sequence[str]) -> Iterable[str]:
    if problems:
        yield f"Asked: {', '.join(f'`{rule}`' for rule in problems)}.\n"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "none" if value is None else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells) + "\n"
