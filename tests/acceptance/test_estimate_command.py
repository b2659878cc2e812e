"""`milepost estimate` as a stranger uses it: a CSV file, a spec of a few lines, JSON out; and bad input."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from milepost.cli.main import main
from milepost.core.estimates import answer_spec, read_table
from milepost.core.estimates.registry import KINDS
from milepost.errors import ConfigurationError, DataProblem

REFERENCE = Path(__file__).parents[1] / "reference" / "data"
HEAD = "time,event,group\n"
TWO_ARMS = HEAD + "5,1,A\n8,0,A\n6,1,B\n9,1,B\n"


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Runs the command on a spec and a frame (bytes or text, or none)."""

    def run(spec: str, frame: str | bytes | None = None, *more: str) -> Done:
        (tmp_path / "spec.toml").write_text(spec, encoding="utf-8")
        words = ["milepost", "estimate", "--spec", str(tmp_path / "spec.toml"), *more]
        if frame is not None:
            (tmp_path / "frame.csv").write_bytes(frame.encode() if isinstance(frame, str) else frame)
            words += ["--input", str(tmp_path / "frame.csv")]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def asked(spec: str, frame: str | None = None) -> Any:
    found = answer_spec(tomllib.loads(spec), None if frame is None else read_table(frame, "frame.csv"))
    json.dumps(found, allow_nan=False)
    return found


def test_a_frame_and_two_lines_give_json_on_the_screen(estimate: Callable[..., Done]) -> None:
    frame = (REFERENCE / "tte_lung_sex.csv").read_bytes()
    done = estimate('kind = "time_to_event"\ntau = 730\n', frame, "--format", "json")
    assert (done.code, done.err) == (0, "")
    found, expected = json.loads(done.out), json.loads((REFERENCE / "tte.json").read_text())["lung_sex"]
    assert list(found)[:5] == ["input", "unit", "reference_group", "comparison_group", "n"]
    assert found["cox_efron"]["hr"] == pytest.approx(expected["cox_efron"]["hr"], rel=1e-9)
    assert found["input"] == "frame.csv"


def test_the_same_frame_gives_the_same_bytes(estimate: Callable[..., Done]) -> None:
    assert estimate('kind = "tte"', TWO_ARMS) == estimate('kind = "tte"', TWO_ARMS)


def test_a_byte_order_mark_carriage_returns_and_semicolons_do_no_harm(estimate: Callable[..., Done]) -> None:
    plain = estimate('kind = "tte"', TWO_ARMS).out
    assert estimate('kind = "tte"', b"\xef\xbb\xbf" + TWO_ARMS.replace("\n", "\r\n").encode()).out == plain
    assert estimate('kind = "tte"', TWO_ARMS.replace(",", ";")).out == plain


def test_standard_input_a_file_and_a_line_a_number(
    estimate: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"id,events,py\nP,3,25\n")))
    file = tmp_path / "rates.csv"
    done = estimate('kind = "rates"', None, "--input", "-", "--format", "csv", "--output", str(file))
    assert (done.code, done.out) == (0, "")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[:4] == ["field,value", "single/0/id,P", "single/0/events,3", "single/0/person_years,25.0"]


