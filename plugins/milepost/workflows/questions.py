"""The questions a batch raises for its sites, and those it answers.

The same question is asked once while it is open. A question about a record closes when the record arrives again
and breaks that rule no more. No question carries a patient's value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from milepost.store.recording import RecordingSession
from milepost.workflows.context import Context
from milepost.workflows.taking import Taken

MANY = 20  # one rule broken this often in one delivery becomes one question that lists the lines
CHOICES = {
    "AMBIGUOUS_CORRECTION": "Several results of this subject, test and day are on record and one value changed. "
    "Which of them does the new value correct?",
    "SECOND_SAMPLE": "Two different results of one test share this subject and time (or day, where no time is given). "
    "Are they two samples, or does one correct the other?",
}
VANISHED = "FILE-ROW-VANISHED"
NOT_ENROLLED = "-SUBJECT-IN-DM"
DERIVED = "derived|"  # asked by the watch, which alone knows when the answer has come
STANDING = (
    "FILE-IDENTIFIERS",
)  # about how a site exports, not about one file: asked once, until a file is in order


class Questions:
    """Collects the questions of one batch; `save` asks them in the batch's own transaction."""

    def __init__(self, ctx: Context, stamps: Mapping[int, Any], deliveries: Mapping[int, Taken]) -> None:
        self.ctx, self.stamps, self.deliveries = ctx, stamps, deliveries
        self.rows: list[dict[str, Any]] = []

    def add_delivery(self, taken: Taken) -> None:
        """What the schema gate found in a file, that it is held, and what a complete export lacks."""
        site = taken.site.id
        for finding in taken.findings.to_dict("records"):
            self._add(taken.id, site, key=_file_key(taken, finding["RULE"]), rule=finding["RULE"],
                      severity=finding["SEVERITY"], question=finding["REASON"])  # fmt: skip
        if taken.fate == "HELD" and not taken.stopped:
            self._add(taken.id, site, key=f"{site}|FILE|FILE-HELD|{taken.id}", rule="FILE-HELD", severity="critical",
                      question=str(taken.why))  # fmt: skip
        for row in taken.gone.to_dict("records"):
            self._add(taken.id, site, domain=row["DOMAIN"], usubjid=row["USUBJID"], reckey=row["RECKEY"],
                      key=f"{site}|{row['DOMAIN']}|{VANISHED}|{row['USUBJID']}|{row['RECKEY']}", rule=VANISHED,
                      severity="warning", question="A record of the previous export is missing from this one. Was it "
                      "withdrawn? Please send it as cancelled, or send it again.")  # fmt: skip

    def add_rows(self, domain: str, rows: pd.DataFrame, findings: pd.DataFrame, repeated: set[Any]) -> None:
        """Every broken rule of a row: one question a row, or one a delivery where a rule is broken often."""
        asked = findings[~findings["POS"].isin(repeated)]
        for (delivery, rule), group in asked.groupby(["DELIVERY", "RULE"], sort=True):
            first = group.iloc[0]
            site = rows.at[first["POS"], "SITEID"]
            if len(group) > MANY:
                lines = ", ".join(str(line) for line in sorted(group["SRCLINE"])[:10])
                self._add(int(delivery), site, domain=domain, rule=rule, severity=first["SEVERITY"],
                          key=f"{site}|{domain}|{rule}|many|{delivery}",
                          question=f"{len(group)} lines (first: {lines}): {first['REASON']}")  # fmt: skip
                continue
            for finding in group.to_dict("records"):
                self._add_row(
                    domain, rows.loc[finding["POS"]], rule, finding["SEVERITY"], finding["QUESTION"]
                )

    def add_choices(self, domain: str, rows: pd.DataFrame, choices: pd.DataFrame) -> None:
        """Rows whose place among earlier records was a choice."""
        for choice in choices.to_dict("records"):
            row = rows.loc[choice["POS"]]
            question = f"Line {row['SRCLINE']}: {CHOICES[choice['RULE']]}"
            self._add_row(domain, row, choice["RULE"], "warning", question)

    def add_record(
        self, row: Mapping[str, Any], *, domain: str, rule: str, question: str, opened: Any
    ) -> None:
        """A question about a record that lies in the store already."""
        key = f"{row['SITEID']}|{domain}|{rule}|{row['USUBJID']}|{row['RECKEY']}"
        due = self.ctx.day_of(opened) + dt.timedelta(days=self.ctx.study.protocol.gate.query_due_days)
        self.rows.append({
            "KEY": key, "OPENED_AT": opened, "SITEID": row["SITEID"], "DELIVERY": row["DELIVERY"],
            "SRCLINE": row["SRCLINE"], "DOMAIN": domain, "USUBJID": row["USUBJID"], "RECKEY": row["RECKEY"],
            "RULE": rule, "SEVERITY": "critical", "QUESTION": question, "DUE_ON": pd.Timestamp(due),
        })  # fmt: skip

    def save(self, session: RecordingSession) -> int:
        """Ask what was collected since the last time and is not being asked already; how many are new."""
        if not self.rows:
            return 0
        rows, self.rows = self.rows, []
        return session.open_queries(pd.DataFrame(rows).drop_duplicates("KEY", keep="last"))

    def _add_row(self, domain: str, row: pd.Series, rule: str, severity: str, question: str) -> None:
        # of a row without a readable subject only its place in the file tells which one it is
        known = row["X_SUBJECT"] == "OK"
        which = f"{row['USUBJID']}|{row['RECKEY']}" if known else f"line {row['SRCLINE']}|{row['DELIVERY']}"
        self._add(int(row["DELIVERY"]), row["SITEID"], domain=domain, usubjid=row["USUBJID"], reckey=row["RECKEY"],
                  srcline=int(row["SRCLINE"]), rule=rule, severity=severity, question=question,
                  key=f"{row['SITEID']}|{domain}|{rule}|{which}")  # fmt: skip

    def _add(self, delivery: int, site: str, *, key: str, rule: str, severity: str, question: str,
             domain: str | None = None, usubjid: str | None = None, reckey: str | None = None,
             srcline: int | None = None) -> None:  # fmt: skip
        opened = self.stamps[delivery]
        due = self.ctx.day_of(opened) + dt.timedelta(days=self.ctx.study.protocol.gate.query_due_days)
        self.rows.append({
            "KEY": key, "OPENED_AT": opened, "SITEID": site, "DELIVERY": delivery, "SRCLINE": srcline, "DOMAIN": domain,
            "USUBJID": usubjid, "RECKEY": reckey, "RULE": rule, "SEVERITY": severity, "QUESTION": question,
            "DUE_ON": pd.Timestamp(due),
        })  # fmt: skip


