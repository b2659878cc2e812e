"""How each made-up site writes its files: separators, encodings, languages, units, dates. Rows in, bytes out.

Written from the hospitals' side and on purpose not from `sites.toml`: that the two fit is what a test shows.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Row = dict[str, Any]
Writer = Callable[[Sequence[Row]], bytes]


def _table(
    header: Sequence[str], lines: Iterable[Sequence[str]], delimiter: str = ",", newline: str = "\n"
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


def _number_of(row: Row) -> str:
    """The serial number that stands in for a name or an identity card: made up, and never to be stored."""
    return f"{row['NUMBER']:04d}"


# ---------------------------------------------------------------- laboratories


def labs_s01(rows: Sequence[Row]) -> bytes:
    """One result a line, English, LOINC codes, order numbers; a Name column that nobody asked for."""
    header = ["Order", "Subject", "Name", "Phone", "LOINC", "Test", "Result", "Unit", "Low", "High", "Specimen",
              "Collected", "Received", "Platform", "Status", "Version"]  # fmt: skip
    lines = [
        [r["REF"], r["USUBJID"], f"NAME-{_number_of(r)}", f"PHONE-{_number_of(r)}", r["LBLOINC"], r["LBTESTCD"],
         r["LBORRES"], r["LBORRESU"], r["LBORNRLO"], r["LBORNRHI"], r["LBSPEC"], f"{r['LBDTC']:%Y-%m-%dT%H:%M}",
         f"{r['LBRCVDTC']:%Y-%m-%dT%H:%M}", r["LBMETHOD"], r["STATUS"], str(r["REVISION"])]
        for r in rows
    ]  # fmt: skip
    return _table(header, lines).encode()


S02_TESTS = {
    "AFP": ("甲胎蛋白", "ng/mL"), "ALT": ("谷丙转氨酶", "U/L"), "AST": ("谷草转氨酶", "U/L"),
    "ALP": ("碱性磷酸酶", "U/L"), "GGT": ("谷氨酰转肽酶", "U/L"), "BILI": ("总胆红素", "μmol/L"),
    "ALB": ("白蛋白", "g/L"), "PLAT": ("血小板计数", "×10^9/L"), "WBC": ("白细胞计数", "×10^9/L"),
    "NEUT": ("中性粒细胞绝对值", "×10^9/L"), "LYM": ("淋巴细胞绝对值", "×10^9/L"), "HGB": ("血红蛋白", "g/L"),
    "CREAT": ("肌酐", "μmol/L"), "INR": ("国际标准化比值", ""), "K": ("钾", "mmol/L"), "SODIUM": ("钠", "mmol/L"),
    "GLUC": ("葡萄糖", "mmol/L"), "TSH": ("促甲状腺激素", "mIU/L"), "UPROT": ("尿蛋白", ""),
}  # fmt: skip
S02_RANGES = (
    "ALT",
    "AST",
    "ALP",
    "GGT",
    "HGB",
    "CREAT",
)  # of men and women apart: printed beside the results
VISITS_ZH = {
    "SCREENING": "筛选期",
    "DAY1": "首次用药日",
    "DAY22": "第22天",
    "WEEK4": "第4周",
    "WEEK6": "第6周",
    "UNSCHEDULED": "计划外访视",
}


def labs_s02(rows: Sequence[Row]) -> bytes:
    """One visit a line, Chinese, GB 18030: a title above the header, a unit line below it, a totals row at the end."""
    header = [
        "受试者编号",
        "姓名",
        "身份证号",
        "访视名称",
        "采样日期",
        "报告日期",
        *(zh for zh, _ in S02_TESTS.values()),
        *(S02_TESTS[code][0] + bound for code in S02_RANGES for bound in ("下限", "上限")),
    ]
    visits: dict[tuple[str, dt.datetime], dict[str, Row]] = {}
    for row in rows:
        visits.setdefault((row["USUBJID"], row["LBDTC"]), {})[row["LBTESTCD"]] = row
    units = [
        *(unit for _, unit in S02_TESTS.values()),
        *(S02_TESTS[code][1] for code in S02_RANGES for _ in range(2)),
    ]
    lines = [["", "", "", "", "", "", *units]]
    for (usubjid, at), results in visits.items():
        one = next(iter(results.values()))
        values = [
            results[code]["LBORRES"].replace("<", "＜").replace(">", "＞") if code in results else "未做"
            for code in S02_TESTS
        ]
        values += [
            results[code][bound] if code in results else ""
            for code in S02_RANGES
            for bound in ("LBORNRLO", "LBORNRHI")
        ]
        visit = VISITS_ZH.get(one["VISIT"]) or one["VISIT"]
        lines.append([usubjid.removeprefix("S02-"), f"NAME-{_number_of(one)}", f"ID-CARD-{_number_of(one)}", visit,
                      _zh_date(at), _zh_date(at + dt.timedelta(days=1)), *values])  # fmt: skip
    lines.append(["合计", str(len(visits)), *[""] * (len(header) - 2)])
    title = "某医院检验科数据导出（虚构研究，非真实数据）\n"
    return (title + _table(header, lines)).encode("gb18030")


def _zh_date(at: dt.datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日"


S03_NAMES = {"ALT": "GPT", "AST": "GOT", "BILI": "TBIL", "PLAT": "PLT", "CREAT": "CREA"}
S03_UNITS = {"ug/L": "µg/L", "umol/L": "µmol/L", "1": ""}


def labs_s03(rows: Sequence[Row]) -> bytes:
    """Semicolons, decimal commas, Windows encoding with the micro sign, no record numbers, no times."""
    header = ["Subject", "Sampled", "Analyte", "Value", "Unit", "From", "To"]
    lines = [
        [r["USUBJID"], f"{r['LBDTC']:%d.%m.%Y}", S03_NAMES.get(r["LBTESTCD"], r["LBTESTCD"]),
         r["LBORRES"].replace(".", ","), S03_UNITS.get(r["LBORRESU"], r["LBORRESU"]),
         r["LBORNRLO"].replace(".", ","), r["LBORNRHI"].replace(".", ",")]
        for r in rows
    ]  # fmt: skip
    return _table(header, lines, ";", "\r\n").encode("cp1252")


def labs_s04(rows: Sequence[Row]) -> bytes:
    """AFP in IU/mL, US units and dates, times, record numbers, preliminary and final results."""
    header = ["RECORD_ID", "SUBJECT_ID", "TEST", "RESULT", "UNITS", "REF_LOW", "REF_HIGH", "SPECIMEN", "COLLECTED_AT",
              "LAB_RECEIVED_AT", "REPORTED_AT", "PLATFORM", "RESULT_STATUS"]  # fmt: skip
    lines = [
        [r["REF"], r["USUBJID"], r["LBTESTCD"], r["LBORRES"], r["LBORRESU"],
         r["LBORNRLO"], r["LBORNRHI"], r["LBSPEC"], f"{r['LBDTC']:%m/%d/%Y %H:%M}", f"{r['LBRCVDTC']:%m/%d/%Y %H:%M}",
         f"{r['LBRCVDTC'] + dt.timedelta(hours=3):%m/%d/%Y %H:%M}", r["LBMETHOD"], r["STATUS"]]
        for r in rows
    ]  # fmt: skip
    return _table(header, lines).encode()


def labs_s05(rows: Sequence[Row]) -> bytes:
    """Everything so far, tabs, a byte order mark, seconds."""
    header = ["patient", "drawn", "test", "result", "unit", "low", "high", "specimen"]
    lines = [
        [r["USUBJID"], f"{r['LBDTC']:%Y-%m-%d %H:%M:%S}", r["LBTESTCD"], r["LBORRES"], r["LBORRESU"], r["LBORNRLO"],
         r["LBORNRHI"], r["LBSPEC"]]
        for r in rows
    ]  # fmt: skip
    return _table(header, lines, "\t", "\r\n").encode("utf-8-sig")


S06_NAMES = {"AFP": "甲胎蛋白定量", "ALT": "GPT", "AST": "GOT", "BILI": "TBIL", "PLAT": "血小板计数"}
S06_UNITS = {"ng/mL": "ng/ml", "10^9/L": "10E9/L"}


def labs_s06(rows: Sequence[Row]) -> bytes:
    """Two title lines, bars, compact dates, mixed languages, a totals row."""
    header = ["PID", "SAMPLE DATE", "ITEM", "RESULT", "UNIT", "LOW", "HIGH", "FLAG", "INSTRUMENT"]
    lines = [
        [r["USUBJID"], f"{r['LBDTC']:%Y%m%d}", S06_NAMES.get(r["LBTESTCD"], r["LBTESTCD"]), r["LBORRES"],
         S06_UNITS.get(r["LBORRESU"], r["LBORRESU"]), r["LBORNRLO"], r["LBORNRHI"], "", r["LBMETHOD"]]
        for r in rows
    ]  # fmt: skip
    lines.append([f"TOTAL {len(rows)}", *[""] * (len(header) - 1)])
    title = "LABORATORY EXPORT SITE 06\nMADE-UP STUDY - NO REAL PATIENT\n"
    return (title + _table(header, lines, "|", "\r\n")).encode("gb18030")


LABS: dict[str, Writer] = {
    "S01": labs_s01, "S02": labs_s02, "S03": labs_s03, "S04": labs_s04, "S05": labs_s05, "S06": labs_s06,
}  # fmt: skip
LABS_NAME = {
    "S01": "labs_{:%Y%m%d}.csv", "S02": "检验_{:%Y%m%d}.csv", "S03": "labs_{:%Y%m%d}.csv", "S04": "labs_{:%Y%m%d}.csv",
    "S05": "export_{:%Y%m%d}.txt", "S06": "LAB-{:%Y%m%d}.txt",
}  # fmt: skip

# ---------------------------------------------------------------- case report forms

# our name of a field -> the form's column; the same columns serve every form
FORM_FIELDS = {
    "REF": "record", "EXTRT": "item", "DSDECOD": "item", "AETERM": "item", "CMTRT": "item", "PRTRT": "item",
    "MHTERM": "item", "VSTESTCD": "item", "FAOBJ": "item", "RSTESTCD": "item", "DSCAT": "category",
    "AEBODSYS": "category", "CMCAT": "category", "PRCAT": "category", "RSCAT": "category", "EXDOSE": "value",
    "SSORRES": "value", "MHOCCUR": "value", "VSORRES": "value", "FAORRES": "value", "RSORRES": "value",
    "EXDOSU": "unit", "VSORRESU": "unit", "EXDOSFRQ": "frequency", "RFICDTC": "start", "EXSTDTC": "start",
    "DSSTDTC": "start", "SSDTC": "start", "AESTDTC": "start", "CMSTDTC": "start", "PRSTDTC": "start",
    "MHSTDTC": "start", "VSDTC": "start", "FADTC": "start", "RSDTC": "start", "EXENDTC": "end", "AEENDTC": "end",
    "CMENDTC": "end", "EXADJ": "reason", "DSTERM": "reason", "EXLINE": "line", "DSLINE": "line", "DMLINE": "line",
    "ARMCD": "arm", "SEX": "sex", "AGE": "age", "DMHBV": "hbv", "DMCPUGH": "child_pugh", "DMSCRF": "screen_failure",
    "DTHDTC": "died", "AETOXGR": "grade", "AESER": "serious", "AEREL": "related", "AEACN": "action",
    "AEOUT": "outcome", "VISIT": "visit", "STATUS": "status",
}  # fmt: skip
FORM_HEADER = ["form", "subject", *dict.fromkeys(FORM_FIELDS.values())]
FORM_HEADER_ZH = {
    "form": "表单", "subject": "受试者编号", "record": "记录号", "item": "项目", "category": "类别", "value": "结果",
    "unit": "单位", "frequency": "频次", "start": "开始日期", "end": "结束日期", "reason": "原因", "line": "治疗线数",
    "arm": "组别", "sex": "性别", "age": "年龄", "hbv": "乙肝", "child_pugh": "肝功能分级",
    "screen_failure": "筛选失败", "died": "死亡日期", "grade": "CTCAE分级", "serious": "严重不良事件",
    "related": "与药物相关性", "action": "措施", "outcome": "转归", "visit": "访视", "status": "状态",
}  # fmt: skip
FORM_ZH = {
    "DM": "人口学", "EX": "用药", "DS": "处置", "SS": "生存随访", "AE": "不良事件", "CM": "合并用药", "PR": "操作",
    "MH": "病史", "VS": "生命体征", "FA": "体格检查", "RS": "评分",
}  # fmt: skip
WORDS_ZH: dict[str, dict[str, str]] = {
    "STATUS": {"changed": "更正"},
    "SEX": {"M": "男", "F": "女"},
    "ARMCD": {"ANL": "安罗替尼组", "SOR": "索拉非尼组"},
    "EXTRT": {"ANLOTINIB": "盐酸安罗替尼胶囊", "SORAFENIB": "甲苯磺酸索拉非尼片"},
    "CMTRT": {"Warfarin": "华法林", "Enoxaparin": "依诺肝素", "Entecavir": "恩替卡韦"},
    "AETERM": {
        "Hypertension": "高血压", "Palmar-plantar erythrodysaesthesia syndrome": "手足综合征", "Proteinuria": "蛋白尿",
        "Fatigue": "乏力", "Diarrhoea": "腹泻", "Decreased appetite": "食欲减退",
        "Platelet count decreased": "血小板计数降低",
        "Hypothyroidism": "甲状腺功能减退", "Hypertriglyceridaemia": "高甘油三酯血症", "Stomatitis": "口腔黏膜炎",
        "Dysphonia": "声音嘶哑", "Upper gastrointestinal haemorrhage": "上消化道出血", "Ascites": "腹水",
        "Abdominal pain": "腹痛", "Hepatic function abnormal": "肝功能异常",
        "Drug-induced liver injury": "药物性肝损伤",
        "Alanine aminotransferase increased": "丙氨酸氨基转移酶升高", "Blood bilirubin increased": "血胆红素升高",
        "Neutrophil count decreased": "中性粒细胞计数降低", "Hyperkalaemia": "高钾血症", "Hypokalaemia": "低钾血症",
        "Hyponatraemia": "低钠血症", "Deep vein thrombosis": "深静脉血栓形成", "Pulmonary embolism": "肺栓塞",
        "Hepatic failure": "肝衰竭", "Pneumonia": "肺炎", "Hepatic encephalopathy": "肝性脑病",
    },
    "AEREL": {"RELATED": "有关", "POSSIBLY RELATED": "可能有关", "NOT RELATED": "无关"},
    "AEACN": {
        "DOSE NOT CHANGED": "剂量不变", "DRUG INTERRUPTED": "暂停用药", "DOSE REDUCED": "减量",
        "DRUG WITHDRAWN": "永久停药",
        "NOT APPLICABLE": "不适用",
    },
    "AEOUT": {"RECOVERED/RESOLVED": "痊愈", "NOT RECOVERED/NOT RESOLVED": "未恢复", "FATAL": "死亡"},
    "SSORRES": {"ALIVE": "存活", "DEAD": "死亡"},
    "DSDECOD": {
        "DEATH": "死亡", "WITHDRAWAL BY SUBJECT": "撤回知情同意", "LOST TO FOLLOW-UP": "失访",
        "DRUG DISCONTINUED": "停药", "SCREEN FAILURE": "筛选失败",
    },
} | {name: {"1": "一线", "2": "二线"} for name in ("EXLINE", "DSLINE", "DMLINE")} | {
    name: {"Y": "是", "N": "否"} for name in ("DMHBV", "AESER", "MHOCCUR", "DMSCRF")
}  # fmt: skip


def forms_english(rows: Sequence[Row]) -> bytes:
    """The electronic case report form's listing: one form a line, one set of columns for all forms."""
    return _table(
        FORM_HEADER, [_form(row, "%Y-%m-%d", {}, row["FORM"], row["USUBJID"]) for row in rows]
    ).encode()


