"""One visit as a BIDS data set of derivatives, for researchers: outlines, maps, and a table of numbers.

BIDS has names for segmentations on MR, for ADC maps and for PET. What it has no name for (CT, ultrasound, outlines on
PET, maps of a site) lies in folders of its own, which `.bidsignore` lists; the README of the data set says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from vivomap.core import Image, Measurement
from vivomap.report.bids import labels
from vivomap.report.bids.segments import Layer, layers
from vivomap.report.bids.table import dictionary, measurements, sidecar, tsv
from vivomap.report.bids.volume import nifti
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.naming import tracked

__all__ = ["BIDS", "write"]

VERSION = "1.10.0"  # of BIDS
OUTLINED = {"MR": "anat", "CT": "ct", "PT": "petseg", "US": "us", "NM": "nm"}  # folder of outlines by modality
MAPS = {"adc": ("dwi", "ADC"), "suv": ("pet", "pet")}  # folder and suffix by role; others have no name in BIDS
OTHER = ("map", "map")
OWN = ("ct", "us", "nm", "petseg", "map", "*_measurements.*")
SCANNED = (("Manufacturer", "manufacturer"), ("ManufacturersModelName", "model"), ("SoftwareVersions", "software"))
LABELS = {  # columns of a lookup table; BIDS itself says what the first two are
    "index": "",
    "name": "",
    "region": "Name that its maker gave the region",
    "tracking_uid": "DICOM tracking UID of the lesion",
    "finding": "What was found",
    "site": "Where it is",
}
README = """# Measurements by vivomap

A data set of derivatives in the form of BIDS. Research use only, not a medical device. The raw images are elsewhere:
each sidecar names the DICOM series that it was made from.

Each visit has a table (`*_measurements.tsv`, its columns explained in the file of the same name that ends in `.json`),
label images of the outlined regions (`*_dseg.nii.gz`, their names in `*_dseg.tsv`) and the maps that numbers were read
from. BIDS has no name for the table, nor for images of CT, ultrasound and nuclear medicine (folders `ct`, `us`, `nm`),
outlines on PET (`petseg`) and other maps (`map`); `.bidsignore` lists them. `n/a` is an absent value, never zero.
"""


def write(filed: Filed) -> Files:
    """The files of the data set by their path in it."""
    study = filed.assessment.study
    subject, session = f"sub-{labels.subject(study.patient)}", f"ses-{labels.session(study.day)}"
    stem, folder = f"{subject}_{session}", f"{subject}/{session}"
    files = {"dataset_description.json": _description(filed), "README.md": README.encode()}
    files[".bidsignore"] = "".join(f"{name}\n" for name in OWN).encode()
    files |= _participants(subject, study.patient)
    files[f"{folder}/{stem}_desc-vivomap_measurements.tsv"] = measurements(filed)
    files[f"{folder}/{stem}_desc-vivomap_measurements.json"] = dictionary(filed)
    for number, layer in enumerate(layers(study), 1):
        where = OUTLINED.get(layer.image.text("modality") if layer.image else "", OTHER[0])
        name = f"{folder}/{where}/{stem}_desc-regions{number}_dseg"
        files |= _outlined(filed, layer, name)
    for number, image in enumerate(_maps(filed), 1):
        where, suffix = MAPS.get(image.role, OTHER)
        name = f"{folder}/{where}/{stem}_desc-{labels.word(image.role)}{number}_{suffix}"
        files[f"{name}.nii.gz"] = nifti(image.voxels.array, image.affine)
        files[f"{name}.json"] = sidecar(_of_map(image))
    return {f"bids/{name}": body for name, body in files.items()}


def _description(filed: Filed) -> bytes:
    made = {"Name": "vivomap", "Version": filed.version, "Description": "Measurement of medical images over time"}
    said = {"Name": "Measurements by vivomap", "BIDSVersion": VERSION, "DatasetType": "derivative"}
    return sidecar({**said, "GeneratedBy": [made]})


def _participants(subject: str, patient: str) -> Files:
    told = {
        "participant_id": {"Description": "Label of the patient in this data set"},
        "patient": {"Description": "Pseudonym of the patient in the project that measured"},
    }
    rows = (("participant_id", "patient"), (subject, patient))
    return {"participants.tsv": tsv(rows), "participants.json": sidecar({**told})}


def _outlined(filed: Filed, layer: Layer, name: str) -> Files:
    """A label image, what it lies on, and who each label is."""
    rows = [tuple(LABELS)]
    for index, region in enumerate(layer.regions, 1):
        uid = tracked(filed, region.lesion).uid
        rows.append((str(index), region.lesion or region.name, region.name, uid, region.finding, region.site))
    about: dict[str, object] = {"Description": "Regions as outlined; the table of the same name says who each is"}
    about |= {column: {"Description": text} for column, text in LABELS.items() if text}
    series = layer.image.text("series_uid") if layer.image else ""
    return {
        f"{name}.nii.gz": nifti(layer.labels, layer.regions[0].affine),
        f"{name}.json": sidecar({**about, "SpatialReference": series or "not said", **_scanned(layer.image)}),
        f"{name}.tsv": tsv(rows),
    }


def _maps(filed: Filed) -> Iterator[Image]:
    """Every map of the visit once: those that came with it, then those that a number sums up."""
    own = [i for i in filed.assessment.study.images if i.role in (*MAPS, "map")]
    made = [c.detail for c in filed.assessment.claims if isinstance(c, Measurement) and isinstance(c.detail, Image)]
    yield from {image.voxels.digest: image for image in (*made, *own)}.values()


def _of_map(image: Image) -> dict[str, object]:
    said: dict[str, object] = {
        "Description": f"Map in the role {image.role!r}, on the grid of its images",
        "Units": image.unit,
        "SkullStripped": False,
        "VoxelsSHA256": image.voxels.digest,
    }
    if image.frames:
        said |= {"Frames": list(image.frames), "FrameUnits": image.frame_unit}
    return {**said, **_scanned(image)}


def _scanned(image: Image | None) -> dict[str, object]:
    """The scanner, and the DICOM series that an image is of."""
    if image is None:
        return {}
    said = {name: image.text(key) for name, key in SCANNED}
    said |= {"StudyInstanceUID": image.text("study_uid"), "SeriesInstanceUID": image.text("series_uid")}
    return {name: text for name, text in said.items() if text}


BIDS = Form("bids", "nii.gz", write, "BIDS derivatives: outlines, maps and a table, in a folder of their own")
