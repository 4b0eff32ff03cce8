"""The published list as it stands in the phantom: complete, and with what is expected of each."""

from vivomap.acquire.phantom.suv_published import PUBLISHED, PUBLISHED_FAULTS, VALUE


def test_only_objects_that_are_not_decay_corrected_are_refused_among_the_good() -> None:
    refused = [case for case in PUBLISHED if case.expect != VALUE]
    assert {case.expect for case in refused} == {"decay_none"}
    assert [case.name for case in refused] == [f"DRO_3_4_{k}" for k in range(4)] + ["DRO_7_3_1"]
    assert all(case.scan.decay == "NONE" for case in refused)


def test_every_published_fault_is_refused() -> None:
    assert all(case.expect != VALUE for case in PUBLISHED_FAULTS)
    assert {case.name.rsplit("_", 1)[0] for case in PUBLISHED_FAULTS} == {f"DRO_error_{k}" for k in range(2, 6)}
