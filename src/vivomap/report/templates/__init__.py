"""Report templates: a site's familiar report, described once in a text file and filled from any assessment.

Plain text for pasting into the reporting system, HTML, PDF, and IHE MRRT. Which file is taken is told by `choose`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from vivomap.core import dumps, identify
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.page import render
from vivomap.report.pdf.press import press
from vivomap.report.templates.choose import chosen
from vivomap.report.templates.fill import Filled, fill
from vivomap.report.templates.mrrt import mrrt
from vivomap.report.templates.syntax import Template

__all__ = ["MRRT", "TEXT", "TEXT_HTML", "TEXT_PDF", "bound", "fill", "page", "plain"]


def plain(filled: Filled) -> str:
    """The report as text: headings in capitals, blank lines as the site wrote them."""
    return "\n".join(line.text.upper() if line.heading else line.text for line in filled.lines) + "\n"


def page(filled: Filled) -> str:
    """The report as one HTML page that needs nothing else."""
    filed, template = filled.filed, filled.template
    digest = hashlib.sha256(dumps(filed.assessment).encode()).hexdigest()
    return render(
        filed.story,
        digest,
        "filled.html.j2",
        title=template.says("title"),
        language=template.says("language") or "en",
        told=filled.lines,
        ids={m: identify(m) for line in filled.lines for p in line.pieces for m in p.of},
        paper="A4",
        draft=not filed.decisions,
    )


Body = Callable[[Filled], bytes]
KINDS: dict[str, tuple[str, str, str, Body]] = {  # form: ending, title, file, what writes it
    "text": ("txt", "The site's own report as text, to paste", "report.txt", lambda f: plain(f).encode()),
    "text-html": ("html", "The site's own report as a page", "report-text.html", lambda f: page(f).encode()),
    "text-pdf": ("pdf", "The site's own report, printed", "report-text.pdf", lambda f: press(page(f))),
    "mrrt": ("html", "The site's own report as an IHE MRRT template", "report-mrrt.html", lambda f: mrrt(f).encode()),
}


def bound(template: Template | None = None) -> dict[str, Form]:
    """The forms that are filled from a template; without one, from the shipped template of the pathway."""
    return {
        name: Form(name, suffix, _writer(file, body, template), title)
        for name, (suffix, title, file, body) in KINDS.items()
    }


def _writer(file: str, body: Body, template: Template | None) -> Callable[[Filed], Files]:
    def write(filed: Filed) -> Files:
        return {file: body(fill(template or chosen(filed.assessment.pathway), filed))}

    return write


TEXT, TEXT_HTML, TEXT_PDF, MRRT = bound().values()
