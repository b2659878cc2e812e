"""What the laboratories of the made-up sites measure: typical values, ranges, units and each site's habits.

Amounts are in SI units; `us` is the unit a US-style laboratory prints and what to divide by to get there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Analyte:
    """One blood test: its typical value in a patient with liver cancer and its range (men, then women)."""

    code: str
    loinc: str
    specimen: str
    typical: float
    spread: float
    unit: str
    digits: int
    men: tuple[float, float]
    women: tuple[float, float]
    us: tuple[str, float, int] | None = None


ANALYTES: dict[str, Analyte] = {
    analyte.code: analyte
    for analyte in (
        Analyte("ALT", "1742-6", "SERUM", 42, 0.45, "U/L", 0, (9, 50), (7, 40)),
        Analyte("AST", "1920-8", "SERUM", 48, 0.45, "U/L", 0, (15, 40), (13, 35)),
        Analyte("ALP", "6768-6", "SERUM", 128, 0.40, "U/L", 0, (45, 125), (50, 135)),
        Analyte("GGT", "2324-2", "SERUM", 110, 0.60, "U/L", 0, (10, 60), (7, 45)),
        Analyte(
            "BILI", "14631-6", "SERUM", 15.5, 0.35, "umol/L", 1, (3.4, 20.5), (3.4, 20.5), ("mg/dL", 17.1, 2)
        ),
        Analyte("ALB", "1751-7", "SERUM", 38.5, 0.09, "g/L", 1, (40, 55), (40, 55), ("g/dL", 10, 2)),
        Analyte("PLAT", "777-3", "BLOOD", 148, 0.35, "10^9/L", 0, (125, 350), (125, 350), ("10^3/uL", 1, 0)),
        Analyte("WBC", "6690-2", "BLOOD", 5.4, 0.25, "10^9/L", 2, (3.5, 9.5), (3.5, 9.5), ("10^3/uL", 1, 2)),
        Analyte("NEUT", "751-8", "BLOOD", 3.2, 0.28, "10^9/L", 2, (1.8, 6.3), (1.8, 6.3), ("10^3/uL", 1, 2)),
        Analyte("LYM", "731-0", "BLOOD", 1.3, 0.25, "10^9/L", 2, (1.1, 3.2), (1.1, 3.2), ("10^3/uL", 1, 2)),
        Analyte("HGB", "718-7", "BLOOD", 131, 0.10, "g/L", 0, (130, 175), (115, 150), ("g/dL", 10, 1)),
        Analyte("CREAT", "14682-9", "SERUM", 71, 0.18, "umol/L", 0, (57, 97), (41, 73), ("mg/dL", 88.4, 2)),
        Analyte("INR", "6301-6", "PLASMA", 1.08, 0.08, "1", 2, (0.8, 1.2), (0.8, 1.2)),
        Analyte("K", "2823-3", "SERUM", 4.1, 0.08, "mmol/L", 2, (3.5, 5.3), (3.5, 5.3)),
        Analyte("SODIUM", "2951-2", "SERUM", 139.5, 0.015, "mmol/L", 1, (137, 147), (137, 147)),
        Analyte(
            "GLUC", "14749-6", "SERUM", 5.5, 0.15, "mmol/L", 2, (3.9, 6.1), (3.9, 6.1), ("mg/dL", 0.0555, 0)
        ),
        Analyte("TSH", "3016-3", "SERUM", 2.2, 0.45, "mIU/L", 2, (0.27, 4.2), (0.27, 4.2)),
    )
}
AFP_LOINC = {"ng/mL": "53962-7", "IU/mL": "53961-9"}
AFP_NORMAL_NG_ML = 7.0
NG_IN_IU = 1.21


@dataclass(frozen=True)
class Laboratory:
    """One site's laboratory: its AFP unit and limits, its panel, when it draws, and how fast it reports.

    day_22 and day_29: the arms drawn on that day. A site that draws on the first day of a cycle never sees an
    anlotinib patient on day 29 (clinical specification, section 3.2).
    """

    site: str
    afp_unit: str
    afp_limits: tuple[float, float]
    panel: tuple[str, ...]
    platform: str
    timed: bool = False
    us_units: bool = False
    day_1: bool = False
    day_22: tuple[str, ...] = ()
    day_29: tuple[str, ...] = ("ANL", "SOR")
    spread_days: float = 1.5
    urine: bool = False


_SHORT = ("ALT", "AST", "BILI", "ALB", "PLAT")
LABORATORIES: dict[str, Laboratory] = {
    laboratory.site: laboratory
    for laboratory in (
        Laboratory(
            "S01", "ng/mL", (1.3, 60500), tuple(ANALYTES), "Platform A", timed=True, day_22=("ANL",), urine=True
        ),
        Laboratory(
            "S02", "ng/mL", (1.3, 54000), tuple(ANALYTES), "Platform B", day_22=("ANL",), day_29=("SOR",),
            urine=True,
        ),
        Laboratory(
            "S03", "ug/L", (0.9, 12100), (*_SHORT, "WBC", "CREAT", "INR"), "Platform C", day_22=("ANL",)
        ),
        Laboratory(
            "S04", "IU/mL", (1.0, 50000), (*_SHORT, "ALP", "WBC", "NEUT", "HGB", "CREAT", "GLUC", "K"),
            "Platform D", timed=True, us_units=True, day_1=True,
        ),
        Laboratory("S05", "ng/mL", (2.0, 60500), ("ALT", "AST", "BILI", "PLAT"), "Platform A", timed=True,
                   day_1=True),
        Laboratory("S06", "ng/mL", (1.3, 20000), (*_SHORT, "WBC", "TSH"), "Platform E", spread_days=3.0),
    )
}  # fmt: skip
