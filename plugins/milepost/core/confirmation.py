"""Best overall response of one patient, unconfirmed and confirmed, from the row of assessments that count.

A CR sooner than the confirmation interval after a PR is passed over like any response repeated too soon: a later PR may
still confirm the first (PR on day 69, CR on day 83, PR on day 118: the first and the last are 49 days apart, and the
confirmed best response is PR). The CR itself is not confirmed by the PR after it, and the site is asked about the pair.

Source: clinical specification section 6.4: its table of first and next assessment, word by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.protocol.endpoints import ResponseRules

# best first; NON-CR/NON-PD is the stable disease of those without a target and keeps its own name
BEST_FIRST = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NED", "NE")
STABLE = ("SD", "NON-CR/NON-PD")
RESPONSE = ("CR", "PR")
CONTROL = ("CR", "PR", "SD", "NON-CR/NON-PD")

# what a response that found no confirmation is worth: (first, next) -> (minimum interval met, not met)
UNCONFIRMED: dict[tuple[str, str], tuple[str, str]] = {
    ("CR", "PR"): ("SD", "PD"),
    ("CR", "SD"): ("SD", "PD"),
    ("CR", "PD"): ("SD", "PD"),
    ("CR", "NE"): ("SD", "NE"),
    ("PR", "SD"): ("SD", "NE"),
    ("PR", "PD"): ("SD", "PD"),
    ("PR", "NE"): ("SD", "NE"),
}


@dataclass(frozen=True)
class Assessment:
    """Days since the start, and the overall response; wrong: the rule by which it is UNKNOWN."""

    day: int
    response: str
    wrong: str | None = None


@dataclass(frozen=True)
class Best:
    """A best response: the assessment it is dated from, the one that confirmed it, and why it is not evaluable."""

    response: str
    at: int | None = None
    confirmed_by: int | None = None
    reason: str | None = None


def best_unconfirmed(row: Sequence[Assessment], sd_min: int | None) -> Best:
    """The best single assessment; a stable disease counts from the minimum interval on."""
    return _best([_alone(place, row, sd_min) for place in range(len(row))])


def best_confirmed(row: Sequence[Assessment], sd_min: int | None, rules: ResponseRules) -> Best:
    """The best over all starting assessments, a response only where a later assessment confirmed it."""
    return _best([start(place, row, sd_min, rules) for place in range(len(row))])


def first_response(row: Sequence[Assessment]) -> int | None:
    """Place of the first CR or PR."""
    return next((place for place, one in enumerate(row) if one.response in RESPONSE), None)


def first_confirmed(
    row: Sequence[Assessment], sd_min: int | None, rules: ResponseRules
) -> tuple[int, int] | None:
    """Places of the first CR or PR that was confirmed, and of its confirmation."""
    for place, one in enumerate(row):
        if one.response in RESPONSE:
            found = start(place, row, sd_min, rules)
            if found.confirmed_by is not None:
                return place, found.confirmed_by
    return None


def start(place: int, row: Sequence[Assessment], sd_min: int | None, rules: ResponseRules) -> Best:
    """What the assessment at `place` is worth when confirmation is asked."""
    first = row[place]
    if first.response not in RESPONSE:
        return _alone(place, row, sd_min)
    following, confirmed_by = _next(place, row, rules)
    if confirmed_by is not None:
        return Best(first.response, place, confirmed_by)
    met, not_met = UNCONFIRMED[first.response, following]
    worth = met if _long_enough(first, sd_min) else not_met
    return Best(worth, place, reason=_too_early(worth, sd_min))


def has_partial_after_complete(row: Sequence[Assessment]) -> bool:
    """Whether the next evaluable assessment after a CR is a PR: the site is asked."""
    told = [one.response for one in row if one.response != "NE"]
    return any(pair == ("CR", "PR") for pair in zip(told, told[1:], strict=False))


def _next(place: int, row: Sequence[Assessment], rules: ResponseRules) -> tuple[str, int | None]:
    """The next assessment that decides, and its place if it confirms.

    Next is the first later usable one; so many NE may lie between. The same response (or, after a PR, a CR) sooner than
    the confirmation interval is passed over and a later one may confirm. No PR confirms a CR.
    """
    first, unevaluable, stable = row[place], 0, 0
    for later in range(place + 1, len(row)):
        one = row[later]
        late_enough = one.day - first.day >= rules.confirmation_days
        if one.response in ("NE", "NED"):
            unevaluable += 1
            if unevaluable > rules.ne_between_allowed:
                return "NE", None
        elif one.response == "PD":
            return "PD", None
        elif one.response in STABLE:
            stable += 1
            if first.response == "CR" or stable > rules.sd_between_allowed:
                return "SD", None
        elif one.response == "PR" and first.response == "CR":
            return "PR", None
        elif late_enough:
            return one.response, later
    return ("SD" if stable else "NE"), None


def _alone(place: int, row: Sequence[Assessment], sd_min: int | None) -> Best:
    one = row[place]
    if one.response not in STABLE or _long_enough(one, sd_min):
        return Best(one.response, place, reason="NOT_EVALUABLE" if one.response == "NE" else None)
    return Best("NE", place, reason=_too_early("NE", sd_min))


def _long_enough(one: Assessment, sd_min: int | None) -> bool:
    return sd_min is not None and one.day >= sd_min


def _too_early(worth: str, sd_min: int | None) -> str | None:
    if worth != "NE":
        return None
    return "NO_SD_MINIMUM" if sd_min is None else "SD_TOO_EARLY"


def _best(found: Sequence[Best]) -> Best:
    """The best of all; of equals the earliest. Nothing at all is not evaluable."""
    if not found:
        return Best("NE", reason="NO_ASSESSMENT")
    best = min(found, key=lambda one: BEST_FIRST.index(one.response))
    early = next((one for one in found if one.reason in ("SD_TOO_EARLY", "NO_SD_MINIMUM")), None)
    # a response or stable disease seen too early says more than a scan that could not be read
    return early if best.response == "NE" and early is not None else best
