"""What a phantom should give and how often it is scanned, from the project's `quality.toml`, over the defaults.

[[check]]
kind = "ct"                  # ct, diffusion or uptake
quantity = "water"           # a part of the phantom; left out: every part of the kind
scanner = "MODEL 64"         # words of the scanner's name; left out: every scanner
target = 0.0                 # left out: the mean of the first checks
action = 4.0                 # how far from the target a value may lie; left out: three sigma alone
due_days = 7
by = "A. Physicist"
on = 2026-01-31
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from vivomap.core import Refusal

FILE = "quality.toml"
KINDS = ("ct", "diffusion", "uptake")
KEYS: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "quantity": (str,),
    "scanner": (str,),
    "target": (int, float),
    "action": (int, float),
    "due_days": (int,),
    "by": (str,),
    "on": (date,),
}
NEEDED = ("kind", "due_days", "by", "on")


@dataclass(frozen=True)
class Rule:
    """What one part of a phantom should give, how far it may lie from it, and within how many days it is scanned."""

    kind: str
    quantity: str = ""
    scanner: str = ""
    target: float | None = None
    action: float | None = None
    due_days: int = 30
    source: str = "project"

    def holds(self, kind: str, quantity: str, scanner: str) -> bool:
        """Whether the rule is for this part on this scanner."""
        here = self.scanner.casefold() in scanner.casefold()
        return self.kind == kind and self.quantity in ("", quantity) and here


DEFAULTS = (
    Rule("ct", "water", target=0.0, action=5.0, due_days=30, source="water 0 ± 5 HU (from memory)"),
    Rule("ct", "air", target=-1000.0, action=20.0, due_days=30, source="air -1000 ± 20 HU (project)"),
    Rule("ct", due_days=30, source="three sigma of its own first checks (project)"),
    Rule("diffusion", due_days=90, source="three sigma of its own first checks (project)"),
    Rule("uptake", target=1.0, action=0.1, due_days=90, source="SUV 1.0 ± 0.1 (from memory)"),
)


def rules(folder: Path) -> tuple[Rule, ...]:
    """The rules of a project, its own before the defaults; the first that fits holds.

    Raises Refusal `bad_setting` for a file with any mistake in it.
    """
    path = folder / FILE
    if not path.is_file():
        return DEFAULTS
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal("bad_setting", "the rules of quality are no TOML", where=str(path), found=str(error)) from error
    rows = tree.get("check", [])
    if set(tree) - {"check"} or not isinstance(rows, list):
        raise Refusal("bad_setting", "the file holds something else", where=str(path), expected="[[check]] tables")
    return (*(_rule(row, f"{path}, [[check]] number {n}") for n, row in enumerate(rows, 1)), *DEFAULTS)


def _rule(row: Any, where: str) -> Rule:
    if not isinstance(row, dict):
        raise Refusal("bad_setting", "a rule is a table", where=where, expected="[[check]]")
    strange = sorted(set(row) - set(KEYS))
    lacking = [key for key in NEEDED if key not in row]
    if strange or lacking:
        found = f"{strange[0]!r} is no key" if strange else f"{lacking[0]!r} is not said"
        raise Refusal("bad_setting", "a rule of quality is wrong", where=where, found=found, expected=", ".join(KEYS))
    for key, kinds in KEYS.items():
        if key in row and (not isinstance(row[key], kinds) or isinstance(row[key], bool)):
            raise Refusal("bad_setting", f"{key!r} is no {kinds[0].__name__}", where=where, found=str(row[key]))
    sound = row["kind"] in KINDS and row["due_days"] > 0 and row.get("action", 1) > 0
    if not sound or not all(math.isfinite(row.get(key, 0.0)) for key in ("target", "action")):
        raise Refusal("bad_setting", "a rule of quality cannot hold", where=where, expected=f"kind {', '.join(KINDS)}")
    target, action = (float(row[key]) if key in row else None for key in ("target", "action"))
    part, scanner = row.get("quantity", ""), row.get("scanner", "")
    return Rule(row["kind"], part, scanner, target, action, row["due_days"], f"{row['by']}, {row['on']}")
