"""Numbers of text reports by patterns that a site declares: what is not declared is not read.

One TOML file, one `[[pattern]]` for each number:

    name = "long_axis"
    match = '(?P<lesion>lesion \\d+)[^.\\n]{0,80}?(?P<value>\\d+(?:[.,]\\d+)?) ?(?P<unit>mm|cm)'
    unit = "mm"            # where the text names none
    code = "103339001"     # with scheme and meaning; may be absent

The groups `value` (must be there), `unit`, `lesion`, `site`, `uncertainty` (plus or minus, its level unsaid) and `day`
are taken. A pattern that takes longer than its share of time, as some do on some texts, is stopped and refused.
"""

from __future__ import annotations

import re
import signal
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from vivomap.acquire.harvest.found import Concept
from vivomap.acquire.harvest.units import unit_of
from vivomap.core import Refusal

KEYS = {"name", "match", "unit", "code", "scheme", "meaning", "site"}
GROUPS = {"value", "unit", "lesion", "site", "uncertainty", "day"}
NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
LONGEST = 1000  # characters of a pattern
MOST_BYTES = 1 << 20  # of a pattern file, and of a text report
MOST_PATTERNS = 200
SECONDS_MOST = 1.0  # for one pattern on one text


@dataclass(frozen=True)
class Pattern:
    """One declared number: its name, how it is written, its unit where the text has none, and its code."""

    name: str
    match: re.Pattern[str]
    unit: str
    code: Concept
    site: str


def patterns(path: Path) -> tuple[Pattern, ...]:
    """The patterns of a file. Raises Refusal `bad_pattern` for any that cannot be used, before one is."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal("bad_pattern", "the file of patterns is too large", where=str(path))
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal("unreadable_file", "the patterns cannot be read", where=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal("bad_pattern", f"the patterns are no TOML: {error}", where=str(path)) from error
    listed = declared.pop("pattern", None)
    if declared or not isinstance(listed, list) or not 0 < len(listed) <= MOST_PATTERNS:
        expected = f"1 to {MOST_PATTERNS} tables [[pattern]] and nothing else"
        raise Refusal("bad_pattern", "the file holds no patterns", where=str(path), expected=expected)
    return tuple(_pattern(table, f"{path}, pattern {k}") for k, table in enumerate(listed, 1))


def _pattern(table: Any, where: str) -> Pattern:
    """One table as a pattern. Raises Refusal `bad_pattern`."""
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise Refusal("bad_pattern", "a pattern is a table of texts", where=where)
    strange = set(table) - KEYS
    if strange or not {"name", "match"} <= set(table):
        raise Refusal(
            "bad_pattern",
            "a pattern has other keys",
            where=where,
            found=", ".join(table),
            expected=", ".join(sorted(KEYS)),
        )
    if not NAME.fullmatch(table["name"]):
        raise Refusal(
            "bad_pattern", "the name is small letters, figures and underscores", where=where, found=table["name"]
        )
    unit = table.get("unit", "")
    if unit:
        unit_of(Concept(unit, "UCUM"))
    code = Concept(table.get("code", ""), table.get("scheme", ""), table.get("meaning", ""))
    return Pattern(table["name"], _compiled(table["match"], unit, where), unit, code, table.get("site", ""))


def _compiled(match: str, unit: str, where: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(match[: LONGEST + 1], re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise Refusal("bad_pattern", f"the pattern is none: {error}", where=where) from error
    groups = set(compiled.groupindex)
    if len(match) > LONGEST or "value" not in groups or not groups <= GROUPS or not (unit or "unit" in groups):
        expected = (
            f"at most {LONGEST} characters; a group value; a unit, or a group unit; no other than {sorted(GROUPS)}"
        )
        raise Refusal(
            "bad_pattern", "the pattern cannot be used", where=where, found=", ".join(groups), expected=expected
        )
    return compiled


def matches(pattern: Pattern, text: str) -> tuple[re.Match[str], ...]:
    """Every place where a pattern fits. Raises Refusal `pattern_too_slow` when its share of time is over."""
    with _limited(pattern.name):
        return tuple(pattern.match.finditer(text))


@contextmanager
def _limited(name: str) -> Iterator[None]:
    """A share of time, where the system has timers; elsewhere the process that reads is ended in the end."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(_: int, __: FrameType | None) -> None:
        raise Refusal("pattern_too_slow", f"the pattern {name} took longer than {SECONDS_MOST:g} s on this text")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_MOST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
