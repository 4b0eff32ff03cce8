"""A table of features is read whole, and what does not fit beside the rest is named or refused."""

import pytest

from vivomap.acquire.feature_tables import read_features
from vivomap.core import Refusal

HEAD = "subject,scan,region,image,feature,value,card"


def written(tmp_path, *lines, head=HEAD):
    path = tmp_path / "table.csv"
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    return path


def test_a_scan_has_its_features_and_a_subject_its_scans_in_order(tmp_path):
    path = written(tmp_path, "A,2026-02-01,L,ct,X,2,ct 1", "A,2026-01-01,L,ct,X,1,ct 1", "A,2026-01-01,L,ct,Y,5,ct 1")
    found = read_features(path)
    assert found.subjects == (("A", "L"),)
    assert found.scans(("A", "L")) == ("2026-01-01", "2026-02-01")
    assert found.features(("A", "L"), "2026-01-01") == {"X": 1.0, "Y": 5.0}
    assert (found.card, found.image) == ("ct 1", "ct")


def test_repeats_hold_the_subjects_with_every_scan_and_the_features_of_all(tmp_path):
    lines = [
        f"{who},{scan},,ct,X,{value},ct 1" for who, scan, value in (("A", 1, 1), ("A", 2, 2), ("B", 1, 3), ("B", 2, 4))
    ]
    path = written(tmp_path, *lines, "C,1,,ct,X,9,ct 1", "A,1,,ct,Y,9,ct 1")
    found = read_features(path).repeats()
    assert found.subjects == (("A", ""), ("B", ""))
    assert found.features["X"].tolist() == [[1, 2], [3, 4]]
    assert dict(found.left_out) == {"C": "1 scans, not 2", "Y": "not read at every scan"}


def test_two_regions_of_one_person_are_two_subjects(tmp_path):
    path = written(tmp_path, "A,1,L,,X,1,", "A,2,L,,X,2,", "A,1,R,,X,3,", "A,2,R,,X,4,")
    assert read_features(path).repeats().features["X"].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["A,1,,ct,X,1,ct 1", "A,2,,ct,X,1,ct 2"], "not_comparable"),
        (["A,1,,ct,X,1,ct 1", "A,2,,suv,X,1,ct 1"], "not_comparable"),
        (["A,1,,ct,X,1,ct 1", "A,1,,ct,X,2,ct 1"], "bad_table"),
        (["A,1,,ct,X,nan,ct 1"], "bad_table"),
        ([], "bad_table"),
    ],
)
def test_a_table_that_mixes_or_repeats_or_is_empty_is_refused(tmp_path, lines, code):
    with pytest.raises(Refusal) as refused:
        read_features(written(tmp_path, *lines))
    assert refused.value.code == code


def test_each_feature_has_the_unit_that_its_table_says_and_never_two(tmp_path):
    head = f"{HEAD},unit"
    lines = ["A,1,,ct,X,1,ct 1,mm3", "A,2,,ct,X,1,ct 1,", "A,1,,ct,Y,1,ct 1,", "A,1,,ct,Z,1,ct 1,1"]
    assert read_features(written(tmp_path, *lines, head=head)).units == {"X": "mm3", "Y": "", "Z": "1"}
    assert read_features(written(tmp_path, "A,1,,ct,X,1,ct 1")).units == {"X": ""}
    with pytest.raises(Refusal, match="two units") as refused:
        read_features(written(tmp_path, *lines, "A,3,,ct,X,1,ct 1,mL", head=head))
    assert (refused.value.code, refused.value.found) == ("not_comparable", "X: mm3, mL")


def test_a_bad_line_is_held_and_the_rest_is_read(tmp_path):
    found = read_features(written(tmp_path, "A,1,,ct,X,much,ct 1", "A,1,,ct,Y,2,ct 1"))
    assert [h.code for h in found.held] == ["bad_line"]
    assert found.features(("A", ""), "1") == {"Y": 2.0}


def test_single_scans_and_a_missing_column_are_refused(tmp_path):
    with pytest.raises(Refusal, match="scanned twice"):
        read_features(written(tmp_path, "A,1,,ct,X,1,ct 1")).repeats()
    with pytest.raises(Refusal, match="lacks columns"):
        read_features(written(tmp_path, "A,1", head="subject,scan"))