def _file_key(taken: Taken, rule: str) -> str:
    standing = rule in STANDING and taken.layout is not None
    which = f"layout {taken.layout.id}" if standing and taken.layout else str(taken.id)
    return f"{taken.site.id}|FILE|{rule}|{which}"


def close_standing(session: RecordingSession, batch: list[Taken], stamps: Mapping[int, Any]) -> None:
    """Close the questions about a site's way of exporting that a recorded file no longer gives reason for."""
    events = [
        {"KEY": _file_key(taken, rule), "AT": stamps[taken.id], "DELIVERY": taken.id,
         "REASON": "A later file of this kind is in order."}
        for taken in batch for rule in STANDING
        if taken.fate == "RECORDED" and rule not in set(taken.findings["RULE"])
    ]  # fmt: skip
    if events:
        session.close_queries(pd.DataFrame(events).drop_duplicates("KEY", keep="last"))


def close_enrolled(ctx: Context, session: RecordingSession, enrolled: pd.DataFrame) -> None:
    """Close the questions who a subject is, now that demographics came (accepted DM rows with KNOWN_FROM)."""
    asked = ctx.store.queries(open_only=True)
    asked = asked[asked["RULE"].str.endswith(NOT_ENROLLED) & asked["USUBJID"].isin(enrolled["USUBJID"])]
    if asked.empty:
        return
    newest = enrolled.sort_values(["KNOWN_FROM", "SRCLINE"]).drop_duplicates("USUBJID", keep="last")
    came = newest.set_index("USUBJID")
    session.close_queries(pd.DataFrame({
        "QUERY": asked["ID"], "AT": asked["USUBJID"].map(came["KNOWN_FROM"]),
        "REASON": "The subject's demographics came.", "DELIVERY": asked["USUBJID"].map(came["DELIVERY"]),
    }))  # fmt: skip


