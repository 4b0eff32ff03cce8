"""The evidence as a page: every row, its verdict in words, nothing from outside, and a PDF of it."""

import re
from html import unescape

import pytest

from vivomap.report.pdf import press
from vivomap.verify.evidence import held, page, remarks, said, site_page, unit
from vivomap.verify.row import Absent, Coverage, Evidence, Row
from vivomap.verify.site import site_report

GOOD = Row("size", "volume", 10.0, 10.02, "mL", 0.1, 0.2, Coverage(40, 40, "conservative"), "phantom", True)
BAD = Row("criteria", "recist: <b>new</b>", "PD", "SD", source="paper", reason="called SD, published PD")
EVIDENCE = Evidence((GOOD, BAD), (Absent("IBSI", "CC BY", "not at hand"),), 3.0, {"x.y": "needs onnx"})


def test_the_page_says_every_row_and_what_was_not_looked_at():
    html = page(EVIDENCE)
    text = unescape(re.sub(r"<[^>]+>", " ", html))
    for part in ("1 of 2 proofs hold", "10.02", "40 of 40", "conservative", "called SD, published PD", "not ok"):
        assert part in text
    for part in ("IBSI: not at hand. CC BY", "x.y: needs onnx", "scaled 3 times"):
        assert part in text
    assert "<b>new" not in html


def test_the_page_needs_nothing_from_outside():
    html = page(EVIDENCE)
    assert not re.search(r"https?://|<script|<link|src=", html)
    assert "default-src 'none'" in unescape(html)
    assert "@page" in html


@pytest.mark.slow  # weasyprint lays the page out
def test_it_prints_as_a_pdf():
    pytest.importorskip("weasyprint")
    assert press(page(EVIDENCE)).startswith(b"%PDF")


def test_cells_are_short():
    assert (said(None), said("PD"), said(0.0012345678)) == ("none", "PD", "0.0012346")
    assert (held(GOOD), held(BAD)) == ("40 of 40", "")
    assert unit(Row("a", "b", 1.0, 1.0, "mm2/s")) == "mm²/s"
    assert remarks(Row("a", "b", 1.0, 1.0, widened=2.96)) == "intervals x2.96"


def test_a_site_has_its_page(tmp_path):
    (tmp_path / "t.csv").write_text(
        "subject,scan,value,unit,truth\n" + "\n".join(f"v{k},{s},{1.2 * k},mm,{k}" for k in range(1, 9) for s in (1, 2))
    )
    html = site_page(site_report(tmp_path / "t.csv"), "t.csv")
    assert "0 of 1 claims are met" in html
    assert "not met" in html
