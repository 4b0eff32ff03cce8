"""How a command is told which PACS it speaks to."""

from pathlib import Path

import pytest

from vivomap.cli.pacs import Way, way
from vivomap.core import Refusal

TO = "dicomweb+http://127.0.0.1:8042/dicom-web"


def test_a_way_waits_in_the_queue_and_comes_back_equal(tmp_path: Path) -> None:
    mine = Way("US", True, tmp_path / "c.pem", tmp_path / "k.pem", tmp_path / "a.pem", tmp_path / "login", None, 12.5)
    assert way(mine.text()) == mine
    assert way(Way().text()) == Way()


def test_a_way_keeps_no_secret_and_no_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "login").write_text("reader:canary77")
    (tmp_path / "login").chmod(0o600)
    mine = Way(login_file=Path("login"))
    assert mine.pacs(TO).login
    assert "canary77" not in mine.text() + repr(mine.pacs(TO))
    assert way(mine.text()).login_file == tmp_path / "login"


def test_a_secret_comes_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACS_LOGIN", "bearer abc")
    login = Way(login_env="PACS_LOGIN").pacs(TO).login
    assert login
    assert login.header == "Bearer abc"


@pytest.mark.parametrize(
    ("mine", "to", "code"),
    [
        (Way(aet="SEVENTEEN_LETTERS"), TO, "bad_setting"),
        (Way(aet=" "), TO, "bad_setting"),
        (Way(), "dicom://P@192.0.2.7:104", "not_encrypted"),
        (Way(login_env="PATH"), "dicom://P@127.0.0.1:104", "bad_setting"),
        (Way(login_env="ABSENT"), TO, "bad_setting"),
    ],
)
def test_what_cannot_be_spoken_is_refused(mine: Way, to: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        mine.pacs(to)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"'])
def test_a_queue_that_does_not_say_how_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        way(text)