def close_answered(
    session: RecordingSession, domain: str, good: pd.DataFrame, findings: pd.DataFrame
) -> None:
    """Close the questions about records that arrived again, passed, and break that rule no more."""
    about = session.queries_about(domain, good[["USUBJID", "RECKEY"]].drop_duplicates())
    about = about[~about["RULE"].isin(CHOICES) & ~about["KEY"].str.startswith(DERIVED)]
    if about.empty:
        return
    newest = good.sort_values(["KNOWN_FROM", "SRCLINE"]).drop_duplicates(["USUBJID", "RECKEY"], keep="last")
    joined = about[["ID", "USUBJID", "RECKEY", "RULE", "OPENED_AT"]].merge(
        newest[["USUBJID", "RECKEY", "KNOWN_FROM", "DELIVERY", "POS"]], on=["USUBJID", "RECKEY"], how="inner",
        validate="m:1",
    )  # fmt: skip
    still = set(zip(findings["POS"], findings["RULE"], strict=True))
    mended = [(pos, rule) not in still for pos, rule in zip(joined["POS"], joined["RULE"], strict=True)]
    # later than it was asked: another file, or the same one read again
    answered = joined[pd.Series(mended, index=joined.index) & (joined["KNOWN_FROM"] > joined["OPENED_AT"])]
    session.close_queries(pd.DataFrame({
        "QUERY": answered["ID"], "AT": answered["KNOWN_FROM"], "REASON": "The record arrived again and is in order.",
        "DELIVERY": answered["DELIVERY"],
    }))  # fmt: skip


def close_settled_files(
    session: RecordingSession, settled: Mapping[int, Any], again: Mapping[int, Taken], findings: pd.DataFrame
) -> None:
    """Close the questions about whole deliveries, or about many of their rows, that nothing keeps open.

    settled: deliveries that may be concerned, with the instant. again: those of them that were read again and
    recorded; findings: what the gate found in this batch. A warning about many rows is answered only by reading again.
    """
    questions = session.queries_about_files(sorted(settled))
    if questions.empty:
        return
    waiting = session.quarantined_of_files(sorted(settled))
    refused = {
        (int(delivery), rule)
        for delivery, rules in zip(waiting["DELIVERY"], waiting["RULES"], strict=True)
        for rule in rules
    }
    found = set(zip(findings["DELIVERY"], findings["RULE"], strict=True))

    def is_over(delivery: int, rule: str, key: str, severity: str) -> bool:
        if "|many|" in key:
            read_again = delivery in again and (delivery, rule) not in found
            return read_again or (severity == "critical" and (delivery, rule) not in refused)
        return delivery in again and rule not in (*STANDING, *again[delivery].findings["RULE"])

    columns = ["DELIVERY", "RULE", "KEY", "SEVERITY"]
    over = questions[[is_over(int(d), r, k, s) for d, r, k, s in questions[columns].itertuples(index=False)]]
    session.close_queries(pd.DataFrame({
        "QUERY": over["ID"], "AT": over["DELIVERY"].map(settled), "DELIVERY": over["DELIVERY"],
        "REASON": "The file was read again, or its rows were corrected; nothing of it is open any more.",
    }))  # fmt: skip
