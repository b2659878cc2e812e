"""What the tables of a study folder must agree upon: a name used here must be defined there.

`disagreements` looks at the mapping as it was written and passes over what is no table or no list: other checks say so,
and one wrong key must not hide another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from milepost.protocol.base import Problem
from milepost.protocol.words import fold, standard_unit

if TYPE_CHECKING:
    from milepost.protocol.site import Emit, Layout, Site
    from milepost.protocol.study import LabTest

# lists of the protocol -> the key that tells their entries apart
_NAMED = {
    "arms": "code", "treatments": "code", "lines": "number", "tests": "code", "checkpoints": "id", "roles": "id",
}  # fmt: skip
_TEXT_UNITS = ("", "ordinal", "{ordinal}")  # results in words: their unit is not read
_DIMENSIONLESS = ("1", "ratio", "{INR}")


def disagreements(protocol: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that protocol.toml uses and does not define, and names it gives twice."""
    known = {name: defined(protocol, name, key) for name, key in _NAMED.items()}
    for place, item in _tables(protocol, "checkpoints"):
        test = item.get("test")
        if isinstance(test, str) and test not in known["tests"]:
            yield Problem(("checkpoints", place, "test"), test, _one_of("tests", known))
    for place, item in _tables(protocol, "arms"):
        for drug in _texts(item.get("treatments")):
            if drug not in known["treatments"]:
                yield Problem(("arms", place, "treatments"), drug, _one_of("treatments", known))
    yield from _of_analysis(protocol, known)
    alerts = protocol.get("alerts")
    for place, item in _tables(alerts if isinstance(alerts, Mapping) else {}, "kinds"):
        for role in _texts(item.get("roles")):
            if role not in known["roles"]:
                yield Problem(("alerts", "kinds", place, "roles"), role, _one_of("roles", known))
    for name, key in _NAMED.items():
        yield from repeated(protocol, name, key)


def _of_analysis(protocol: Mapping[str, Any], known: Mapping[str, Sequence[Any]]) -> Iterator[Problem]:
    """Arms and roles that [analysis] names."""
    analysis = protocol.get("analysis")
    rules: Mapping[str, Any] = analysis if isinstance(analysis, Mapping) else {}
    for key in ("reference_arm", "comparison_arm"):
        arm = rules.get(key)
        if isinstance(arm, str) and arm not in known["arms"]:
            yield Problem(("analysis", key), arm, _one_of("arms", known))
    for role in _texts(rules.get("closed_roles")):
        if role not in known["roles"]:
            yield Problem(("analysis", "closed_roles"), role, _one_of("roles", known))


def defined(of: Mapping[str, Any], name: str, key: str) -> list[Any]:
    """What the entries of a list are called."""
    return [item[key] for _, item in _tables(of, name) if item.get(key) is not None]


def repeated(of: Mapping[str, Any], name: str, key: str) -> Iterator[Problem]:
    """Entries of a list that are called as one before them."""
    seen: list[Any] = []
    for place, item in _tables(of, name):
        found = item.get(key)
        if found is not None and found in seen:
            yield Problem((name, place, key), found, f"one that no other of [[{name}]] has")
        seen.append(found)


def site_disagreements(site: Site, tests: Sequence[LabTest], roles: Sequence[str]) -> Iterator[Problem]:
    """Tests and roles that a site names and the protocol lacks."""
    codes = {test.code for test in tests}
    for code in site.factors:
        if code not in codes:
            yield Problem(("factors", code), None, f"tests of the protocol: {', '.join(sorted(codes))}")
    for role in site.contacts:
        if role not in roles:
            yield Problem(
                ("contacts", role), None, f"roles of the protocol: {', '.join(roles) or 'none, add one'}"
            )


def constant_disagreements(site: Site, tests: Sequence[LabTest]) -> Iterator[Problem]:
    """Constants of laboratory records that would make every such record wrong: an unknown test, or an unknown unit."""
    for number, layout in enumerate(site.layouts):
        for place, emit in enumerate(layout.emits):
            if emit.domain == "LB":
                for key, found, allowed in _of_emit(emit, layout, site, tests):
                    yield Problem(("layouts", number, "emits", place, *key), found, allowed)


def _of_emit(emit: Emit, layout: Layout, site: Site, tests: Sequence[LabTest]) -> Iterator[Problem]:
    name, unit = emit.constants.get("LBTESTCD"), emit.constants.get("LBORRESU")
    if name is None:
        return
    for test in tests:
        for word, reason in {**test.refused_loinc, **test.refused_names}.items():
            if fold(word) == fold(name):
                allowed = f"a test of the protocol; {test.code} refuses this: {reason}"
                yield Problem(("constants", "LBTESTCD"), name, allowed)
                return
    meant = _meant(name, layout, site, tests)
    if meant is None:
        allowed = f"a test of the protocol: {', '.join(test.code for test in tests)}"
        yield Problem(("constants", "LBTESTCD"), name, allowed)
        return
    if unit is None or meant.unit in _TEXT_UNITS:
        return
    aliases = {**site.units, **layout.units}
    spelled = standard_unit(_coded("LBORRESU", unit, layout, site), aliases)
    own = site.factors.get(meant.code, {})
    units = [*meant.all_factors, *own, *meant.unconvertible, *meant.refused_units]
    if spelled not in {standard_unit(other, {}) for other in units}:
        if not spelled and standard_unit(meant.unit, {}) in _DIMENSIONLESS:
            return
        shown = ", ".join(dict.fromkeys([*meant.all_factors, *own, *meant.unconvertible]))
        yield Problem(("constants", "LBORRESU"), unit, f"a unit that {meant.code} knows: {shown}")


def _meant(name: str, layout: Layout, site: Site, tests: Sequence[LabTest]) -> LabTest | None:
    """The test that the reader takes this name for."""
    by_code = {test.code: test for test in tests}
    for words in (layout.codes, site.codes):
        for word, code in words.get("LBTESTCD", {}).items():
            if fold(word) == fold(name):
                return by_code.get(code)
    names = {fold(code): test for test in tests for code in test.loinc}
    names |= {fold(word): test for test in tests for word in (*test.names, test.label)}
    names |= {fold(test.code): test for test in tests}
    return names.get(fold(name))


def _coded(column: str, text: str, layout: Layout, site: Site) -> str:
    words = {**site.codes.get(column, {})}
    folded = {fold(word): code for word, code in words.items()}
    folded |= {fold(word): code for word, code in layout.codes.get(column, {}).items()}
    return folded.get(fold(text), text)


def _one_of(name: str, known: Mapping[str, Sequence[Any]]) -> str:
    return f"one of [[{name}]]: {', '.join(map(str, known[name])) or 'there is none yet'}"


def _tables(of: Mapping[str, Any], name: str) -> list[tuple[int, Mapping[str, Any]]]:
    items = of.get(name)
    listed = items if isinstance(items, list | tuple) else []
    return [(place, item) for place, item in enumerate(listed) if isinstance(item, Mapping)]


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
