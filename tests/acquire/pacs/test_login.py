"""Secrets: by file or environment, shown nowhere."""

import base64
from pathlib import Path

import pytest

from vivomap.acquire.pacs import from_environment, from_file
from vivomap.core import Refusal


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "login"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_a_name_and_password_become_basic_and_a_token_bearer(tmp_path: Path) -> None:
    assert (
        from_file(written(tmp_path, "reader:s3cret\n")).header == "Basic " + base64.b64encode(b"reader:s3cret").decode()
    )
    assert from_environment("L", {"L": "bearer abc.def"}).header == "Bearer abc.def"


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    login = from_file(written(tmp_path, "reader:canary77"))
    assert "canary77" not in repr(login) + str(login)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        from_file(written(tmp_path, "reader:canary77", 0o640))
    assert refused.value.code == "login_open"


@pytest.mark.parametrize("text", ["", "noseparator", "a:b\nc:d", "a:b\x00", "x" * 20_000 + ":"])
def test_what_is_no_login_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        from_file(written(tmp_path, text))
    assert refused.value.code == "bad_setting"
    assert "noseparator" not in "".join(refused.value.lines())


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as no_file:
        from_file(tmp_path / "absent")
    with pytest.raises(Refusal) as no_variable:
        from_environment("ABSENT", {})
    assert (no_file.value.code, no_variable.value.code) == ("file_absent", "bad_setting")