def forms_chinese(rows: Sequence[Row]) -> bytes:
    """The same listing from the hospital that keeps it in Chinese, GB 18030, with its own subject numbers."""
    header = [FORM_HEADER_ZH[name] for name in FORM_HEADER]
    lines = [
        _form(row, "%Y/%m/%d", WORDS_ZH, FORM_ZH[row["FORM"]], row["USUBJID"].removeprefix("S02-"))
        for row in rows
    ]
    return _table(header, lines).encode("gb18030")


def _form(row: Row, date: str, words: dict[str, dict[str, str]], form: str, subject: str) -> list[str]:
    cells = dict.fromkeys(FORM_HEADER, "") | {"form": form, "subject": subject}
    for name, column in FORM_FIELDS.items():
        value = row.get(name)
        if value is not None:
            text = _dated(value, date)
            cells[column] = words.get(name, {}).get(text, text)
    return list(cells.values())


def _dated(value: Any, date: str) -> str:
    if isinstance(value, dt.datetime):
        return value.strftime(f"{date} %H:%M")
    if isinstance(value, dt.date):
        return value.strftime(date)
    text = str(value)
    partial = len(text) == 7 and text[4] == "-" and text[:4].isdigit()
    return text.replace("-", "/") if partial and "/" in date else text


FORMS: dict[str, Writer] = {"S02": forms_chinese}
FORMS_NAME = {"S02": "病例报告_{:%Y%m%d}.csv"}

