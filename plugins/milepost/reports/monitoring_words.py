"""How the section on interim monitoring writes its numbers."""

from __future__ import annotations

from milepost.core.limits import Chance
from milepost.reports import words


def share_text(share: float) -> str:
    """62.5 %; 50 % where it is whole."""
    return f"{100 * share:.1f}".removesuffix(".0") + f"{words.THIN}%"


def number_text(value: float | None, digits: int, before: str = "") -> str:
    """A number with so many decimals; a dash where there is none."""
    if value is None:
        return words.DASH
    return f"{before}{value:.{digits}f}".replace("-", words.MINUS)


def signed_text(value: float | None) -> str:
    """+1.234 or −1.234."""
    return words.DASH if value is None else f"{value:+.3f}".replace("-", words.MINUS)


def p_text(value: float | None) -> str:
    """0.0123; < 0.0001."""
    return words.DASH if value is None else "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def chance_text(chance: Chance) -> str:
    """A chance from 0 to 1, or why there is none."""
    return f"none: {chance.reason}" if chance.value is None else f"{chance.value:.3f}"


def beta_text(prior: tuple[float, float]) -> str:
    """Beta(0.1, 0.9)."""
    return f"Beta({prior[0]:g}, {prior[1]:g})"
