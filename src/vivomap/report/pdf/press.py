"""Prints a page as a PDF file: on this machine alone, tagged, and with the same bytes whenever it is printed again.

The file has no time of its own, and its identifier comes from the page. Nothing is fetched: what a page needs is inside
it, as `data:` addresses; the letters are those of the fonts of this machine, so another machine may give other bytes.
"""

from __future__ import annotations

import hashlib
import importlib
from typing import Any

from vivomap.core import Refusal

ABOUT = {"computed": "the assessment and its other forms", "hint": "pip install 'vivomap[pdf]'"}
INSIDE = ("data",)  # the only addresses that may be looked up


def press(html: str) -> bytes:
    """The page as PDF. Raises Refusal `library_absent` where weasyprint or what it prints with is not installed."""
    library = _library()
    fetcher = library.URLFetcher(allowed_protocols=INSIDE, allow_redirects=False)
    page = library.HTML(string=html, base_url=None, url_fetcher=fetcher).render(pdf_tags=True)
    body: bytes = page.write_pdf(pdf_tags=True, pdf_identifier=hashlib.sha256(html.encode()).hexdigest()[:32].encode())
    if not page.fonts:
        raise Refusal("library_absent", "this machine has no font to print with", expected="an installed font", **ABOUT)
    return body + b"\n" * (len(body) % 2)  # even, as DICOM stores bytes, so that what comes back is the same file


def _library() -> Any:
    try:
        return importlib.import_module("weasyprint")
    except ModuleNotFoundError as error:
        said = f"no {error.name}"
    except OSError as error:  # weasyprint is there, and a shared library of it is not
        said = str(error).splitlines()[0]
    raise Refusal("library_absent", "a PDF needs weasyprint with pango", found=said, expected="weasyprint", **ABOUT)
