import json
from datetime import date
from pathlib import Path

import pytest

from vivomap.acquire.nifti.sidecar import Sidecar, sidecar_of, stem_of, tables_of
from vivomap.core import Refusal

HEADER = "path,patient,date,role,region,unit\n"


def told(folder: Path, words: object, line: str = "", name: str = "a.nii.gz") -> Sidecar:
    volume = folder / name
    volume.write_bytes(b"")
    if words is not None:
        (folder / f"{stem_of(volume)}.json").write_text(words if isinstance(words, str) else json.dumps(words))
    if line:
        (folder / "visits.csv").write_text(HEADER + line + "\n")
    return sidecar_of(volume, tables_of(folder, folder)[0])


def test_a_line_of_the_table_says_what_a_volume_is(tmp_path: Path) -> None:
    one = told(tmp_path, None, "a.nii.gz,P1,2020-01-31,ct,,[hnsf'U]")
    assert (one.patient, one.day, one.role, one.unit) == ("P1", date(2020, 1, 31), "ct", "[hnsf'U]")
    assert one.labels == ()


def test_a_json_says_more_and_goes_before_the_table(tmp_path: Path) -> None:
    words = {"patient": "P1", "role": "dwi", "frames": [0, 800], "frame_unit": "s/mm2", "Manufacturer": "GE"}
    one = told(tmp_path, words | {"EchoTime": 0.08}, "a.nii.gz,P2,20200131,,,")
    assert (one.patient, one.day, one.frames, one.frame_unit) == ("P1", date(2020, 1, 31), (0, 800), "s/mm2")
    assert dict(one.settings) == {"manufacturer": "GE", "te_ms": 80}
    assert [f.code for f in one.flags] == ["sidecar_conflict"]


def test_nothing_beside_a_volume_says_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, None) == Sidecar()


@pytest.mark.parametrize(
    ("region", "labels"),
    [
        ("tumour", (("tumour", None),)),
        ("core=1; edema=2", (("core", 1), ("edema", 2))),
        ({"core": 1}, (("core", 1),)),
        ("", ()),
    ],
)
def test_a_region_is_one_name_or_a_name_for_each_value(tmp_path: Path, region: object, labels: object) -> None:
    assert told(tmp_path, {"region": region}).labels == labels


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("{not json", "bad_sidecar"),
        ('{"patient": "A", "patient": "B"}', "bad_sidecar"),
        ([1, 2], "bad_sidecar"),
        ({"role": "CT scan"}, "bad_sidecar"),
        ({"region": "core=one"}, "bad_sidecar"),
        ({"frames": "0 800"}, "bad_sidecar"),
        ({"unit": "Hounsfield"}, "unknown_unit"),
    ],
)
def test_what_is_not_allowed_is_refused(tmp_path: Path, words: object, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        told(tmp_path, words)
    assert refused.value.code == code


def test_an_impossible_date_leaves_a_volume_without_one(tmp_path: Path) -> None:
    one = told(tmp_path, {"date": "20120000"})
    assert one.day is None
    assert [f.code for f in one.flags] == ["bad_date"]


def test_tables_are_found_up_to_the_root_and_the_nearest_goes_first(tmp_path: Path) -> None:
    inner = tmp_path / "P1"
    inner.mkdir()
    (inner / "a.nii").write_bytes(b"")
    (inner / "b.nii").write_bytes(b"")
    (tmp_path / "visits.csv").write_text(HEADER + "P1/a.nii,outer,,,,\nP1/b.nii,outer,,,,\n")
    (inner / "visits.csv").write_text(HEADER + "a.nii,inner,,,,\n")
    lines, held = tables_of(inner, tmp_path)
    assert not held
    assert [sidecar_of(inner / n, lines).patient for n in ("a.nii", "b.nii")] == ["inner", "outer"]
    assert sidecar_of(inner / "b.nii", tables_of(inner, inner)[0]).patient == ""


def test_a_volume_named_twice_or_absent_is_held(tmp_path: Path) -> None:
    (tmp_path / "a.nii").write_bytes(b"")
    (tmp_path / "visits.csv").write_text(HEADER + "a.nii,A,,,,\n./a.nii,B,,,,\nc.nii,C,,,,\n")
    lines, held = tables_of(tmp_path, tmp_path)
    assert sorted((Path(h.path).name, h.code) for h in held) == [("a.nii", "bad_line"), ("c.nii", "file_absent")]
    assert str(tmp_path / "a.nii") not in lines


@pytest.mark.parametrize("word", ["day", "Date", "psf"])
def test_a_word_that_is_none_of_a_sidecar_is_told_and_not_read(tmp_path: Path, word: str) -> None:
    one = told(tmp_path, {"patient": "P1", word: "2020-01-31", "role": "ct"})
    assert (one.patient, one.day, one.role) == ("P1", None, "ct")
    assert [(f.code, word in f.reason) for f in one.flags] == [("unknown_word", True)]


def test_every_word_of_bids_of_ours_and_of_a_kept_region_is_known(tmp_path: Path) -> None:
    words: dict[str, object] = {"patient": "P1", "date": "2020-01-31", "site": "", "psf_mm": 6, "ImageType": ["M"]}
    kept = {"finding": "lesion", "edge_mm": 0.5, "made": {"by": "level"}, "warnings": [], "_comment": "for people"}
    one = told(tmp_path, words | kept | {"frames": [0], "frame_unit": "s", "residual_mm": 0, "EchoTime": 0.01})
    assert one.flags == ()
    assert dict(one.settings) == {"te_ms": 10, "psf_mm": 6}
