from collections.abc import Callable
from itertools import product

import pytest

from vivomap.acquire.dicom.axes import split
from vivomap.acquire.dicom.plane import Plane

Make = Callable[..., Plane]


@pytest.fixture
def at(plane: Make) -> Make:
    """A plane at a height, with facts."""

    def made(z: float, number: int, **facts: str) -> Plane:
        place = {"ImagePositionPatient": f"0\\0\\{z}", "ImageOrientationPatient": "1\\0\\0\\0\\1\\0"}
        return plane(SOPInstanceUID=f"1.{number}", InstanceNumber=str(number), **place, **facts)

    return made


def test_places_that_occur_once_are_one_volume_whatever_the_times(at: Make) -> None:
    stack = [at(3 * k, k, AcquisitionNumber=str(k // 2), ContentTime=f"10000{k}") for k in range(4)]
    divided = split(stack)
    assert divided.axis == ""
    assert len(divided.parts) == 1


@pytest.mark.parametrize(
    ("axis", "fact", "values"),
    [
        ("b", "DiffusionBValue", ("0", "50.0", "800")),
        ("echo", "EchoTime", ("20", "40", "60")),
        ("temporal", "TemporalPositionIdentifier", ("1", "2", "10")),
        ("trigger", "TriggerTime", ("0", "348", "929")),
        ("acquired", "AcquisitionTime", ("100000", "100700", "101300")),
        ("reference", "FrameReferenceTime", ("0", "1000", "90000")),
        ("acquisition", "AcquisitionNumber", ("1", "2", "11")),
        ("content", "ContentTime", ("102551", "103238", "103832")),
    ],
)
def test_each_axis_divides_a_series_in_the_order_of_its_numbers(
    axis: str, fact: str, values: tuple[str, ...], at: Make
) -> None:
    stack = [at(3 * z, 9 * z - v, **{fact: values[v]}) for z, v in product(range(4), range(3))]
    divided = split(stack[::-1])
    assert divided.axis == axis
    assert [p.planes[0].text(fact) for p in divided.parts] == list(values)
    assert all(len(p.planes) == 4 for p in divided.parts)


def test_the_most_particular_cause_comes_first(at: Make) -> None:
    stack = [at(z, 10 * t + z, EchoTime=str(20 * t), ContentTime=f"1000{t:02d}") for z, t in product(range(3), (1, 2))]
    assert split(stack).axis == "echo"


def test_a_time_of_each_slice_is_no_time_point(at: Make) -> None:
    stack = [
        at(z, 10 * t + z, AcquisitionTime=f"10{t:02d}{z:02d}", TemporalPositionIdentifier=str(t))
        for z, t in product(range(3), (1, 2))
    ]
    assert split(stack).axis == "temporal"


def test_directions_repeat_a_b_value(at: Make) -> None:
    plan = [(0, 0), (1, 1000), (2, 1000), (3, 1000)]
    stack = [at(z, 10 * v + z, DiffusionBValue=str(b)) for z, (v, b) in product(range(3), plan)]
    divided = split(stack)
    assert divided.axis == "b"
    assert [p.value for p in divided.parts] == [0, 1000, 1000, 1000]
    assert [{x.text("InstanceNumber")[0] for x in p.planes} for p in divided.parts[1:]] == [{"1"}, {"2"}, {"3"}]


@pytest.mark.parametrize("fact", ["AcquisitionNumber", "TemporalPositionIdentifier", "AcquisitionTime", "ContentTime"])
def test_a_number_of_each_direction_is_no_time_point(fact: str, at: Make) -> None:
    plan = [(0, 0), (1, 1000), (2, 1000), (3, 1000)]
    stack = [at(z, 10 * v + z, DiffusionBValue=str(b), **{fact: f"10000{v}"}) for z, (v, b) in product(range(3), plan)]
    divided = split(stack)
    assert divided.axis == "b"
    assert [p.value for p in divided.parts] == [0, 1000, 1000, 1000]


def test_two_axes_at_once_make_an_image_for_each_value_of_the_second(at: Make) -> None:
    stack = [
        at(z, 100 * e + 10 * t + z, EchoTime=str(e), AcquisitionTime=f"10{t:02d}00")
        for z, e, t in product(range(3), (1, 2), (0, 1))
    ]
    divided = split(stack)
    assert divided.axis == "echo"
    assert sorted((p.value, p.aside is not None) for p in divided.parts) == [(1, True), (1, True), (2, True), (2, True)]
    assert len({p.aside for p in divided.parts}) == 2


def test_blocks_of_instance_numbers_are_volumes_of_mr_and_not_of_ct(at: Make) -> None:
    stack = [at(z, 47 * t + z) for z, t in product(range(4), range(3))]
    assert split(stack).axis == "instance"
    doubled = [at(z, 47 * t + z, Modality="CT") for z, t in product(range(4), range(2))]
    assert split(doubled).axis == ""


def test_one_slice_twice_stays_for_the_geometry_to_refuse(at: Make) -> None:
    stack = [*(at(z, z) for z in range(4)), at(2, 9)]
    divided = split(stack)
    assert divided.axis == ""
    assert len(divided.parts[0].planes) == 5


def test_phases_with_slices_that_differ_are_still_phases(at: Make) -> None:
    """The first slice has one phase only, the last the other, as in a cine of which a part was kept."""
    stack = [at(z, 10 + z, TriggerTime="929") for z in range(5)] + [
        at(z, 30 + z, TriggerTime="348") for z in range(1, 6)
    ]
    divided = split(stack)
    assert (divided.axis, [p.value for p in divided.parts]) == ("trigger", [348, 929])


def test_label_and_control_of_one_temporal_position_are_two_volumes_in_their_turn(at: Make) -> None:
    turns = [("1", "CONTROL"), ("1", "LABEL"), ("2", "CONTROL"), ("2", "LABEL")]
    stack = [
        at(3 * z, 1, TemporalPositionIdentifier=position, PhilipsLabel=word)
        for z, (position, word) in product(range(3), turns)
    ]
    divided = split(stack)
    assert divided.axis == "label"
    assert [p.planes[0].text("PhilipsLabel") for p in divided.parts] == ["LABEL", "CONTROL"] * 2