# ---------------------------------------------------------------- imaging

IMAGING_HEADER = ["record", "subject", "scan_date", "visit", "reader", "lesion", "role", "location", "method",
                  "measure", "value", "unit", "criteria"]  # fmt: skip
READERS = {"INVESTIGATOR": "site", "INDEPENDENT ASSESSOR": "central"}


def imaging(rows: Sequence[Row]) -> bytes:
    """Lesion by lesion and reader by reader: the lesion found, its measurement at each scan, the reader's response."""
    return _table(IMAGING_HEADER, [_picture(row) for row in rows]).encode()


def _picture(row: Row) -> list[str]:
    subject = row["USUBJID"].removeprefix("S02-")
    head = [subject, f"{row['DTC']:%Y-%m-%d}", row["VISIT"]]
    if row["FORM"] == "TU":
        return ["lesion", *head, READERS[row["TUEVAL"]], row["TULNKID"], row["TUORRES"], row["TULOC"], row["TUMETHOD"],
                "", "", "", ""]  # fmt: skip
    if row["FORM"] == "TR":
        return ["measurement", *head, READERS[row["TREVAL"]], row["TRLNKID"], row["TRGRPID"], "", row["TRMETHOD"],
                row["TRTESTCD"], row["TRORRES"], row["TRORRESU"] or "", ""]  # fmt: skip
    return ["response", *head, READERS[row["RSEVAL"]], "", "", "", "", row["RSTESTCD"], row["RSORRES"], "",
            row["RSCAT"]]  # fmt: skip
