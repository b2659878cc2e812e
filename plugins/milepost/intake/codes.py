"""From a site's words to the study's codes: the layout's map, over the site's, over the protocol's own names.

Always the whole cell (NFKC, case and blanks ignored), never a part of it: 甲胎蛋白 stands in 甲胎蛋白异质体, which is
another analyte. Source: clinical specification sections 2.5 and 9.6, trap 10.
"""

from __future__ import annotations

from collections.abc import Mapping

from milepost.intake.annotations import FINE, Finding
from milepost.intake.identifiers import showable
from milepost.intake.texts import fold
from milepost.protocol import LabTest, Layout, Site, StudyProtocol

_SHOWN = 40


def code_maps(layout: Layout, site: Site, protocol: StudyProtocol) -> dict[str, dict[str, str]]:
    """Our column -> folded word of the site -> our code."""
    drugs = {
        fold(word): drug.code for drug in protocol.treatments for word in (drug.code, drug.label, *drug.names)
    }
    arms = {fold(word): arm.code for arm in protocol.arms for word in (arm.code, arm.label)}
    maps: dict[str, dict[str, str]] = {"EXTRT": drugs, "ARMCD": dict(arms), "ACTARMCD": dict(arms)}
    for own in (site.codes, layout.codes):
        for column, words in own.items():
            maps[column] = {**maps.get(column, {}), **{fold(word): code for word, code in words.items()}}
    return maps


class TestCodes:
    """Which test of the protocol a name or LOINC code means, or why none."""

    __test__ = False  # no test case, whatever its name suggests to a test runner

    def __init__(self, protocol: StudyProtocol, own: Mapping[str, str], own_loinc: Mapping[str, str]) -> None:
        self.tests = {test.code: test for test in protocol.tests}
        named = {fold(name): test.code for test in protocol.tests for name in (*test.names, test.label)}
        self.by_loinc = {fold(code): test.code for test in protocol.tests for code in test.loinc} | dict(
            own_loinc
        )
        self.by_name = self.by_loinc | named | {fold(code): code for code in self.tests} | dict(own)
        # what a site's map leads to must exist, or the result would pass unjudged
        self.lost = {w: c for w, c in {**self.by_loinc, **self.by_name}.items() if c not in self.tests}
        for word in self.lost:
            self.by_name.pop(word, None)
            self.by_loinc.pop(word, None)
        self.refused = {
            fold(name): (test, reason)
            for test in protocol.tests
            for name, reason in {**test.refused_loinc, **test.refused_names}.items()
        }

    def resolve(self, name: str | None, loinc: str | None) -> tuple[str | None, Finding]:
        """The test code for a line's test name and LOINC code (either may be empty), and what is wrong with it.

        A code or name that a test refuses is refused even where a site maps it to that test.
        """
        if name is None and loinc is None:
            return None, ("MISSING", "no test is named.")
        found = {
            self.by_name.get(fold(name)) if name else None,
            self.by_loinc.get(fold(loinc)) if loinc else None,
        }
        for word in (loinc, name):
            if word is not None and fold(word) in self.refused:
                test, reason = self.refused[fold(word)]
                if not found - {None, test.code}:
                    # the name says which test was meant: its specimen was drawn, though this is no result of it
                    meant = test.code if test.code in found else name or loinc
                    return meant, ("REFUSED_CODE", _refusal(word, test, reason))
        codes = found - {None}
        if len(codes) == 1:
            return codes.pop(), FINE
        if codes:
            return name, (
                "UNKNOWN_CODE",
                f"the name and the LOINC code {_shown(loinc)} mean different tests.",
            )
        known = ", ".join(sorted(self.tests))
        lost = next(
            (self.lost[fold(word)] for word in (name, loinc) if word and fold(word) in self.lost), None
        )
        if lost is not None:
            return name or loinc, (
                "UNKNOWN_CODE",
                f"sites.toml makes {_shown(name or loinc)} the test {lost}, which the protocol lacks. Known: {known}.",
            )
        return name or loinc, (
            "UNKNOWN_CODE",
            f"test {_shown(name or loinc)} is unknown. Known: {known}. Add it to the protocol's tests or to the "
            f"site's codes, or query the site.",
        )


def _refusal(word: str, test: LabTest, reason: str) -> str:
    return f"{_shown(word)} is not {test.code}: {reason}."


def _shown(word: str | None) -> str:
    return f'"{showable(word or "", _SHOWN)}"'
