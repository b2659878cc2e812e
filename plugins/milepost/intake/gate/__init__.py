"""The gate: which rows of a delivery may be recorded, which go back to the site, and when a file is held whole.

Sole owner of Great Expectations (imported only when rules are built or run: it costs seconds).
"""

from milepost.intake.gate.catalogue import describe_rules
from milepost.intake.gate.delivery import FILE_COLUMNS, FILE_RULES, check_delivery, decide_hold, unknown_file
from milepost.intake.gate.facts import Facts
from milepost.intake.gate.rows import BATCH_COLUMNS, ROW_COLUMNS, Findings, check_rows
from milepost.intake.gate.rules import Rule, Suite, Suites
from milepost.intake.gate.suites import load_suites, parameters

__all__ = [
    "BATCH_COLUMNS",
    "FILE_COLUMNS",
    "FILE_RULES",
    "ROW_COLUMNS",
    "Facts",
    "Findings",
    "Rule",
    "Suite",
    "Suites",
    "check_delivery",
    "check_rows",
    "decide_hold",
    "describe_rules",
    "load_suites",
    "parameters",
    "unknown_file",
]
