"""What could name a person: columns that are never read, and cells that are not kept.

A name in free text is found where a label stands before it; a bare one cannot be told from any other word.
Source: clinical specification section 9.6 (the row "REJECT/strip") and trap 37.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from milepost.core.censored_values import parse_result
from milepost.intake.texts import fold, half_width, shorten

WITHHELD = "(withheld)"
REMOVED = "[removed]"

# these words make a column an identifier wherever they stand in its name: 患者姓名, 身份证号码, 联系人电话 …
_CHINESE = (
    "姓名", "曾用名", "签名", "身份证", "身份号", "证件号", "护照", "住院号", "住院编号", "门诊号", "门诊编号",
    "病案号", "病历号", "就诊号", "登记号", "就诊卡", "医保", "社保", "手机", "电话", "联系方式", "联系人", "家属",
    "监护人", "住址", "地址", "户籍", "籍贯", "邮编", "工作单位", "出生", "生日", "邮箱", "微信", "床号",
)  # fmt: skip
_WORDS = frozenset(
    "name fullname firstname lastname middlename surname forename familyname givenname maidenname initials idcard "
    "idnumber nationalid identitycard identitynumber passport ssn socialsecurity nhs insurance hospitalnumber hospital "
    "hospitalid inpatient outpatient admission mrn medicalrecord chart phone mobile mobilephone homephone telephone "
    "tel cell cellphone address homeaddress street postcode postalcode zip zipcode email emailaddress wechat "
    "birthdate birth dateofbirth datebirth birthday dob brthdtc birthdtc contact contactname contactphone nextofkin "
    "vorname nachname familienname patientenname geburtsdatum geboren telefon handy adresse anschrift "
    "versichertennummer krankenkasse".split()
)
# what a name of a column may hold beside such a word: Patient's phone no. 2, Name of subject, DOB (yyyy-mm-dd)
_FILLERS = frozenset(
    "patient patients subject subjects participant pat pt person s the of and no nr number num code full".split()
)
_CARD_ALONE = frozenset(
    ("hospital", "inpatient", "outpatient", "admission", "chart", "insurance", "cell", "street")
)
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_ENGLISH_WORD = re.compile(r"[a-z]+")

_ID_CARD = re.compile(
    r"(?<![0-9])[1-9]\d{5}((?:18|19|20)\d{2})(\d{2})(\d{2})\d{3}[0-9Xx](?![0-9A-Za-z])", re.ASCII
)
_OLD_ID_CARD = re.compile(
    r"(?<![0-9A-Za-z])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{4}(\d{2})(\d{2})(\d{2})\d{3}(?![0-9A-Za-z])",
    re.ASCII,
)
_PHONE = re.compile(
    r"(?<![0-9])(?<!\d\.)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\.?[0-9])"
    r"|(?<![0-9])(?<!\d\.)0\d{2,3}-\d{7,8}(?![0-9])",
    re.ASCII,
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_RUINED_NUMBER = re.compile(
    r"\d(?:[.,]\d+)?[Ee]\+?1\d", re.ASCII
)  # an 18-digit number after a spreadsheet had it
_RUINED_ID = re.compile(r"\d(?:[.,]\d+)?[Ee]\+\d{2}", re.ASCII)

_IS = r"\s*(?:[:=#]|是|为)?\s*"
_A_NUMBER = r"[A-Za-z]{0,4}[- ]?\d[\dXx -]{2,}[\dXx]"
_A_DAY = (
    r"(?:\d{8}|\d{1,4}\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,4}\s*日?)?|\d{1,2}\.?\s+[A-Za-z]{3,9}\.?,?\s+\d{4}"
    r"|[A-Za-z]{3,9}\.?\s+\d{1,2},?\s+\d{4})"
)
_A_NAME = r"[A-Z][\w'’-]*(?:[ ,.]+[A-Z][\w'’-]*){0,3}"
_LABELLED = tuple(
    re.compile(f"({label}{_IS})({value})")
    for label, value in (
        (r"(?:姓名|名字)", rf"[\u3400-\u9fff·]{{2,6}}|{_A_NAME}"),
        (r"(?:身份证|证件|住院|门诊|病案|病历|就诊卡?|登记|医保卡?|社保卡?|护照|手机|电话)(?:编?号码?)?", _A_NUMBER),
        (r"(?:出生(?:日期|年月日?)?|生日)", _A_DAY),
        (r"(?i:\b(?:date of birth|birth\s?date|dob|born(?: on)?|geburtsdatum|geb\.|geboren(?: am)?))", _A_DAY),
        (r"(?i:\b(?:mrn|ssn|nhs|hospital|medical record|patient id|id card|passport|phone|tel|telephone|mobile"
         r"|telefon)(?:\s?(?:no|nr|number|id))?\.?)", rf"\+?{_A_NUMBER}"),
        (r"(?i:\b(?:patient(?:'?s)? name|full name|first name|last name|given name|family name|surname|vorname"
         r"|nachname)\s*[:=]|(?:^|(?<=[;,.(]))\s*name\s*[:=])", _A_NAME),
    )
)  # fmt: skip
_HINT = re.compile(
    r"[姓名身份证件住院门诊病就登记医社护照手机电话出生日@]|name|birth|born|dob|geb|mrn|ssn|nhs|hosp|record|card|"
    r"pass|phone|tel|mobile|patient id",
    re.IGNORECASE,
)
# 1834-1 is a LOINC code and no date
_DATE_LIKE = re.compile(
    r"(?<!\d)(?:\d{4}年|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?:19|20)\d{2}-(?:0[1-9]|1[0-2])(?!\d)"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
)
_LONG_NUMBER = re.compile(r"\d{6}")


@lru_cache(maxsize=4096)
def is_identifier_header(name: str) -> bool:
    """Whether a column of this name holds what identifies a person: it is not read, whatever the layout says."""
    folded = fold(name)
    if any(word in folded for word in _CHINESE):
        return True
    bare = re.sub(r"[\s_\-.:/#()']+", "", folded)
    if bare in _WORDS - _CARD_ALONE:
        return True
    words = _ENGLISH_WORD.findall(_BRACKETS.sub(" ", folded).replace("'", " "))
    told = "".join(word for word in words if word not in _FILLERS)
    numbered = any(word in ("no", "nr", "number", "num", "id") for word in words) or bare.endswith(
        ("no", "number")
    )
    for word in (told, told.removesuffix("no"), told.removesuffix("number"), told.removesuffix("id"), bare):
        if word in _WORDS and (numbered or word not in _CARD_ALONE):
            return True
    parts = [part for part in re.split(r"[,;/&+|]", folded) if part.strip()]
    if len(parts) > 1 and any(part.strip() != "name" and is_identifier_header(part) for part in parts):
        return True  # Name, Vorname
    return any(bare == filler + word for filler in ("patient", "subject", "pat", "pt") for word in _WORDS)


def looks_like_identifier(text: str) -> bool:
    """Whether a subject cell is rather an ID-card number, a telephone number, or a name in Chinese characters."""
    plain = half_width(text).strip()
    return bool(
        _CJK.search(plain)
        or has_id_card(plain)
        or _PHONE.fullmatch(plain)
        or _RUINED_NUMBER.fullmatch(plain)
        or _MAIL.search(plain)
    )


def has_id_card(text: str) -> bool:
    """Whether a Chinese ID-card number, of 18 or the older 15 digits, with a possible date of birth stands in it."""
    plain = half_width(text)
    return any(_is_day(found) for form in (_ID_CARD, _OLD_ID_CARD) for found in form.finditer(plain))


def is_id_card(text: str) -> bool:
    """Whether the whole text is an ID-card number with a right check digit: a record id is never taken for one
    by its form alone."""
    plain = half_width(text).strip().upper()
    if len(plain) != 18 or not has_id_card(plain):
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(plain[:17]))
    return "10X98765432"[total % 11] == plain[17]


def is_ruined_id(text: str) -> bool:
    """Whether a record id is a long number that a spreadsheet has shortened (1.23457E+17): many become one."""
    return _RUINED_ID.fullmatch(half_width(text).strip()) is not None


def scrub(text: str) -> str:
    """The text with ID-card and telephone numbers, mail addresses, and labelled names, numbers and birth dates
    replaced by `[removed]`; the same text where there are none."""
    if len(text) < 11:  # no number fits without a label
        return scrub_labelled(text)
    plain = half_width(text)
    cleaned = plain
    for form in (_ID_CARD, _OLD_ID_CARD):
        cleaned = form.sub(lambda found: REMOVED if _is_day(found) else found[0], cleaned)
    cleaned = scrub_labelled(_PHONE.sub(REMOVED, cleaned))
    return text if cleaned == plain else cleaned


def scrub_labelled(text: str) -> str:
    """The text without mail addresses and what a label calls a name, a number of a person or a birth date."""
    if _HINT.search(text) is None:
        return text
    plain = half_width(text)
    cleaned = _MAIL.sub(REMOVED, plain)
    for form in _LABELLED:
        cleaned = form.sub(lambda found: found[1] + REMOVED, cleaned)
    return text if cleaned == plain else cleaned


def showable(text: str, longest: int) -> str:
    """A code that nobody knows, fit to be shown to people: columns may have slipped, and then a patient's value, a
    date or worse stands where a unit or a test should."""
    plain = half_width(text).strip()
    if parse_result(plain) is not None or plain[:1] in ("-", "−") and parse_result(plain[1:]) is not None:
        return "(a number)"
    if _DATE_LIKE.search(plain):
        return "(a date)"
    if _LONG_NUMBER.search(plain):
        return "(a long number)"
    return shorten(scrub(text), longest)


def _is_day(found: re.Match[str]) -> bool:
    year = int(found[1])
    try:
        dt.date(year + 1900 if year < 100 else year, int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True
