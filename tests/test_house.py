"""The house, asked as a whole: names, docstrings, a test for each file, import rules that match something."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "vivomap"
FILES = sorted(SOURCE.rglob("*.py"))
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
LONGEST = 400  # lines: a room past it wants to become a folder (house style rule 9 aims at 250)


def name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_named_for_its_subject_and_small(path: Path) -> None:
    assert not FORBIDDEN & {path.stem, *path.relative_to(SOURCE).parts[:-1]}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_public_thing_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module"
    mute = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not mute


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_swallowed_or_left_undone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass | ast.Continue)), node.lineno
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError|pickle)\b", text.replace("through pickle", ""))


def test_every_source_file_has_its_test_file() -> None:
    tests = {str(p.relative_to(ROOT / "tests")) for p in (ROOT / "tests").rglob("test_*.py")}
    untested = []
    for path in FILES:
        inside = path.relative_to(SOURCE)
        own = inside.parent / f"test_{inside.stem}.py"
        room = inside.parent.parent / f"test_{inside.parent.name}.py"
        within = inside.parent / f"test_{inside.parent.name}.py"
        places = {str(own)} if inside.stem != "__init__" else {str(room), str(within)}
        if not places & tests and inside.stem != "__init__" and _does(path):
            untested.append(str(inside))
    assert not untested


def _does(path: Path) -> bool:
    """Whether a file does anything; one that only declares is tested by what is asked of every noun and card."""
    return any(isinstance(n, ast.FunctionDef) for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def test_every_import_rule_matches_a_module() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    wildcards = [m for c in contracts for m in c.get("modules", []) if m.endswith(".*")]
    assert wildcards
    for wildcard in wildcards:
        folder = ROOT / "src" / Path(*wildcard[:-2].split("."))
        assert [p for p in folder.iterdir() if p.stem[0].isalpha() and (p.is_dir() or p.suffix == ".py")], wildcard
    rooms = {
        p.stem if p.is_file() else p.name for p in SOURCE.iterdir() if p.name[0].isalpha() and p.suffix != ".typed"
    }
    forbidden = [m for c in contracts for m in c.get("source_modules", [])]
    assert {m.split(".")[1] for m in forbidden} <= rooms


def test_the_package_exports_its_verbs_and_nouns_and_nothing_else() -> None:
    import vivomap

    assert sorted(vivomap.__all__) == dir(vivomap)
    assert all(getattr(vivomap, word) is not None for word in vivomap.__all__)


def test_the_loop_is_a_page() -> None:
    assert len((SOURCE / "loop.py").read_text().splitlines()) <= 30


def test_the_example_programs_of_the_network_library_are_not_used() -> None:
    """R13: they run commands that a file name can steer; nor are they shipped."""
    used = [name(p) for p in FILES if re.search(r"pynetdicom(\.| import )apps", p.read_text(encoding="utf-8"))]
    assert not used
