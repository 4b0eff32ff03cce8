"""The printed report: the same story as the page, as a PDF for the archive and for the hand.

A4, or Letter as a form of its own. Each page has patient, page n of N, report id, hash and version; curves are vectors
and colours never stand alone; the file is tagged, with language, title and alternative texts. Until a decision is on
record every page says DRAFT. An amended report says what changed, and names the report whose place it takes.
"""

from __future__ import annotations

import hashlib

from vivomap.core import dumps
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.page import render
from vivomap.report.pdf.amended import amended
from vivomap.report.pdf.exact import exact, identities
from vivomap.report.pdf.ink import inked
from vivomap.report.pdf.press import press

__all__ = ["PDF", "PDF_LETTER", "press", "printed", "sheet"]

A4, LETTER = "A4", "letter"


def sheet(filed: Filed, paper: str = A4) -> str:
    """The page that is printed, as HTML."""
    digest = hashlib.sha256(dumps(filed.assessment).encode()).hexdigest()
    return inked(
        render(
            filed.story,
            digest,
            "print.html.j2",
            paper=paper,
            decisions=filed.decisions,
            amended=amended(filed),
            exact=exact(filed),
            identities=identities(filed),
            by=filed.by,
            made_with=filed.version,
            language="en",
        )
    )


def printed(filed: Filed, paper: str = A4) -> bytes:
    """The report as PDF. Raises Refusal `library_absent` where it cannot be printed, `two_patients`."""
    return press(sheet(filed, paper))


def _a4(filed: Filed) -> Files:
    return {"report.pdf": printed(filed)}


def _letter(filed: Filed) -> Files:
    return {"report-letter.pdf": printed(filed, LETTER)}


PDF = Form("pdf", "pdf", _a4, "The printed report, A4, with weasyprint")
PDF_LETTER = Form("pdf-letter", "pdf", _letter, "The printed report on Letter paper")
