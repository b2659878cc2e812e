"""docs/study-folder.md: every key of a study folder, from the models that read it.

Names, types, defaults and limits come from the models; what a key means stands here, and a key without a meaning
(or a meaning without a key) stops the script.
"""

from __future__ import annotations

import datetime as dt
import types
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from milepost.protocol import (
    AlertKind,
    AlertPolicy,
    AnalysisRules,
    AnticancerRules,
    Arm,
    Checkpoint,
    Condition,
    Emit,
    Enrolment,
    Factor,
    Feed,
    GatePolicy,
    IgnoreRule,
    IndicatorRules,
    InterimRules,
    LabTest,
    Layout,
    LiverRules,
    LiverTier,
    ResponseRules,
    Role,
    SafetyRules,
    ScanChange,
    ScanSchedule,
    Sensitivity,
    Site,
    SpecialInterest,
    Stratum,
    StudyProtocol,
    TherapyLine,
    TimeToEventRules,
    Treatment,
    Visit,
)

# (file, TOML table, model, sentence)
TABLES: tuple[tuple[str, str, type[BaseModel], str], ...] = (
    ("protocol.toml", "(top)", StudyProtocol, "The study itself. These keys stand above the first table."),
    ("protocol.toml", "[enrolment]", Enrolment, "How many patients are planned."),
    ("protocol.toml", "[scans]", ScanSchedule, "Imaging, where the study has any."),
    ("protocol.toml", "[[scans.later]]", ScanChange, "Another interval between scans, from a study day on."),
    ("protocol.toml", "[response]", ResponseRules, "How tumour response is judged."),
    ("protocol.toml", "[time_to_event]", TimeToEventRules, "From when survival counts, and what a gap is."),
    ("protocol.toml", "[safety]", SafetyRules, "When an event counts, how laboratory values are graded."),
    ("protocol.toml", "[[safety.interest]]", SpecialInterest, "One group of adverse events of special interest."),
    ("protocol.toml", "[safety.liver]", LiverRules,
     "Liver safety; limits in multiples of the upper limit of normal (ULN) or of the patient's baseline."),
    ("protocol.toml", "[[safety.liver.tiers]]", LiverTier, "By baseline ALT: when to watch, withhold and stop."),
    ("protocol.toml", "[anticancer]", AnticancerRules,
     "What sites call anticancer therapy: the whole cell, upper and lower case alike. A list replaces the default."),
    ("protocol.toml", "[analysis]", AnalysisRules, "What the report estimates, and what the closed report compares."),
    ("protocol.toml", "[[analysis.factors]]", Factor, "One baseline factor of strata, subgroups and models."),
    ("protocol.toml", "[analysis.interim]", InterimRules,
     "Looks, bounds and priors: what is tested, and when. Shown in the closed report only."),
    ("protocol.toml", "[indicators]", IndicatorRules,
     "From when on an indicator of a site is marked. A value equal to its limit is not."),
    ("protocol.toml", "[[arms]]", Arm, "One arm."),
    ("protocol.toml", "[[treatments]]", Treatment, "One study drug."),
    ("protocol.toml", "[[lines]]", TherapyLine, "One line of therapy: judged with its own first dose and baseline."),
    ("protocol.toml", "[[visits]]", Visit, "One planned visit."),
    ("protocol.toml", "[[strata]]", Stratum, "One baseline factor that reports show beside the arms."),
    ("protocol.toml", "[[tests]]", LabTest, "One laboratory test that is accepted; any other is refused by name."),
    ("protocol.toml", "[[checkpoints]]", Checkpoint, "One judgement of one test at a set distance from first dose."),
    ("protocol.toml", "[[checkpoints.sensitivities]]", Sensitivity, "The rule above it with one number changed."),
    ("protocol.toml", "[[roles]]", Role, "Somebody who is told."),
    ("protocol.toml", "[alerts]", AlertPolicy, "What all alerts have in common."),
    ("protocol.toml", "[[alerts.kinds]]", AlertKind, "One kind of alert: who is told, how, and what they do."),
    ("protocol.toml", "[gate]", GatePolicy, "When a whole file is held, and the numbers that rules ask for."),
    ("sites.toml", "[[sites]]", Site, "One hospital."),
    ("sites.toml", "[[sites.feeds]]", Feed, "One way in which its files reach us."),
    ("sites.toml", "[[layouts]] or [[sites.layouts]]", Layout,
     "One kind of file. At the top of sites.toml it is shared: a site takes it by `use_layouts`."),
    ("sites.toml", "[[…layouts.emits]]", Emit, "One record made from each line of the file."),
    ("sites.toml", "when = { … }", Condition,
     "Which lines are meant, in `emits` and `ignore`; all that is given must hold."),
    ("sites.toml", "ignore = [{ … }]", IgnoreRule, "A named kind of line that is no data; counted, never silent."),
)  # fmt: skip

