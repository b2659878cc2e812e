"""Every table we own: column, type, one-line meaning. `docs/data.md` is generated from this page.

A *domain* table holds what sites sent and the gate accepted, one row a version, append-only. Names are CDISC's;
in frames they are upper case, in PostgreSQL lower case. `service` tables hold what the service did with it.
Nothing here imports a database library: `store.tables` turns these descriptions into tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "decimal", "integer", "bigint", "boolean", "date", "timestamp", "json", "bytes"]


@dataclass(frozen=True)
class Column:
    """One column: its name, type and meaning; `unit` where the number has one."""

    name: str
    type: Type
    meaning: str
    null: bool = True
    unit: str = ""


@dataclass(frozen=True)
class Domain:
    """One CDISC domain as accepted from sites.

    identity: the columns that, with USUBJID, name a record where the site sends no record id (`ref`).
    date: the --DTC column (ISO 8601 text, possibly partial, local to the site).
    compared: the columns in which another value makes another version.
    """

    code: str
    label: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    date: str | None
    ref: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The business columns, in order, without the record's own keys."""
        return ("USUBJID", *(column.name for column in self.columns))

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns whose change is a new version: all business columns but the identity's keys."""
        return tuple(column.name for column in self.columns)


def _t(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name, "text", meaning, True, unit)


RECORD: tuple[Column, ...] = (
    Column("KNOWN_FROM", "timestamp", "instant from which we knew this version", False),
    Column("DELIVERY", "bigint", "the delivery it came in", False),
    Column("SRCLINE", "integer", "line of the site's file, header = 1; 0 where no line made it", False),
    Column(
        "VERSION", "integer", "1 for the first content of this record, then one more for each change", False
    ),
    Column(
        "RECKEY",
        "text",
        "identity of the record within the subject: R:<test>|<record id> or D:<identity columns>",
        False,
    ),
    Column(
        "OCCURRENCE", "integer", "1, or more where one subject has several records of one identity", False
    ),
    Column("SITEID", "text", "site that sent it", False),
    Column("USUBJID", "text", "subject pseudonym, unique in the study", False),
    Column(
        "STATUS",
        "text",
        "FINAL, PRELIMINARY, CORRECTED, AMENDED, CANCELLED, REJECTED or ENTERED_IN_ERROR",
        False,
    ),
    Column(
        "RESVER", "text", "version of this result as the site or its laboratory numbers it; orders versions"
    ),
    Column("RETRACTED", "boolean", "cancelled, withdrawn or entered in error: a tombstone", False),
    Column(
        "ADT", "date", "day of the record's date in the site's local time; empty where the date is partial"
    ),
)

STATUSES = ("FINAL", "PRELIMINARY", "CORRECTED", "AMENDED", "CANCELLED", "REJECTED", "ENTERED_IN_ERROR")
TOMBSTONES = ("CANCELLED", "ENTERED_IN_ERROR")
# columns every domain may be mapped to beside its own; they become record columns
CONTROL = ("RECSTATUS", "RECVER", "RECREPLACES")
_CONTROL = (
    _t("RECSTATUS", "status of the record as the site sends it (mapped to STATUS)"),
    _t("RECVER", "version or last-updated stamp of the record as the site sends it (mapped to RESVER)"),
    _t("RECREPLACES", "record id that this record replaces"),
)


def _domain(
    code: str, label: str, identity: tuple[str, ...], date: str | None, ref: str | None, *columns: Column
) -> tuple[str, Domain]:
    return code, Domain(code, label, (*columns, *_CONTROL), identity, date, ref)


