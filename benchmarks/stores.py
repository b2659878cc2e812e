"""A store as years of nights would have left it, written by direct SQL: the service itself would take hours.

Rows lie in the order in which they became known, visit by visit, in deliveries of 1,000 rows, as one writer a night
leaves them. Each delivery has refused rows, questions and counts; each patient demographics, doses and a mail.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.analytes import ANALYTES, Analyte
from benchmarks.database import ensure
from benchmarks.study import SITES, write_study

NIGHT = dt.date(2026, 3, 2)
VISITS = (-6, 15, 29, 43)
ACTIVE = SITES  # one patient a site is four weeks after first dose, as new rows come
PER_DELIVERY = 1_000
_BAD = 5  # refused rows, and questions, a delivery
_KEPT_APART = ("lb_record_key", "lb_record_known", "lb_record_replaces", "lb_record_test_AFP")

_STAMPS = """
insert into milepost.stamp select %(begin)s::timestamptz + d * %(step)s::interval, 'receive'
  from generate_series(1, %(deliveries)s) d;
insert into milepost.delivery (id, siteid, layout, sha256, bytes, received_at, claimed_at)
  select d, 'S' || lpad((d %% 40 + 1)::text, 2, '0'), 'labs', encode(sha256(d::text::bytea), 'hex'), 70000,
    %(begin)s::timestamptz + d * %(step)s::interval, %(begin)s::timestamptz + d * %(step)s::interval
  from generate_series(1, %(deliveries)s) d;
insert into milepost.processing (delivery, attempt, known_from, outcome, config_hash, lines, records)
  select id, 1, received_at, 'RECORDED', %(config)s, %(per)s + %(bad)s, %(per)s + %(bad)s from milepost.delivery;
insert into milepost.row_count (delivery, attempt, domain, disposition, rule, rows)
  select id, 1, 'LB', k.disposition, k.rule, k.rows from milepost.delivery,
    (values ('ACCEPTED', '', %(per)s), ('QUARANTINED', 'LB-VALUE-NUMBER', %(bad)s)) k (disposition, rule, rows);
"""
_PATIENTS = """
create temp table patient as select i, 'S' || lpad((i %% 40 + 1)::text, 2, '0') as siteid,
  'S' || lpad((i %% 40 + 1)::text, 2, '0') || '-' || lpad((i / 40 + 1)::text, 6, '0') as usubjid,
  case when i >= %(patients)s - %(active)s then %(night)s::date - 29
       else %(night)s::date - 100 - (i * 7 %% %(spread)s) end as started
  from generate_series(0, %(patients)s - 1) i;
insert into milepost.dm_record (known_from, delivery, srcline, version, reckey, occurrence, siteid, usubjid, status,
    retracted, adt, rficdtc, age, sex, armcd, actarmcd, dmline)
  select s.known_from, 1, i + 2, 1, 'D:', 1, siteid, usubjid, 'FINAL', false, started - 8, (started - 8)::text,
    '61', 'M', arm, arm, '1' from patient, (select min(known_from) as known_from from milepost.stamp) s,
    lateral (select case when i %% 3 = 0 then 'ANL' else 'SOR' end as arm) a order by i;
insert into milepost.ex_record (known_from, delivery, srcline, version, reckey, occurrence, siteid, usubjid, status,
    retracted, adt, exrefid, extrt, exdose, exdosu, exstdtc, exendtc, exline)
  select s.known_from, 1, i + 2, 1, 'R:1', 1, siteid, usubjid, 'FINAL', false, started, '1',
    case when i %% 3 = 0 then 'ANLOTINIB' else 'SORAFENIB' end, '12', 'mg', started::text, (started + 120)::text, '1'
  from patient, (select min(known_from) as known_from from milepost.stamp) s order by i;