@pytest.mark.parametrize(
    ("spec", "frame", "code", "words"),
    [
        ('kind = "tte"', None, 2, ["needs a frame", "--input"]),
        ("tau = 3", TWO_ARMS, 2, ["key kind is missing", *KINDS]),
        ('kind = "time_to_evnt"', TWO_ARMS, 2, ["Did you mean time_to_event?", "Allowed: "]),
        ('kind = "tte"\ntaus = 3', TWO_ARMS, 2, ["key taus is unknown", "Did you mean tau?", "at_risk"]),
        ('kind = "tte"\ntau = -3', TWO_ARMS, 2, ["key tau is wrong", "above 0"]),
        ('kind = "tte"\ntau = "3"', TWO_ARMS, 2, ["key tau is wrong", "a number without quotes"]),
        ('kind = "tte"\nevent = "evnt"', TWO_ARMS, 2, ['"evnt"', "time, event, group", 'Did you mean "event"?']),
        ('kind = "tte"\nevent = "e"\nstatus = "f"', TWO_ARMS, 2, ["given twice"]),
        ("kind = tte", TWO_ARMS, 2, ["not TOML"]),
        ('kind = "landmark"', TWO_ARMS, 2, ["key lo is missing", "Needed: lo, hi, target, num"]),
        ('kind = "cox"', TWO_ARMS, 2, ["no covariate"]),
        ('kind = "logistic"\nmodel = "event"', TWO_ARMS, 2, ["OUTCOME ~ TERM + TERM"]),
        ('kind = "gsd"\ninfo = [1]', None, 2, ["key type is missing", "asOF (obrien_fleming_spending)"]),
        ('kind = "tte"\ncomparison = "C"', HEAD + "1,1,A\n2,1,B\n3,1,C\n", 2, ["key reference", "Allowed: A, B"]),
        ('kind = "tte"', "", 1, ["the frame is empty"]),
        ('kind = "tte"', "time,event\n1,1,1\n", 1, ["line 2", "3 cells"]),
        ('kind = "tte"', "time,time\n1,1\n", 1, ["two columns of one name: time"]),
        ('kind = "tte"', b"time,event\n\xff,1\n", 1, ["byte 12 is not UTF-8"]),
        ('kind = "tte"', 'time,event\n"1,1\n', 1, ["no readable CSV"]),
        ('kind = "tte"', HEAD + "5,1,A\nfive,1,B\n", 1, ['column "time": 1 of 2 cells', "line 3"]),
        ('kind = "tte"', HEAD + "5,2,A\n5,1,B\n", 1, ['column "event"', "event_value = 2"]),
        ('kind = "tte"', HEAD + "-5,1,A\n5,1,B\n", 1, ["negative"]),
    ],
)  # fmt: skip
def test_bad_input_is_a_sentence_that_says_what_is_allowed(
    estimate: Callable[..., Done], spec: str, frame: str | bytes | None, code: int, words: list[str]
) -> None:
    done = estimate(spec, frame)
    assert (done.code, done.out) == (code, "")
    for word in words:
        assert word in done.err
    assert "five" not in done.err  # no value of a patient


def test_a_file_that_is_not_there_is_named(estimate: Callable[..., Done]) -> None:
    done = estimate('kind = "tte"', None, "--input", "nowhere.csv")
    assert done.code == 2 and "nowhere.csv" in done.err


def nothing(branch: dict[str, Any], *fields: str) -> bool:
    return all(branch[field] is None for field in fields)


RATIO = ("coef", "se", "hr", "lo95", "hi95", "z", "p_wald")


@pytest.mark.parametrize(
    ("rows", "more", "reason"),
    [
        ("5,0,A\n8,0,A\n6,0,B\n", "", "no event so far"),
        ("5,1,A\n8,0,A\n", 'comparison = "B"', "a group to compare has no patients"),
        ("5,1,A\n", "", "only one group has patients"),
        ("5,1,A\n8,1,A\n6,0,B\n7,0,B\n", "", "not estimable: a group has no events"),
        ("1,1,A\n2,1,A\n3,1,B\n4,1,B\n", "", "not estimable: it orders the events so completely"),
        ("", "", "no patient"),
    ],
    ids=["all censored", "an empty arm", "one patient", "an arm without events", "separated", "no rows"],
)
def test_what_cannot_be_estimated_is_null_with_a_reason(rows: str, more: str, reason: str) -> None:
    found = asked(f'kind = "tte"\n{more}', HEAD + rows)
    for ties in ("efron", "breslow"):
        assert nothing(found[f"cox_{ties}"], *RATIO)
        assert found[f"cox_{ties}"]["reason"].startswith(reason)
    assert all(found["cox_zph_efron"][by]["chisq"] is None for by in ("km", "rank", "identity", "log"))
    if not more and "no events" not in reason and "orders" not in reason:
        assert found["logrank"]["p"] is None and found["logrank"]["reason"]