DOMAINS: dict[str, Domain] = dict(
    [
        _domain(
            "DM",
            "Demographics",
            (),
            "RFICDTC",
            None,
            _t("SUBJID", "subject number within the study"),
            _t("RFICDTC", "date of informed consent"),
            _t("RFSTDTC", "reference start date"),
            _t("DTHDTC", "date of death"),
            _t("DTHFL", "Y where the subject died"),
            _t("AGE", "age at consent", "years"),
            _t("SEX", "M or F"),
            _t("RACE", "race"),
            _t("ETHNIC", "ethnicity"),
            _t("ARMCD", "planned arm"),
            _t("ACTARMCD", "actual arm"),
            _t("COUNTRY", "country"),
            _t("DMLINE", "line of therapy at enrolment (1, 2 …)"),
            _t("DMHBV", "hepatitis B: Y or N"),
            _t("DMCPUGH", "Child-Pugh class or score at baseline"),
            _t("DMSCRF", "Y where the subject was a screen failure or never to be treated"),
        ),
        _domain(
            "EX",
            "Exposure",
            ("EXTRT", "EXSTDTC"),
            "EXSTDTC",
            "EXREFID",
            _t("EXREFID", "the site's own record id"),
            _t("EXTRT", "treatment code"),
            _t("EXDOSE", "dose for each administration", "EXDOSU"),
            _t("EXDOSU", "dose unit"),
            _t("EXDOSFRQ", "dosing frequency"),
            _t("EXSTDTC", "start of this dose"),
            _t("EXENDTC", "end of this dose"),
            _t("EXADJ", "reason for a dose adjustment"),
            _t("EXLINE", "line of therapy it belongs to"),
        ),
        _domain(
            "LB",
            "Laboratory",
            ("LBTESTCD", "LBSPEC", "LBDTC"),
            "LBDTC",
            "LBREFID",
            _t("LBREFID", "the laboratory's own order or result id"),
            _t("LBTESTCD", "test code"),
            _t("LBLOINC", "LOINC code"),
            _t("LBORRES", "result as reported, exact text"),
            _t("LBORRESU", "unit as reported, spelt the standard way"),
            _t("LBORNRLO", "lower limit of the laboratory's range"),
            _t("LBORNRHI", "upper limit of the laboratory's range"),
            Column(
                "LBSTRESN", "decimal", "result in the canonical unit; empty where censored", True, "LBSTRESU"
            ),
            _t("LBSTRESU", "canonical unit"),
            _t("LBSPEC", "specimen"),
            _t("LBDTC", "date and time of collection"),
            _t("LBRCVDTC", "date and time at which the laboratory received the specimen"),
            _t("LBNAM", "laboratory"),
            _t("LBMETHOD", "method or platform"),
            _t("LBLLOQ", "lower limit of quantification", "LBORRESU"),
            _t("LBULOQ", "upper limit of quantification", "LBORRESU"),
            _t("LBSTAT", "NOT DONE where no result exists"),
            _t("LBREASND", "why not done"),
            _t("LBFAST", "Y where the subject was fasting"),
            _t("VISIT", "visit name"),
        ),
        _domain(
            "TU",
            "Tumour identification",
            ("TULNKID", "TUEVAL", "TUEVALID", "TUDTC"),
            "TUDTC",
            "TUREFID",
            _t("TUREFID", "the site's own record id"),
            _t("TULNKID", "lesion"),
            _t("TUTESTCD", "TUMIDENT"),
            _t("TUORRES", "TARGET, NON-TARGET or NEW"),
            _t("TULOC", "location"),
            _t("TUMETHOD", "imaging method"),
            _t("TUEVAL", "reader: INVESTIGATOR (also where empty) or INDEPENDENT ASSESSOR"),
            _t("TUEVALID", "which of several independent readers, e.g. RADIOLOGIST 1"),
            _t("TUACPTFL", "Y where this reading is the accepted one of several"),
            _t("TUDTC", "date of the scan"),
            _t("VISIT", "visit name"),
        ),
        _domain(
            "TR",
            "Tumour results",
            ("TRLNKID", "TRTESTCD", "TREVAL", "TREVALID", "TRDTC"),
            "TRDTC",
            "TRREFID",
            _t("TRREFID", "the site's own record id"),
            _t("TRLNKID", "lesion"),
            _t("TRGRPID", "TARGET, NON-TARGET or NEW"),
            _t(
                "TRTESTCD",
                "LDIAM longest diameter, SAXIS or LPERP short axis, DIAMETER, VDIAM longest viable (enhancing) "
                "diameter, SUMDIAM and SUMVDIAM their sums, TUMSTATE state in words",
            ),
            _t("TRORRES", "result as reported"),
            _t("TRORRESU", "unit as reported"),
            _t("TRSTAT", "NOT DONE where the lesion was not assessed"),
            _t("TRREASND", "why not done"),
            _t("TREVAL", "reader, as in TU"),
            _t("TREVALID", "which of several independent readers"),
            _t("TRACPTFL", "Y where this reading is the accepted one of several"),
            _t("TRMETHOD", "imaging method"),
            _t("TRDTC", "date of the scan"),
            _t("VISIT", "visit name"),
        ),
        _domain(
            "RS",
            "Disease response",
            ("RSTESTCD", "RSCAT", "RSEVAL", "RSEVALID", "RSDTC"),
            "RSDTC",
            "RSREFID",
            _t("RSREFID", "the site's own record id"),
            _t("RSTESTCD", "OVRLRESP, TRGRESP, NTRGRESP, NEWLPROG, BESTRESP, ECOG, CPS …"),
            _t("RSCAT", "criteria"),
            _t("RSORRES", "response as reported"),
            _t("RSSTAT", "NOT DONE where no assessment was made"),
            _t("RSEVAL", "reader, as in TU"),
            _t("RSEVALID", "which of several independent readers"),
            _t("RSACPTFL", "Y where this reading is the accepted one of several"),
            _t("RSDTC", "date of the assessment"),
            _t("VISIT", "visit name"),
        ),
        _domain(
            "AE",
            "Adverse events",
            ("AETERM", "AESTDTC"),
            "AESTDTC",
            "AEREFID",
            _t("AEREFID", "the site's own record id"),
            _t("AETERM", "term as reported"),
            _t("AEDECOD", "preferred term"),
            _t("AEBODSYS", "system organ class"),
            _t("AETOXGR", "CTCAE grade"),
            _t("AESER", "Y where serious"),
            _t("AESDTH", "Y where the event ended in death"),
            _t("AEREL", "relation to study drug"),
            _t("AEACN", "action taken with study drug"),
            _t("AEOUT", "outcome"),
            _t("AESTDTC", "start"),
            _t("AEENDTC", "end"),
        ),
        _domain(
            "DS",
            "Disposition",
            ("DSCAT", "DSDECOD", "DSSTDTC"),
            "DSSTDTC",
            "DSREFID",
            _t("DSREFID", "the site's own record id"),
            _t("DSCAT", "DISPOSITION EVENT, PROTOCOL MILESTONE or TREATMENT"),
            _t(
                "DSDECOD",
                "DEATH, WITHDRAWAL BY SUBJECT, LOST TO FOLLOW-UP, SCREEN FAILURE, DRUG DISCONTINUED …",
            ),
            _t("DSTERM", "reason as reported"),
            _t("DSSTDTC", "date"),
            _t("DSLINE", "line of therapy, where it ends one"),
        ),
        _domain(
            "SS",
            "Survival status",
            ("SSTESTCD", "SSDTC"),
            "SSDTC",
            "SSREFID",
            _t("SSREFID", "the site's own record id"),
            _t("SSTESTCD", "SURVSTAT"),
            _t("SSORRES", "ALIVE, DEAD or UNKNOWN"),
            _t("SSDTC", "date of the contact"),
        ),
        _domain(
            "CM",
            "Concomitant and later medication",
            ("CMTRT", "CMSTDTC"),
            "CMSTDTC",
            "CMREFID",
            _t("CMREFID", "the site's own record id"),
            _t("CMTRT", "medication"),
            _t("CMCAT", "SYSTEMIC ANTICANCER THERAPY or other category"),
            _t("CMSTDTC", "start"),
            _t("CMENDTC", "end"),
        ),
        _domain(
            "PR",
            "Procedures",
            ("PRTRT", "PRSTDTC"),
            "PRSTDTC",
            "PRREFID",
            _t("PRREFID", "the site's own record id"),
            _t("PRTRT", "procedure: TACE, HAIC, RADIOTHERAPY, ABLATION, RESECTION, TRANSPLANT …"),
            _t("PRCAT", "LOCOREGIONAL THERAPY or other category"),
            _t("PRSTDTC", "date"),
        ),
        _domain(
            "MH",
            "Medical history",
            ("MHTERM",),
            "MHSTDTC",
            "MHREFID",
            _t("MHREFID", "the site's own record id"),
            _t("MHTERM", "condition as reported"),
            _t("MHDECOD", "preferred term"),
            _t("MHOCCUR", "Y or N"),
            _t("MHSTDTC", "start"),
        ),
        _domain(
            "VS",
            "Vital signs",
            ("VSTESTCD", "VSDTC"),
            "VSDTC",
            "VSREFID",
            _t("VSREFID", "the site's own record id"),
            _t("VSTESTCD", "SYSBP, DIABP, HR, TEMP, WEIGHT …"),
            _t("VSORRES", "result as reported"),
            _t("VSORRESU", "unit as reported"),
            _t("VSDTC", "date and time"),
            _t("VISIT", "visit name"),
        ),
        _domain(
            "FA",
            "Findings about",
            ("FATESTCD", "FAOBJ", "FADTC"),
            "FADTC",
            "FAREFID",
            _t("FAREFID", "the site's own record id"),
            _t("FATESTCD", "what was found out, e.g. SEV"),
            _t("FAOBJ", "about what: ASCITES, ENCEPHALOPATHY …"),
            _t("FAORRES", "result as reported"),
            _t("FADTC", "date"),
        ),
    ]
)


