"""The one place that knows Jinja2: models in, pages and mails out. Same model, same bytes."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from milepost.reports import words

if TYPE_CHECKING:  # the estimates behind a report are loaded by who makes one
    from milepost.reports.closed_report import ClosedReport
    from milepost.reports.findings import FindingsPage
    from milepost.reports.mails import AlertMail, DigestMail
    from milepost.reports.open_report import OpenReport
    from milepost.reports.profile.build import Profile
    from milepost.reports.profile.index import ProfileIndex
    from milepost.reports.query_letters import QueryLetter

Mail = tuple[str, str, str]


class Renderer:
    """Sets models with the templates of one folder (`reports_templates`).

    Autoescape is on for HTML and off for the text part of mails; an unknown name is an error, never a blank.
    """

    def __init__(self, templates: Path) -> None:
        self._folder = templates
        self._html = self._environment(autoescape=True)
        self._text = self._environment(autoescape=False)

    def open_report(self, model: OpenReport) -> str:
        """The open interim report as one HTML page."""
        return self._page("interim/open_report.html.j2", report=model)

    def closed_report(self, model: ClosedReport) -> str:
        """The closed interim report as one HTML page."""
        return self._page("interim/closed_report.html.j2", report=model)

    def alert_mail(self, model: AlertMail) -> Mail:
        """Subject, text and HTML of one alert; text and HTML say the same."""
        return (
            model.subject,
            self._words("alerts/alert.txt.j2", mail=model),
            self._mail("alerts/alert.html.j2", model),
        )

    def digest_mail(self, model: DigestMail) -> Mail:
        """Subject, text and HTML of a site's digest of one day."""
        return (
            model.subject,
            self._words("alerts/digest.txt.j2", mail=model),
            self._mail("alerts/digest.html.j2", model),
        )

    def findings_page(self, model: FindingsPage) -> str:
        """What came in a delivery and what was found wrong with it, as one HTML page."""
        return self._page("findings/delivery.html.j2", page=model)

    def patient_profile(self, model: Profile | ProfileIndex) -> str:
        """One patient's profile, or the list of all of them, as one HTML page; restricted."""
        return self._page(f"profile/{model.template}.html.j2", page=model)

    def query_letter(self, model: QueryLetter) -> str:
        """The open questions to one site, as one HTML page to send or print."""
        return self._page("queries/letter.html.j2", letter=model)

    def _environment(self, *, autoescape: bool) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folder, encoding="utf-8"),
            autoescape=autoescape,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            newline_sequence="\n",
        )
        environment.filters["count"] = words.count
        return environment

    def _page(self, name: str, **model: object) -> str:
        fonts = {face: Markup(self._font(face)) for face in ("milepost-sans", "milepost-serif")}
        script = (self._folder / "interim" / "report.js").read_text(encoding="utf-8")
        allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
        return self._html.get_template(name).render(
            fonts=fonts, script=Markup(script), script_hash=allowed, **model
        )

    def _mail(self, name: str, model: AlertMail | DigestMail) -> str:
        return self._html.get_template(name).render(mail=model)

    def _words(self, name: str, **model: object) -> str:
        return self._text.get_template(name).render(**model)

    def _font(self, face: str) -> str:
        return base64.b64encode((self._folder / "fonts" / f"{face}.woff2").read_bytes()).decode("ascii")