"""
_LABS = """
insert into milepost.lb_record (known_from, delivery, srcline, version, reckey, occurrence, siteid, usubjid, status,
    retracted, adt, lbtestcd, lborres, lborresu, lbstresn, lbstresu, lbspec, lbdtc, lbnam)
  select %(begin)s::timestamptz + d * %(step)s::interval, d, n %% %(per)s + 2, 1,
    'D:' || code || '|' || specimen || '|' || dtc, 1, siteid, usubjid, 'FINAL', false, day, code, value::text, unit,
    value, unit, specimen, dtc, 'Laboratory ' || siteid
  from generate_series(0, %(rows)s - 1) n
  cross join lateral (select n / (%(patients)s * %(tests)s) as v, n / %(tests)s %% %(patients)s as p,
    n %% %(tests)s as t, n / %(per)s + 1 as d) at
  join patient on i = p join analyte using (t)
  cross join lateral (select started + (%(visits)s::int[])[v + 1] as day) on_
  cross join lateral (select day || 'T' || lpad((7 + n %% 9)::text, 2, '0') || ':30' as dtc,
    round(low + power(n::bigint * 7919 %% 10007 / 10007.0, 3)::numeric * (high - low), places) as value) what
  where day < %(night)s::date - 1 order by n;
"""
_REFUSED = """
insert into milepost.quarantine (id, known_from, delivery, attempt, srcline, emit, siteid, domain, usubjid, reckey,
    test, dtc, is_sample, rules, reasons, "row", fingerprint)
  select row_number() over (), r.known_from, r.delivery, 1, 2000 + r.k, 0, r.siteid, 'LB', r.usubjid, r.reckey || 'x',
    r.lbtestcd, r.lbdtc, true, '["LB-VALUE-NUMBER"]', '["The result is missing."]', {content},
    md5(r.usubjid || r.reckey)
  from (select *, row_number() over (partition by delivery order by srcline) as k from milepost.lb_record
    where srcline < 2 + %(bad)s) r;
insert into milepost.query (id, key, opened_at, siteid, delivery, srcline, domain, usubjid, reckey, rule, severity,
    question, due_on)
  select id, siteid || '|LB|' || id, known_from, siteid, delivery, srcline, 'LB', usubjid, reckey, 'LB-VALUE-NUMBER',
    'critical', 'Laboratory: the result is missing.', known_from::date + 7 from milepost.quarantine;
insert into milepost.query_event (query, at, event, reason, delivery)
  select id, opened_at + interval '1 minute', 'CLOSED', 'answered', delivery from milepost.query where id %% 10 <> 0;
insert into milepost.alert (key, kind, role, episode, siteid, usubjid, line, checkpoint, assessment, severity, owed_at,
    owed_on, send, config_hash, detail)
  select 'old|' || usubjid, 'SAMPLE_DUE', 'site_coordinator', 1, siteid, usubjid, 1, 'AFP-W4', 1, 'INFO',
    started::timestamptz, started, 'digest', %(config)s, '{}' from patient;
insert into milepost.alert_event (alert_key, at, event, channel, recipient, message_id, actor)
  select key, owed_at, e, case e when 'SENT' then 'maildir' else '' end,
    case e when 'SENT' then 'a@example.org' else '' end, null, 'notify'
  from milepost.alert, unnest(array['SENT', 'RESOLVED']) e;
