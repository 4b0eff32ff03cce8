"""Words of a sidecar that single numbers read: of labelled blood, of tracers, of pulses.

BIDS has words for some; the rest are said under our own names, in our own units, as the pages on biomarkers name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vivomap.core import Settings

THEIRS = {  # a word of BIDS: ours, and what takes its number to our unit
    "ArterialSpinLabelingType": ("labelling", 1.0),
    "PostLabelingDelay": ("pld_ms", 1000.0),
    "LabelingDuration": ("label_duration_ms", 1000.0),
    "BackgroundSuppressionNumberPulses": ("background_pulses", 1.0),
    "TracerName": ("tracer", 1.0),
    "FrameDuration": ("frame_duration_s", 1.0),
}
OURS = (
    *("labelling", "pld_ms", "label_duration_ms", "asl_context", "slice_step_ms", "m0_tr_ms", "background_pulses"),
    *("haematocrit", "relaxivity", "calibration_percent", "psf_mm", "motion_mm"),
    *("tracer", "half_life_s", "decay_correction", "frame_duration_s", "plasma_over_blood"),
    *("straight_from_min", "reference_k2"),
    *("flip_deg_frames", "excitations", "t1_lactate_s", "flip_doubt_percent", "noise_sd", "signal"),
    *("iodine_hu", "iodine_hu_u", "gadolinium_hu", "gadolinium_hu_u", "fat_hu", "fat_hu_u", "water_hu_u"),
    *("calibrated_on", "contrast", "phase", "haematocrit_u", "kvp", "height_m"),
    *("insert_hu", "insert_mg_ml", "insert_mineral", "blood_hu", "blood_hu_u", "bone_hu", "bone_hu_u", "bone_hu_zero"),
)
LISTS = (
    *("frame_duration_s", "flip_deg_frames", "insert_hu", "insert_mg_ml", "water_hu_u"),
    *("iodine_hu", "iodine_hu_u", "gadolinium_hu", "gadolinium_hu_u", "fat_hu", "fat_hu_u"),
)  # settings that a list of numbers may give
SETTINGS = {**THEIRS, **{name: (name, 1.0) for name in OURS}}


def said_besides(told: Mapping[str, Any]) -> Settings:
    """The settings that a sidecar gives in these words; our own word goes before that of BIDS."""
    found: dict[str, str | float] = {}
    for word, (ours, factor) in SETTINGS.items():
        value = told.get(word)
        if isinstance(value, list) and ours in LISTS and all(isinstance(v, int | float) for v in value):
            value = " ".join(f"{v * factor:g}" for v in value)
        if isinstance(value, str) and value.strip():
            found[ours] = value.strip()
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[ours] = float(value) * factor
    return tuple(found.items())