def test_an_arm_without_patients_has_its_branch_with_nothing_in_it() -> None:
    found = asked('kind = "tte"\ncomparison = "B"', HEAD + "5,1,A\n8,0,A\n")
    assert (found["reference_group"], found["comparison_group"]) == ("A", "B")
    empty = found["km"]["B"]
    assert empty["n"] == 0 and nothing(empty["quantiles_loglog"]["median"], "est", "lo", "hi")
    assert found["rmst"]["group_rmst"] == {"A": 6.5, "B": None} and found["rmst"]["reason"] == "no patient"


def test_rows_that_lack_something_are_left_out_and_counted() -> None:
    found = asked('kind = "tte"', TWO_ARMS + ",1,A\n5,NA,A\n5,1,\nNA,NA,NA\n")
    assert (found["n"], found["left_out"]) == (4, {"n": 4, "no_time": 2, "no_event_status": 1, "no_group": 1})
    two = asked('kind = "tte"\nreference = "B"\ncomparison = "A"', TWO_ARMS + "3,1,C\n")
    assert two["left_out"] == {"n": 1, "other_group": 1}
    assert (two["reference_group"], two["comparison_group"]) == ("B", "A")


def test_a_ratio_turns_over_with_the_reference() -> None:
    one, other = (
        asked(f'kind = "tte"\nreference = "{name}"', TWO_ARMS)["cox_efron"]["coef"] for name in "AB"
    )
    assert one == pytest.approx(-other, rel=1e-9)


def test_labels_and_codes_are_read_as_they_stand() -> None:
    """Sex 1 and 2, status 1 and 2: the reference is named as a number, the event by its value."""
    coded = "futime,status,sex\n5,2,1\n8,1,1\n6,2,2\n9,2,2\n"
    found = asked('kind = "tte"\ntime = "futime"\nstatus = "status == 2"\narm = "sex"\nreference = 2', coded)
    assert (found["reference_group"], found["comparison_group"]) == ("2", "1")
    plain = asked('kind = "tte"\nreference = "B"', TWO_ARMS)
    assert found["cox_efron"] == plain["cox_efron"]


def test_the_unit_names_the_times_and_their_defaults_and_converts_nothing() -> None:
    months = asked('kind = "tte"\nunit = "months"', TWO_ARMS)
    assert [row["time"] for row in months["km"]["A"]["at_risk"]] == [0, 6, 12]
    assert [row["time"] for row in months["km"]["A"]["surv_at_plain"]] == [6, 12]
    named = asked('kind = "tte"\nunit = "cycles"\ntimes = 7\nat_risk = [0, 6]', TWO_ARMS)
    assert [row["n_risk"] for row in named["km"]["A"]["at_risk"]] == [2, 1]
    assert named["km"]["A"]["surv_at_log"][0]["surv"] == 0.5
    assert months["cox_efron"] == named["cox_efron"]


def test_a_horizon_behind_the_follow_up_of_a_group_gives_no_mean() -> None:
    found = asked('kind = "tte"\ntau = 8.5', TWO_ARMS)["rmst"]
    assert found["group_rmst"]["A"] is None and found["tau_le_min_of_last_times"] is False
    assert found["group_rmst"]["B"] == 7.25 and found["reason"] == "nobody was followed that long"
    assert asked('kind = "tte"', TWO_ARMS)["rmst"]["tau"] == 8


def test_factor_levels_are_named_as_in_r_and_compare_with_the_reference_given() -> None:
    rows = "y,sex,stage\n" + "".join(
        f"{y},{sex},{stage}\n" for y in (0, 1) for sex in "fm" for stage in (1, 2, 3)
    )
    found = asked('kind = "logistic"\nmodel = "y ~ sex + factor(stage)"', rows)
    assert list(found["terms"]) == ["(Intercept)", "sexm", "factor(stage)2", "factor(stage)3"]
    assert found["drop1_lrt"]["factor(stage)"]["df"] == 2
    other = asked('kind = "logistic"\nmodel = "y ~ sex * stage"\nreference_levels = { sex = "m" }', rows)
    assert list(other["terms"]) == ["(Intercept)", "sexf", "stage", "sexf:stage"]
    assert list(other["drop1_lrt"]) == ["sex:stage"]


