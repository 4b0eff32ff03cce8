"""Which clinical question a study that has arrived is for: the site's routing rules, from one TOML file.

    quiet_s = 60                        # a study is complete when nothing more has come for so long

    [[route]]
    name = "chest CT"
    pathway = "lung_response"
    modality = ["CT"]                   # one of these; what is not said does not matter
    body_part = ["CHEST"]
    description = ["thorax", "chest"]   # words in the description of study, series or protocol
    order = ["CTTHX"]                   # words in what was ordered: code and text of the requested procedure

    [[route.send]]                      # where the results go; may be left out, may repeat
    to = "dicom://PACS@127.0.0.1:104"
    forms = ["sr", "seg"]
    tls_ca = "house.pem"                # and the other flags of `vivomap send`: plain, aet, tls_cert, login_file, …

A route takes a study if one of its series fits all that the route says. Every route that fits takes it.
"""

from __future__ import annotations

import difflib
import tomllib
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pydicom
from pydicom.dataset import Dataset

from vivomap.core import Refusal

QUIET_S = 60.0  # project: a pause between two series of one scan is shorter
FLAGS = ("plain", "aet", "tls_cert", "tls_key", "tls_ca", "login_file", "login_env")
CONDITIONS = ("modality", "body_part", "description", "order")
DESCRIBED = ("StudyDescription", "SeriesDescription", "ProtocolName")
ORDERED = ("RequestedProcedureDescription", "RequestedProcedureID")
CODED = ("RequestedProcedureCodeSequence", "ProcedureCodeSequence")
READ = ("Modality", "BodyPartExamined", *DESCRIBED, *ORDERED, *CODED, "RequestAttributesSequence")


class Told(NamedTuple):
    """What one series says of itself that a route may ask, in capitals."""

    modality: str
    body_part: str
    description: str
    order: str


@dataclass(frozen=True)
class Send:
    """One place that results go to, in which forms (none: those that the way is for), and the flags of the way."""

    to: str
    forms: tuple[str, ...] = ()
    how: tuple[tuple[str, str | bool], ...] = ()


@dataclass(frozen=True)
class Route:
    """One rule: a study of which a series fits goes through this pathway."""

    name: str
    pathway: str
    modality: tuple[str, ...] = ()
    body_part: tuple[str, ...] = ()
    description: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    sends: tuple[Send, ...] = ()

    def takes(self, series: Collection[Told]) -> bool:
        """Whether one of the series fits all that the rule says."""
        return any(self._fits(one) for one in series)

    def _fits(self, one: Told) -> bool:
        exact = ((self.modality, one.modality), (self.body_part, one.body_part))
        within = ((self.description, one.description), (self.order, one.order))
        return all(not asked or found in map(str.upper, asked) for asked, found in exact) and all(
            not asked or any(word.upper() in found for word in asked) for asked, found in within
        )


@dataclass(frozen=True)
class Routes:
    """All rules of a site; `quiet_s` is how long nothing may have come of a study that is complete."""

    routes: tuple[Route, ...]
    quiet_s: float = QUIET_S


def told(paths: Iterable[Path]) -> frozenset[Told]:
    """What the series of some DICOM files say of themselves, from their headers."""
    return frozenset(_told(path) for path in paths)


def _told(path: Path) -> Told:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(READ))
            described = " ".join(_words(ds, DESCRIBED))
            ordered = " ".join(w for part in (ds, *(ds.get("RequestAttributesSequence") or ())) for w in _ordered(part))
            return Told(_text(ds, "Modality"), _text(ds, "BodyPartExamined"), described, ordered)
    except Exception as error:  # pydicom raises what its parts raise
        raise Refusal("bad_header", "the header cannot be read", where=path.name, found=type(error).__name__) from None


def _ordered(ds: Dataset) -> Iterable[str]:
    yield from _words(ds, ORDERED)
    for keyword in CODED:
        for code in ds.get(keyword) or ():
            yield from _words(code, ("CodeValue", "CodeMeaning"))


def _words(ds: Dataset, keywords: Iterable[str]) -> Iterable[str]:
    return (_text(ds, keyword) for keyword in keywords)


def _text(ds: Dataset, keyword: str) -> str:
    return str(ds.get(keyword) or "").strip().upper()


def routes(path: Path, pathways: Collection[str]) -> Routes:
    """The rules of a file. Raises Refusal `file_absent` or `bad_setting` with the rule and the key."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "write them as docs/how-to/watch.md shows, or name another file with --routes"
        raise Refusal("file_absent", "there are no routing rules", where=str(path), hint=hint) from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("bad_setting", "the routing rules are no TOML", where=str(path), found=str(error)) from error
    at = str(path)
    _keys(tree, ("quiet_s", "route"), at)
    quiet, rows = tree.get("quiet_s", QUIET_S), tree.get("route", [])
    if type(quiet) not in (int, float) or not 0 < quiet < float("inf"):
        raise Refusal("bad_setting", "quiet_s is no time", where=at, found=repr(quiet), expected="seconds above 0")
    if not isinstance(rows, list) or not rows:
        raise Refusal("bad_setting", "there is no rule", where=at, expected="[[route]]")
    made = tuple(_route(row, f"{at}, [[route]] number {k}", pathways) for k, row in enumerate(rows, 1))
    names = [one.name for one in made]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise Refusal("bad_setting", "two rules have one name", where=at, found=twice, expected="a name for each")
    return Routes(made, float(quiet))


def _route(row: Any, at: str, pathways: Collection[str]) -> Route:
    _keys(row, ("name", "pathway", *CONDITIONS, "send"), at)
    name, pathway = (_one(row, key, at) for key in ("name", "pathway"))
    if pathway not in pathways:
        near = ", ".join(difflib.get_close_matches(pathway, pathways, 3) or sorted(pathways))
        raise Refusal("unknown_name", "there is no such pathway", where=at, found=pathway, expected=near)
    asked = {key: _several(row, key, at) for key in CONDITIONS}
    if not any(asked.values()):
        summary = "a rule without a condition would take every study"
        raise Refusal("bad_setting", summary, where=at, expected=" or ".join(CONDITIONS))
    return Route(name, pathway, **asked, sends=tuple(_send(one, at) for one in row.get("send", ())))


def _send(row: Any, at: str) -> Send:
    _keys(row, ("to", "forms", *FLAGS), at)
    how = tuple((key, row[key]) for key in FLAGS if key in row)
    for key, value in how:
        if not isinstance(value, bool if key == "plain" else str):
            raise Refusal("bad_setting", f"{key} cannot be this", where=at, found=repr(value))
    return Send(_one(row, "to", at), _several(row, "forms", at), how)


def _keys(row: Any, known: tuple[str, ...], at: str) -> None:
    strange = sorted(set(row) - set(known)) if isinstance(row, dict) else [repr(row)]
    if strange:
        near = difflib.get_close_matches(strange[0], known, 1) or known
        raise Refusal("bad_setting", "a key is not known", where=at, found=strange[0], expected=", ".join(near))


def _one(row: dict[str, Any], key: str, at: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refusal("bad_setting", f"{key} is not said", where=at, found=repr(value), expected=f'{key} = "…"')
    return value.strip()


def _several(row: dict[str, Any], key: str, at: str) -> tuple[str, ...]:
    values = row.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise Refusal(
            "bad_setting", f"{key} is a list of texts", where=at, found=repr(values), expected=f'{key} = ["…"]'
        )
    return tuple(v.strip() for v in values)