"""


def build(
    home: str, name: str, patients: int, *, tests: int = len(ANALYTES), days: int = 1500
) -> dict[str, Any]:
    """A database of this name with its patients' rows, known over so many days before the night; not judged yet."""
    from milepost.runtime import open_runtime

    dsn = ensure(home, name)
    study = write_study(Path(home) / "study")
    rows = patients * tests * len(VISITS)
    deliveries = -(-rows // PER_DELIVERY)
    begin = dt.datetime.combine(NIGHT, dt.time(), dt.UTC) - dt.timedelta(days=days)
    step = dt.timedelta(days=days) / (deliveries + 1)
    with open_runtime(Path(home) / name, study, dsn, clock=lambda: begin) as runtime:
        ctx = runtime.ctx
        ctx.store.put_configuration(ctx.config_hash, ctx.study.content(), begin)
        numbers = {
            "begin": begin, "step": step, "deliveries": deliveries, "config": ctx.config_hash, "per": PER_DELIVERY,
            "bad": _BAD, "patients": patients, "active": ACTIVE, "night": NIGHT, "spread": 1400, "rows": rows,
            "tests": tests, "visits": list(VISITS),
        }  # fmt: skip
        ctx.places.findings.mkdir(parents=True, exist_ok=True)
        for delivery in range(1, deliveries + 1):
            (ctx.places.findings / f"{delivery}.html").touch()
    with psycopg.connect(
        dsn.replace("+psycopg", ""), autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as connection:
        _fill(connection, numbers, ANALYTES[:tests])
        stored = connection.execute("select count(*) from milepost.lb_record").fetchone()
    return {"rows": stored[0] if stored else 0}


def _fill(connection: psycopg.Connection[Any], numbers: dict[str, Any], tests: tuple[Analyte, ...]) -> None:
    connection.execute(
        "set maintenance_work_mem = '512MB'; set synchronous_commit = off; set work_mem = '256MB'"
    )
    connection.execute("create temp table analyte (t int, code text, unit text, places int, low numeric, high numeric, "
                       "specimen text)")  # fmt: skip
    for number, a in enumerate(tests):
        row = (number, a.code, a.unit, a.places, a.low, a.high, a.specimen)
        connection.execute("insert into analyte values (%s, %s, %s, %s, %s, %s, %s)", row)
    connection.execute(_STAMPS, numbers)
    connection.execute(_PATIENTS, numbers)
    connection.execute("analyze patient; analyze analyte")
    # an index is built five times faster over what lies there than row by row
    found = connection.execute(
        "select indexname, indexdef from pg_indexes where schemaname = 'milepost' and indexname = any(%s)",
        [list(_KEPT_APART)],
    ).fetchall()
    for index, _ in found:
        connection.execute(f'drop index milepost."{index}"')
    connection.execute(_LABS, numbers)
    for _, statement in found:
        connection.execute(statement)
    connection.execute(_REFUSED.replace("{content}", _content()), numbers)
    connection.execute("vacuum (analyze)")


def _content() -> str:
    """A refused row in our columns, as quarantine keeps it."""
    from milepost.schema import DOMAINS

    names = [name for name in (*DOMAINS["LB"].names, "STATUS", "RESVER") if name != "LBORRES"]
    pairs = [f"'{name}', r.{name.lower()}::text" for name in names]
    return f"json_build_object('LBORRES', 'haemolysed', {', '.join(pairs)})"


def judge_all(home: str, name: str, chunk: int = 10_000) -> dict[str, Any]:
    """Keep a first verdict of every patient, judged the day before the night, as the nights before it would have."""
    from milepost.core.verdict_versions import next_versions
    from milepost.runtime import open_runtime
    from milepost.workflows.judging import judge

    day = NIGHT - dt.timedelta(days=1)
    clock = dt.datetime.combine(NIGHT, dt.time(), dt.UTC)
    total = 0
    with open_runtime(
        Path(home) / name, Path(home) / "study", ensure(home, name), clock=lambda: clock
    ) as runtime:
        ctx = runtime.ctx
        known_at = ctx.store.newest_known() or clock
        subjects = sorted(ctx.store.known("DM", known_at=known_at, columns=["USUBJID"])["USUBJID"])
        for first in range(0, len(subjects), chunk):
            some = subjects[first : first + chunk]
            judged = judge(ctx.study, ctx.store, as_of=day, known_at=known_at, patients=some)
            with ctx.store.assessing("assess", clock) as session:
                before = session.latest_assessments(some)
                made = next_versions(
                    judged.verdicts, before, as_of=day, known_at=known_at, config_hash=ctx.config_hash
                )
                session.save_assessments(made)
                total += len(made)
                if first + chunk >= len(subjects):
                    session.save_run(
                        as_of=day, known_at=known_at, config_hash=ctx.config_hash, judged=total, changed=total
                    )
        with ctx.store.watching("watch", clock) as watched:  # nobody's safety data have changed since
            watched.save_run(
                as_of=day, known_at=known_at, config_hash=ctx.config_hash, watched=total, changed=0
            )
    with psycopg.connect(ensure(home, name).replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("vacuum (analyze) milepost.assessment")
    return {"verdicts": total}
