"""How a patient's course ended: death, withdrawal, loss, permanent stop, screen failure.

Sites code these in many ways; the words understood here are generic (CDISC's and their common variants), a
site's own words are mapped to them by its code map. Source: clinical specification section 3.4, step 6.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.partial_dates import span, unknown_part

DISPOSITIONS: dict[str, tuple[str, ...]] = {
    "DEATH": ("DEATH", "DIED", "DEAD"),
    "WITHDREW": (
        "WITHDRAWAL BY SUBJECT", "WITHDRAWAL OF CONSENT", "WITHDREW CONSENT", "WITHDREW", "CONSENT WITHDRAWN",
        "WITHDRAWAL BY PARENT/GUARDIAN",
    ),
    "LOST": ("LOST TO FOLLOW-UP", "LOST TO FOLLOW UP", "LOST"),
    "DISCONTINUED": (
        "DRUG DISCONTINUED", "STUDY DRUG DISCONTINUED", "TREATMENT DISCONTINUED", "DISCONTINUED",
        "PERMANENTLY DISCONTINUED", "DISCONTINUATION OF TREATMENT", "TREATMENT STOPPED", "END OF TREATMENT",
    ),
    "SCREENFAIL": (
        "SCREEN FAILURE", "SCREENING FAILURE", "SCREEN FAILED", "NEVER TREATED", "NOT TREATED",
        "RANDOMIZED, NOT TREATED", "RANDOMISED, NOT TREATED",
    ),
}  # fmt: skip
PROGRESSIVE = (
    "PROGRESSIVE DISEASE", "DISEASE PROGRESSION", "PROGRESSION", "CLINICAL PROGRESSION", "SYMPTOMATIC PROGRESSION",
    "SYMPTOMATIC DETERIORATION", "CLINICAL DETERIORATION", "PROGRESSION OF DISEASE", "RADIOLOGICAL PROGRESSION",
    "RADIOGRAPHIC PROGRESSION", "TUMOR PROGRESSION", "TUMOUR PROGRESSION",
)  # fmt: skip
# reasons that only the end of the drug can have, whether or not the category says so
STOPS = (
    *PROGRESSIVE, "ADVERSE EVENT", "ADVERSE EVENTS", "TOXICITY", "UNACCEPTABLE TOXICITY", "PHYSICIAN DECISION",
    "INVESTIGATOR DECISION", "LACK OF EFFICACY", "NON-COMPLIANCE WITH STUDY DRUG",
    "FAILURE TO MEET CONTINUATION CRITERIA", "PREGNANCY", "STUDY TERMINATED BY SPONSOR", "SITE TERMINATED BY SPONSOR",
)  # fmt: skip
# under these categories every reason ends the drug, not the study
_OF_TREATMENT = (
    "TREATMENT", "END OF TREATMENT", "STUDY TREATMENT", "STUDY DRUG", "TREATMENT DISPOSITION",
    "TREATMENT DISCONTINUATION", "STUDY DRUG DISCONTINUATION", "STUDY DRUG DISPOSITION",
)  # fmt: skip
# a category that leaves open what ended
_OPEN = ("DISPOSITION EVENT",)
_NO_END = ("COMPLETED", "ONGOING")
_KINDS = {word: kind for kind, words in DISPOSITIONS.items() for word in words}


def disposition_kinds(ds: pd.DataFrame) -> pd.Series:
    """What each disposition row ends: a key of DISPOSITIONS, None where nothing.

    Under a category of treatment (TREATMENT, END OF TREATMENT, STUDY TREATMENT, STUDY DRUG, TREATMENT DISPOSITION …)
    every reason but COMPLETED and ONGOING is a permanent stop of the drug; a death stays a death. Under DISPOSITION
    EVENT and without a category a reason of STOPS is one too: whoever leaves the study for it has left the drug.
    """
    words, categories = ds["DSDECOD"].map(_plain), ds["DSCAT"].map(_plain)
    kinds = words.map(_KINDS).astype(object)
    of_treatment = categories.isin(_OF_TREATMENT) & words.notna() & ~words.isin(_NO_END)
    stops = (categories.isna() | categories.isin(_OPEN)) & words.isin(STOPS)
    kinds = kinds.where(~((of_treatment | stops) & ~kinds.isin(["DEATH", "SCREENFAIL"])), "DISCONTINUED")
    return kinds.where(kinds.notna(), None)


def select_dispositions(ds: pd.DataFrame) -> pd.DataFrame:
    """The disposition rows that end something: USUBJID, KIND, ADT, DTC, DSLINE.

    KIND as in `disposition_kinds`. An incomplete date counts as the last day it may mean: an end is not dated too
    early.
    """
    kinds = disposition_kinds(ds)
    events = pd.DataFrame(
        {
            "USUBJID": ds["USUBJID"],
            "KIND": kinds,
            "ADT": _last_day(ds["DSSTDTC"]),
            "DTC": ds["DSSTDTC"],
            "DSLINE": ds["DSLINE"],
        }
    )
    return events[kinds.notna()].reset_index(drop=True)


def select_deaths(dm: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame) -> pd.DataFrame:
    """One row for each subject with a dated death: USUBJID, DEATH (the earliest of DM, DS and SS), PARTIAL_DEATH.

    An incomplete date counts as the last day it may mean.
    """
    events = select_dispositions(ds)
    told = events[events["KIND"] == "DEATH"]
    found_dead = ss[ss["SSORRES"].map(_plain).isin(DISPOSITIONS["DEATH"])]
    dated = (
        (dm["USUBJID"], dm["DTHDTC"]),
        (told["USUBJID"], told["DTC"]),
        (found_dead["USUBJID"], found_dead["SSDTC"]),
    )
    parts = [
        pd.DataFrame({"USUBJID": subject, "TEXT": text, "DEATH": _last_day(text)}) for subject, text in dated
    ]
    deaths = pd.concat(parts, ignore_index=True)
    partial = {text: unknown_part(text) is not None for text in deaths["TEXT"].dropna().unique()}
    deaths = deaths.assign(PARTIAL_DEATH=deaths["TEXT"].map(partial).eq(True))[deaths["DEATH"].notna()]
    deaths = deaths.sort_values(["USUBJID", "DEATH", "PARTIAL_DEATH"], ignore_index=True)
    return deaths.drop_duplicates("USUBJID")[["USUBJID", "DEATH", "PARTIAL_DEATH"]]


def _plain(text: str | None) -> str | None:
    return " ".join(text.upper().split()) or None if isinstance(text, str) else None


def _last_day(texts: pd.Series) -> pd.Series:
    spans = {text: span(text) for text in texts.dropna().unique()}
    return pd.to_datetime(texts.map({text: pd.Timestamp(days[1]) for text, days in spans.items() if days}))
