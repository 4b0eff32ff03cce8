"""Which template a report is filled from: a file that is named, the site's own of that pathway, else the shipped one.

A shipped template is the file `shipped/PATHWAY.txt`; a site's own is `templates/PATHWAY.txt` in its project folder.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from vivomap.core import Refusal
from vivomap.report.templates.check import checked
from vivomap.report.templates.syntax import Template, parse

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")  # a pathway that may become part of a file's name
FOLDER = "templates"
ENDING = ".txt"


def load(path: Path) -> Template:
    """The template in a file, checked. Raises Refusal `bad_template` naming the file and the line."""
    return checked(opened(path))


def opened(path: Path) -> Template:
    """The template in a file, as it is written. Raises Refusal `bad_template`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise Refusal("bad_template", "the template cannot be read", where=str(path), found=said) from error
    except UnicodeDecodeError as error:
        raise Refusal("bad_template", "the template is not UTF-8 text", where=str(path), found=error.reason) from error
    return parse(text, str(path))


def shipped() -> tuple[str, ...]:
    """The pathways that have a shipped template."""
    return tuple(sorted(p.name.removesuffix(ENDING) for p in _room().iterdir() if p.name.endswith(ENDING)))


def text_of(pathway: str) -> str:
    """The text of a shipped template, to begin one's own from. Raises Refusal `no_template`."""
    if pathway not in shipped():
        known = ", ".join(shipped())
        raise Refusal("no_template", f"no template is shipped for {pathway}", found=pathway, expected=known)
    return (_room() / f"{pathway}{ENDING}").read_text(encoding="utf-8")


def chosen(pathway: str, named: Path | None = None, project: Path | None = None) -> Template:
    """The template of a pathway. Raises Refusal `bad_template` for a faulty one or one of another pathway, and
    `no_template` where there is none."""
    own = own_file(pathway, project)
    place = named or own
    template = load(place) if place else checked(parse(text_of(pathway), f"{pathway}{ENDING}, as shipped"))
    if template.says("pathway") not in (pathway, "any"):
        line = next(number for word, _, number in template.head if word == "pathway")
        raise template.refuse(line, "the template is of another pathway", template.says("pathway"), pathway)
    return template


def own_file(pathway: str, project: Path | None) -> Path | None:
    """The site's own template of a pathway, where its project folder has one."""
    if project is None or not NAME.fullmatch(pathway):
        return None
    path = project / FOLDER / f"{pathway}{ENDING}"
    return path if path.is_file() else None


def _room() -> Path:
    return Path(str(files(__package__) / "shipped"))
