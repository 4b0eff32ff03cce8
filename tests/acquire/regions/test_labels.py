from pydicom.dataset import Dataset

from vivomap.acquire.regions.labels import label


def test_the_first_text_that_is_there_is_taken() -> None:
    ds = Dataset()
    ds.SegmentLabel, ds.TrackingID = "", "Läsion 1 "
    assert label(ds, "SegmentLabel", "TrackingID") == "Läsion 1"
    assert label(ds, "SegmentLabel") == ""
    assert label(ds, "ROIName") == ""
