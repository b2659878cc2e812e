"""What could name a person: columns that are never read, and cells that are not kept.

Source: clinical specification section 9.6 (the row "REJECT/strip") and trap 37.
"""

from __future__ import annotations

import datetime as dt
import re

from milepost.intake.texts import fold, half_width

WITHHELD = "(withheld)"
REMOVED = "[removed]"

# these words make a column an identifier wherever they stand in its name: 患者姓名, 身份证号码, 联系人电话 …
_CHINESE = (
    "姓名", "身份证", "证件号", "护照", "住院号", "门诊号", "病案号", "病历号", "就诊卡", "医保", "社保",
    "手机", "电话", "联系方式", "联系人", "住址", "地址", "出生日期", "出生年月", "生日", "邮箱", "微信",
)  # fmt: skip
_ENGLISH = frozenset(
    "name patientname fullname firstname lastname middlename surname familyname givenname initials patientinitials "
    "idcard idcardnumber idcardno idnumber nationalid nationalidnumber identitycard identitynumber passport "
    "passportnumber ssn socialsecuritynumber insurancenumber hospitalnumber hospitalno hospitalid inpatientnumber "
    "inpatientno outpatientnumber outpatientno admissionnumber mrn medicalrecordnumber medicalrecordno phone "
    "phonenumber phoneno mobile mobilephone mobilenumber telephone telephonenumber tel cell cellphone address "
    "homeaddress street postcode zip zipcode email emailaddress wechat birthdate dateofbirth birthday dob brthdtc "
    "birthdtc contact contactname contactphone nextofkin".split()
)
_ID_CARD = re.compile(
    r"(?<![0-9])[1-9]\d{5}((?:18|19|20)\d{2})(\d{2})(\d{2})\d{3}[0-9Xx](?![0-9A-Za-z])", re.ASCII
)
_PHONE = re.compile(
    r"(?<![0-9.])(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9.])"
    r"|(?<![0-9.])0\d{2,3}-\d{7,8}(?![0-9])",
    re.ASCII,
)
_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_RUINED_NUMBER = re.compile(
    r"\d(?:[.,]\d+)?[Ee]\+?1\d", re.ASCII
)  # an 18-digit number after a spreadsheet had it


def is_identifier_header(name: str) -> bool:
    """Whether a column of this name holds what identifies a person: it is not read, whatever the layout says."""
    folded = fold(name)
    bare = re.sub(r"[\s_\-.:/#()']+", "", folded)
    return bare in _ENGLISH or any(word in folded for word in _CHINESE)


def looks_like_identifier(text: str) -> bool:
    """Whether a subject cell is rather an ID-card number, a telephone number, or a name in Chinese characters."""
    plain = half_width(text).strip()
    return bool(
        _CJK.search(plain) or has_id_card(plain) or _PHONE.fullmatch(plain) or _RUINED_NUMBER.fullmatch(plain)
    )


def has_id_card(text: str) -> bool:
    """Whether an 18-character Chinese ID-card number with a possible date of birth stands in the text."""
    return any(_is_day(found) for found in _ID_CARD.finditer(half_width(text)))


def is_id_card(text: str) -> bool:
    """Whether the whole text is an ID-card number with a right check digit: a record id is never taken for one
    by its form alone."""
    plain = half_width(text).strip().upper()
    if len(plain) != 18 or not has_id_card(plain):
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(plain[:17]))
    return "10X98765432"[total % 11] == plain[17]


def scrub(text: str) -> str:
    """The text with ID-card and telephone numbers replaced by `[removed]`; the same text where there are none."""
    if len(text) < 11:  # neither number fits
        return text
    plain = half_width(text)
    cleaned = _ID_CARD.sub(lambda found: REMOVED if _is_day(found) else found[0], plain)
    cleaned = _PHONE.sub(REMOVED, cleaned)
    return text if cleaned == plain else cleaned


def _is_day(found: re.Match[str]) -> bool:
    try:
        dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True
