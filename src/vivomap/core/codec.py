"""Every noun as JSON and back, exactly; and the id of a value, which is the hash of its canonical JSON.

`"$"` names the kind of a value. Arrays stay outside, named by digest. Floats are written so that they read back
equal; a number that is not finite is refused.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from vivomap.core import (
    assessment,
    biomarker,
    claims,
    criterion,
    harmonisation,
    image,
    model,
    pathway,
    quality,
    recommendation,
    study,
    threshold,
)
from vivomap.core.biomarker import describe
from vivomap.core.errors import Refusal
from vivomap.core.image import Array, Voxels

HOMES = (
    image,
    claims,
    study,
    recommendation,
    assessment,
    threshold,
    biomarker,
    criterion,
    model,
    pathway,
    harmonisation,
    quality,
)
Fetch = Callable[[str], Array]


@cache
def nouns() -> dict[str, type]:
    """Every frozen dataclass of the core by name."""
    return {
        name: kind
        for home in HOMES
        for name, kind in vars(home).items()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == home.__name__
    }


def encode(value: Any, hint: Any = Any) -> Any:
    """The value as plain JSON data; a whole number where a float is meant is written as one. Raises Refusal."""
    if isinstance(value, Voxels):
        return {"$": "Voxels", "digest": value.digest}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        told = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        fields = {f.name: encode(v, hints[f.name]) for f, v in told if not ("later" in f.metadata and v == f.default)}
        return {"$": type(value).__name__, **fields}
    if isinstance(value, tuple | list):
        return [encode(v, each) for v, each in zip(value, _each(hint, len(value)), strict=True)]
    if isinstance(value, dict):
        return {str(k): encode(v) for k, v in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int) and not (_wants(hint, float) and not _wants(hint, int)):
        return value
    if isinstance(value, int | float):
        return _written(float(value))
    if callable(value):
        return {"$": "function", "name": describe(value)}
    raise Refusal("not_a_number", f"a {type(value).__name__} has no written form")


def _written(value: float) -> float:
    if not math.isfinite(value):
        raise Refusal("not_a_number", f"{value} cannot be written")
    return value + 0.0  # -0.0 equals 0.0 and must read the same


def decode(data: Any, fetch: Fetch | None = None) -> Any:
    """The noun that plain JSON data stand for; `fetch` brings arrays by digest when they are looked at."""
    return _decode(data, Any, fetch or _absent)


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, so that equal values give equal bytes."""
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str, fetch: Fetch | None = None) -> Any:
    """The noun that a JSON text stands for."""
    return decode(json.loads(text), fetch)


def identify(value: Any) -> str:
    """The id of a value: SHA-256 of its canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def _absent(digest: str) -> Array:
    raise Refusal("voxels_absent", f"the voxels {digest[:12]} are not in this file", hint="read it through its project")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(data: Any, hint: Any, fetch: Fetch) -> Any:
    if isinstance(data, dict) and "$" in data:
        name = data["$"]
        if name == "Voxels":
            return Voxels.known(data["digest"], fetch)
        kind = nouns().get(name)
        if kind is None or name in ("Biomarker", "Criterion", "Model", "Pathway", "Plan"):
            raise Refusal("unknown_name", f"{name!r} is not a noun that can be read back")
        hints = _hints(kind)
        known = {f.name for f in dataclasses.fields(kind)}
        strange = set(data) - known - {"$"}
        if strange:
            raise Refusal("unknown_name", f"{name} has no field {', '.join(sorted(strange))}")
        return kind(**{k: _decode(v, hints[k], fetch) for k, v in data.items() if k != "$"})
    if isinstance(data, list):
        return tuple(_decode(v, each, fetch) for v, each in zip(data, _each(hint, len(data)), strict=True))
    if isinstance(data, str) and _wants(hint, date):
        return date.fromisoformat(data)
    if isinstance(data, int) and not isinstance(data, bool) and _wants(hint, float) and not _wants(hint, int):
        return float(data)
    return data


def _members(hint: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return tuple(m for part in typing.get_args(hint) for m in _members(part))
    return (hint,)


def _wants(hint: Any, kind: type) -> bool:
    return kind in _members(hint)


def _each(hint: Any, length: int) -> tuple[Any, ...]:
    """What each member of a tuple is meant to be."""
    args = typing.get_args(next((m for m in _members(hint) if typing.get_origin(m) is tuple), Any))
    if len(args) == 2 and args[1] is Ellipsis:
        return (args[0],) * length
    return args if len(args) == length else (Any,) * length
