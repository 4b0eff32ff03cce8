"""Finds the tracers: the files of this folder, of plug-ins, and of the site's own folder.

A plug-in names a package with TOML files under the entry point `vivomap.tracer`; a site sets the variable
VIVOMAP_TRACERS to a folder. A header's tracer is known by its name without its nuclide; where two agents share a name
(choline with carbon or fluorine), the half-life tells them apart.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

from vivomap.core.errors import Refusal
from vivomap.core.image import Flag, Image
from vivomap.core.tracer import Tracer, tracer_from

FOLDER = "VIVOMAP_TRACERS"
ELEMENT = r"f|c|ga|cu|fluorine|carbon|gallium|copper"
NUCLIDE = re.compile(
    rf"(?<![a-z0-9])(?:\^?(?:18|11|68|64)\^?[\])]?[ -]*(?:{ELEMENT})|(?:{ELEMENT})[ ^-]*(?:18|11|68|64))(?![a-z0-9])",
    re.I,
)
ALONE = re.compile(rf"(?<![a-z0-9])(?:{ELEMENT})(?![a-z0-9])", re.I)  # the Ga of [68Ga]Ga-PSMA-11
SAME_HALF_LIFE = 0.01  # project: 68 min and 67.7 min are both written for Ga-68


class Known(NamedTuple):
    """The tracer of an image, with what must be said of how it was known."""

    tracer: Tracer
    flags: tuple[Flag, ...]


def tracers(folder: str | None = None) -> dict[str, Tracer]:
    """Every tracer by name, the site's own folder included; a site's file goes before ours of the same name.

    Raises Refusal `bad_tracer` for a file that cannot be used.
    """
    return _found(os.environ.get(FOLDER, "") if folder is None else folder)


@cache
def _found(folder: str) -> dict[str, Tracer]:
    if folder and not Path(folder).is_dir():
        raise Refusal("bad_tracer", "the folder of the site's tracers is not there", where=FOLDER, found=folder)
    places = [Path(__file__).parent, *_plugged(), *((Path(folder),) if folder else ())]
    every = [_read(path) for place in places for path in sorted(place.glob("*.toml"))]
    return {tracer.name: tracer for tracer in sorted(every, key=lambda t: t.name)}


def _plugged() -> Iterator[Path]:
    for point in entry_points(group="vivomap.tracer"):
        yield from (Path(place) for place in getattr(point.load(), "__path__", ()))


def _read(path: Path) -> Tracer:
    raw = path.read_bytes()
    try:
        words = tomllib.loads(raw.decode())
    except ValueError as broken:
        raise Refusal("bad_tracer", "the file of a tracer is no TOML", where=path.name, found=str(broken)) from None
    return tracer_from(words, hashlib.sha256(raw).hexdigest(), path.name)


def plain(name: str) -> str:
    """A name without its nuclide, in small letters and digits: "[18F]FDG", "F-18 FDG" and "FDG" are one."""
    return re.sub(r"[^a-z0-9]", "", ALONE.sub(" ", NUCLIDE.sub(" ", name)).lower())


def tracer_of(image: Image) -> Known:
    """The tracer that an image's header names.

    Raises Refusal `tracer_unknown` if it names none, none that has a file, or one that several files could mean.
    """
    said, half_life = image.text("tracer"), image.setting("half_life_s")
    if not said:
        raise Refusal("tracer_unknown", "the header does not name the tracer, on which this number depends")
    mine = [t for t in tracers().values() if plain(said) in (plain(t.name), *t.also)]
    if half_life is not None and len(mine) > 1:
        mine = [t for t in mine if _agree(t, float(half_life))]
    if len(mine) != 1:
        what = "several tracers have that name" if mine else "no tracer file has that name"
        expected = ", ".join(tracers())
        raise Refusal("tracer_unknown", f"{what}, and this number depends on it", found=said, expected=expected)
    if half_life is None or _agree(mine[0], float(half_life)):
        return Known(mine[0], ())
    reason = f"the header says {float(half_life):g} s, and {mine[0].name} decays with {mine[0].half_life_s:g} s"
    return Known(mine[0], (Flag("half_life_disagrees", reason),))


def _agree(tracer: Tracer, half_life: float) -> bool:
    return abs(half_life / tracer.half_life_s - 1) <= SAME_HALF_LIFE
