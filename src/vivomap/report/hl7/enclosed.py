"""What a message carries beside its numbers: the site's report as text, and the printed report as PDF."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vivomap.report.forms import Filed
from vivomap.report.hl7.wire import Line, concept, worded
from vivomap.report.pdf import printed
from vivomap.report.templates import plain
from vivomap.report.templates.choose import chosen, own_file, shipped
from vivomap.report.templates.fill import fill
from vivomap.report.templates.syntax import Template

PDF_TYPE = "^AP^PDF^Base64^"  # source, type (table 0191), subtype (table 0291), encoding (table 0299) of an ED


class Enclosed(NamedTuple):
    """The report as text and as PDF; each may be absent."""

    text: str = ""
    pdf: bytes = b""

    def lines(self) -> Iterator[Line]:
        """One TX for each line that is not blank, then the PDF as one ED."""
        for line in self.text.splitlines():
            if line.strip():
                yield worded("report_text", "Report as text", "0", line)
        if self.pdf:
            code = f"{concept('report_pdf', 'Printed report')}^18748-4^Diagnostic imaging study^LN"
            yield Line("ED", code, "0", PDF_TYPE + base64.b64encode(self.pdf).decode())


NOTHING = Enclosed()


def enclosed(
    filed: Filed, template: Template | None = None, project: Path | None = None, pdf: bool = False
) -> Enclosed:
    """The text from the template that is named, the project's own, or the shipped one; the PDF where it is asked for.

    A pathway without a template has no text. Raises Refusal `bad_template`, and `library_absent` for the PDF.
    """
    pathway = filed.assessment.pathway
    if template is None and (own_file(pathway, project) or pathway in shipped()):
        template = chosen(pathway, project=project)
    text = plain(fill(template, filed)) if template else ""
    return Enclosed(text, printed(filed) if pdf else b"")
