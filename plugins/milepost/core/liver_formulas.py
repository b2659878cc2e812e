"""The published liver scores as formulas on plain numbers, element by element.

Units stand in the arguments' names: umol (per L), gl (g/L), mgl (mg/L). ALBI takes the logarithm to the base 10, MELD
the natural one: the two are not exchanged. Source: clinical specification section 5.1.
"""

from __future__ import annotations

import numpy as np

MG_BILI, MG_CREAT = 17.1, 88.4  # umol/L in 1 mg/dL of bilirubin, of creatinine
Numbers = np.ndarray


def albi(bili_umol: Numbers, albumin_gl: Numbers) -> Numbers:
    """ALBI = 0.66 log10(bilirubin umol/L) - 0.085 albumin g/L."""
    return 0.66 * np.log10(bili_umol) - 0.085 * albumin_gl


def albi_grade(score: Numbers) -> Numbers:
    """1: <= -2.60; 2: up to -1.39, that included; 3: above."""
    return np.select([np.isnan(score), score <= -2.60, score <= -1.39], [np.nan, 1.0, 2.0], 3.0)


def modified_albi_grade(score: Numbers) -> Numbers:
    """As ALBI, with grade 2 in two: 2a below -2.27, 2b from there. Given as 1, 2 (2a), 3 (2b), 4 (3)."""
    levels = [np.isnan(score), score <= -2.60, score < -2.27, score <= -1.39]
    return np.select(levels, [np.nan, 1.0, 2.0, 3.0], 4.0)


def ez_albi(bili_umol: Numbers, albumin_gl: Numbers) -> Numbers:
    """EZ-ALBI = bilirubin mg/dL - 9 albumin g/dL."""
    return bili_umol / MG_BILI - 9 * albumin_gl / 10


def meld(bili_umol: Numbers, inr: Numbers, creat_umol: Numbers) -> Numbers:
    """MELD(i): bilirubin, INR and creatinine (mg/dL) at least 1, creatinine at most 4. Not rounded."""
    bili, creat = np.maximum(bili_umol / MG_BILI, 1), np.clip(creat_umol / MG_CREAT, 1, 4)
    return 10 * (0.957 * np.log(creat) + 0.378 * np.log(bili) + 1.120 * np.log(np.maximum(inr, 1)) + 0.643)


def meld_na(bili_umol: Numbers, inr: Numbers, creat_umol: Numbers, sodium: Numbers) -> Numbers:
    """MELD(i), and where that is above 11 corrected for sodium (mmol/L, taken within 125 to 137). Not rounded."""
    score = meld(bili_umol, inr, creat_umol)
    lack = 137 - np.clip(sodium, 125, 137)
    return np.where(score > 11, score + 1.32 * lack - 0.033 * score * lack, score)


def meld_3(
    bili_umol: Numbers,
    inr: Numbers,
    creat_umol: Numbers,
    sodium: Numbers,
    albumin_gl: Numbers,
    female: Numbers,
) -> Numbers:
    """MELD 3.0, not rounded: bilirubin, INR, creatinine (mg/dL) at least 1, creatinine at most 3, sodium 125 to 137,
    albumin 1.5 to 3.5 g/dL."""
    ln_bili = np.log(np.maximum(bili_umol / MG_BILI, 1))
    ln_creat = np.log(np.clip(creat_umol / MG_CREAT, 1, 3))
    ln_inr = np.log(np.maximum(inr, 1))
    lack_na = 137 - np.clip(sodium, 125, 137)
    lack_alb = 3.5 - np.clip(albumin_gl / 10, 1.5, 3.5)
    return (
        1.33 * female + 4.56 * ln_bili + 0.82 * lack_na - 0.24 * lack_na * ln_bili + 9.09 * ln_inr + 11.14 * ln_creat
        + 1.85 * lack_alb - 1.83 * lack_alb * ln_creat + 6
    )  # fmt: skip


def meld_3_points(score: Numbers) -> Numbers:
    """MELD 3.0 as it is stated: rounded (halves up), within 6 and 40."""
    return np.clip(np.floor(score + 0.5), 6, 40)


def crafity(afp: Numbers, crp_mgl: Numbers) -> Numbers:
    """One point for AFP of at least 100 ng/mL, one for CRP of at least 1 mg/dL (10 mg/L)."""
    return (afp >= 100).astype(float) + (crp_mgl >= 10).astype(float)


def child_pugh_class(points: Numbers) -> Numbers:
    """1 (A): 5-6 points; 2 (B): 7-9; 3 (C): 10-15."""
    return np.select([np.isnan(points), points <= 6, points <= 9], [np.nan, 1.0, 2.0], 3.0)
