"""The PACS of the show is our own child, fresh and empty, and gone afterwards."""

from pathlib import Path

import pytest

from vivomap.cli.stage import orthanc
from vivomap.core import Refusal

from ...orthanc import program

__all__ = ["program"]


@pytest.mark.slow  # a PACS is started
def test_it_is_fresh_and_ends_with_the_show(tmp_path: Path) -> None:
    program()
    with orthanc.running(tmp_path / "orthanc") as there:
        assert there.holds() == {}
        assert there.files() == {}
        assert there.dicom == f"dicom://ORTHANC@127.0.0.1:{there.dicom_port}"
    with pytest.raises(OSError, match="refused"):
        there.ask("/system")


def test_without_orthanc_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(Refusal) as refused, orthanc.running(tmp_path / "orthanc"):
        pytest.fail("nothing runs")
    assert refused.value.code == "library_absent"
    assert "apt-get install orthanc" in refused.value.hint
