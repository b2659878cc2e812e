"""Imported by the process that killed nights are forked from: the gate's engine builds much at its first use."""

from tests.gate_rows import frame, judge, row

judge({"LB": frame([row("LB")])})
