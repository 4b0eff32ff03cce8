"""OHIF's own code reads our segmentations and reports: dcmjs parses them, the adapters of Cornerstone make labelmaps.

The code comes from npm by a lock file (tests/peers/ohif), once for each lock, into the virtual environment. What the
viewer draws on a screen is not tested. 3D Slicer is not to be had here; dcmqi, which it reads with, stands for it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from vivomap.acquire.harvest.read import sheet
from vivomap.core import Measurement
from vivomap.report import codes
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_seg import SEG, grids
from vivomap.report.dicom_sr import SR
from vivomap.report.forms import Filed

from ..npm import peer

PEER = Path(__file__).parents[1] / "peers" / "ohif"
pytestmark = pytest.mark.slow  # npm brings 90 packages the first time, and node starts for each object

Ohif = Callable[..., Any]


@pytest.fixture(scope="session")
def ohif() -> Ohif:
    """Runs the reader on an object; gives what it says. Without node or npm the test skips, and in CI fails."""
    node, home = peer(PEER, "read.mjs")

    def call(*words: object) -> Any:
        line = [node, "read.mjs", *map(str, words)]
        done = subprocess.run(line, cwd=home, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return call


def written(form: Any, filed: Filed, folder: Path) -> Path:
    ((name, body),) = form.write(filed).items()
    (folder / name).write_bytes(body)
    return folder / name


def test_a_segmentation_has_for_ohif_the_voxels_labels_and_tracking_uids_that_we_drew(
    ohif: Ohif, filed: Filed, small: Any, tmp_path: Path
) -> None:
    (grid,) = grids(filed)
    images = [p for p in sorted(small.folder.rglob("*.dcm")) if uid_of(p) in grid.image.source]
    said = ohif("seg", written(SEG, filed, tmp_path), *images)
    assert len(images) == len(grid.image.source) == 24
    assert not said["overlapping"]
    assert {s["number"]: s["label"] for s in said["segments"]} == {s.number: s.lesion for s in grid.segments}
    for theirs, ours in zip(said["segments"], grid.segments, strict=True):
        assert theirs["tracking"] == tracking_uid(filed, ours.lesion)
        counts = np.count_nonzero(ours.region.mask.array, axis=(1, 2))
        drawn = {uid: int(n) for uid, n in zip(grid.image.source, counts, strict=True) if n}
        assert len(drawn) > 3
        assert theirs["voxels"] == drawn


def uid_of(path: Path) -> str:
    return str(pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def test_a_report_has_for_ohif_the_numbers_units_doubts_and_tracking_uids_that_we_measured(
    ohif: Ohif, filed: Filed, tmp_path: Path
) -> None:
    said = ohif("sr", written(SR, filed, tmp_path))
    sent = {
        (m.region, codes.biomarker(m.name).name[:2]): m for m in filed.assessment.claims if isinstance(m, Measurement)
    }
    seen = {(g["identifier"], tuple(n["name"])): (g, n) for g in said["groups"] for n in g["numbers"]}
    assert len(sent) >= 8
    assert set(seen) == set(sent)
    segments = {s.lesion: (grid.uid, s.number) for grid in grids(filed) for s in grid.segments}
    for key, m in sent.items():
        group, number = seen[key]
        assert (number["value"], number["unit"], number["scheme"]) == (m.value, m.unit, "UCUM")
        assert number["text"] == pytest.approx(m.value, rel=1e-12)
        doubts = [b["value"] for b in number["below"] if b["name"] == ["STD_UNCERTAINTY", codes.PRIVATE]]
        assert doubts == [m.uncertainty]
        assert group["TrackingUniqueIdentifier"] == tracking_uid(filed, m.region)
        assert tuple(group["segment"]) == segments[m.region]


def test_ohif_draws_no_tool_for_groups_that_have_a_segment_instead_of_a_drawing(
    ohif: Ohif, filed: Filed, tmp_path: Path
) -> None:
    assert ohif("sr", written(SR, filed, tmp_path))["drawn"] == []


def test_a_report_that_ohif_writes_is_harvested_with_its_numbers_labels_and_one_complaint(
    ohif: Ohif, small: Any, tmp_path: Path
) -> None:
    image = next(p for p in sorted(small.folder.rglob("*.dcm")) if p.parent.name == "ct")
    found = sheet(Path(ohif("draw", image, tmp_path / "theirs.dcm")["written"]))
    said = {(n.about.label, n.name): (n.value, n.unit) for n in found.numbers}
    assert said.pop(("Lesion B", "perimeter"))[0] == pytest.approx(2 * np.pi * 8)
    assert said == {
        ("Lesion A", "length"): (20.0, "mm"),
        ("Lesion B", "area"): (201.06, "mm2"),
        ("Lesion B", "radius"): (8.0, "mm"),
        ("Lesion B", "maximum"): (40.0, "[hnsf'U]"),
        ("Lesion B", "minimum"): (-70.0, "[hnsf'U]"),
        ("Lesion B", "mean"): (-12.5, "[hnsf'U]"),
        ("Lesion B", "standard_deviation"): (9.25, "[hnsf'U]"),
    }
    assert len({n.about.tracking for n in found.numbers}) == 2
    assert all(uid_of(image) in n.provenance.source for n in found.numbers if n.name in ("length", "perimeter"))
    assert {c.code for c in found.complaints} == {"sr_relationship"}  # it hangs the site on as if contained


def test_the_lock_file_names_versions_and_hashes_and_no_address() -> None:
    lock = (PEER / "package-lock.json").read_text()
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    asked = packages[""]["dependencies"]
    assert all(v[0].isdigit() for v in asked.values())
    assert all(p.get("integrity") for name, p in packages.items() if name)
