from collections.abc import Callable

from vivomap.acquire.dicom.axes import Part
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.times import frames

Make = Callable[..., Plane]


def test_seconds_count_from_the_first_volume(plane: Make) -> None:
    parts = [Part((plane(AcquisitionDate="20200131", AcquisitionTime=t),)) for t in ("100000", "100004.5", "100009")]
    told = frames("acquired", parts)
    assert (told.values, told.unit, told.flags) == ((0.0, 4.5, 9.0), "s", ())


def test_midnight_is_crossed(plane: Make) -> None:
    pairs = (("20200131", "235950"), ("20200201", "000010"))
    parts = [Part((plane(AcquisitionDate=d, AcquisitionTime=t),)) for d, t in pairs]
    assert frames("acquired", parts).values == (0.0, 20.0)


def test_content_time_is_the_last_resort_and_flagged(plane: Make) -> None:
    parts = [Part((plane(ContentTime=t),)) for t in ("102551", "103238", "103832")]
    told = frames("content", parts)
    assert told.values == (0.0, 407.0, 761.0)
    assert [f.code for f in told.flags] == ["times_from_content"]


def test_volumes_without_a_time_are_numbered(plane: Make) -> None:
    told = frames("instance", [Part((plane(),)), Part((plane(),))])
    assert (told.values, told.unit) == ((0.0, 1.0), "1")
    assert [f.code for f in told.flags] == ["frame_times_unknown"]


def test_b_values_and_echoes_keep_their_units(plane: Make) -> None:
    parts = [Part((plane(),), v) for v in (0.0, 800.0)]
    assert frames("b", parts)[:2] == ((0.0, 800.0), "s/mm2")
    assert frames("echo", parts)[:2] == ((0.0, 800.0), "ms")


def test_a_volume_without_its_b_value_denies_the_role(plane: Make) -> None:
    told = frames("b", [Part((plane(),), None), Part((plane(),), 800.0)])
    assert [(f.code, f.denies) for f in told.refusals] == [("axis_missing", "dwi")]
