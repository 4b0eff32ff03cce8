"""What one site has set for itself, from one signed TOML file: thresholds, repeatability, affirmed scanners.

Every line carries its author (`by`) and its date (`on`); a file with any mistake is refused whole.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from vivomap.core import GRADES, UNITS, Affirmed, Flag, Limits, Refusal, Site, Threshold

NUMBER, WHOLE, TEXT, DAY = "a number", "a whole number above 0", "a text in quotes", "a date without quotes: 2026-01-31"
OPTIONAL = {"version": 1, "site": "any", "other": None, "subjects": None}
EMPTY = ("software",)  # a scanner may not have said its software
TABLES: dict[str, dict[str, str]] = {
    "threshold": {
        "name": TEXT,
        "value": NUMBER,
        "unit": TEXT,
        "source": TEXT,
        "grade": TEXT,
        "version": WHOLE,
        "by": TEXT,
        "on": DAY,
    },
    "repeatability": {
        "biomarker": TEXT,
        "kind": TEXT,
        "site": TEXT,
        "same": NUMBER,
        "other": NUMBER,
        "subjects": WHOLE,
        "source": TEXT,
        "by": TEXT,
        "on": DAY,
    },
    "scanner": {"manufacturer": TEXT, "model": TEXT, "software": TEXT, "by": TEXT, "on": DAY, "reason": TEXT},
}


@dataclass(frozen=True)
class Place:
    """Where in the file a table stands, for messages."""

    path: Path
    table: str
    number: int
    line: int

    def refuse(self, summary: str, found: object = "", expected: str = "") -> Refusal:
        """A refusal that names file, table and line."""
        where = f"{self.path}, line {self.line}, [[{self.table}]] number {self.number}"
        return Refusal("bad_setting", summary, where=where, found=str(found), expected=expected)


def read(path: Path) -> Site:
    """The site's overrides. Raises Refusal `bad_setting` naming file, table, line and what was expected."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except OSError as error:
        raise Refusal(
            "bad_setting", "the site file cannot be read", where=str(path), found=str(error.strerror)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("bad_setting", "the site file is no TOML", where=str(path), found=str(error)) from error
    strange = sorted(set(tree) - {"site", *TABLES})
    if strange:
        expected = "[site], [[threshold]], [[repeatability]], [[scanner]]"
        raise Refusal("bad_setting", f"no table is called {strange[0]!r}", where=str(path), expected=expected)
    rows = {table: _rows(tree.get(table, []), table, text, path) for table in TABLES}
    return Site(
        _name(tree.get("site"), path),
        tuple(_threshold(row, at) for row, at in _once(rows["threshold"], ("name",))),
        _limits(_once(rows["repeatability"], ("biomarker", "site"))),
        tuple(_affirmed(row) for row, _ in rows["scanner"]),
    )


def written(site: Site) -> str:
    """The TOML text that reads back as this site."""
    rows = [f"[site]\nname = {quoted(site.name)}"]
    for t in site.thresholds:
        signed = {"version": t.version, "by": t.signed_by, "on": t.signed_on}
        said = {"name": t.name, "value": t.value, "unit": t.unit, "source": t.source, "grade": t.grade, **signed}
        rows.append(_table("threshold", said))
    for limit in site.limits:
        by, _, on = limit.by.rpartition(", ")
        for where, same in limit.same:
            said = {"biomarker": limit.name, "kind": limit.kind, "site": where, "same": same}
            said |= {"other": dict(limit.other).get(where), "subjects": limit.subjects, "source": limit.source}
            rows.append(_table("repeatability", {**said, "by": by, "on": date.fromisoformat(on)}))
    for a in site.scanners:
        said = {"manufacturer": a.manufacturer, "model": a.model, "software": a.software}
        rows.append(_table("scanner", {**said, "by": a.by, "on": a.day, "reason": a.reason}))
    return "\n\n".join(rows) + "\n"


def unknown(site: Site, thresholds: Collection[str], biomarkers: Collection[str] = ()) -> tuple[Flag, ...]:
    """A warning for each name in the file that no pathway has, and so changes nothing."""
    asked = [("threshold", t.name, thresholds) for t in site.thresholds]
    asked += [("biomarker", limit.name, biomarkers) for limit in site.limits] if biomarkers else []
    flags = []
    for what, name, known in asked:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            flags.append(Flag("unknown_name", f"the site file names the {what} {name!r}, which nothing uses{meant}"))
    return tuple(flags)


def _rows(found: Any, table: str, text: str, path: Path) -> list[tuple[dict[str, Any], Place]]:
    """The tables of one kind, every key known and of its type, with the place of each."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Refusal(
            "bad_setting", f"{table!r} is written as a list of tables", where=str(path), expected=f"[[{table}]]"
        )
    starts = [text.count("\n", 0, m.start()) + 1 for m in re.finditer(rf"(?m)^[ \t]*\[\[[ \t]*{table}[ \t]*\]\]", text)]
    places = [Place(path, table, n, starts[n - 1] if n <= len(starts) else 1) for n in range(1, len(found) + 1)]
    return [(_row(row, TABLES[table], at), at) for row, at in zip(found, places, strict=True)]


def _row(row: dict[str, Any], keys: dict[str, str], at: Place) -> dict[str, Any]:
    strange = sorted(set(row) - set(keys))
    if strange:
        near = difflib.get_close_matches(strange[0], keys, 1)
        meant = f"{near[0]!r} perhaps; " if near else ""
        raise at.refuse(f"no key is called {strange[0]!r}", strange[0], f"{meant}one of {', '.join(keys)}")
    for key, form in keys.items():
        if key not in row and key not in OPTIONAL:
            raise at.refuse(f"{key!r} is not said", "nothing", f"{key} = {form}")
        if key in row and not _fits(row[key], form, key):
            raise at.refuse(f"{key!r} is not {form}", repr(row[key]), f"{key} = {form}")
    return {**{k: v for k, v in OPTIONAL.items() if k in keys}, **row}


def _fits(value: Any, form: str, key: str) -> bool:
    if form == DAY:
        return type(value) is date
    if form == TEXT:
        return isinstance(value, str) and (bool(value.strip()) or key in EMPTY)
    if form == WHOLE:
        return type(value) is int and value > 0
    return type(value) in (int, float) and math.isfinite(value)


def _name(table: Any, path: Path) -> str:
    name = table.get("name") if isinstance(table, dict) and set(table) <= {"name"} else None
    if not isinstance(name, str) or not name.strip():
        raise Refusal(
            "bad_setting", "the file does not say whose it is", where=str(path), expected='[site] with name = "…"'
        )
    return name


def _once(rows: list[tuple[dict[str, Any], Place]], keys: tuple[str, ...]) -> list[tuple[dict[str, Any], Place]]:
    """The rows. Raises Refusal if two of them set the same thing."""
    seen: set[tuple[str, ...]] = set()
    for row, at in rows:
        name = tuple(str(row[key]).lower() for key in keys)
        if name in seen:
            raise at.refuse(f"{' at '.join(name)} is set twice", expected="one table for each")
        seen.add(name)
    return rows


def _threshold(row: dict[str, Any], at: Place) -> Threshold:
    _known(row["unit"], UNITS, "unit", at)
    _known(row["grade"], GRADES, "grade", at)
    return Threshold(
        row["name"],
        float(row["value"]),
        row["unit"],
        row["source"],
        row["grade"],
        version=row["version"],
        signed_by=row["by"],
        signed_on=row["on"],
    )


def _limits(rows: list[tuple[dict[str, Any], Place]]) -> tuple[Limits, ...]:
    """One Limits for each biomarker; of several study sizes the smallest, whose limits are the widest."""
    biomarkers: dict[str, list[dict[str, Any]]] = {}
    for row, at in rows:
        _known(row["kind"], UNITS, "kind", at)
        for key in ("same", "other"):
            if row[key] is not None and row[key] <= 0:
                raise at.refuse(f"{key!r} is above 0", row[key], "a coefficient, the 95 % limit of no change")
        biomarkers.setdefault(row["biomarker"], []).append(row)
        if row["kind"] != biomarkers[row["biomarker"]][0]["kind"]:
            raise at.refuse(f"{row['biomarker']} has two kinds of limits", row["kind"], "one kind for each biomarker")
    return tuple(_joined(name, mine) for name, mine in biomarkers.items())


def _joined(name: str, rows: list[dict[str, Any]]) -> Limits:
    sizes = [row["subjects"] for row in rows if row["subjects"] is not None]
    sources = {row["site"].lower(): row["source"] for row in rows}
    apart = len(set(sources.values())) > 1
    return Limits(
        name,
        rows[0]["kind"],
        _said(f"{where}: {source}" if apart else source for where, source in sources.items()),
        tuple((row["site"].lower(), float(row["same"])) for row in rows),
        tuple((row["site"].lower(), float(row["other"])) for row in rows if row["other"] is not None),
        min(sizes, default=None),
        _said(f"{row['by']}, {row['on']}" for row in rows),
    )


def _said(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _affirmed(row: dict[str, Any]) -> Affirmed:
    return Affirmed(row["manufacturer"], row["model"], row["software"], row["by"], row["on"], row["reason"])


def _known(value: str, table: Collection[str], what: str, at: Place) -> None:
    if value not in table:
        near = difflib.get_close_matches(value, table, 3)
        raise at.refuse(
            f"{value!r} is no {what} that vivomap knows", value, ", ".join(near) or "see docs/how-to/site-file.md"
        )


def _table(name: str, said: dict[str, Any]) -> str:
    lines = [f"{key} = {quoted(value)}" for key, value in said.items() if value is not None]
    return "\n".join([f"[[{name}]]", *lines])


def quoted(value: Any) -> str:
    """A value as TOML writes it; JSON writes texts alike, but for the delete character."""
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
