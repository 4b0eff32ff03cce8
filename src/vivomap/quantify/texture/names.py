"""The names and units of features by their IBSI codes, for whoever reads a table of them."""

from __future__ import annotations

from vivomap.maths.texture.around import Alike, Peaks
from vivomap.maths.texture.cooccurrence import Cooccurrence
from vivomap.maths.texture.emphasis import Emphasis
from vivomap.maths.texture.histogram import Above, Levels, Spread
from vivomap.maths.texture.shape import Shape
from vivomap.maths.texture.tones import Tones
from vivomap.quantify.texture.families import CODES

FIELDS: dict[str, tuple[str, ...]] = {
    "shape": (*Shape._fields, "moved_centre", "integrated_intensity"),
    "likeness": Alike._fields,
    "peaks": Peaks._fields,
    "statistics": Spread._fields,
    "levels": Spread._fields[:16],
    "histogram": Levels._fields,
    "volume": Above._fields,
    "cooccurrence": Cooccurrence._fields,
    "runs": Emphasis._fields,
    "zones": Emphasis._fields,
    "distances": Emphasis._fields,
    "tones": Tones._fields,
    "dependence": (*Emphasis._fields, "energy"),
}
NAMES = {
    code: f"{family} {field.replace('_', ' ')}"
    for family, fields in FIELDS.items()
    for code, field in zip(CODES[family].split(), fields, strict=True)
}
LENGTHS = ("diameter", "major_axis", "minor_axis", "least_axis", "moved_centre")
GEOMETRY = {"volume": "mm3", "volume_of_voxels": "mm3", "area": "mm2", "area_to_volume": "/mm"}
GEOMETRY |= dict.fromkeys(LENGTHS, "mm")
PURE = ("skewness", "kurtosis", "coefficient_of_variation", "quartile_coefficient_of_dispersion")
SQUARES = ("variance", "energy")


def unit_of(code: str, intensity: str) -> str:
    """The unit of a feature of an image whose intensities have this one; "1" for levels and their tables."""
    family = next(family for family, codes in CODES.items() if code in codes.split())
    field = FIELDS[family][CODES[family].split().index(code)]
    if family == "shape":
        return f"{intensity}.mm3" if field == "integrated_intensity" else GEOMETRY.get(field, "1")
    if family == "peaks" or (family == "volume" and field.startswith("intensity")):
        return intensity
    if family != "statistics" or field in PURE:
        return "1"
    return f"({intensity})2" if field in SQUARES else intensity
