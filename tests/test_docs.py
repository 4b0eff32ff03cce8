"""The documents are true: code blocks run, every command and card is there, the reference is the code's."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vivomap.core import Biomarker, Criterion, Pathway, discover

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.S)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", DOCS / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["errors.md", "evidence.md", "reference/commands.md"])
def test_the_reference_is_the_one_that_the_code_makes(name: str, maker: ModuleType) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == maker.PAGES[name](), "run: python docs/make.py"


@pytest.mark.slow  # a Python of its own, which walks every card
def test_the_reference_can_be_made_by_the_command_that_its_pages_name() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "make.py"), "--check"], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    gone = [t for t in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / t.strip()).exists()]
    assert not gone


@pytest.mark.parametrize(
    "page", [p for p in pages() if "```python" in p.read_text(encoding="utf-8")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_code_block_runs_and_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    script = "\nprint('\\x1e')\n".join(code for code, _ in blocks)
    (tmp_path / "page.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split("\x1e\n")
    for (_, said), out in zip(blocks, printed, strict=True):
        if said:
            assert out.strip() == said.strip()


def test_every_card_has_its_place_in_the_docs() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in (*(DOCS / "biomarkers").glob("*.md"),))
    absent = [name for name in discover("vivomap.quantify", Biomarker) if f"`{name}`" not in text]
    assert not absent
    for room, kind, package in (
        ("criteria", Criterion, "vivomap.track.criteria"),
        ("pathways", Pathway, "vivomap.pathways"),
    ):
        assert not [n for n in discover(package, kind) if not (DOCS / room / f"{n}.md").is_file()], room


def test_no_page_names_a_machine() -> None:
    for page in pages():
        assert not re.search(r"/(home|root|work|tmp)/", page.read_text(encoding="utf-8")), page
