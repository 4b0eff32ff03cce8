from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset

from vivomap.acquire.dicom.header import head, slow
from vivomap.acquire.dicom.scan import scan
from vivomap.acquire.dicom.template import VARYING, Template


def test_a_template_reads_the_next_slice_from_its_differing_bytes(series: Callable[..., Path]) -> None:
    files = sorted(series(12).iterdir())
    templates: list[Template] = []
    headers = [head(p, templates) for p in files]
    assert len(templates) == 1
    assert headers[-1].own, "the last slice was matched, not walked"
    assert [h.text("ImagePositionPatient") for h in headers] == [f"-10.0\\-20.0\\{3.0 * k}" for k in range(12)]


def test_a_template_refuses_a_header_that_differs_elsewhere(series: Callable[..., Path]) -> None:
    data = (series(1) / "slice_00.dcm").read_bytes()
    template = Template.of(scan(data, len(data)), data)
    assert template.match(data)
    assert template.match(data.replace(b"ORIGINAL", b"DERIVED ")) is None
    assert template.match(data[:300]) is None


def test_every_slice_that_was_matched_says_what_pydicom_says(series: Callable[..., Path]) -> None:
    """Elements of any length come and go from slice to slice, and one has none in some."""

    def vary(ds: Dataset, k: int) -> None:
        ds.SeriesDescription, ds.EchoTime = "x" * (k % 5), 10 + k / 3
        if k == 6:
            ds.TriggerTime = 5

    templates: list[Template] = []
    for path in sorted(series(14, "MR", vary).iterdir()):
        assert dict(head(path, templates).facts) == dict(slow(path, path.stat().st_size).facts)
    assert len(templates) == 2, "the slice with one element more is of another kind"


def test_headers_that_differ_in_too_much_are_of_two_kinds(series: Callable[..., Path]) -> None:
    def vary(ds: Dataset, k: int) -> None:
        block = ds.private_block(0x0011, "MAKER", create=True)
        for element in range(VARYING + 1):
            block.add_new(element, "LO", str(k))

    first, second = (p.read_bytes() for p in sorted(series(2, edit=vary).iterdir()))
    assert Template.of(scan(first, len(first)), first).widened(scan(second, len(second)), second) is None
