"""One function for each task: open the service, run one workflow, hand on ids.

Nothing here decides anything. What a task returns goes through Airflow's database: ids and days, never a frame,
never a patient. Which day is judged comes from the runtime (`tonight`) and from nowhere else.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from milepost.errors import FeedUnreachable, Transient
from milepost.orchestration.approval import RELEASE, answered_by
from milepost.orchestration.connections import opened

log = logging.getLogger(__name__)

_AIRFLOW = "airflow"  # who acts where no person is known

SITES_A_TASK = (
    25  # a task costs about half a second before it does anything: hundreds of sites, tens of tasks
)


def site_chunks() -> list[list[str]]:
    """The study's sites in chunks: intake is mapped over these, never over files."""
    with opened() as runtime:
        sites = runtime.sites()
    return [sites[start : start + SITES_A_TASK] for start in range(0, len(sites), SITES_A_TASK)]


def receive(sites: list[str]) -> dict[str, Any]:
    """Take and record what these sites handed over: numbers of the deliveries, sites that did not answer."""
    with opened() as runtime:
        done = runtime.receive(sites=sites)
    _log("received", done)
    return {"deliveries": list(done["deliveries"]), "unreachable": sorted(done["unreachable"])}


def announce_records(received: Sequence[Mapping[str, Any]]) -> list[int]:
    """The deliveries just recorded; skipped, so that nothing is woken, where there are none."""
    # the slice fetches all of it at once; walking Airflow's lazy sequence ends in an error in its log
    deliveries = sorted(number for part in received[:] for number in part["deliveries"])
    if not deliveries:
        raise AirflowSkipException("nothing new")
    return deliveries


def ask_again(received: Sequence[Mapping[str, Any]]) -> list[int]:
    """Ask the sites that did not answer once more. Raises FeedUnreachable, which Airflow tries again."""
    silent = sorted(site for part in received[:] for site in part["unreachable"])
    if not silent:
        raise AirflowSkipException("every site answered")
    with opened() as runtime:
        done = runtime.receive(sites=silent)
    _log("received", done)
    if done["unreachable"]:
        raise FeedUnreachable(
            f"No answer from {', '.join(sorted(done['unreachable']))}. The next sweep asks again."
        )
    return list(done["deliveries"])


def judge() -> dict[str, Any]:
    """Judge every day that was not judged yet: which days, and how many verdicts changed."""
    with opened() as runtime:
        done = runtime.assess()
    _log("assessed", done)
    return {"days": [day.isoformat() for day in done["days"]], "changed": int(done["changed"])}


def announce_verdicts(judged: Mapping[str, Any]) -> list[str]:
    """The days just judged; skipped, so that nothing is woken, where no verdict changed."""
    if not judged["changed"]:
        raise AirflowSkipException("no verdict changed")
    return list(judged["days"])


def watch() -> int:
    """Watch over safety with what is known: how many signals changed."""
    with opened() as runtime:
        done = runtime.watch()
    _log("watched", done)
    return int(done["changed"])


def announce_signals(changed: int) -> int:
    """How many signals changed; skipped, so that nothing is woken, where none did."""
    if not changed:
        raise AirflowSkipException("no signal changed")
    return changed


def tell() -> None:
    """Send what is owed. Raises Transient while something stays unsent."""
    with opened() as runtime:
        done = runtime.notify()
    _log("notified", done)
    if done["failed"]:
        raise Transient(f"{done['failed']} alerts could not be sent: {done['problem']}")


def publish() -> str | None:
    """Write the open interim report: its id. Woken again without anything new, it is not worked out again."""
    with opened() as runtime:
        done = runtime.publish(again=False)
    _log("published", done)
    report: str | None = done["report"]
    return report


def prepare_closed(asked: Mapping[str, Any]) -> str:
    """Make the closed report that the run's parameters ask for: its id. Skipped where nothing is known yet."""
    with opened() as runtime:
        done = runtime.prepare_closed(
            role=str(asked["role"]), person=_AIRFLOW, look=asked.get("look"), dry_run=bool(asked.get("dry_run")),
            reason=str(asked.get("reason") or ""),
            as_of=dt.date.fromisoformat(asked["as_of"]) if asked.get("as_of") else None,
        )  # fmt: skip
    if done["report"] is None:
        raise AirflowSkipException("nothing is known yet")
    report: str = done["report"]
    return report


def conclude_closed(report: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Release the report, or refuse it for good: by whoever answered."""
    person = answered_by(answer, dry_run=bool(asked.get("dry_run")))
    released = answer["chosen_options"] == [RELEASE]
    with opened() as runtime:
        runtime.conclude_closed(report, role=str(asked["role"]), person=person, release=released)
    return "released" if released else "refused"


def write_letters() -> None:
    """Write each site's letter of open queries."""
    with opened() as runtime:
        done = runtime.letters()
    _log("letters", done)


def _log(what: str, done: Mapping[str, Any]) -> None:
    counts = " ".join(f"{key}={value}" for key, value in done.items() if type(value) is int)
    log.info("%s %s", what, counts)