@dataclass(frozen=True)
class Table:
    """One table of the service: its columns, primary key, further unique keys, and what it remembers."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    append_only: bool = True


def _c(name: str, type_: Type, meaning: str, null: bool = False) -> Column:
    return Column(name, type_, meaning, null)


SERVICE: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "configuration",
            "the study folder's content, whole, each time it changed",
            (
                _c("hash", "text", "SHA-256 of the content"),
                _c("in_force_from", "timestamp", "knowledge time from which it was in force"),
                _c("content", "text", "canonical JSON"),
            ),
            ("in_force_from",),
        ),
        Table(
            "stamp",
            "every instant from which something new was known; the newest is the default known_at",
            (
                _c("known_from", "timestamp", "instant, later than every earlier one"),
                _c("actor", "text", "who or which workflow recorded it"),
            ),
            ("known_from",),
        ),
        Table(
            "delivery",
            "one file, bundle or message from one site; its bytes lie in the vault under sha256",
            (
                _c("id", "bigint", "number of the delivery, in order of arrival"),
                _c("siteid", "text", "site"),
                _c("layout", "text", "layout that recognised its name; empty where none did", True),
                _c("sha256", "text", "SHA-256 of the bytes"),
                _c("bytes", "bigint", "size"),
                _c("received_at", "timestamp", "instant at which the site handed it over"),
                _c("claimed_at", "timestamp", "instant at which the service took it"),
            ),
            ("id",),
            (("siteid", "sha256", "layout"),),
        ),
        Table(
            "processing",
            "one attempt to record a delivery; the last attempt counts",
            (
                _c("delivery", "bigint", "delivery"),
                _c("attempt", "integer", "1, then one more for each time it was read again"),
                _c("known_from", "timestamp", "instant from which its rows are known"),
                _c("outcome", "text", "RECORDED, HELD or REFUSED"),
                _c("reason", "text", "why held or refused, in plain words without any value", True),
                _c("config_hash", "text", "configuration it was read with"),
                _c("lines", "bigint", "data lines in the file"),
                _c(
                    "records",
                    "bigint",
                    "rows those lines make, by the layout's emits; a line that makes none counts one",
                ),
            ),
            ("delivery", "attempt"),
        ),
        Table(
            "row_count",
            "where the rows of an attempt went; the sum over dispositions is what was received",
            (
                _c("delivery", "bigint", "delivery"),
                _c("attempt", "integer", "attempt"),
                _c("domain", "text", "domain, or FILE for lines that made no row"),
                _c("disposition", "text", "ACCEPTED, UNCHANGED, SUPERSEDED, QUARANTINED, HELD or IGNORED"),
                _c("rule", "text", "rule that decided, empty where none had to"),
                _c("rows", "bigint", "how many"),
            ),
            ("delivery", "attempt", "domain", "disposition", "rule"),
        ),
        Table(
            "quarantine",
            "rows refused, with the reasons; kept for ever, released by `quarantine_release`",
            (
                _c("id", "bigint", "number"),
                _c("known_from", "timestamp", "instant from which we knew"),
                _c("delivery", "bigint", "delivery"),
                _c("attempt", "integer", "attempt"),
                _c("srcline", "integer", "line of the site's file"),
                _c("emit", "integer", "which record of that line, by the layout's order"),
                _c("siteid", "text", "site"),
                _c("domain", "text", "domain"),
                _c("usubjid", "text", "subject, where it could be read", True),
                _c("reckey", "text", "identity of the record, where it could be read", True),
                _c("test", "text", "test code, where it could be read", True),
                _c("dtc", "text", "date as read, ISO 8601, possibly partial", True),
                _c("is_sample", "boolean", "a specimen was drawn, though its result cannot be used"),
                _c("rules", "json", "ids of the broken rules"),
                _c("reasons", "json", "their reasons in plain words"),
                _c("row", "json", "the row in our columns (no identifiers)"),
                _c("ref", "text", "the site's own record id, where it sent one", True),
                _c("fingerprint", "text", "SHA-256 of the row: the same bad row again is the same"),
            ),
            ("id",),
            (("delivery", "attempt", "domain", "srcline", "emit"),),
        ),
        Table(
            "quarantine_release",
            "a quarantined row that a correction, a cancellation or a re-reading settled",
            (
                _c("quarantine", "bigint", "quarantined row"),
                _c("known_from", "timestamp", "instant"),
                _c("delivery", "bigint", "delivery that settled it"),
                _c("reason", "text", "CORRECTED, CANCELLED or READ_AGAIN"),
            ),
            ("quarantine",),
        ),
        Table(
            "finding",
            "one broken rule of one row or of one file, in plain words and without values",
            (
                _c("delivery", "bigint", "delivery"),
                _c("attempt", "integer", "attempt"),
                _c("domain", "text", "domain, or FILE for the whole file"),
                _c("srcline", "integer", "line of the site's file; 0 for the whole file"),
                _c("emit", "integer", "which record of that line, by the layout's order"),
                _c("rule", "text", "rule"),
                _c("severity", "text", "critical, warning or info"),
                _c("reason", "text", "what is wrong and what to do"),
            ),
            ("delivery", "attempt", "domain", "srcline", "emit", "rule"),
        ),
        Table(
            "query",
            "a question to a site; opened once, closed by `query_event`",
            (
                _c("id", "bigint", "number"),
                _c("key", "text", "what it is about; the same question is asked once while open"),
                _c("opened_at", "timestamp", "knowledge time"),
                _c("siteid", "text", "site"),
                _c("delivery", "bigint", "delivery", True),
                _c("srcline", "integer", "line", True),
                _c("domain", "text", "domain", True),
                _c("usubjid", "text", "subject", True),
                _c("reckey", "text", "record", True),
                _c("rule", "text", "rule"),
                _c("severity", "text", "critical, warning or info"),
                _c("question", "text", "the question in plain words, without values"),
                _c("due_on", "date", "day by which an answer is expected", True),
            ),
            ("id",),
            (("key", "opened_at"),),
        ),
        Table(
            "query_event",
            "what happened to a query",
            (
                _c("query", "bigint", "query"),
                _c("at", "timestamp", "knowledge time"),
                _c("event", "text", "CLOSED or ANSWERED"),
                _c("reason", "text", "why"),
                _c("delivery", "bigint", "delivery that answered it", True),
            ),
            ("query", "at", "event"),
        ),
        Table(
            "assessment",
            "one verdict of one checkpoint for one patient and line; a new version where it changed",
            (
                _c("usubjid", "text", "subject"),
                _c("siteid", "text", "site"),
                _c("line", "integer", "line of therapy"),
                _c("checkpoint", "text", "checkpoint"),
                _c("version", "integer", "1, then one more for each change"),
                _c("as_of", "date", "data cut-off"),
                _c("known_at", "timestamp", "knowledge time"),
                _c("state", "text", "reported state"),
                _c("reason", "text", "reason, where the state has one", True),
                _c("final", "boolean", "whether only corrected data can still change it"),
                _c("next_on", "date", "next day on which passing time may change it", True),
                _c("input_hash", "text", "SHA-256 of what it was judged on"),
                _c("config_hash", "text", "configuration"),
                _c("detail", "json", "every further column of the verdict"),
            ),
            ("usubjid", "line", "checkpoint", "version"),
        ),
        Table(
            "assessment_run",
            "how far the daily tick has come",
            (
                _c("as_of", "date", "day judged"),
                _c("known_at", "timestamp", "knowledge time judged with"),
                _c("config_hash", "text", "configuration"),
                _c("judged", "bigint", "patients and lines judged"),
                _c("changed", "bigint", "verdicts that changed"),
            ),
            ("as_of", "known_at", "config_hash"),
        ),
        Table(
            "signal",
            "one safety signal about one subject or site; a new version where it changed or was withdrawn",
            (
                _c("kind", "text", "kind of alert it is a reason for"),
                _c("siteid", "text", "site"),
                _c("usubjid", "text", "subject; empty where it is about a site"),
                _c("line", "integer", "line of therapy; 0 where it is about no line"),
                _c(
                    "about",
                    "text",
                    "what within the subject: an event's record, a test and direction, a reader",
                ),
                _c("version", "integer", "1, then one more for each change"),
                _c("as_of", "date", "data cut-off"),
                _c("known_at", "timestamp", "knowledge time"),
                _c("active", "boolean", "false: the data no longer give reason for it"),
                _c("facts_hash", "text", "SHA-256 of what it says: another hash is another version"),
                _c("config_hash", "text", "configuration"),
                _c("facts", "json", "what it says"),
                _c("detail", "json", "what the reader is shown beside"),
            ),
            ("kind", "siteid", "usubjid", "line", "about", "version"),
        ),
        Table(
            "watch_run",
            "how far the watch over safety has come",
            (
                _c("as_of", "date", "day watched"),
                _c("known_at", "timestamp", "knowledge time watched with"),
                _c("config_hash", "text", "configuration"),
                _c("watched", "bigint", "patients derived"),
                _c("changed", "bigint", "signals that changed"),
            ),
            ("as_of", "known_at", "config_hash"),
        ),
        Table(
            "watch_due",
            "a subject with a record dated after the day it was watched: that day comes",
            (
                _c("next_on", "date", "the record's day"),
                _c("usubjid", "text", "subject"),
            ),
            ("next_on", "usubjid"),
        ),
        Table(
            "contact",
            "a day on which a site handed a file over, be it new or the same again",
            (
                _c("siteid", "text", "site"),
                _c("day", "date", "day in the study's time zone"),
            ),
            ("siteid", "day"),
        ),
        Table(
            "digest",
            "a daily digest that went out: at most one a channel, recipient, role, site and day",
            (
                _c("channel", "text", "channel"),
                _c("recipient", "text", "address or folder"),
                _c("role", "text", "role"),
                _c("siteid", "text", "site"),
                _c("day", "date", "data cut-off of the night that sent it"),
            ),
            ("channel", "recipient", "role", "siteid", "day"),
            append_only=False,
        ),
        Table(
            "alert",
            "one message owed once to one role; what happened to it is in `alert_event`",
            (
                _c("key", "text", "study|subject|line|checkpoint|kind|role|episode"),
                _c("kind", "text", "kind"),
                _c("role", "text", "role"),
                _c("episode", "integer", "how often the state has entered or left the kind"),
                _c("siteid", "text", "site"),
                _c("usubjid", "text", "subject", True),
                _c("line", "integer", "line of therapy", True),
                _c("checkpoint", "text", "checkpoint", True),
                _c("assessment", "integer", "version of the assessment it rests on", True),
                _c("about", "text", "what within the subject a safety signal is about", True),
                _c("signal", "integer", "version of the safety signal it rests on", True),
                _c("severity", "text", "INFO, WARN or ACTION"),
                _c("owed_at", "timestamp", "knowledge time"),
                _c("owed_on", "date", "data cut-off of the night that owed it"),
                _c("act_by", "date", "day by which the role acts", True),
                _c("send", "text", "immediate or digest"),
                _c("config_hash", "text", "configuration"),
                _c("detail", "json", "what the receiver is shown behind the reference"),
            ),
            ("key",),
        ),
        Table(
            "outbox",
            "what is still to be sent: a queue, emptied by sending",
            (
                _c("alert_key", "text", "alert"),
                _c("channel", "text", "channel"),
                _c("recipient", "text", "address or folder"),
                _c("attempts", "integer", "failed attempts so far"),
                _c("not_before", "timestamp", "earliest next attempt"),
            ),
            ("alert_key", "channel", "recipient"),
            append_only=False,
        ),
        Table(
            "alert_event",
            "what was done with an alert",
            (
                _c("alert_key", "text", "alert"),
                _c("at", "timestamp", "instant"),
                _c("event", "text", "SENT, NO_RECIPIENT, ACKNOWLEDGED, RESOLVED, SUPERSEDED or RETRACTED"),
                _c("channel", "text", "channel, where sent"),
                _c("recipient", "text", "recipient, where sent"),
                _c("message_id", "text", "message id, where sent", True),
                _c("actor", "text", "who"),
                _c(
                    "as_of",
                    "date",
                    "data cut-off of the night that ended it; empty for what people and senders did",
                    True,
                ),
            ),
            ("alert_key", "event", "channel", "recipient"),
        ),
        Table(
            "report",
            "one published report: its inputs, its hash and where it lies",
            (
                _c("id", "text", "first 12 digits of the SHA-256 of its inputs"),
                _c("kind", "text", "open or closed"),
                _c("as_of", "date", "data cut-off"),
                _c("known_at", "timestamp", "knowledge time"),
                _c("published_at", "timestamp", "instant"),
                _c("config_hash", "text", "configuration"),
                _c("code_version", "text", "version of this code"),
                _c("predecessor", "text", "report it is compared with", True),
                _c("sha256", "json", "SHA-256 of each output file"),
                _c("path", "text", "folder below the reports folder"),
                _c("numbers", "json", "report.json"),
            ),
            ("id", "kind"),
        ),
        Table(
            "feed_position",
            "how far a pulled feed has been read",
            (
                _c("siteid", "text", "site"),
                _c("feed", "text", "feed"),
                _c("name_hash", "text", "keyed hash of the remote file's name, size and time"),
                _c("at", "timestamp", "instant"),
            ),
            ("siteid", "feed", "name_hash"),
        ),
        Table(
            "audit",
            "hash-chained log of what the service did",
            (
                _c("seq", "bigint", "number, without gaps"),
                _c("at", "text", "instant, ISO 8601 UTC"),
                _c("actor", "text", "who or which workflow"),
                _c("action", "text", "what"),
                _c("payload", "text", "counts and keys, canonical JSON"),
                _c("prev", "bytes", "hash of the entry before", True),
                _c("hash", "bytes", "SHA-256 over prev, seq, at, actor, action, payload"),
            ),
            ("seq",),
        ),
    )
}

# Bytes (UTF-8) of one cell. Longer text is no result but a mishap; PostgreSQL could not index it either.
LONGEST_TEXT = 500
DISPOSITIONS = ("ACCEPTED", "UNCHANGED", "SUPERSEDED", "QUARANTINED", "HELD", "IGNORED")