def test_the_log_odds_of_a_factor_are_those_of_its_table() -> None:
    """Level b 3 of 4, level a 1 of 4: odds ratio 9, variance of its logarithm 1 + 1/3 + 1/3 + 1."""
    rows = "y,kind\n" + "1,a\n0,a\n0,a\n0,a\n1,b\n1,b\n1,b\n0,b\n"
    found = asked('kind = "logistic"\noutcome = "y"\nterms = "kind"', rows)
    assert found["terms"]["kindb"]["or"] == pytest.approx(9, rel=1e-9)
    assert found["terms"]["kindb"]["se"] == pytest.approx((1 + 1 / 3 + 1 / 3 + 1) ** 0.5, rel=1e-9)


def test_a_row_a_patient_counts_as_the_table_it_makes() -> None:
    rows = "resp,group\n" + "1,new\n" * 9 + "0,new\n" + "1,old\n" * 3 + "0,old\n" * 7 + ",old\n"
    found = asked('kind = "two_by_two"\noutcome = "resp"\nreference = "old"', rows)
    # Newcombe 1998, Table II (b): 9/10 against 3/10
    assert (found["x1"], found["n1"], found["x2"], found["n2"]) == (9, 10, 3, 10)
    assert [found["newcombe"][limit] for limit in ("lo", "hi")] == pytest.approx((0.1705, 0.8090), abs=5.1e-5)
    assert found["left_out"] == {"n": 1}
    by_group = asked('kind = "proportion"\noutcome = "resp"\ngroup = "group"', rows)["single"]
    assert [(row["id"], row["x"], row["n"]) for row in by_group] == [("new", 9, 10), ("old", 3, 10)]


def test_an_empty_arm_of_a_table_has_reasons_and_no_number() -> None:
    found = asked('kind = "binary"\nx1 = 3\nn1 = 10\nx2 = 0\nn2 = 0')
    assert found["p1"] == 0.3 and found["p2"] is None and found["diff"] is None
    assert found["newcombe"] == {"lo": None, "hi": None, "reason": "arm 2: no patient"}
    assert found["rr_wald_log"] is None and found["rr_wald_log_reason"] == "arm 2: no patient"


def test_rates_without_time_or_count_say_so_and_days_are_turned_into_years() -> None:
    single = asked('kind = "rates"', "id,events,py\nA,1,0\nB,,2\nC,1.5,2\n")["single"]
    assert [row["rate_per_py"] for row in single] == [None, None, None]
    assert [row["reason"] for row in single] == [
        "no time under observation", "events or time are missing", "events are no whole number from 0",
    ]  # fmt: skip
    days = asked('kind = "rates"\nunit = "days"\ngroup = "arm"', "arm,events,py\nA,1,365.25\nA,1,365.25\n")
    assert [(row["id"], row["rate_per_py"]) for row in days["single"]] == [("A", 1.0)]


def test_conditional_power_and_belief_are_those_of_the_specification() -> None:
    """Clinical specification section 7.3."""
    power = asked('kind = "conditional_power"\nz = 1.5\nt = 0.5\nfinal_z = 1.969\ndrift = 3.242')
    assert [power[key] for key in ("trend", "null", "design")] == pytest.approx(
        (0.585, 0.099, 0.843), abs=5.1e-4
    )
    assert power["futile"] is False
    assert asked('kind = "bayes"\nevents = 5\nn = 30')["pr_above"] == pytest.approx(0.838, abs=5.1e-4)
    toxicity = asked('kind = "bayes"\nevents = 6\nn = 10\nprior = [0.3, 0.7]\nabove = 0.3')
    assert toxicity["fewest_events_surer"] == 6
    assert asked('kind = "bayes"\nevents = 11\nn = 10')["pr_above_reason"] == "more events than patients"


