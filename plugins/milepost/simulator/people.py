"""Who takes part in the made-up study: arm, site, dates of consent and first dose, liver, virus, AFP before treatment.

Nobody here exists. Shares follow what is published for the disease (clinical specification, section 1), loosely.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from milepost.protocol import Site, StudyProtocol
from milepost.simulator.cast import Character, characters

# AFP before treatment in ng/mL, a mixture: (share, median, spread of the logarithm)
BASELINE_AFP = ((0.24, 8.0, 0.6), (0.34, 120.0, 0.8), (0.42, 4200.0, 1.2))
# AFP at four weeks as a fraction of the baseline: (median, spread of the logarithm)
RESPONDING, NOT_RESPONDING = (0.46, 0.30), (1.12, 0.22)
RESPONSE_SHARE = {"ANL": 0.50}
OTHER_RESPONSE_SHARE = 0.40
NEVER_TREATED_SHARE = 0.013


@dataclass(frozen=True)
class Patient:
    """One made-up person. Dates are the site's; `ratio` is AFP at four weeks over AFP before treatment."""

    usubjid: str
    number: int
    site: str
    arm: str
    line: int
    sex: str
    age: int
    hbv: bool
    child_pugh: str
    consent: dt.date
    first_dose: dt.date | None
    dose_time: str
    start_dose: int
    afp: float
    ratio: float
    character: Character | None = None


def stream(*keys: object) -> random.Random:
    """A source of chance of its own for each purpose, so that one patient's course never shifts another's."""
    return random.Random("|".join(str(key) for key in keys))


def enrol(
    seed: int, protocol: StudyProtocol, sites: Sequence[Site], *, patients: int, start: dt.date, days: int
) -> list[Patient]:
    """`patients` people, by site and order of consent: arms and sites in the shares that are planned."""
    rng = stream(seed, "enrolment")
    end = start + dt.timedelta(days=days)
    cast = characters(end) if patients >= 40 else ()
    arms = _shares([(arm.code, arm.planned) for arm in protocol.arms], patients)
    for character in cast:
        arms.remove(character.arm)
    rng.shuffle(arms)
    homes = _shares([(site.id, site.planned or 1) for site in sites], patients)
    for character in cast:
        homes.remove(character.site)
    rng.shuffle(homes)
    doses = sorted(start + dt.timedelta(days=round(rng.uniform(8, days - 12))) for _ in arms)
    people = [_person(rng, arm, site, day) for arm, site, day in zip(arms, homes, doses, strict=True)]
    people += [_played(_person(rng, part.arm, part.site, part.first_dose), part) for part in cast]
    people.sort(key=lambda person: (person.site, person.consent, person.arm, person.afp))
    return _numbered(people)


def _shares(wanted: Sequence[tuple[str, int]], total: int) -> list[str]:
    """`total` labels, each as often as its planned number asks for."""
    planned = sum(number for _, number in wanted)
    labels: list[str] = []
    upto = 0
    for label, number in wanted:
        upto += number
        labels += [label] * (round(total * upto / planned) - len(labels))
    return labels


def _person(rng: random.Random, arm: str, site: str, first_dose: dt.date) -> Patient:
    shares = [share for share, _, _ in BASELINE_AFP]
    _, median, spread = rng.choices(BASELINE_AFP, weights=shares)[0]
    responds = rng.random() < RESPONSE_SHARE.get(arm, OTHER_RESPONSE_SHARE)
    middle, width = RESPONDING if responds else NOT_RESPONDING
    never = rng.random() < NEVER_TREATED_SHARE
    return Patient(
        usubjid="",
        number=0,
        site=site,
        arm=arm,
        line=1 if rng.random() < 0.7 else 2,
        sex="M" if rng.random() < 0.84 else "F",
        age=min(84, max(24, round(rng.gauss(57, 10)))),
        hbv=rng.random() < 0.84,
        child_pugh="A" if rng.random() < 0.82 else "B",
        consent=first_dose - dt.timedelta(days=rng.randint(12, 20)),
        first_dose=None if never else first_dose,
        dose_time=f"{rng.randint(8, 9):02d}:{rng.choice((0, 15, 30, 45)):02d}",
        start_dose=12 if rng.random() < 0.6 else 10,
        afp=min(400_000.0, median * math.exp(rng.gauss(0, spread))),
        ratio=math.exp(rng.gauss(math.log(middle), width)),
    )


def _played(person: Patient, part: Character) -> Patient:
    """The person with the course that this part of the last nights asks for."""
    return replace(
        person, line=1, first_dose=part.first_dose, consent=part.first_dose - dt.timedelta(days=14),
        afp=part.afp, ratio=part.ratio, character=part,
    )  # fmt: skip


def _numbered(people: Sequence[Patient]) -> list[Patient]:
    count: dict[str, int] = {}
    numbered = []
    for number, person in enumerate(people, start=1):
        count[person.site] = count.get(person.site, 0) + 1
        usubjid = f"{person.site}-{count[person.site]:03d}"
        numbered.append(replace(person, usubjid=usubjid, number=number))
    return numbered