MEANINGS: dict[str, dict[str, str]] = {
    "StudyProtocol": {
        "id": "name of the study on every report, alert and verdict",
        "title": "title of the study",
        "time_zone": "whose midnight ends a day; dates of sites without a zone of their own are local to it",
        "made_up": "the data are invented: every report says so, and only then may data be simulated",
        "subject_pattern": "regular expression of a subject number; a row with another is refused",
        "ctcae_version": "version by which laboratory values are graded",
        "small_cell": "counts below this are not shown apart where a reader could recognise a patient",
        "arms": "see [[arms]]",
        "treatments": "see [[treatments]]",
        "lines": "see [[lines]]; without any, one first line",
        "visits": "see [[visits]]",
        "strata": "see [[strata]]",
        "enrolment": "see [enrolment]",
        "scans": "see [scans]",
        "response": "see [response]",
        "time_to_event": "see [time_to_event]",
        "safety": "see [safety]",
        "anticancer": "see [anticancer]",
        "analysis": "see [analysis]",
        "indicators": "see [indicators]",
        "tests": "see [[tests]]",
        "checkpoints": "see [[checkpoints]]",
        "roles": "see [[roles]]",
        "alerts": "see [alerts]",
        "gate": "see [gate]",
    },
    "Enrolment": {
        "planned": "planned number of patients",
        "start": "day from which a straight line of planned enrolment is drawn",
        "months": "over so many months",
    },
    "ScanSchedule": {
        "interval_days": "a scan every so many days after first dose",
        "window_days": "each so many days sooner or later",
        "later": "see [[scans.later]]",
    },
    "ScanChange": {
        "from_day": "study day from which it holds",
        "interval_days": "a scan every so many days",
        "window_days": "each so many days sooner or later",
    },
    "ResponseRules": {
        "criteria": "criteria judged side by side; the first is the primary one",
        "readers": "whose readings are judged, never mixed; the first is the primary one",
        "baseline_lookback_days": "a baseline scan is at most so many days before first dose",
        "confirmation_days": "a response is confirmed no sooner than so many days later",
        "confirmed_is_primary": "whether the confirmed best response is the primary one",
        "ne_between_allowed": "assessments not evaluable that may lie between a response and its confirmation",
        "sd_between_allowed": "stable assessments that may lie between two partial responses",
        "sd_min_days": "stable disease counts from so many days after the start; by default first scan minus window",
        "disease_control_day": "study day of the scan at which disease control is judged; by default the first scan",
        "marker": "test that must be normal before a response is complete, where it was raised at baseline",
        "too_small_mm": "what a lesion too small to measure counts as, in mm",
        "reappearance_after_cr": "whether disease seen again after complete response is progression at any size",
    },
    "TimeToEventRules": {
        "start": "day 1 of survival: first dose, or the milestone RANDOMIZED in DS",
        "pfs": "which style PFS follows; PFSFDA and PFSEMA are always derived",
        "missed_assessments": "so many missed in a row make a gap",
        "missed_limit_days": "house rule: a gap is longer than this; by default missed x interval + window",
        "clinical_progression_is_event": "whether stopping for progression without a scan is an event of PFS",
        "follow_up_gap_days": "a patient not heard of for longer is flagged",
        "time_of_day": "whether times count from the time of day of first dose to that of death or last contact, where "
        "a site tells them; by default days are whole",
    },
    "SafetyRules": {
        "emergent_days": "an event counts as treatment-emergent up to so many days after the last dose",
        "lab_days": "a laboratory value is on treatment up to so many days after the last dose",
        "grade_units": "grade by the thresholds of the unit reported, or after conversion to SI",
        "lab_alert_grade": "from this grade a laboratory value is an alert",
        "anticoagulants": "medications under which INR is also graded against baseline",
        "interest": "see [[safety.interest]]",
        "liver": "see [safety.liver]",
        "blood_pressure_high": "systolic and diastolic pressure, mmHg: a reading at or above either is high",
        "site_silent_days": "a site that sent nothing for so many days is an alert",
    },
    "AnalysisRules": {
        "reference_arm": "arm the other is compared with; without both arms nothing is compared",
        "comparison_arm": "arm that is compared: a hazard ratio below 1 favours it",
        "randomised": "false: results weighted by inverse probability of treatment stand beside the unweighted ones",
        "factors": "see [[analysis.factors]]",
        "stratify_by": "factors by which log-rank test and Cox model are stratified",
        "subgroups": "factors whose groups stand in the forest plot",
        "adjust_for": "factors of the model of treatment, from which weights are made",
        "model_terms": "factors of the model of disease control, beside marker response, arm and their interaction",
        "subgroup_events": "with fewer events in either arm no ratio is estimated",
        "rate_months": "months at which the share without event is read off a curve",
        "mean_months": "months up to which the restricted mean time is counted",
        "landmark_later_days": "the landmark analysis is made again so many days later",
        "closed_roles": "roles that may ask for the closed report",
        "interim": "see [analysis.interim]",
    },
    "Factor": {
        "id": "short name, by which the lists above name it",
        "label": "name in reports",
        "source": "DM, ADSL: a column of that frame; MH: a finding of MH, Y or N; LINE: line of therapy; MARKER: "
        "baseline of the first checkpoint",
        "column": "the column, or the finding as MHTERM has it",
        "cuts": "limits that make groups of a number; a value equal to a limit is in the upper group",
        "levels": "order of the values, the reference first; by default as sorted",
    },
    "InterimRules": {
        "endpoint": "whose events are the information",
        "planned_events": "events at the last look",
        "planned_deaths": "deaths at the last look, where the endpoint is PFS: without them no bound for harm in "
        "survival is told; the planned events of OS are the deaths",
        "looks": "fractions of the planned events at which is tested; nothing is tested between them",
        "alpha": "one-sided error of the whole study",
        "spending": "how the error is spent over the looks",
        "parameter": "gamma of hwang_shih_decani (-4), bound of haybittle_peto (3)",
        "design_hazard_ratio": "ratio the study was planned for",
        "futility_power": "conditional power under the design below which stopping is suggested, never binding",
        "harm_alpha": "one-sided error spent on harm in survival",
        "response_prior": "beta prior of the response rate",
        "response_share": "response rate to be exceeded",
        "toxicity_prior": "beta prior of the share of patients with severe related events",
        "toxicity_share": "share that is too much",
        "toxicity_certainty": "posterior chance of too much from which it is told",
    },
    "IndicatorRules": {
        "outlier_z": "a rate without a limit of its own is marked so many standard deviations from the study's",
        "serious_report_hours": "median time from the day of onset of a serious event to its receipt, hours",
        "query_age_days": "a query that is open for longer",
        "overdue_scans_pct": "share of scans due that are not known",
        "overdue_marker_pct": "share of checkpoint samples due that are overdue or missed",
        "target_days": "a checkpoint sample is on target up to so many days from the target day",
        "off_target_pct": "share of checkpoint samples further away",
        "entry_lag_days": "median days from a measurement to its receipt",
        "missing_baseline_pct": "share of treated patients without a valid baseline of the checkpoint",
        "end_digit_pct": "share of blood pressures that end in 0; without preference it is 10",
        "study_missing_checkpoint_pct": "quality tolerance limit of the study: missed checkpoints",
        "study_lost_pct": "quality tolerance limit of the study: patients lost to follow-up",
    },
    "SpecialInterest": {
        "id": "short name",
        "label": "name in reports",
        "terms": "preferred or reported terms, whole, upper and lower case alike",
        "alert_grade": "from this grade an alert is owed; none: never for this group alone",
    },
    "AnticancerRules": {
        "systemic_categories": "categories of medication that are systemic anticancer therapy",
        "locoregional_categories": "categories of medication or procedures that treat the tumour locally",
        "drugs": "medications that are anticancer therapy whatever their category, beside the study's own drugs",
        "procedures": "procedures that treat the tumour",
        "other_categories": "categories that are no anticancer therapy; any category unknown here is asked about",
        "other_procedures": "procedures that are no such therapy; one unknown here and without category is asked about",
    },
    "LiverTier": {
        "baseline_below": "for baseline ALT below so many x ULN; the last tier has none",
        "watch": "watch closely above so many x ULN",
        "withhold": "withhold above so many x ULN",
        "stop": "stop above so many x ULN",
    },
    "LiverRules": {
        "alt": "ALT or AST of potential Hy's law, x ULN",
        "bili": "bilirubin of potential Hy's law, x ULN",
        "alp": "no initial cholestasis: ALP below, x ULN",
        "pairing_days": "bilirubin on the day of ALT or AST, or so many days later",
        "baseline_samples": "baseline is the mean of the pre-treatment values if there are so many",
        "baseline_days": "… those of so many days before first dose, or the latest ones where there are fewer",
        "raised_alt_times": "raised baseline: ALT or AST from so many x baseline (and `alt` x ULN) …",
        "raised_alt_uln": "… or from so many x ULN, whichever is less",
        "raised_bili_rise": "raised baseline: bilirubin risen by so many x ULN …",
        "raised_bili_uln": "… or from so many x ULN, whichever is less",
        "score_days": "inputs of Child-Pugh lie within so many days of each other",
        "tiers": "see [[safety.liver.tiers]]",
    },
    "Arm": {
        "code": "arm as DM says it",
        "label": "name in reports",
        "treatments": "codes of its drugs",
        "planned": "planned number of patients",
    },
    "Treatment": {
        "code": "drug as EX says it",
        "label": "name and regimen in reports",
        "names": "what sites call it; the whole cell, upper and lower case alike",
        "days_on": "days of intake in a cycle: the days off are no interruption",
        "cycle_days": "length of a cycle",
        "frequency": "how often a dose is given, where EX does not say",
        "daily_dose": "planned mg of a day of intake; none: each patient's own starting dose",
    },
    "TherapyLine": {"number": "1, 2 …, as EX and DM say it", "label": "name in reports"},
    "Visit": {
        "id": "short name",
        "label": "name in reports",
        "day": "study day (first dose = 1, the day before = -1)",
    },
    "Stratum": {"id": "short name", "label": "name in reports", "column": "column of DM or MH"},
    "LabTest": {
        "code": "test code (CDISC LBTESTCD)",
        "label": "name in reports",
        "names": "what sites call it; the whole cell, never a part of it",
        "loinc": "LOINC codes that mean it",
        "refused_loinc": "LOINC code that looks alike -> why it is another quantity",
        "refused_names": "name that looks alike -> why it is another quantity",
        "unit": "canonical unit: limits, bands and min_baseline are in it",
        "factors": "other unit -> multiply by this to get the canonical unit; exact, in quotes",
        "unconvertible": "units of real results that nobody can convert: kept, not judged",
        "refused_units": "unit of another quantity -> why",
        "hard": "outside is impossible: the row is quarantined (canonical unit)",
        "soft": "outside is unlikely: the row is kept and the site asked (canonical unit)",
    },
    "Checkpoint": {
        "id": "name on every verdict",
        "label": "name in reports",
        "test": "code of the test",
        "direction": "which change is a response",
        "threshold_pct": "change in per cent from which it is a response; exactly this much counts",
        "target_day": "study day aimed at; the sample nearest to it counts, of two as near the later",
        "window": "first and last study day on which a sample counts",
        "report_grace_days": "days after the window in which a result may still arrive: overdue, then missed",
        "baseline_lookback_days": "the latest result before first dose is the baseline, if no older than this",
        "baseline_warn_days": "an older baseline is flagged",
        "same_day_baseline": "whether a sample of the day of first dose may be the baseline when times are unknown",
        "min_baseline": "a lower baseline cannot be judged (canonical unit)",
        "bands": "limits of the baseline bands in reports (canonical unit)",
        "high_baseline": "from here on a baseline is called high (canonical unit)",
        "tie_rule": "which of two differing results at one time counts",
        "provisional": "call a verdict provisional while a nearer sample may still arrive",
        "assay_change_policy": "another laboratory or method than at baseline: flag it, or do not judge",
        "intercurrent_policy": "another anticancer therapy between baseline and sample: flag it, or do not judge",
        "intercurrent_lookback_days": "such a therapy counts from so many days before the baseline",
        "confirm_policy": "whether a second sample must confirm",
        "confirm_after_days": "no sooner than so many days later",
        "borderline_band_pct": "a change inside this band gets a badge",
        "off_drug_gap_days": "a last dose longer before the sample than this is flagged",
        "specimens": "specimens that count, where a site names one",
        "late_until_day": "a sample after the window up to this day is mentioned as too late",
        "sensitivities": "see [[checkpoints.sensitivities]]",
    },
    "Sensitivity": {
        "id": "short name",
        "label": "name in reports",
        "min_baseline": "instead of the rule's own; 0 for none",
        "threshold_pct": "instead of the rule's own",
    },
    "Role": {
        "id": "short name",
        "label": "name in reports",
        "sees_arm": "may be shown a patient's arm",
        "recipients": "role addresses; a role at the sites takes them from `contacts` in sites.toml",
    },
    "AlertPolicy": {
        "kinds": "see [[alerts.kinds]]; a kind that is not listed is not sent",
        "caution": "sentence under every alert of a checkpoint",
        "safety_caution": "sentence under every safety alert",
        "sender": "address alerts come from",
        "portal_url": "address alerts point to",
    },
    "AlertKind": {
        "kind": "what happened",
        "roles": "who is told",
        "send": "at once, or in one mail for each site and day",
        "act_within_days": "days until the role should have acted",
        "action": "what the role is asked to do",
    },
    "GatePolicy": {
        "hold_share_pct": "a file is held when more than this share of its rows break a critical rule …",
        "hold_count": "… or so many rows do",
        "hold_min_rows": "the share counts only in files of at least so many rows",
        "row_count_low_pct": "a cumulative file is held with less than this share of the last one's lines",
        "vanish_hold_share_pct": "a cumulative file is held when more than this share of the records has gone",
        "query_due_days": "days a site has to answer a query",
        "parameters": "numbers that rules in expectations/*.yaml ask for by name",
    },
    "Site": {
        "id": "short code; its inbox folder has this name",
        "name": "name in reports",
        "time_zone": "zone its dates are local to, where it differs from the study's",
        "feeds": "see [[sites.feeds]]; without any, its inbox folder",
        "layouts": "see [[sites.layouts]]; those named in `use_layouts` come on top",
        "subject_prefix": "put before the site's own subject numbers",
        "laboratory": "name of its laboratory, for rows that do not say",
        "codes": "our column -> the site's word -> our word, in all its files",
        "units": "the site's own unit text -> standard unit, in all its files",
        "missing": "texts that mean no value, in all its files",
        "factors": "test -> unit -> factor of this site's laboratory, over the test's own",
        "expects_every_days": "a longer silence is shown",
        "planned": "planned number of patients",
        "contacts": "role -> addresses at this site",
    },
    "Feed": {
        "kind": "its inbox folder, or a server we pull from",
        "path": "folder; by default MILEPOST_HOME/inbox/<site>",
        "host": "server (sftp)",
        "port": "port (sftp)",
        "user": "user (sftp)",
        "host_key": "the server's public key line: any other server is refused (sftp)",
        "secret": "name of the environment variable or Airflow connection that holds the password or key (sftp)",
        "settle_seconds": "a file younger than this is left alone",
    },
    "Layout": {
        "id": "short name, unique within the site",
        "match": "file names it is recognised by (* and ?)",
        "mode": "each file holds what is new, or everything so far: then a row that is gone becomes a query",
        "encoding": "any encoding Python knows, or auto (UTF-8, then GB 18030)",
        "delimiter": "what separates the columns",
        "header_line": "line of the column names",
        "skip_lines_after_header": "lines below it that are no data, such as units",
        "decimal_mark": "how numbers are written",
        "date_formats": "how dates are written (%Y %m %d %H %M %S %b …, or excel); ISO dates always work",
        "time_zone": "zone its dates are local to, where it differs from the site's",
        "columns": "our column -> the file's column, for every record; DTC: the record's date",
        "emits": "see [[…layouts.emits]]",
        "ignore": "see ignore",
        "ignore_columns": "columns that are known and not needed; unknown ones are reported",
        "codes": "our column -> the file's word -> our word; the whole cell",
        "units": "the file's unit text -> standard unit",
        "missing": "texts that mean no value; an empty cell always does",
        "same_day": "what another value of one test and day means where there is no time and no record id",
    },
    "Emit": {
        "domain": "kind of record, see docs/data.md",
        "columns": "our column -> the file's column",
        "constants": "our column -> a fixed text",
        "date_plus_days": "our date -> (the file's date column, the file's column of days to add); part of a day "
        "becomes a time of day",
        "time_from_days": "the file's column of days from the line to a midnight, whose part of a day tells the time "
        "of day that the line's date lacks",
        "when": "only lines that meet this",
        "rows": "of each subject's lines all, or only the first or last",
        "at_ceiling": "a result of exactly this much stands for more than it",
        "at_floor": "a result of exactly this much stands for less than it",
    },
    "Condition": {
        "column": "column of the file",
        "equals": "its text is one of these",
        "starts_with": "its text begins with one of these",
        "filled": "it holds something, or nothing",
    },
    "IgnoreRule": {"id": "name under which such lines are counted", "when": "which lines"},
}

