"""Limits beyond which an indicator of a site, or of the whole study, is marked for a person to look at.

An indicator is no verdict on a site: it says where to ask. Source: clinical specification, section 7.4 (TransCelerate's
key risk indicators, ICH E6(R3) "acceptable ranges"); the numbers are house values, to be set by each study.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from milepost.protocol.base import Count, Frozen

Percent = Annotated[Decimal, Field(ge=0, le=100)]


class IndicatorRules(Frozen):
    """From when on an indicator is marked.

    outlier_z: a rate without a limit of its own, and that of adverse events, is marked where it lies so many standard
    deviations from the study's. The other keys are limits themselves; a value equal to its limit is not marked.
    """

    outlier_z: Annotated[Decimal, Field(gt=0)] = Decimal(2)
    serious_report_hours: Count = 24
    query_age_days: Count = 30
    overdue_scans_pct: Percent = Decimal(10)
    overdue_marker_pct: Percent = Decimal(10)
    target_days: Count = 3
    off_target_pct: Percent = Decimal(20)
    entry_lag_days: Count = 7
    missing_baseline_pct: Percent = Decimal(2)
    end_digit_pct: Percent = Decimal(20)
    study_missing_checkpoint_pct: Percent = Decimal(10)
    study_lost_pct: Percent = Decimal(5)
