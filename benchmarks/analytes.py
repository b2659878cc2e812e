"""The 25 tests of the made-up rows: plausible values, and how different laboratories name and measure them."""

from __future__ import annotations

from typing import NamedTuple


class Analyte(NamedTuple):
    """Values lie between low and high in `unit`; in American units they are divided by `factor`."""

    code: str
    loinc: str
    chinese: str
    unit: str
    places: int
    low: float
    high: float
    american: str
    factor: float
    specimen: str = "SERUM"


ANALYTES = (
    Analyte("AFP", "1834-1", "甲胎蛋白", "ng/mL", 1, 3, 9000, "IU/mL", 1.21),
    Analyte("ALT", "1742-6", "谷丙转氨酶", "U/L", 0, 8, 400, "IU/L", 1),
    Analyte("AST", "1920-8", "谷草转氨酶", "U/L", 0, 8, 400, "IU/L", 1),
    Analyte("ALP", "6768-6", "碱性磷酸酶", "U/L", 0, 30, 600, "IU/L", 1),
    Analyte("GGT", "2324-2", "谷氨酰转肽酶", "U/L", 0, 10, 900, "IU/L", 1),
    Analyte("BILI", "1975-2", "总胆红素", "umol/L", 1, 4, 90, "mg/dL", 17.1),
    Analyte("BILDIR", "1968-7", "直接胆红素", "umol/L", 1, 1, 50, "mg/dL", 17.1),
    Analyte("ALB", "1751-7", "白蛋白", "g/L", 1, 24, 50, "g/dL", 10),
    Analyte("PROT", "2885-2", "总蛋白", "g/L", 1, 50, 85, "g/L", 1),
    Analyte("PLAT", "777-3", "血小板计数", "10^9/L", 0, 40, 450, "10^3/uL", 1, "BLOOD"),
    Analyte("WBC", "6690-2", "白细胞计数", "10^9/L", 2, 2, 15, "10^3/uL", 1, "BLOOD"),
    Analyte("NEUT", "751-8", "中性粒细胞绝对值", "10^9/L", 2, 1, 9, "10^3/uL", 1, "BLOOD"),
    Analyte("LYM", "731-0", "淋巴细胞绝对值", "10^9/L", 2, 0.4, 4, "10^3/uL", 1, "BLOOD"),
    Analyte("HGB", "718-7", "血红蛋白", "g/L", 0, 80, 165, "g/dL", 10, "BLOOD"),
    Analyte("CREAT", "2160-0", "肌酐", "umol/L", 0, 40, 160, "mg/dL", 88.4),
    Analyte("UREA", "3094-0", "尿素", "mmol/L", 1, 2, 14, "mg/dL", 0.357),
    Analyte("INR", "6301-6", "国际标准化比值", "1", 2, 0.9, 2.2, "1", 1, "PLASMA"),
    Analyte("K", "2823-3", "钾", "mmol/L", 1, 3, 5.8, "mEq/L", 1),
    Analyte("SODIUM", "2951-2", "钠", "mmol/L", 0, 126, 148, "mEq/L", 1),
    Analyte("CA", "17861-6", "钙", "mmol/L", 2, 1.9, 2.8, "mg/dL", 0.2495),
    Analyte("GLUC", "2345-7", "葡萄糖", "mmol/L", 1, 3.5, 14, "mg/dL", 0.0555),
    Analyte("TSH", "3016-3", "促甲状腺激素", "mIU/L", 2, 0.3, 9, "uIU/mL", 1),
    Analyte("T4FR", "3024-7", "游离甲状腺素", "pmol/L", 1, 9, 24, "ng/dL", 12.87),
    Analyte("CHOL", "2093-3", "总胆固醇", "mmol/L", 2, 2, 8, "mg/dL", 0.02586),
    Analyte("TRIG", "2571-8", "甘油三酯", "mmol/L", 2, 0.4, 5, "mg/dL", 0.01129),
)
