"""From records to lines of therapy, and from doses to the last one before a sample."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from milepost.core.checkpoint import assess
from milepost.core.populations import derive_lines, select_therapies
from milepost.protocol import AnticancerRules, Arm, Enrolment, StudyProtocol, TherapyLine, Treatment
from tests.spec.cases_lines import COURSES, Course, dose
from tests.spec.checkpoint_case import AFP, RULE, Lab, labs_frame
from tests.spec.records import records

PROTOCOL = StudyProtocol(
    id="HCC", title="Made up", time_zone="Asia/Shanghai", enrolment=Enrolment(planned=1), tests=(AFP,),
    checkpoints=(RULE,), arms=(Arm(code="ANL", label="Anlotinib", treatments=("ANL",)),),
    treatments=(Treatment(code="ANL", label="Anlotinib", names=("Anlotinib", "安罗替尼")),
                Treatment(code="SOR", label="Sorafenib")),
    lines=(TherapyLine(number=1, label="First"), TherapyLine(number=2, label="Second")),
)  # fmt: skip


def lines_of(course: Course) -> pd.DataFrame:
    """The lines of therapy that a course's records make."""
    dosed = [
        {"EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": start, "EXENDTC": end, **more}
        for start, end, more in course.dosed
    ]
    ended = [
        {"DSCAT": cat, "DSDECOD": word, "DSSTDTC": day, "DSLINE": line}
        for cat, word, day, line in course.ended
    ]
    return derive_lines(
        records("DM", course.person or {}),
        records("EX", *dosed),
        records("DS", *ended),
        records(
            "SS", *({"SSTESTCD": "SURVSTAT", "SSORRES": word, "SSDTC": day} for word, day in course.seen)
        ),
        PROTOCOL,
    )


def plain(value: Any) -> Any:
    """Days as ISO text, nothing as None."""
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.title)
def test_the_lines_are_those_in_the_table(course: Course) -> None:
    found = lines_of(course).to_dict("records")
    assert len(found) == len(course.lines)
    wanted = [{name: row[name] for name in line} for line, row in zip(course.lines, found, strict=True)]
    assert [{name: plain(value) for name, value in row.items()} for row in wanted] == list(course.lines)


def test_a_patient_known_from_doses_alone_is_judged_too() -> None:
    none = records("DM")
    lines = derive_lines(
        none, records("EX", {"EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": "2026-03-02"}), records("DS"),
        records("SS"), PROTOCOL,
    )  # fmt: skip
    assert lines[["USUBJID", "SITEID", "LINE"]].to_numpy().tolist() == [["P1", "S01", 1]]


def flags(course: Course, as_of: str = "2026-04-14") -> tuple[str, ...]:
    """The flags of a fall from 500 to 300 on day 29."""
    labs = labs_frame((Lab("2026-02-27", "500"), Lab("2026-03-30", "300")))
    none = select_therapies(records("CM"), records("PR"))
    verdict = assess(
        lines_of(course), labs, none, rule=RULE, test=AFP, site_factors={}, as_of=dt.date.fromisoformat(as_of)
    )
    return verdict["FLAGS"].iloc[0]