HEAD = """# The study folder

Made from the models that read it by `scripts/docs.py`; change those.

A study is a folder with `protocol.toml` (the study's numbers), `sites.toml` (its hospitals and their files) and, if it
has rules of its own, `expectations/<domain>.yaml`. `milepost study init DIR` writes a commented one that works,
`milepost study check DIR` says what is wrong with yours: file, key, what was found, what is allowed. An unknown key is
an error, never ignored. A key whose default is *needed* must be given.

In TOML, `[name]` begins a table, `[[name]]` one more table of a list, and the keys below belong to it. Numbers that
must be exact (factors) are written in quotes. Study days: first dose is day 1, the day before is day -1, there is no
day 0. Passwords, names and identity numbers never stand here.

The least there can be: `id`, `title`, `time_zone`, `[enrolment]`, one `[[tests]]`, one `[[checkpoints]]`; and one
`[[sites]]` with one layout.
"""


def page() -> str:
    """The whole page. Raises SystemExit where a key has no meaning, or a meaning no key."""
    parts = [HEAD]
    file = ""
    for name, table, model, sentence in TABLES:
        if name != file:
            parts.append(f"## {name}\n")
            file = name
            if name == "sites.toml":
                parts.append(
                    "At the top there are `[[sites]]` and, for files that several sites send alike, `[[layouts]]`.\n"
                )
        parts.append(
            f"### `{table}`\n\n{sentence}\n\n| key | type | default | allowed | meaning |\n|---|---|---|---|---|"
        )
        parts += [_line(model, key, field) for key, field in model.model_fields.items()]
        if model is Site:
            parts.append(
                "| `use_layouts` | list of text | empty | ids of `[[layouts]]` | shared layouts this site uses too |"
            )
        parts.append("")
    _check_complete()
    return "\n".join(parts)


