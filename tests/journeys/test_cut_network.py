"""T9 with a network of its own: the wire to a real PACS is taken down while a study comes."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..acquire.pacs.conftest import part10
from ..acquire.receive.conftest import ct
from ..orthanc import Orthanc, furnish, program

pytestmark = pytest.mark.long  # the usual time-out of 30 s is waited for
SPACE, NEAR, FAR = "vivomapt9", "vivomapt9a", "vivomapt9b"
OURS, THEIRS = "198.18.209.1", "198.18.209.2"  # addresses for tests of networks (RFC 2544)
SIDE, MANY = 2000, 24  # 8 MB each


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def far_away(tmp_path: Path) -> Iterator[Orthanc]:
    """An Orthanc in a network namespace, at the other end of a wire."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        said = "a network namespace needs root and apt-get install iproute2"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    ip("netns", "add", SPACE)
    place = tmp_path / "orthanc"
    place.mkdir()
    made = Orthanc(program(), place, 11104, 18042, host=THEIRS, inside=("ip", "netns", "exec", SPACE))
    try:
        ip("link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", SPACE)
        ip("addr", "add", f"{OURS}/30", "dev", NEAR)
        ip("link", "set", NEAR, "up")
        ip("-n", SPACE, "addr", "add", f"{THEIRS}/30", "dev", FAR)
        ip("-n", SPACE, "link", "set", FAR, "up")
        ip("-n", SPACE, "link", "set", "lo", "up")
        furnish(made)
        made.up()
        yield made
    finally:
        made.down()
        subprocess.run(["ip", "link", "del", NEAR], capture_output=True)
        ip("netns", "del", SPACE)


@pytest.mark.parametrize("way", ["dicom", "web"])
def test_a_cut_wire_ends_the_fetch_within_a_minute_and_leaves_nothing_partial(
    far_away: Orthanc, tmp_path: Path, way: str
) -> None:
    for k in range(MANY):
        far_away.put(part10(ct(k + 1, side=SIDE)))
    script = "import sys, typer; from vivomap.cli import fetch; app = typer.Typer(); app.command()(fetch.fetch); "
    script += "sys.exit(app(standalone_mode=False))"
    words = [getattr(far_away, way), ct(1).StudyInstanceUID, "--plain", "--tries", "1"]
    child = subprocess.Popen([sys.executable, "-c", script, *words], cwd=tmp_path, stderr=subprocess.DEVNULL)
    inbox, last = tmp_path / ".vivomap" / "inbox", time.monotonic() + 30
    while not list(inbox.glob("*/*")):
        assert time.monotonic() < last
        time.sleep(0.001)
    ip("link", "set", NEAR, "down")
    began = time.monotonic()
    assert child.wait(70) == 5, "the PACS is away"
    assert 5 < time.monotonic() - began < 60, "the silence of 30 s was waited for, and little more"
    came = list(inbox.glob("*/*"))
    assert 0 < len(came) < MANY
    whole = {part10(ct(k + 1, side=SIDE)) for k in range(MANY)}
    assert all(path.read_bytes() in whole for path in came)
    assert not list((tmp_path / ".vivomap" / "journal" / "spool").iterdir())
