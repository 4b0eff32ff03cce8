"""Addresses of PACS: clear forms, no secrets in them, encrypted beyond this machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.pacs import address, is_title
from vivomap.core import Refusal


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("dicom://PACS@127.0.0.1:104", "dicom://PACS@127.0.0.1:104"),
        ("dicoms://MY%20PACS@pacs.hospital:2762", "dicoms://MY%20PACS@pacs.hospital:2762"),
        ("dicomweb+https://PACS.Hospital/dicom-web/", "dicomweb+https://pacs.hospital:443/dicom-web"),
        ("dicomweb+http://localhost:8042/dicom-web", "dicomweb+http://localhost:8042/dicom-web"),
        ("dicom://PACS@[::1]:104", "dicom://PACS@[::1]:104"),
    ],
)
def test_an_address_has_one_form_and_reads_back_the_same(text: str, form: str) -> None:
    found = address(text)
    assert str(found) == form
    assert address(form) == found


def test_titles_keep_their_spaces_and_capitals() -> None:
    assert address("dicoms://My%20Pacs@a.b:1").title == "My Pacs"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pacs",
        "http://127.0.0.1/dicom-web",
        "dicom://127.0.0.1:104",
        "dicom://PACS@127.0.0.1",
        "dicom://PACS@127.0.0.1:104/path",
        "dicom://PACS@127.0.0.1:99999",
        "dicom://SEVENTEEN_LETTERS@127.0.0.1:104",
        "dicom://A%5CB@127.0.0.1:104",
        "dicomweb+https://user@host/dicom-web",
        "dicomweb+https://host/a?b=c",
        "dicomweb+https://host/a\r\nX: y",
        "dicomweb+https://host//evil",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        address(text)
    assert refused.value.code == "bad_setting"


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Refusal) as refused:
        address("dicomweb+https://user:canary77@host/dicom-web")
    assert refused.value.code == "bad_setting"
    assert "canary77" not in "".join(refused.value.lines())


@pytest.mark.parametrize("text", ["dicom://PACS@192.0.2.7:104", "dicomweb+http://pacs.hospital/dicom-web"])
def test_beyond_this_machine_it_is_encrypted_or_on_an_explicit_word(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        address(text)
    assert refused.value.code == "not_encrypted"
    assert not address(text, plain=True).secure


@given(st.text(max_size=20))
def test_a_title_is_what_the_standard_allows(text: str) -> None:
    if is_title(text):
        assert 0 < len(text) <= 16
        assert text.isascii()
        assert "\\" not in text
