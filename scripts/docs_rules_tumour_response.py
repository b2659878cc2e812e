"""Tumour response for docs/rules.md: each case as lesions by scan, and the response of every scan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.spec.cases_tumour_response import GROUPS, SECTION_6_3
from tests.spec.response_case import FIRST_DOSE, Case, Scan, Then

HEAD = """## Tumour response

Lengths are in mm. First dose is 2026-03-02 unless said otherwise. T: target lesion, NT: non-target lesion, NEW: called
new. RECIST 1.1 unless said otherwise. *PD from*: the date from which progression counts.
"""
_SAID = {
    "target": "site: targets", "non-target": "site: non-targets", "new": "site: new lesion",
    "overall": "site: overall",
}  # fmt: skip


def sections() -> list[str]:
    """The overall table of section 6.3, then every case."""
    rows = [(f"**{target}**", *answers.split()) for target, answers in SECTION_6_3.items()]
    table = _table(("target", "CR", "NON-CR/NON-PD", "NE", "none at baseline (ND)"), rows)
    parts = [
        HEAD, "### The response of one scan\n", table,
        "A new lesion, target PD or non-target PD is PD. New lesions not assessed: NE unless PD elsewhere.\n",
    ]  # fmt: skip
    for title, cases in GROUPS.items():
        parts += [f"### {title}\n", *(_case(case) for case in cases)]
    return parts


def _case(case: Case) -> str:
    parts = [f"#### {case.title}\n"]
    if notes := list(_notes(case)):
        parts.append(f"Here: {'; '.join(notes)}.\n")
    columns = list(dict.fromkeys(_heading(scan) for scan in case.scans))
    cells: dict[str, dict[str, list[str]]] = {}
    for scan in case.scans:
        entries = [(_lesion(case, key), text) for key, text in scan.found.items()]
        entries += [(_SAID[name], text) for name, text in scan.said.items()]
        entries += [(f"{name}, listed as", role) for name, role in scan.listed.items()]
        entries += [(f"{name}, measured as", role) for name, role in scan.grouped.items()]
        for name, text in entries:
            cells.setdefault(name, {}).setdefault(_heading(scan), []).append(text.lower() if text.isupper() and len(
                text) > 3 else text)  # fmt: skip
    rows = [
        (name, *("; ".join(found.get(column, ())) for column in columns)) for name, found in cells.items()
    ]
    parts.append(_table(("", *columns), rows))
    answers = [_answer(then) for then in case.then]
    parts.append(_table(("scan", "targets", "non-targets", "new", "overall", "and"), answers))
    if case.problems:
        parts.append(f"Asked: {', '.join(f'`{rule}`' for rule in case.problems)}.\n")
    return "\n".join(parts)


def _notes(case: Case) -> Iterable[str]:
    if case.lines != (FIRST_DOSE,):
        yield f"first doses of the lines of therapy {', '.join(case.lines)}"
    yield from (f"`{name}` = {str(value).lower()}" for name, value in case.rule.items())
    yield from (f"marker {'raised' if high else 'normal'} on {day}" for day, high in case.marker)
    if case.undated:
        yield "lesions are identified without a date"
    if case.unlisted:
        yield "no list of lesions is sent"


def _heading(scan: Scan) -> str:
    more = [
        scan.named,
        scan.reader.lower() if scan.reader != "INVESTIGATOR" else None,
        scan.more.get("EVALID"),
    ]
    more += [
        "accepted" if scan.more.get("ACPTFL") else None,
        scan.criteria if scan.criteria != "RECIST 1.1" else None,
    ]
    return " ".join([scan.day, *(text for text in more if text)])


def _lesion(case: Case, key: str) -> str:
    name, _, test = key.partition(" ")
    words = {"VDIAM": "viable", "LDIAM": "longest diameter", "SAXIS": "short axis", "LPERP": "short axis (LPERP)",
             "DIAMETER": "diameter", "": ""}[test]  # fmt: skip
    words = "" if name == "SUM" and not test else words
    place = case.lesions.get(name, "").lower()
    shown = {"SUM": "sum as sent", "TARGETS": "all targets"}.get(name, name)
    return ", ".join(part for part in (shown, place, words) if part)


def _answer(then: Then) -> tuple[str, ...]:
    more = [
        f"PD from {then.pd_from}" if then.pd_from else "", f"sum {then.sum_mm}" if then.sum_mm else "",
        f"smallest sum before {then.nadir_mm}" if then.nadir_mm else "", f"`{then.error}`" if then.error else "",
        f"from {then.source.lower()}" if then.source else "",
    ]  # fmt: skip
    where = [then.day, then.criteria if then.criteria != "RECIST 1.1" else ""]
    where += [
        then.reader.lower() if then.reader != "INVESTIGATOR" else "",
        f"line {then.line}" if then.line > 1 else "",
        "line 1, after the next began" if then.after_next else "",
    ]
    return (
        " ".join(part for part in where if part), then.target or "", then.non_target or "", then.new or "",
        f"**{then.overall}**", "; ".join(part for part in more if part),
    )  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


if __name__ == "__main__":
    print("\n".join(sections()))