@pytest.mark.parametrize(
    ("title", "dosed", "expected"),
    [
        ("dosing that goes on", (dose("2026-03-02"),), ()),
        (
            "two weeks on, one week off",
            (dose("2026-03-02", "2026-03-15"), dose("2026-03-23", "2026-04-05")),
            (),
        ),
        ("stopped 15 days before", (dose("2026-03-02", "2026-03-15"),), ("OFF_DRUG",)),
        ("stopped 14 days before", (dose("2026-03-02", "2026-03-16"),), ()),
        (
            "paused, and taken up again after the sample",
            (dose("2026-03-02", "2026-03-10"), dose("2026-04-02")),
            ("OFF_DRUG",),
        ),
        (
            "a dose without an end lasts until the next, after the sample",
            (dose("2026-03-02"), dose("2026-04-02")),
            (),
        ),
        (
            "paused, and taken up again before the sample",
            (dose("2026-03-02", "2026-03-10"), dose("2026-03-28")),
            (),
        ),
        (
            "doses without ends last until the next",
            (dose("2026-03-02"), dose("2026-03-16", "2026-03-16")),
            (),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_off_drug_is_told_by_the_last_dose_before_the_sample(title, dosed, expected) -> None:
    assert flags(Course(title, (), dosed)) == expected


def test_a_later_dose_does_not_change_what_an_earlier_day_shows() -> None:
    paused = Course("", (), (dose("2026-03-02", "2026-03-10"),))
    resumed = Course("", (), (dose("2026-03-02", "2026-03-10"), dose("2026-04-02", "2026-04-20")))
    assert flags(paused, "2026-03-31") == flags(resumed, "2026-03-31") == ("OFF_DRUG",)


@pytest.mark.parametrize(("stop", "expected"), [("2026-03-15", ("OFF_DRUG",)), ("2026-03-16", ())])
def test_an_open_dose_lasts_until_the_line_is_stopped(stop, expected) -> None:
    stopped = Course("", (), (dose("2026-03-02"),), ended=(("TREATMENT", "ADVERSE EVENT", stop, None),))
    assert flags(stopped) == expected


def kind_of(protocol: StudyProtocol | None = PROTOCOL, **cells: str | None) -> str | None:
    """SYSTEMIC, LOCOREGIONAL or None of one medication (CM…) or procedure (PR…)."""
    domain = next(iter(cells))[:2]
    frames = {"CM": records("CM"), "PR": records("PR")} | {domain: records(domain, cells)}
    found = select_therapies(frames["CM"], frames["PR"], protocol)["KIND"].tolist()
    return found[0] if found else None


# specification 6.6: systemic, TACE, radiotherapy, resection, transplant; the words as sites write them
@pytest.mark.parametrize(
    "category",
    ["Systemic anticancer therapy", "ANTI-CANCER THERAPY", "SUBSEQUENT ANTI-CANCER THERAPY", "ANTICANCER",
     "Antineoplastic agents", "CHEMOTHERAPY", "IMMUNOTHERAPY", "TARGETED THERAPY", "FOLLOW-UP ANTICANCER TREATMENT",
     "抗肿瘤治疗", "后续抗肿瘤治疗", "靶向治疗", "ＣＨＥＭＯＴＨＥＲＡＰＹ", " anti-cancer  therapy "],
)  # fmt: skip
def test_a_systemic_therapy_is_known_by_its_category(category: str) -> None:
    assert kind_of(CMTRT="a new drug", CMCAT=category) == "SYSTEMIC"


@pytest.mark.parametrize(
    "name",
    ["lenvatinib", "REGORAFENIB", "Cabozantinib", "ramucirumab", "atezolizumab", "bevacizumab", "sintilimab",
     "camrelizumab", "apatinib", "FOLFOX", "oxaliplatin", "donafenib", "仑伐替尼", "信迪利单抗", "安罗替尼"],
)  # fmt: skip
@pytest.mark.parametrize("category", [None, "CONCOMITANT MEDICATION", "a page of the site"])
def test_an_anticancer_drug_is_known_by_its_name_whatever_its_category(
    name: str, category: str | None
) -> None:
    assert kind_of(CMTRT=name, CMCAT=category) == "SYSTEMIC"


@pytest.mark.parametrize(
    "name",
    ["tace", "TRANSARTERIAL CHEMOEMBOLIZATION", "Transarterial chemoembolisation", "D-TACE", "TACE+HAIC",
     "RADIOFREQUENCY ABLATION", "MICROWAVE ABLATION", "RADIATION THERAPY", "STEREOTACTIC BODY RADIOTHERAPY",
     "PALLIATIVE RADIOTHERAPY", "LIVER RESECTION", "HEPATIC RESECTION", "METASTASECTOMY", "RADIOEMBOLIZATION",
     "I-125 SEED IMPLANTATION", "LIVER TRANSPLANTATION", "肝动脉化疗栓塞", "射频消融", "放疗", "肝切除"],
)  # fmt: skip
def test_a_procedure_is_known_by_its_name_whatever_its_category(name: str) -> None:
    assert (
        kind_of(PRTRT=name) == kind_of(PRTRT=name, PRCAT="SUBSEQUENT ANTI-CANCER THERAPY") == "LOCOREGIONAL"
    )
    assert kind_of(CMTRT=name) == "LOCOREGIONAL"


def test_a_procedure_of_another_name_is_known_by_its_category() -> None:
    assert kind_of(PRTRT="port insertion", PRCAT="locoregional therapy") == "LOCOREGIONAL"


@pytest.mark.parametrize(
    "cells",
    [{"CMTRT": "entecavir", "CMCAT": "ANTIVIRAL"}, {"CMTRT": "paracetamol"}, {"PRTRT": "paracentesis"},
     {"CMTRT": "lenvatinib was considered"}, {"CMTRT": "not chemotherapy"}, {"PRTRT": "TACE planned"},
     {"PRTRT": "endoscopy", "PRCAT": "NON-ANTICANCER THERAPY"}],
)  # fmt: skip
def test_what_is_none_or_only_holds_such_a_word_is_no_anticancer_therapy(cells: dict[str, str]) -> None:
    assert kind_of(**cells) is None


def test_the_words_are_the_protocols() -> None:
    rules = AnticancerRules(drugs=("Mirabilix",), systemic_categories=("WONDER DRUGS",))
    own = PROTOCOL.model_copy(update={"anticancer": rules})
    assert kind_of(own, CMTRT="mirabilix") == kind_of(own, CMTRT="x", CMCAT="Wonder drugs") == "SYSTEMIC"
    assert kind_of(own, CMTRT="lenvatinib") is None
    assert kind_of(own, CMTRT="安罗替尼") == "SYSTEMIC"  # a drug of the study itself
    assert kind_of(CMTRT="mirabilix") is None


def test_no_word_may_mean_two_things() -> None:
    with pytest.raises(ValueError, match="a word that systemic_categories does not hold"):
        AnticancerRules(other_categories=("chemotherapy",))


def test_a_therapy_keeps_its_dates_and_its_record() -> None:
    found = select_therapies(
        records("CM", {"CMTRT": "lenvatinib", "CMSTDTC": "2026-03-10", "CMENDTC": "2026-04"}),
        records("PR", {"PRTRT": "HAIC", "PRSTDTC": "2026-03"}), PROTOCOL,
    )  # fmt: skip
    assert found[["DTC", "KIND", "ENDTC", "DOMAIN", "RECKEY"]].to_numpy().tolist() == [
        ["2026-03", "LOCOREGIONAL", None, "PR", "PR|1"], ["2026-03-10", "SYSTEMIC", "2026-04", "CM", "CM|1"],
    ]  # fmt: skip
