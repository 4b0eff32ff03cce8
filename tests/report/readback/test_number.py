"""A reader wants the files of its form that hold numbers, and no others."""

from vivomap.report.readback import readers
from vivomap.report.readback.number import Number


def test_a_reader_asks_for_the_files_that_hold_numbers() -> None:
    bids = readers()["bids"]
    assert bids.wants("bids/sub-A/ses-1/sub-A_ses-1_desc-vivomap_measurements.tsv")
    assert not bids.wants("bids/sub-A/ses-1/ct/x_dseg.nii.gz")
    assert not bids.wants("bids/participants.tsv")


def test_a_number_is_compared_part_by_part() -> None:
    assert Number(1.0, "mm", 0.1) == (1.0, "mm", 0.1, "", "")
