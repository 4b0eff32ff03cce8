"""The IBSI families of features, each number under the code of the IBSI manual, read from prepared grey levels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core.image import Array
from vivomap.maths.texture.around import alike, peaks
from vivomap.maths.texture.cooccurrence import cooccurrence
from vivomap.maths.texture.counting import IN_PLANE, IN_SPACE, Padded, neighbours, padded, pairs, runs, zones
from vivomap.maths.texture.emphasis import Entries, emphasis, energy, of_list, of_table
from vivomap.maths.texture.grid import by_number
from vivomap.maths.texture.histogram import above, levels, spread
from vivomap.maths.texture.shape import moved_centre, shape_of
from vivomap.maths.texture.tones import tones
from vivomap.quantify.texture.processing import Prepared, Processing

Values = dict[str, float]
CODES = {  # in the order of the fields of the tuples of maths.texture
    "shape": "RNU0 YEKZ C0JK 2PR5 SKGS BQWJ KRCK QCFX 25C7 L0JK TDIC P9VJ 7J51 Q3CK N17B PBX1 R59B 6BDE RDD2 R3ER 7T7F "
    "KLMA 99N0",
    "likeness": "N365 NPT7",
    "peaks": "VJGA 0F91",
    "statistics": "Q4LE ECT3 KE2A IPH6 Y12H 1GSF QG58 8DWT 84IY SALO 2OJQ 4FUA 1128 N72L 7TET 9S40 N8CA 5ZWQ",
    "levels": "X6K6 CH89 88K1 C3I7 WIFQ 1PR8 GPMT OZ0C 3NCY WR0O 5Z3W D2ZX WRZB 4RNL CWYJ SLWD",
    "histogram": "AMMC TLU2 BJ5W 12CE 8E6O VQB3 RHQZ",
    "volume": "BC2M_10 BC2M_90 GBPN_10 GBPN_90 DDTU CNV2",
    "cooccurrence": "GYBY 60VM UR99 TU9B TF7R D3YU NTRS ZGXS OEEB P6QZ 8ZQL ACUI 8S9J IB1Z NDRX WF0Z 1QCO E8JP NI2N "
    "QWB0 DG8W 7NFM AE86 R8DG JN9H",
    "runs": "22OV W4KF V3SW G3QZ HTZT GD3A IVPO 3KUM R5YN OVBL W92Y IC23 9ZK5 8CE5 SXLW HJ9O",
    "zones": "P001 48P8 XMSY 5GN9 5RAI HW1V YH51 J17V JNSA Y1RO 4JP3 VB3A P30P BYLV 3NSA GU8N",
    "distances": "0GBI MB4I S1RA K26C RUVG DKNJ A7WM KLTH VFT7 7HP3 V294 IATH VIWW QK93 7WT1 GBDU",
    "tones": "QCDE 65HE NQ30 HDEZ 1X9X",
    "dependence": "SODN IMOQ TL9H OAE7 EQ3F JA6D NBZI 9QMG FP8K 5SPA Z87G OKJI 6XV8 1PFV DNX2 FCBV CAS9",
}


class Part(NamedTuple):
    """What one table is counted from: a slice or the whole, laid flat, its voxels, and their distance to the edge."""

    grid: Padded
    voxels: int
    distance: Array


def named(family: str, numbers: Iterable[float]) -> Values:
    """Numbers under the codes of their family."""
    return dict(zip(CODES[family].split(), map(float, numbers), strict=True))


def shape(ready: Prepared, _: Processing) -> Values:
    """Shape of the region, and how far the centre of its intensity lies from its own."""
    found = shape_of(ready.mask, ready.size_mm)
    mean = float(ready.values[ready.inside].mean(dtype=float))
    shift = moved_centre(ready.values, ready.inside, ready.mask, ready.size_mm)
    return named("shape", (*found, shift, mean * found.volume))


def likeness(ready: Prepared, _: Processing) -> Values:
    """Whether near voxels have like intensities."""
    return named("likeness", alike(ready.values, ready.inside, ready.size_mm))


def peak(ready: Prepared, _: Processing) -> Values:
    """Local and global intensity peak."""
    return named("peaks", peaks(ready.values, np.isfinite(ready.values), ready.inside, ready.size_mm))


def statistics(ready: Prepared, _: Processing) -> Values:
    """Statistics of the intensities."""
    return named("statistics", spread(ready.values[ready.inside]))


def histogram(ready: Prepared, _: Processing) -> Values:
    """Statistics and histogram of the levels."""
    found = ready.levels[ready.inside]
    return named("levels", spread(found)[:16]) | named("histogram", levels(found, ready.highest))


def volume(ready: Prepared, card: Processing) -> Values:
    """The intensity-volume histogram."""
    values = ready.values[ready.inside].astype(float)
    if card.volume_number:
        found, count = by_number(values, card.volume_number)
        return named("volume", above(found, 1.0, 1.0, count))
    step = card.volume_width or 1.0
    low = float(values.min()) if card.lowest is None else card.lowest
    high = float(values.max()) if card.highest is None else card.highest
    if not card.volume_width:
        return named("volume", above(values, low, 1.0, round(high - low) + 1))
    count = max(int(np.ceil((high - low) / step)), 1)
    middle = low + step * (np.floor((values - low) / step).clip(0, count - 1) + 0.5)
    return named("volume", above(middle, low + step / 2, step, count))


def parts(ready: Prepared, card: Processing) -> tuple[Part, ...]:
    """The slices that hold any of the region, or the whole where tables are three-dimensional."""
    solid = card.merged.startswith("3D")
    found = [slice(None)] if solid else [slice(k, k + 1) for k in np.flatnonzero(ready.inside.any(axis=(1, 2)))]
    directions = IN_SPACE if solid else IN_PLANE
    made = []
    for piece in found:
        levels, mask = ready.levels[piece], ready.mask[piece]
        wide = np.pad(mask, 1) if solid else np.pad(mask, ((0, 0), (1, 1), (1, 1)))
        distance = _steps_to_edge(wide)[tuple(slice(1, -1) if s or solid else slice(None) for s in range(3))]
        voxels = int(np.count_nonzero(levels))
        made.append(Part(padded(levels, ready.highest, directions), voxels, distance))
    return tuple(made)


def _steps_to_edge(mask: Array) -> Array:
    """Steps over faces from each voxel of a padded mask to outside, in plane where it is one slice."""
    if mask.shape[0] == 1:
        return np.asarray(ndimage.distance_transform_cdt(mask[0], "taxicab"), np.uint16)[None]
    return np.asarray(ndimage.distance_transform_cdt(mask, "taxicab"), np.uint16)


def texture(ready: Prepared, card: Processing) -> Values:
    """Every family of tables: pairs, runs, zones, distances, tones and dependence."""
    pieces = parts(ready, card)
    found = [zones(p.grid, p.distance) for p in pieces]
    around = [neighbours(p.grid) for p in pieces]
    voxels = [p.voxels for p in pieces]
    by_size = _lists([(z.level, z.size) for z in found], voxels, card)
    by_distance = _lists([(z.level, z.distance) for z in found], voxels, card)
    together = card.merged.startswith("2_5D")
    near = [tuple(sum(t) for t in zip(*around, strict=True))] if together else around
    alike_in = [of_table(t[2], v) for t, v in zip(near, [sum(voxels)] if together else voxels, strict=True)]
    return {
        **named("cooccurrence", _mean(_pair_tables(pieces, card), cooccurrence)),
        **named("runs", _mean(_run_tables(pieces, card), emphasis)),
        **named("zones", _mean(by_size, emphasis)),
        **named("distances", _mean(by_distance, emphasis)),
        **named("tones", _mean([t for t in near if t[0].any()], lambda t: tones(t[0], t[1]))),
        **named("dependence", _mean(alike_in, lambda e: (*emphasis(e), energy(e)))),
    }


def _pair_tables(pieces: tuple[Part, ...], card: Processing) -> list[Array]:
    return [t for t in _merged([pairs(p.grid) for p in pieces], card) if t.any()]


def _run_tables(pieces: tuple[Part, ...], card: Processing) -> list[Entries]:
    tables = _merged([runs(p.grid) for p in pieces], card)
    each = [p.voxels for p in pieces] if card.merged.startswith("2D") else [sum(p.voxels for p in pieces)]
    many = len(pieces[0].grid.steps)
    of = [v for v in each for _ in range(many)] if card.merged.endswith("avg") else [v * many for v in each]
    return [of_table(t, v) for t, v in zip(tables, of, strict=True)]


def _merged(tables: list[Array], card: Processing) -> list[Array]:
    """Tables of parts and directions, added up as the card says."""
    if not card.merged.startswith("2D"):
        tables = [np.add.reduce(tables)]
    if card.merged.endswith("comb"):
        return [t.sum(axis=0) for t in tables]
    return [one for t in tables for one in t]


def _lists(found: list[tuple[Array, Array]], voxels: list[int], card: Processing) -> list[Entries]:
    """Entries of zones, slice by slice or all together."""
    if card.merged.startswith("2_5D"):
        level, size = (np.concatenate(c) for c in zip(*found, strict=True))
        return [of_list(level, size, sum(voxels))]
    return [of_list(level, size, v) for (level, size), v in zip(found, voxels, strict=True)]


def _mean(tables: list[Any], numbers: Callable[[Any], Iterable[float]]) -> Array:
    """The numbers of each table, averaged."""
    return np.asarray(np.mean([tuple(numbers(t)) for t in tables], axis=0))
