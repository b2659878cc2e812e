"""Rows dated after a death: judged again when the death is told, corrected or taken back, whatever came first.

The gate refuses a row that lies after the death known when the row came. A death told later makes a question of the
results recorded already; a death corrected lets the rows in that were refused because of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from milepost.core.disposition import select_deaths
from milepost.store.recording import RecordingSession
from milepost.workflows.context import Context
from milepost.workflows.questions import Questions

RULE = "-NOT-AFTER-DEATH"
TELLING = ("DM", "DS", "SS")  # where a death may be told
QUESTION = (
    "The date of collection lies after the date of death that was sent since. Please check both dates and correct the "
    "wrong one."
)


def ask_about_results(
    ctx: Context,
    session: RecordingSession,
    questions: Questions,
    frames: Mapping[str, pd.DataFrame],
    deaths: pd.Series,
    at: Any,
) -> None:
    """Ask about recorded results after a death this batch tells of; close what it answers.

    deaths: day of death by USUBJID as the batch leaves it. at: the instant from which the batch is known.
    """
    told = {name for domain in TELLING if domain in frames for name in frames[domain]["USUBJID"].dropna()}
    newest = ctx.store.newest_known()
    open_now = ctx.store.queries(open_only=True)
    asked = open_now[(open_now["RULE"] == f"LB{RULE}") & open_now["USUBJID"].isin(sorted(told))]
    people = sorted({name for name in told if name in deaths.index} | set(asked["USUBJID"]))
    if not people or newest is None:
        return
    results = ctx.store.known("LB", known_at=newest, patients=people)
    death = pd.to_datetime(results["USUBJID"].map(deaths))
    late = (results["ADT"] > death).fillna(False).astype(bool)
    for row in results[late].to_dict("records"):
        questions.add_record(row, domain="LB", rule=f"LB{RULE}", question=QUESTION, opened=at)
    in_order = results.loc[~late, ["SITEID", "USUBJID", "RECKEY"]].drop_duplicates()
    keys = [f"{site}|LB|LB{RULE}|{name}|{key}" for site, name, key in in_order.itertuples(index=False)]
    closing = asked[asked["KEY"].isin(keys)]
    session.close_queries(pd.DataFrame({
        "QUERY": closing["ID"], "AT": at, "REASON": "The dates are in order now.", "DELIVERY": None,
    }))  # fmt: skip


def deliveries_to_read_again(ctx: Context) -> list[int]:
    """Deliveries with a row that was refused only because of a death that no longer lies before it."""
    newest = ctx.store.newest_known()
    if newest is None:
        return []
    refused = ctx.store.quarantined(known_at=newest)
    only = refused["RULES"].map(lambda rules: len(rules) == 1 and str(rules[0]).endswith(RULE)).astype(bool)
    refused = refused[only & refused["USUBJID"].notna()] if len(refused) else refused
    if refused.empty:
        return []
    people = sorted(set(refused["USUBJID"]))
    known = {domain: ctx.store.known(domain, known_at=newest, patients=people) for domain in TELLING}
    deaths = select_deaths(known["DM"], known["DS"], known["SS"]).set_index("USUBJID")["DEATH"]
    death = pd.to_datetime(refused["USUBJID"].map(deaths))
    day = pd.to_datetime(refused["DTC"].str.slice(0, 10), errors="coerce")
    return sorted({int(number) for number in refused.loc[death.isna() | (day <= death), "DELIVERY"]})
