"""What a study folder is refused for before it breaks anything, and how it is said to whoever must change it."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import ConfigurationError
from milepost.intake import dates
from milepost.protocol import Study
from milepost.protocol.date_forms import PARTS, what_a_form_lacks
from milepost.protocol.validation import study_from_content, study_from_mappings

CONFIG = Path(__file__).parents[2] / "config"
PROTOCOL = tomllib.loads((CONFIG / "protocol.toml").read_text(encoding="utf-8"))
LAYOUT = {"id": "labs", "match": ["*.csv"], "columns": {"USUBJID": "p"}, "emits": [{"domain": "LB"}]}
SITE = {"id": "S1", "name": "One", "layouts": [LAYOUT]}


def study(protocol: dict[str, Any] | None = None, **site: Any) -> Study:
    return study_from_mappings(protocol or PROTOCOL, {"sites": [{**SITE, **site}]})


def refusal(protocol: dict[str, Any] | None = None, **site: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        study(protocol, **site)
    return str(refused.value).splitlines()


def protocol(**keys: Any) -> dict[str, Any]:
    return {**copy.deepcopy(PROTOCOL), **keys}


def checkpoint(**keys: Any) -> dict[str, Any]:
    changed = protocol()
    changed["checkpoints"][0].update(keys)
    return changed


def labs(**keys: Any) -> dict[str, Any]:
    return {"layouts": [{**LAYOUT, **keys}]}


def constants(layout: dict[str, Any] | None = None, **fixed: str) -> dict[str, Any]:
    return labs(emits=[{"domain": "LB", "constants": fixed}], **(layout or {}))


# ---------------------------------------------------------------- subject numbers, dates, statuses


def test_a_subject_pattern_that_is_no_regular_expression_is_refused_by_name() -> None:
    (said,) = refusal(protocol(subject_pattern=r"^(S\d{2}"))
    assert said.startswith(
        r"protocol.toml: key subject_pattern is wrong. Found '^(S\d{2}'. Allowed: a valid regular"
    )


@pytest.mark.parametrize(
    "form", ["DD.MM.YYYY", "%d.%m", "%d.%m.%Q", "%d.%m.%Y%", "%Y-%d", "%d.%m.%Y %d", "%F %I", ""]
)
def test_a_date_form_that_no_date_can_have_is_refused_with_an_example(form: str) -> None:
    (said,) = refusal(**labs(date_formats=["%Y-%m-%d", form]))
    assert said.startswith(
        f"sites.toml, site S1, layout labs: key date_formats is wrong. Found '{form}'. Allowed: "
    )
    assert "a form such as %d.%m.%Y" in said


@pytest.mark.parametrize(
    "form", ["excel", "Excel", "%Y年%m月%d日", "%d-%b-%y", "%F %T", "%m/%Y", "%F %I:%M %p"]
)
def test_a_date_form_that_the_reader_understands_is_taken(form: str) -> None:
    assert what_a_form_lacks(form) is None
    dates.DateReader([form], "UTC")


def test_the_parts_of_a_date_form_are_those_of_the_reader() -> None:
    assert set(PARTS) == set(dates._PARTS)


@pytest.mark.parametrize("where", ["site", "layout", "shared"])
def test_a_status_word_that_leads_to_no_status_is_refused(where: str) -> None:
    words = {"RECSTATUS": {"fertig": "FINAL", "geprüft": "DONE"}}
    site = {**SITE, **({"codes": words} if where == "site" else {})}
    layout = {**LAYOUT, **({"codes": words} if where != "site" else {})}
    site |= {"layouts": [layout]} if where != "shared" else {"layouts": [], "use_layouts": ["labs"]}
    with pytest.raises(ConfigurationError) as refused:
        study_from_mappings(PROTOCOL, {"layouts": [layout] if where == "shared" else [], "sites": [site]})
    (said,) = str(refused.value).splitlines()
    assert "key codes.RECSTATUS.geprüft is wrong. Found 'DONE'. Allowed: FINAL, PRELIMINARY" in said
    assert {"site": "site S1:", "layout": "site S1, layout labs:", "shared": "toml, layout labs:"}[
        where
    ] in said


def test_a_status_word_may_lead_to_a_letter_the_reader_knows() -> None:
    assert study(codes={"RECSTATUS": {"fertig": "F", "folgt": "I", "falsch": "entered_in_error"}})


# ---------------------------------------------------------------- constants of laboratory records


def test_a_constant_test_that_the_protocol_lacks_is_refused() -> None:
    (said,) = refusal(**constants(LBTESTCD="PSA"))
    assert said.startswith(
        "sites.toml, site S1, layout labs, emit number 1 (LB): key constants.LBTESTCD is wrong. Found 'PSA'. "
        "Allowed: a test of the protocol: AFP, ALT"
    )


def test_a_constant_test_that_a_test_refuses_is_refused_with_its_reason() -> None:
    (said,) = refusal(**constants(LBTESTCD="afp-l3"))
    assert "AFP refuses this: the AFP-L3 fraction" in said


@pytest.mark.parametrize("name", ["AFP", "afp", "甲胎蛋白", "Alpha-fetoprotein", "1834-1"])
def test_a_constant_test_may_be_a_code_or_a_name_of_the_protocol(name: str) -> None:
    assert study(**constants(LBTESTCD=name, LBORRESU="ng/mL"))


def test_a_constant_test_may_be_a_word_of_the_site() -> None:
    words = {"codes": {"LBTESTCD": {"Leberwert": "ALT"}}}
    assert study(**constants(LBTESTCD="leberwert", LBORRESU="U/L"), **words)
    assert study(**constants(words, LBTESTCD="leberwert", LBORRESU="U/L"))
    assert (
        "Found 'leberwert'"
        in refusal(**constants(words | {"codes": {"LBTESTCD": {"Leberwert": "PSA"}}}, LBTESTCD="leberwert"))[
            0
        ]
    )


def test_a_constant_unit_that_its_test_does_not_know_is_refused() -> None:
    (said,) = refusal(**constants(LBTESTCD="甲胎蛋白", LBORRESU="ng/dL"))
    assert (
        "key constants.LBORRESU is wrong. Found 'ng/dL'. Allowed: a unit that AFP knows: ng/mL, ug/L" in said
    )


@pytest.mark.parametrize(
    "unit", ["ng/mL", "NG/ML", "ｎｇ/ｍＬ", "µg/L", "mcg/L", "纳克/毫升", "nmol/L", "MoM", "{MoM}"]
)
def test_a_constant_unit_may_be_spelled_as_the_reader_takes_it(unit: str) -> None:
    assert study(**constants(LBTESTCD="AFP", LBORRESU=unit))


def test_a_constant_unit_may_be_a_word_or_a_factor_of_the_site() -> None:
    fixed = {"LBTESTCD": "AFP", "LBORRESU": "Einheit"}
    assert refusal(**constants(**fixed))
    assert study(**constants(**fixed), units={"Einheit": "ng/mL"})
    assert study(**constants({"units": {"Einheit": "IU/mL"}}, **fixed))
    assert study(**constants({"codes": {"LBORRESU": {"einheit": "ng/mL"}}}, **fixed))
    assert study(**constants(**fixed), factors={"AFP": {"Einheit": "1.1"}})


def test_a_constant_drug_that_the_study_does_not_give_is_no_mistake() -> None:
    emit = {"domain": "EX", "constants": {"EXTRT": "CISPLATIN"}}
    assert study(**labs(emits=[emit]))


# ---------------------------------------------------------------- the day until which a sample is late


@pytest.mark.parametrize(
    ("window", "target", "late"), [([22, 36], 29, 50), ([78, 92], 85, 106), ([50, 64], 57, 78)]
)
def test_late_until_day_follows_the_window_where_it_is_not_written(window, target, late) -> None:
    changed = checkpoint(window=window, target_day=target)
    del changed["checkpoints"][0]["late_until_day"]
    assert study(changed).protocol.checkpoints[0].late_until_day == late


def test_a_wrong_window_is_said_without_a_word_of_late_until_day() -> None:
    changed = checkpoint(window="22-36")
    del changed["checkpoints"][0]["late_until_day"]
    assert refusal(changed) == [
        "protocol.toml, checkpoint AFP-W4: key window is wrong. Found '22-36'. "
        "Allowed: two whole numbers, e.g. [22, 36]."
    ]


# ---------------------------------------------------------------- how it is said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (checkpoint(window=[22]), "key window is wrong. Found [22]. Allowed: two whole numbers, e.g. [22, 36]."),
        (checkpoint(window=[22, 36, 40]), "Found [22, 36, 40]. Allowed: two whole numbers, e.g. [22, 36]."),
        (checkpoint(window=["a", "b"]), "Found ['a', 'b']. Allowed: two whole numbers, e.g. [22, 36]."),
        (checkpoint(window=[22, 5000]), "key window is wrong. Found 5000. Allowed: at most 4000."),
        (checkpoint(threshold_pct="a lot"), "Found 'a lot'. Allowed: a number, e.g. 25 or 0.5."),
        (checkpoint(min_baseline=[20]), "Found [20]. Allowed: a number, e.g. 25 or 0.5."),
        (checkpoint(bands=20), "key bands is wrong. Found 20. Allowed: a list of numbers, e.g. [20, 400]."),
        (checkpoint(target_day=28.5), "key target_day is wrong. Found 28.5. Allowed: a whole number, e.g. 7."),
        (checkpoint(provisional="maybe"), "Found 'maybe'. Allowed: true or false."),
        (checkpoint(label=7), "key label is wrong. Found 7. Allowed: a text in quotes"),
        (checkpoint(id="AFP W4"), "checkpoint AFP W4: key id is wrong. Found 'AFP W4'. Allowed: letters, digits"),
        (checkpoint(sensitivities=[{"id": "T", "label": "t", "threshold_pct": "x"}]),
         "checkpoint AFP-W4, sensitivity T: key threshold_pct is wrong. Found 'x'. Allowed: a number"),
        (protocol(checkpoints={}), "Found a table. Allowed: one or more [[checkpoints]] tables."),
        (protocol(enrolment=40), "key enrolment is wrong. Found 40. Allowed: a table, [enrolment]."),
        (protocol(enrolment={}), "key enrolment.planned is missing and has no default. Allowed: a whole number"),
        (protocol(enrolment={"planned": 4, "start": "soon"}), "Found 'soon'. Allowed: a date, e.g. 2026-03-30."),
        (protocol(gate={"parameters": {"limit": []}}),
         "key gate.parameters.limit is wrong. Found []. Allowed: a text in quotes"),
        (protocol(arms=[{"label": "x", "treatments": []}], analysis={}), "arm number 1: key code is missing"),
    ],
)  # fmt: skip
def test_a_key_of_the_wrong_kind_is_told_in_plain_words_with_an_example(changed, said) -> None:
    (line,) = refusal(changed)
    assert said in line and "Input should" not in line and "(whole file)" not in line


def test_an_alert_is_called_by_its_kind() -> None:
    changed = protocol()
    changed["alerts"]["kinds"][0]["roles"] = ["nobody"]
    (said,) = refusal(changed)
    assert (
        "alert NON_RESPONSE: key roles is wrong. Found 'nobody'. Allowed: one of [[roles]]: medical_monitor"
        in said
    )


def test_one_wrong_key_hides_no_other() -> None:
    changed = checkpoint(threshold_pct="x", test="CEA")
    changed |= {"subject_pattern": "(", "small_cells": 3}
    changed["arms"][0]["treatments"] = ["ASPIRIN"]
    said = refusal(changed, factors={"CEA": {"g/L": "1"}}, **constants(LBTESTCD="PSA"))
    for key in (
        "threshold_pct",
        "test",
        "subject_pattern",
        "small_cells",
        "treatments",
        "factors.CEA",
        "LBTESTCD",
    ):
        assert any(f"key {key} " in line or f"{key} is wrong" in line for line in said), (key, said)
    assert len(said) == 7


def test_all_that_is_out_of_order_in_one_checkpoint_is_said_at_once() -> None:
    said = refusal(checkpoint(target_day=40, bands=[400, 20], threshold_pct=101))
    assert len(said) == 3


def test_a_shared_layout_that_is_wrong_is_not_called_unknown_as_well() -> None:
    with pytest.raises(ConfigurationError) as refused:
        study_from_mappings(
            PROTOCOL,
            {
                "layouts": [{**LAYOUT, "header_line": 0}],
                "sites": [{"id": "S1", "name": "One", "use_layouts": ["labs"]}],
            },
        )
    assert (
        str(refused.value) == "sites.toml, layout labs: key header_line is wrong. Found 0. Allowed: from 1."
    )


def test_a_study_that_was_stored_before_a_check_was_made_can_still_be_read() -> None:
    content = study().content().replace('"%Y-%m-%d"', '"DD.MM.YYYY"')
    assert study_from_content(content).sites[0].layouts[0].date_formats[0] == "DD.MM.YYYY"