def test_a_sign_foretells_an_outcome_from_counts_or_patients() -> None:
    counts = asked('kind = "predictive_values"\ntp = 1\nfp = 1\nfn = 1\ntn = 1')
    rows = "afp,control\nY,1\nY,0\nN,1\nN,0\n,1\n"
    patients = asked('kind = "predictive_values"\nsign = "afp == Y"\noutcome = "control"', rows)
    assert patients["left_out"] == {"n": 1}
    assert {key: patients[key] for key in counts} == counts and counts["ppv"]["est"] == 0.5


def test_weights_make_groups_alike_and_both_ratios_stand_side_by_side() -> None:
    """A covariate of two levels: in the comparison group 3 of 4 have it, in the reference 1 of 4. A patient's weight is
    the share of the own group over the chance to be in it: 0.5 / 0.75 and 0.5 / 0.25."""
    rows = "time,event,group,x\n" + "".join(
        f"{time},1,{group},{x}\n"
        for time, group, x in zip(range(1, 9), "AAAABBBB", (0, 0, 0, 1, 0, 1, 1, 1), strict=True)
    )
    found = asked('kind = "propensity"\ncovariates = "x"', rows)
    assert found["weights"] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2, 2, 2 / 3, 2 / 3, 2 / 3], rel=1e-8)
    (balance,) = found["balance"]
    # (0.75 - 0.25) / sqrt(0.1875)
    assert balance["smd_before"] == pytest.approx(0.5 / 0.1875**0.5) and found["balanced"] is True
    assert balance["smd_after"] == pytest.approx(0, abs=1e-8)
    assert found["cox_weighted"]["robust_variance"] and not found["cox_unadjusted"]["robust_variance"]
    apart = asked('kind = "propensity"\ncovariates = "group"', rows)
    assert "separation" in apart["reason"] and apart["cox_weighted"]["hr"] is None


def test_a_subgroup_with_few_events_has_counts_and_a_reason() -> None:
    rows = HEAD.replace("\n", ",sex\n") + "".join(
        f"{time},1,{'AB'[time % 2]},{'f' if time < 30 else 'm'}\n" for time in range(1, 41)
    )
    found = asked('kind = "subgroups"\nfactors = "sex"', rows)
    levels = found["factors"]["sex"]["levels"]
    assert levels["f"]["hr"] is not None and levels["f"]["comparison"] == {"n": 15, "events": 15}
    assert levels["m"]["hr"] is None and "fewer events" in levels["m"]["reason"]
    assert found["factors"]["sex"]["interaction"]["reason"].startswith("not tested")


def test_samples_of_one_patient_that_contradict_each_other_stop_the_landmark() -> None:
    rule = 'kind = "landmark"\nrule = { lo = 22, hi = 36, target = 29, num = 25 }'
    with pytest.raises(DataProblem, match="rows differ in .*: 1"):
        asked(rule, "id,futime,status,day,bili\n1,100,2,0,5\n1,101,2,29,3\n")


def test_the_deciding_sample_is_the_nearest_and_the_later_of_two_as_near() -> None:
    """Target 29: of days 27 and 31 the later decides. 1.1 to 0.825 is a fall of exactly 25 %, and responds."""
    rows = "id,futime,status,day,bili\n" + "".join(
        f"{patient},{end},{status},{day},{value}\n"
        for patient, end, status, samples in (
            (1, 100, 2, ((0, "1.1"), (27, "2"), (31, "0.825"))),
            (2, 90, 2, ((0, "4"), (27, "1"), (31, "4"))),
            (3, 80, 0, ((0, "4"), (50, "1"))),
            (4, 30, 2, ((0, "4"), (29, "1"))),
        )
        for day, value in samples
    )
    found = asked('kind = "landmark"\nrule = { lo = 22, hi = 36, target = 29, num = 25 }', rows)
    assert found["class_counts"] == {"NON_RESPONDER": 1, "NO_SAMPLE": 1, "RESPONDER": 2}
    assert (found["boundary_ids"], found["rule"]["LM"], found["n_analysed"]) == ([1], 36, 2)
    assert (found["excluded_before_landmark"], found["sampled_but_excluded"]) == (1, 1)
    assert found["excluded_detail"] == {"dead": 1, "transplant": 0, "censored": 0}
    assert found["no_sample_at_landmark"] == 1


