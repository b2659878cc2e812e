"""From two mappings (the study folder's TOML) to one checked study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, model_validator

from milepost.errors import ConfigurationError
from milepost.protocol.agreement import (
    constant_disagreements,
    defined,
    disagreements,
    repeated,
    site_disagreements,
)
from milepost.protocol.base import STORED, Frozen, Problem, refuse
from milepost.protocol.site import Layout, Site
from milepost.protocol.study import LabTest, StudyProtocol
from milepost.protocol.wording import explain_invalid, explain_problems


class Study(Frozen):
    """One study folder, read and checked: the protocol, its sites, and its own expectation suites (by text)."""

    protocol: StudyProtocol
    sites: tuple[Site, ...]
    expectations: dict[str, str] = {}

    @model_validator(mode="after")
    def _sites_agree(self) -> Study:
        refuse(repeated({"sites": [{"id": site.id} for site in self.sites]}, "sites", "id"))
        roles = [role.id for role in self.protocol.roles]
        for place, site in enumerate(self.sites):
            found = site_disagreements(site, self.protocol.tests, roles)
            refuse(Problem(("sites", place, *key), seen, allowed) for key, seen, allowed in found)
        return self

    def site(self, site_id: str) -> Site:
        """The site with this id; ConfigurationError naming those that exist."""
        for site in self.sites:
            if site.id == site_id:
                return site
        known = ", ".join(site.id for site in self.sites)
        raise ConfigurationError(f"sites.toml: site {site_id!r} is unknown. Known: {known}.")

    def zone(self, site_id: str) -> str:
        """The time zone in which this site's dates are local."""
        return self.site(site_id).time_zone or self.protocol.time_zone

    def content(self) -> str:
        """The whole study as canonical JSON text: what is hashed and stored."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )

    def hash(self) -> str:
        """SHA-256 of the content; named by every verdict, alert and report."""
        return hashlib.sha256(self.content().encode()).hexdigest()


def study_from_mappings(
    protocol: Mapping[str, Any], sites: Mapping[str, Any], expectations: Mapping[str, str] | None = None
) -> Study:
    """The study these mappings describe. Raises ConfigurationError naming file, key, found and allowed."""
    problems: list[str] = []
    head: StudyProtocol | None = None
    try:
        head = StudyProtocol.model_validate(dict(protocol))
    except ValidationError as error:
        problems += explain_invalid("protocol.toml", error, StudyProtocol, protocol)
        problems += explain_problems("protocol.toml", disagreements(protocol), protocol)
    tests = _valid_tests(protocol) if head is None else head.tests
    roles = [role.id for role in head.roles] if head else defined(protocol, "roles", "id")
    for key in sorted(set(sites) - {"sites", "layouts"}):
        problems.append(f"sites.toml: key {key} is unknown. Allowed at the top: layouts, sites.")
    shared = _shared_layouts(sites.get("layouts", []), problems)
    parsed: list[Site] = []
    if not isinstance(sites.get("sites"), list) or not sites.get("sites"):
        problems.append("sites.toml: no [[sites]] found. Add one [[sites]] table for each hospital.")
    else:
        for number, raw in enumerate(sites["sites"], start=1):
            where = f"sites.toml, site {_name(raw, number)}"
            given = _with_shared_layouts(raw, shared, where, problems)
            try:
                site = Site.model_validate(given)
            except ValidationError as error:
                problems += explain_invalid(where, error, Site, given)
                continue
            parsed.append(site)
            if tests is not None:
                found = [*site_disagreements(site, tests, roles), *constant_disagreements(site, tests)]
                problems += explain_problems(where, found, given)
        problems += explain_problems("sites.toml", repeated(sites, "sites", "id"), sites)
    if problems or head is None:
        raise ConfigurationError("\n".join(dict.fromkeys(problems)))
    return Study(protocol=head, sites=tuple(parsed), expectations=dict(expectations or {}))


def _valid_tests(protocol: Mapping[str, Any]) -> list[LabTest] | None:
    """The tests of a protocol that is wrong elsewhere; None where a test is wrong too and nothing can be said."""
    try:
        return [LabTest.model_validate(test) for test in protocol.get("tests", ())]
    except (ValidationError, TypeError):
        return None


def _shared_layouts(raw: Any, problems: list[str]) -> dict[str, Layout | None]:
    """The [[layouts]] at the top of sites.toml, by id: formats that several sites send alike; None: it is wrong."""
    shared: dict[str, Layout | None] = {}
    for number, item in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        name = _name(item, number)
        layout = None
        try:
            layout = Layout.model_validate(item)
        except ValidationError as error:
            problems += explain_invalid(f"sites.toml, layout {name}", error, Layout, item)
        if name in shared:
            problems.append(f"sites.toml, layout {name}: id is used twice. Give each [[layouts]] its own.")
        shared[name] = layout
    return shared


def _with_shared_layouts(
    raw: Any, shared: Mapping[str, Layout | None], where: str, problems: list[str]
) -> Any:
    """The site's mapping with `use_layouts` (ids of shared layouts) replaced by those layouts themselves."""
    if not isinstance(raw, Mapping) or "use_layouts" not in raw:
        return raw
    wanted = raw["use_layouts"]
    names = [str(name) for name in wanted] if isinstance(wanted, list | tuple) else [str(wanted)]
    known = ", ".join(shared) or "none; add one as [[layouts]]"
    problems += [
        f"{where}: key use_layouts is wrong. Found '{name}'. Allowed: {known}."
        for name in names
        if name not in shared
    ]
    own = raw.get("layouts", [])
    rest = {key: value for key, value in raw.items() if key != "use_layouts"}
    if not isinstance(own, list | tuple):
        return rest
    return {**rest, "layouts": [*own, *(layout for name in names if (layout := shared.get(name)))]}


def _name(raw: Any, number: int) -> str:
    """How a site or a layout is called: its id, or its place."""
    found = raw.get("id") if isinstance(raw, Mapping) else None
    return str(found) if isinstance(found, str | int) else f"number {number}"


def study_from_content(content: str) -> Study:
    """The study stored earlier as canonical JSON text."""
    return Study.model_validate_json(content, context=STORED)
