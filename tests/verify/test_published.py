"""Published values: the table that is shipped, and sets that lie elsewhere."""

from pathlib import Path

from vivomap.verify.published import Absent, Point, Reference, data_folder, of_set, sets, shipped


def test_every_shipped_value_is_reached():
    rows = shipped()
    assert len(rows) >= 10
    assert [r.reason for r in rows if not r.ok] == []
    assert all(r.source and r.tolerance and r.unit for r in rows)


def one(result, place="", tmp=None):
    def compute(folder: Path):
        if result is None:
            raise ValueError("no such column")
        return (Point("x", 1.0, result, 0.1, "mm"),)

    return of_set(Reference("set", "size", place, compute, "who"), tmp)


def test_a_value_within_its_tolerance_holds():
    assert [r.ok for r in one(1.05)] == [True]
    (row,) = one(1.2)
    assert (row.ok, row.reason) == (False, "further from the published value than its tolerance")


def test_a_set_that_breaks_is_no_proof():
    (row,) = one(None)
    assert (row.verdict, row.reason) == ("unproven", "it broke: ValueError: no such column")


def test_a_set_that_is_not_at_hand_is_no_failure(tmp_path):
    for folder in (None, tmp_path):
        found = one(1.0, "there", folder)
        assert isinstance(found, Absent)
        assert "VIVOMAP_DATA" in found.reason
    (tmp_path / "there").mkdir()
    assert one(1.0, "there", tmp_path)[0].ok


def test_the_folder_of_reference_data_is_named_by_the_environment(monkeypatch):
    monkeypatch.delenv("VIVOMAP_DATA", raising=False)
    assert data_folder() is None
    monkeypatch.setenv("VIVOMAP_DATA", "somewhere")
    assert data_folder() == Path("somewhere")


def test_every_reference_set_has_source_and_family():
    assert sets()
    assert all(s.source and s.family for s in sets().values())


def test_a_method_that_is_known_to_be_wrong_must_miss():
    def compute(folder: Path):
        return (Point("far", 1.0, 2.0, 0.1, misses=True), Point("near", 1.0, 1.05, 0.1, misses=True))

    far, near = of_set(Reference("set", "size", "", compute, "who"), None)
    assert (far.ok, near.ok) == (True, False)
    assert near.reason == "a wrong method is not told from the right one"
