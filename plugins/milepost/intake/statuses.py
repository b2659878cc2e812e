"""The status words of laboratories and registries as one of ours. Source: clinical specification section 9.4.

HL7 letters as in OBX-11: U, V and B are final, R and S preliminary, D and W entered in error; I, N and O announce a
result that does not exist yet and make no record. FHIR's words and Chinese laboratory systems' words are known too.
"""

from __future__ import annotations

from collections.abc import Mapping

from milepost.intake.annotations import FINE, Finding
from milepost.intake.texts import fold
from milepost.schema import STATUSES

NO_RESULT_YET = "NO_RESULT_YET"
_WORDS: dict[str, str] = {
    "FINAL": "f final u v b verified validated approved released complete completed normal "
    "已审核 审核 审核通过 已发布 发布 已报告 已确认 确认 最终 最终报告 正式 正式报告 完成 已完成",
    "PRELIMINARY": "p preliminary prelim r s partial registered pending interim unverified draft "
    "初步 初步报告 初步结果 临时 临时报告 未审核 待审核 待确认 检验中 预报告",
    "CORRECTED": "c corrected correction 更正 已更正 更正报告 修正 已修正 订正",
    "AMENDED": "a amended appended addendum updated changed 修改 已修改 补充 补充报告 更新",
    "CANCELLED": "x cancelled canceled void voided withdrawn revoked 作废 已作废 取消 已取消 撤销 已撤销 撤回 已撤回",
    "REJECTED": "rejected reject 拒收 已拒收 退回 已退回 标本拒收 标本不合格 不合格",
    "ENTERED_IN_ERROR": "d w entered-in-error error deleted wrong 录入错误 输入错误 错误 误录 删除 已删除",
    NO_RESULT_YET: "i n o",
}
_BY_WORD = {word: status for status, words in _WORDS.items() for word in words.split()}
_BY_WORD["entered in error"] = "ENTERED_IN_ERROR"
_BY_WORD |= {status.casefold(): status for status in STATUSES}


def read_status(text: str | None, codes: Mapping[str, str]) -> tuple[str, Finding]:
    """The status a text stands for, FINAL where it is empty; `codes` are the site's own words (folded).

    An unknown word counts as PRELIMINARY, so that nothing rests on it until somebody has said what it means.
    """
    word = codes.get(fold(text or ""), text or "")
    if not word:
        return "FINAL", FINE
    status = _BY_WORD.get(fold(word))
    if status is None:
        return "PRELIMINARY", (
            "UNKNOWN_STATUS",
            f"the status word is unknown. Known: {', '.join(STATUSES)}, HL7 letters, or a word listed under "
            f"codes.RECSTATUS of this layout.",
        )
    return status, FINE
