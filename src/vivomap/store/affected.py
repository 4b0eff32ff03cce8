"""What hangs on a scanner, a setting, a version or a span of days: numbers, what rests on them, and what was decided.

A claim is affected if its own provenance matches, or if it names an affected claim or map as input or ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from vivomap.core import Refusal
from vivomap.store.records import Entry, claims_in, digests_in
from vivomap.store.replay import references
from vivomap.store.versions import current

SCANNER = ("manufacturer", "model", "serial", "software")


@dataclass(frozen=True)
class Asked:
    """What is asked for; all that is given must match.

    `setting` is KEY=VALUE; `scanner` whole words of its manufacturer, model, serial number or software, in any case;
    `dates` the first and last day of acquisition.
    """

    version: str | None = None
    setting: str | None = None
    scanner: str | None = None
    dates: tuple[date, date] | None = None

    def __post_init__(self) -> None:
        if self.setting is not None and not all(self.setting.partition("=")[::2]):
            raise Refusal("bad_setting", f"the setting {self.setting!r} is not understood", expected="KEY=VALUE")
        if self.version is None and self.setting is None and self.dates is None and not (self.scanner or "").strip():
            raise Refusal("bad_setting", "nothing was asked", expected="a version, setting, scanner or span of days")


@dataclass(frozen=True)
class Affected:
    """Everything downstream. `measurements` and `claims` (the rest): id, name, region, day. The others are ids.

    `in_force` are those of the `assessments` that no later version stands in for.
    """

    measurements: tuple[tuple[str, str, str, date | None], ...] = ()
    claims: tuple[tuple[str, str, str, date | None], ...] = ()
    assessments: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()


def affected(entries: Iterable[Entry], asked: Asked) -> Affected:
    """Everything downstream of what is asked, from the entries in the order of the ledger."""
    tainted: set[str] = set()  # ids of claims and assessments, digests of maps
    numbers: dict[str, tuple[str, str, str, date | None]] = {}
    others: dict[str, tuple[str, str, str, date | None]] = {}
    versions: list[Entry] = []
    rest: list[Entry] = []
    for entry in entries:
        if entry.kind == "assessment":
            _assessment(entry, asked, tainted, numbers, others)
        if entry.kind in ("assessment", "supersedes"):
            versions.append(entry)
        elif entry.kind == "basis" and _basis(entry.data, asked, tainted):
            tainted.add(entry.data["assessment"])
        elif entry.kind in ("decision", "outcome", "report"):
            rest.append(entry)
    hit = tuple(e.id for e in versions if e.kind == "assessment" and e.id in tainted)
    after = {kind: tuple(e.id for e in rest if e.kind == kind and e.data["assessment"] in tainted) for kind in _AFTER}
    in_force = tuple(e.id for e in current(versions) if e.id in tainted)
    return Affected(tuple(numbers.values()), tuple(others.values()), hit, in_force, *after.values())


_AFTER = ("decision", "outcome", "report")
Told = dict[str, tuple[str, str, str, date | None]]


def _assessment(entry: Entry, asked: Asked, tainted: set[str], numbers: Told, others: Told) -> None:
    """Add the affected claims of one assessment, until no claim is added any more."""
    claims = dict(claims_in(entry.data))
    found = True
    while found:
        found = False
        for name, data in claims.items():
            if name in tainted and (name in numbers or name in others):
                continue
            if name in tainted or _matches(data, asked) or any(n in tainted for n in _rests_on(data)):
                tainted.add(name)
                tainted.update(digests_in(data.get("detail")))
                (numbers if data["$"] == "Measurement" else others)[name] = _told(name, data)
                found = True
    grounds = (name for _, name in references(entry.data["recommendation"]))
    if any(name in tainted for name in (*claims, *grounds)):
        tainted.add(entry.id)


def _basis(data: dict[str, Any], asked: Asked, tainted: set[str]) -> bool:
    """Whether an assessment was made in the light of an affected one, or by the version that is asked for."""
    alone = asked.setting is None and asked.scanner is None and asked.dates is None
    return any(name in tainted for name in data["history"]) or (alone and data["version"] == asked.version)


def _rests_on(data: dict[str, Any]) -> Iterator[str]:
    """The ids that a claim names, and for a change the two numbers in it."""
    if data["$"] == "Change":
        yield from (name for name, _ in claims_in({"claims": [data["before"], data["after"]]}))
        return
    yield from (name for _, name in references(data))


def _matches(data: dict[str, Any], asked: Asked) -> bool:
    """Whether a claim's own provenance and day fulfil all that is asked."""
    provenance = data.get("provenance")
    if provenance is None:
        return False
    settings = {str(key): value for key, value in provenance["settings"]}
    if asked.version is not None and provenance["version"] != asked.version:
        return False
    if asked.setting is not None and not _equal(settings, asked.setting):
        return False
    scanner = " ".join(str(settings.get(name, "")) for name in SCANNER).casefold()
    if asked.scanner is not None and not _says(scanner, asked.scanner.strip().casefold()):
        return False
    if asked.dates is not None:
        day = data.get("day")
        return day is not None and asked.dates[0] <= date.fromisoformat(day) <= asked.dates[1]
    return True


def _says(scanner: str, words: str) -> bool:
    """Whether the words are there as whole words: "GE" is neither in "Ingenuity" nor in "Gemini"."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", scanner) is not None


def _equal(settings: dict[str, Any], asked: str) -> bool:
    """Whether a setting has the value that is asked for, as text or as a number."""
    key, _, text = asked.partition("=")
    if key not in settings:
        return False
    value = settings[key]
    if isinstance(value, str):
        return value == text
    try:
        return float(value) == float(text)
    except ValueError:
        return False


def _told(name: str, data: dict[str, Any]) -> tuple[str, str, str, date | None]:
    """What a person reads of a claim; a change is named by the number that it is of."""
    source = data["after"] if data["$"] == "Change" else data
    day = source.get("day")
    return name, source.get("name", data["$"]), source.get("region", ""), date.fromisoformat(day) if day else None
