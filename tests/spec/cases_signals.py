"""Which messages a safety signal owes as data come, change and go: little tables, read by the test and by a person.

A step says what the data say that night: the facts of the signal, or None where they give no reason for it. `told` is
what is owed then, as KIND/role#episode; `ends` how earlier alerts end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Night:
    says: dict[str, Any] | None
    told: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    only_config: bool = False


@dataclass(frozen=True)
class Case:
    title: str
    kind: str
    nights: tuple[Night, ...]


G3, G4 = {"grade": 3, "collected": "2026-03-20"}, {"grade": 4, "collected": "2026-04-10"}
# who is told of what, in these cases
TOLD = {
    "LAB_TOXICITY": ("doctor", "nurse"), "SERIOUS_EVENT": ("doctor",), "HYS_LAW": ("doctor",), "SITE_SILENT": ("data",),
    "RETRACTION": ("doctor",),
}  # fmt: skip
BOTH = ("LAB_TOXICITY/doctor#1", "LAB_TOXICITY/nurse#1")

CASES = (
    Case("A signal is told once to each role", "LAB_TOXICITY", (Night(G3, BOTH),)),
    Case("The same signal the next night tells nobody again", "LAB_TOXICITY", (Night(G3, BOTH), Night(G3))),
    Case(
        "A worse grade supersedes what was told and is told again, with what was said before", "LAB_TOXICITY",
        (Night(G3, BOTH),
         Night(G4, ("LAB_TOXICITY/doctor#2", "LAB_TOXICITY/nurse#2"), tuple(f"{key} SUPERSEDED" for key in BOTH))),
    ),
    Case(
        "A correction that lowers the grade is told too", "SERIOUS_EVENT",
        (Night(G4, ("SERIOUS_EVENT/doctor#1",)),
         Night(G3, ("SERIOUS_EVENT/doctor#2",), ("SERIOUS_EVENT/doctor#1 SUPERSEDED",))),
    ),
    Case(
        "A correction that takes the reason away retracts the alert, and who was told is told so", "SERIOUS_EVENT",
        (Night(G4, ("SERIOUS_EVENT/doctor#1",)),
         Night(None, ("RETRACTION/doctor#1",), ("SERIOUS_EVENT/doctor#1 RETRACTED", "RETRACTION/doctor#1 RESOLVED"))),
    ),
    Case(
        "A reason that comes back is another episode", "SERIOUS_EVENT",
        (Night(G4, ("SERIOUS_EVENT/doctor#1",)),
         Night(None, ("RETRACTION/doctor#1",), ("SERIOUS_EVENT/doctor#1 RETRACTED", "RETRACTION/doctor#1 RESOLVED")),
         Night(G4, ("SERIOUS_EVENT/doctor#2",))),
    ),
    Case("What was withdrawn stays withdrawn without another word", "SERIOUS_EVENT",
         (Night(G4, ("SERIOUS_EVENT/doctor#1",)),
          Night(None, ("RETRACTION/doctor#1",), ("SERIOUS_EVENT/doctor#1 RETRACTED", "RETRACTION/doctor#1 RESOLVED")),
          Night(None))),
    Case("A site that sends again has answered: nothing is taken back", "SITE_SILENT",
         (Night({"since": "2026-03-01"}, ("SITE_SILENT/data#1",)), Night(None, (), ("SITE_SILENT/data#1 RESOLVED",)))),
    Case("An edited study folder owes nothing by itself", "HYS_LAW", (Night({"rule": "R"}, only_config=True),)),
    Case("An edited study folder closes what it ends without a notice", "HYS_LAW",
         (Night({"rule": "R"}, ("HYS_LAW/doctor#1",)), Night(None, (), ("HYS_LAW/doctor#1 RESOLVED",), True))),
    Case("A kind the study folder does not list is not told", "PROGRESSION", (Night({"date": "2026-05-01"}),)),
)  # fmt: skip
