"""From two mappings (the study folder's TOML) to one checked study, and from a refusal to a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, model_validator

from milepost.errors import ConfigurationError
from milepost.protocol.base import Frozen
from milepost.protocol.site import Layout, Site
from milepost.protocol.study import StudyProtocol


class Study(Frozen):
    """One study folder, read and checked: the protocol, its sites, and its own expectation suites (by text)."""

    protocol: StudyProtocol
    sites: tuple[Site, ...]
    expectations: dict[str, str] = {}

    @model_validator(mode="after")
    def _sites_agree(self) -> Study:
        ids = [site.id for site in self.sites]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"site ids must differ, found twice: {', '.join(twice)}")
        tests = {test.code for test in self.protocol.tests}
        for site in self.sites:
            unknown = sorted(set(site.factors) - tests)
            if unknown:
                raise ValueError(f"site {site.id} gives factors for unknown tests: {', '.join(unknown)}")
            nobody = sorted(set(site.contacts) - {role.id for role in self.protocol.roles})
            if nobody:
                raise ValueError(
                    f"site {site.id} has contacts for roles [[roles]] lacks: {', '.join(nobody)}"
                )
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
    parsed: list[Site] = []
    try:
        head = StudyProtocol.model_validate(dict(protocol))
    except ValidationError as error:
        problems += explain_invalid("protocol.toml", error)
    extra = sorted(set(sites) - {"sites", "layouts"})
    if extra:
        problems.append(f"sites.toml: key {extra[0]!r} is unknown. Allowed at the top: layouts, sites.")
    shared = _shared_layouts(sites.get("layouts", []), problems)
    if not isinstance(sites.get("sites"), list) or not sites.get("sites"):
        problems.append("sites.toml: no [[sites]] found. Add one [[sites]] table for each hospital.")
    else:
        for number, raw in enumerate(sites["sites"], start=1):
            name = raw.get("id", f"number {number}") if isinstance(raw, Mapping) else f"number {number}"
            where = f"sites.toml, site {name}"
            try:
                parsed.append(Site.model_validate(_with_shared_layouts(raw, shared, where, problems)))
            except ValidationError as error:
                problems += explain_invalid(where, error)
    if problems or head is None:
        raise ConfigurationError("\n".join(problems))
    try:
        return Study(protocol=head, sites=tuple(parsed), expectations=dict(expectations or {}))
    except ValidationError as error:
        raise ConfigurationError("\n".join(explain_invalid("sites.toml", error))) from error


def _shared_layouts(raw: Any, problems: list[str]) -> dict[str, Layout]:
    """The [[layouts]] at the top of sites.toml, by id: formats that several sites send alike."""
    shared: dict[str, Layout] = {}
    for number, item in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        name = item.get("id", f"number {number}") if isinstance(item, Mapping) else f"number {number}"
        try:
            layout = Layout.model_validate(item)
        except ValidationError as error:
            problems += explain_invalid(f"sites.toml, layout {name}", error)
            continue
        if layout.id in shared:
            problems.append(f"sites.toml, layout {name}: id is used twice. Give each [[layouts]] its own.")
        shared[layout.id] = layout
    return shared


def _with_shared_layouts(raw: Any, shared: Mapping[str, Layout], where: str, problems: list[str]) -> Any:
    """The site's mapping with `use_layouts` (ids of shared layouts) replaced by those layouts themselves."""
    if not isinstance(raw, Mapping) or "use_layouts" not in raw:
        return raw
    wanted = raw["use_layouts"]
    names = [str(name) for name in wanted] if isinstance(wanted, list | tuple) else [str(wanted)]
    unknown = [name for name in names if name not in shared]
    if unknown:
        known = ", ".join(shared) or "none; add one as [[layouts]]"
        problems.append(f"{where}: key use_layouts is wrong. Found {unknown[0]!r}. Allowed: {known}.")
    own = raw.get("layouts", [])
    if not isinstance(own, list | tuple):
        return raw
    rest = {key: value for key, value in raw.items() if key != "use_layouts"}
    return {**rest, "layouts": [*own, *(shared[name] for name in names if name in shared)]}


def explain_invalid(file: str, error: ValidationError) -> list[str]:
    """One sentence for each problem: file, key, what was found, what is allowed."""
    lines = []
    for item in error.errors(include_url=False):
        where = ".".join(str(part) for part in item["loc"]) or "(whole file)"
        kind, found = item["type"], item.get("input")
        if kind == "extra_forbidden":
            lines.append(f"{file}: key {where} is unknown. Remove it or correct its spelling.")
        elif kind == "missing":
            lines.append(f"{file}: key {where} is missing and has no default.")
        else:
            shown = "" if isinstance(found, dict | list | Frozen) else f" Found {found!r}."
            lines.append(
                f"{file}: key {where} is wrong.{shown} Allowed: {item['msg'].removeprefix('Value error, ')}."
            )
    return lines


def study_from_content(content: str) -> Study:
    """The study stored earlier as canonical JSON text."""
    return Study.model_validate_json(content)
