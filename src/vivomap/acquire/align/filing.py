"""What an alignment has carried over, as NIfTI with a sidecar, so that it is read again like any other volume."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from vivomap.acquire.affines import to_nifti
from vivomap.acquire.segment.keep import keep
from vivomap.core import Image, Refusal, Region, Study

SAID = {  # setting: the word of a sidecar, and what takes our number to its unit
    "modality": ("Modality", 1.0),
    "manufacturer": ("Manufacturer", 1.0),
    "model": ("ManufacturersModelName", 1.0),
    "serial": ("DeviceSerialNumber", 1.0),
    "software": ("SoftwareVersions", 1.0),
    "kernel": ("ConvolutionKernel", 1.0),
    "slice_thickness_mm": ("SliceThickness", 1.0),
    "field_t": ("MagneticFieldStrength", 1.0),
    "tr_ms": ("RepetitionTime", 0.001),
    "te_ms": ("EchoTime", 0.001),
}


def put_image(image: Image, patient: str, path: Path) -> Path:
    """Write an image as float32; a voxel that it did not see is not a number. Raises Refusal if that cannot be."""
    array = np.asarray(image.voxels.array, np.float32)
    volume = nib.Nifti1Image(np.ascontiguousarray(array.T), to_nifti(image.affine))
    volume.header.set_xyzt_units("mm")
    volume.set_sform(volume.affine, code=1)
    volume.set_qform(volume.affine, code=1)
    words: dict[str, Any] = {"role": image.role, "unit": image.unit, "residual_mm": image.residual_mm}
    words |= {"series": f"{image.text('series_description') or image.role}, aligned"}
    if image.frames:
        words |= {"frames": list(image.frames), "frame_unit": image.frame_unit}
    for name, (word, factor) in SAID.items():
        value = image.setting(name)
        if value is not None:
            words[word] = value if isinstance(value, str) else value * factor
    try:
        nib.save(volume, path)
        beside = path.with_name(path.name.removesuffix(".nii.gz") + ".json")
        beside.write_text(
            json.dumps(_told(words, patient, image), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    except OSError as broken:
        raise Refusal("cannot_write", f"the aligned image cannot be written: {broken.strerror}") from broken
    return path


def put_region(region: Region, patient: str, onto: Image, path: Path) -> Path:
    """Write an outline that was carried over, as a mask with the doubt of its place. Raises Refusal as `keep` does."""
    keep(region, Study(patient, onto.day), path, {"how": "carried over by an alignment"})
    return path


def _told(words: dict[str, Any], patient: str, image: Image) -> dict[str, Any]:
    day = {"date": image.day.isoformat()} if image.day else {}
    return {"patient": patient, **day, **{k: v for k, v in words.items() if v not in ("", None)}}