def test_the_class_as_a_covariate_that_changes_counts_the_time_before_it_as_nobody_s() -> None:
    """Patient 1 responds from day 29 on and is the last to have the event. At the events of days 20 and 50 he is at
    risk, at the first not yet as a responder."""
    rows = "id,futime,status,day,bili\n1,60,2,0,4\n1,60,2,29,1\n2,20,2,0,4\n3,50,2,0,4\n4,70,0,0,4\n4,70,0,29,4\n"
    found = asked('kind = "landmark"\nrule = { lo = 22, hi = 36, target = 29, num = 25 }', rows)[
        "cox_time_dependent"
    ]
    assert (found["n"], found["events"]) == (4, 3)
    assert (found["responders_while_followed"], found["events_as_responder"]) == (1, 1)
    # day 50: he is one of three at risk (3, 4 and he) and has no event; day 60: one of two, and has it.
    # The slope is 0 where r/(2 + r) + r/(1 + r) = 1, r squared = 2.
    assert found["hr"] == pytest.approx(2**0.5, rel=1e-6)


def test_a_share_where_death_may_come_first() -> None:
    """Four patients: the event on day 1 (1/4), death on day 2, the event on day 3 of two at risk (1/2 x 1/2)."""
    rows = "time,event\n1,1\n2,2\n3,1\n4,0\n,1\n"
    found = asked('kind = "cumulative_incidence"\ntimes = [1, 3, 9]', rows)
    shares = found["groups"]["all"]["share_at"]
    assert [row["share"] for row in shares] == [0.25, 0.5, None]
    assert [row["n_risk"] for row in shares] == [4, 2, 0] and shares[2]["reason"]
    assert found["left_out"] == {"n": 1} and found["groups"]["all"]["competing"] == 1


def test_cases_share_what_stands_at_the_top() -> None:
    found = asked('kind = "rates"\npy = 10\n[cases.one]\nevents = 1\n[cases.two]\nevents = 2')
    assert [found[name]["single"][0]["rate_per_py"] for name in ("one", "two")] == [0.1, 0.2]
    with pytest.raises(ConfigurationError, match="spec, case bad: key evnts is unknown"):
        asked('kind = "rates"\n[cases.bad]\nevnts = 1')


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_stands_in_the_docs(kind: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "estimates.md").read_text(encoding="utf-8")
    assert f'kind = "{kind}"' in page


def test_na_is_missing_in_covariates_and_strata_and_a_word_among_numbers_is_no_level() -> None:
    """R writes NA: taken for a word it would make a factor of every number in the column."""
    rows = [f"{t},{int(t % 3 != 0)},{'AB'[t % 2]},{t % 7},{'xy'[t % 3 == 1]}" for t in range(1, 41)]
    frame = "time,event,group,age,strata\n" + "\n".join(rows) + "\n41,1,A,NA,x\n42,1,B,3,NA\n"
    model = 'kind = "cox_multivariable"\nformula = "Surv(time, event) ~ age"'
    found = asked(model, frame)
    assert (found["n"], found["n_dropped_missing"]) == (41, 1)
    assert asked('kind = "tte"\ntau = 20', frame)["strata_missing_n"] == 1
    with pytest.raises(DataProblem, match=r'column "age": 1 of 42 cells are'):
        asked(model, frame.replace("41,1,A,NA,x", "41,1,A,old,x"))
