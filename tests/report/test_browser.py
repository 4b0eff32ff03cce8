"""The page in a real browser: no console error, no request, and every printed page says whose it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vivomap.core import Assessment
from vivomap.report import write
from vivomap.report.page import RESEARCH

Case = tuple[Assessment, tuple[Assessment, ...]]
BRING = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core poppler-utils"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
ITS_OWN = re.compile(r"https?://([\w-]+\.)*(google|googleapis|gvt1|gvt2)\.com/")  # what the browser asks of its maker
CASES = ("two_visits", "four_visits", "pet", "table_only", "undated")
pytestmark = pytest.mark.slow  # a browser starts in about a second


@pytest.fixture(scope="session")
def browser() -> str:
    """Chromium; a test without it skips with the command that brings it, and in CI must run."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missing = [tool for tool in ("pdftotext", "pdfinfo") if not shutil.which(tool)]
    if found and not missing:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"in CI the browser must be there: {BRING}")
    pytest.skip(f"no browser or pdftotext: {BRING}")


def run(browser: str, page: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    profile = page.parent / "profile"
    command = [browser, *QUIET, f"--user-data-dir={profile}", "--virtual-time-budget=5000", *asked, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)


def printed(browser: str, page: Path) -> list[str]:
    """The text of each printed page."""
    out = page.with_suffix(".pdf")
    run(browser, page, f"--print-to-pdf={out}")
    text = subprocess.run(["pdftotext", "-layout", str(out), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


@pytest.mark.parametrize("name", CASES)
def test_every_printed_page_says_patient_research_and_its_number(
    name: str, request: pytest.FixtureRequest, browser: str, tmp_path: Path
) -> None:
    case = request.getfixturevalue(name)
    write(case[0], tmp_path, case[1])
    pages = printed(browser, tmp_path / "report.html")
    assert len(pages) >= 2
    for i, text in enumerate(pages):
        assert case[0].study.patient in text
        assert RESEARCH in text
        assert f"page {i + 1} of {len(pages)}" in text
        assert "sha256" in text


@pytest.mark.parametrize("name", ["four_visits", "pet"])
def test_the_first_page_alone_holds_answer_numbers_images_and_what_is_missing(
    name: str, request: pytest.FixtureRequest, browser: str, tmp_path: Path
) -> None:
    case = request.getfixturevalue(name)
    write(case[0], tmp_path, case[1])
    first = printed(browser, tmp_path / "report.html")[0]
    assert "option to weigh first" in re.sub(r"\s+", " ", first)
    assert "95 % interval" in first
    assert "What would mend it" in first
    assert "Over time" not in first


def test_the_browser_reports_no_error_and_asks_for_nothing(four_visits: Case, browser: str, tmp_path: Path) -> None:
    write(four_visits[0], tmp_path, four_visits[1])
    log = tmp_path / "net.json"
    seen = run(browser, tmp_path / "report.html", "--enable-logging=stderr", f"--log-net-log={log}", "--dump-dom")
    assert "CONSOLE" not in seen.stderr
    assert "Content Security Policy" not in seen.stderr
    assert "<h1" in seen.stdout
    asked = re.findall(r'"url":"(https?:[^"]+)"', log.read_text(errors="replace"))
    assert not [url for url in asked if not ITS_OWN.match(url)]