def _check_complete() -> None:
    known = {(model.__name__, key) for _, _, model, _ in TABLES for key in model.model_fields}
    said = {(model, key) for model, keys in MEANINGS.items() for key in keys}
    if known != said:
        raise SystemExit(f"scripts/docs_study.py: without meaning or without key: {sorted(known ^ said)}")


def _line(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    meaning = MEANINGS.get(model.__name__, {}).get(key, "")
    cells = [f"`{key}`", _type(field.annotation), _default(field), _allowed(field), meaning]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_SHOWN = 12  # of a long list
_WORDS = {str: "text", int: "whole number", bool: "true or false", Decimal: "number", dt.date: "date"}


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        names = [_type(item) for item in inner if item is not type(None)]
        return " or ".join(dict.fromkeys(names))
    if origin is Literal:
        return "text"
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return f"list of {_type(inner[0])}"
        return f"{len(inner)} × {_type(inner[0])}"
    if origin is dict:
        return f"table of {_type(inner[1])}"
    if hasattr(annotation, "__metadata__"):
        return _type(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return _WORDS.get(annotation, str(annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*needed*"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "its own defaults"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | dict):
        if not value or any(isinstance(item, BaseModel) for item in value):
            return "empty" if not value else "one"
        shown = ", ".join(f"`{item}`" for item in list(value)[:_SHOWN])
        return shown if len(value) <= _SHOWN else f"{shown} and {len(value) - _SHOWN} more"
    return f"`{value}`" if value != "" else "empty"


def _allowed(field: FieldInfo) -> str:
    found = [*_limits(field.annotation), *(text for item in field.metadata for text in _limit(item))]
    return ", ".join(dict.fromkeys(found))


def _limits(annotation: Any) -> list[str]:
    """What a type allows, limits of its parts included."""
    if get_origin(annotation) is Literal:
        return [f"`{choice}`".replace("\t", "\\t") for choice in get_args(annotation)]
    found = []
    for item in getattr(annotation, "__metadata__", ()):
        found += _limit(item)
    for part in get_args(annotation):
        if part is not Ellipsis:
            found += _limits(part)
    return found


def _limit(item: Any) -> list[str]:
    found = []
    for attribute, words in (("ge", "from {}"), ("gt", "above {}"), ("le", "to {}"), ("lt", "below {}")):
        value = getattr(item, attribute, None)
        if value is not None:
            found.append(words.format(value))
    if getattr(item, "pattern", None):
        found.append("letters, digits, `_` `.` `-`")
    if getattr(item, "max_length", None):
        found.append(f"at most {item.max_length} characters")
    found += [text for inner in getattr(item, "metadata", ()) for text in _limit(inner)]
    return found
