"""docs/rules.md: safety signals as a person reads them: what the data say each night, and what is told."""

from __future__ import annotations

from tests.spec import cases_signals as cases


def sections() -> list[str]:
    """Markdown of every case of safety signals."""
    told = "\n".join(f"| {kind} | {', '.join(roles)} |" for kind, roles in cases.TOLD.items())
    parts = [
        "## Safety signals\n",
        "What is owed as data come, change and go. `KIND/role#episode`. Who is told of what, in these cases:\n",
        f"| kind | roles |\n| --- | --- |\n{told}\n",
    ]
    for case in cases.CASES:
        rows = []
        for number, night in enumerate(case.nights, start=1):
            says = "no reason" if night.says is None else ", ".join(f"{k} {v}" for k, v in night.says.items())
            says += " (only the study folder changed)" if night.only_config else ""
            rows.append(f"| {number} | {says} | {', '.join(night.told)} | {', '.join(night.ends)} |")
        parts += [
            f"### {case.title}\n",
            f"{case.kind}.\n",
            "\n".join(["| night | the data say | told | ended |", "| --- | --- | --- | --- |", *rows, ""]),
        ]
    return parts
