"""Finds the cards: adding a file to a room is all it takes to add a card; there is no registry to edit."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import Any, TypeVar, cast

from vivomap.core.errors import Refusal

Card = TypeVar("Card")


@cache
def _modules(package: str) -> tuple[Any, ...]:
    """The package and every module below it; one whose optional library is absent is passed over."""
    found = [importlib.import_module(package)]
    for info in pkgutil.walk_packages(found[0].__path__, f"{package}."):
        try:
            found.append(importlib.import_module(info.name))
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("vivomap"):
                raise
            _skipped.setdefault(info.name, f"needs {error.name}, which is not installed")
    return tuple(found)


_skipped: dict[str, str] = {}


def discover(package: str, kind: type[Card]) -> dict[str, Card]:
    """The cards of a kind at the top of a package's modules, and of plug-ins (`vivomap.KIND` entry points), by name.

    Raises Refusal if two cards share a name.
    """
    plugged = [point.load() for point in entry_points(group=f"vivomap.{kind.__name__.lower()}")]
    cards: dict[str, Card] = {}
    for module in (*_modules(package), *plugged):
        for card in vars(module).values() if hasattr(module, "__dict__") and not isinstance(module, kind) else [module]:
            if not isinstance(card, kind):
                continue
            name = str(cast(Any, card).name)
            if cards.setdefault(name, card) is not card and cards[name] != card:
                raise Refusal("bad_setting", f"two cards of kind {kind.__name__} are called {name!r}")
    return dict(sorted(cards.items()))


def skipped() -> dict[str, str]:
    """Modules that were passed over, with the reason."""
    return dict(_skipped)
