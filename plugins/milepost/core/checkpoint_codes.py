"""The words of a verdict and what each means. Reports, alerts and `docs/rules.md` print these sentences.

Source: clinical specification section 3.4.
"""

from __future__ import annotations

STATES: dict[str, str] = {
    "NOT_STARTED": "no first dose on or before the cut-off",
    "NOT_DUE": "treated; the window has not opened",
    "WINDOW_OPEN": "the window is open and no sample in it is known",
    "OVERDUE": "the window has closed without a known sample; a late report can still arrive",
    "MISSED": "no sample in the window became known in time",
    "PROVISIONAL_RESPONDER": "response on the sample known so far; a nearer one can still arrive",
    "PROVISIONAL_NON_RESPONDER": "no response on the sample known so far; a nearer one can still arrive",
    "RESPONDER": "the change from baseline reaches the threshold",
    "NON_RESPONDER": "the change from baseline does not reach the threshold",
    "NOT_EVALUABLE": "a sample was drawn in the window but cannot be judged",
    "NOT_REACHED": "the patient left before the checkpoint could be judged",
    "DATA_ERROR": "the dates contradict each other; no clinical state",
}

REASONS: dict[str, str] = {
    "NEVER_TREATED": "screen failure, or died, withdrew or was lost without a dose",
    "NO_BASELINE": "no valid result before first dose within the look-back",
    "BASELINE_NOT_POSITIVE": "the baseline is 0 and has no ratio",
    "BASELINE_BELOW_LLOQ": "the baseline was reported as below the laboratory's limit",
    "BASELINE_BELOW_MIN": "the baseline is below the protocol's minimum",
    "BASELINE_CENSORED": "the baseline is a range that holds the protocol's minimum",
    "UNIT": "no factor is known for the unit of this laboratory",
    "ASSAY_CHANGE": "baseline and sample come from different laboratories or methods",
    "INTERCURRENT_LRT": "locoregional or new systemic therapy between baseline and sample",
    "CENSORED": "the reported ranges allow both response and no response",
    "NOT_CONFIRMED": "no second sample confirmed the response in time",
    "SAMPLE_UNUSABLE": "a sample was drawn in the window but its result cannot be used; a query is open",
    "DIED": "died before the window closed",
    "WITHDREW": "withdrew consent before the window closed",
    "LOST": "lost to follow-up before the window closed",
    "DISCONTINUED": "stopped the drug for good before the window opened",
    "EARLY_ONLY": "a sample was drawn, but before the window",
    "LATE_ONLY": "a sample was drawn, but after the window",
    "EARLY_AND_LATE": "samples were drawn before and after the window, none in it",
}

FLAGS: dict[str, str] = {
    "ASSAY_CHANGE": "baseline and sample come from different laboratories or methods",
    "ASSUMED_PREDOSE": "baseline drawn on the day of first dose at an unknown time, taken as before it",
    "BASELINE_OLD": "baseline older than the protocol's warning limit",
    "BORDERLINE": "the change lies in the protocol's borderline band",
    "CENSORED_VALUE": "a result was reported as above or below a limit",
    "CONVERTED": "the ratio rests on converted units",
    "DUE": "the target day has come and no sample is known",
    "INTERCURRENT_LRT": "locoregional or new systemic therapy between baseline and sample",
    "NO_BASELINE": "no valid baseline; it can be repaired only while stored serum exists",
    "OFF_DRUG": "the last dose lies further before the sample than the protocol's gap",
    "TIE": "several results of one time; the rule for ties decided",
    "ULOQ_CHANGED": "the upper limit of quantification differs between baseline and sample",
    "UNCONFIRMED": "a response that still needs its second sample",
}

QUERIES: dict[str, str] = {
    "TIE_SAME_TIME": "Several different results carry the same collection time. Which one is right?",
    "DILUTE_BASELINE": "The baseline is above the assay's limit. Please have the stored sample diluted and measured.",
    "DILUTE_SAMPLE": "The result is above the assay's limit. Please have the sample diluted and measured.",
    "BELOW_LIMIT": "The result is below the assay's limit, and that leaves the verdict open. Is a finer result known?",
    "UNIT_FACTOR": "No factor is known for the unit of this laboratory. Please state unit and factor.",
    "NO_BASELINE": "No usable result before first dose is known. Does one exist, or stored serum?",
    "DEATH_BEFORE_FIRST_DOSE": "The date of death lies before first dose. Which date is right?",
    "PARTIAL_FIRST_DOSE": "The date of first dose is incomplete. On which day was it?",
}
