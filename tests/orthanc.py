"""A real PACS for tests: Debian's Orthanc with its DICOMweb plugin, on free ports of this machine.

It is the child of the test that asks for it: its ports are listened on by that process and no other, and its store is
empty when the test begins. It can be frozen, stopped and started again on the same ports.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

AET = "ORTHANC"
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
LISTENS = "0A"  # state of a socket in /proc/net/tcp
PATIENCE_S = 30.0  # it started in under 1 s


@dataclass(frozen=True, eq=False)
class Orthanc:
    """A PACS that runs; `dicom_port` and `http_port` are those of this machine, `aet` is its title."""

    program: str
    folder: Path
    dicom_port: int
    http_port: int
    aet: str = AET
    host: str = "127.0.0.1"
    inside: tuple[str, ...] = ()  # words before its command: a network namespace
    process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def dicom(self) -> str:
        """Its address for `vivomap find|fetch|send` by DIMSE."""
        return f"dicom://{self.aet}@{self.host}:{self.dicom_port}"

    @property
    def web(self) -> str:
        """Its address by DICOMweb."""
        return f"dicomweb+http://{self.host}:{self.http_port}/dicom-web"

    def up(self) -> None:
        """Start it, and wait until it answers; both ports are then listened on by this child."""
        if self.process:
            return
        with (self.folder / "log").open("ab") as log:
            command = [*self.inside, self.program, str(self.folder / "orthanc.json")]
            self.process.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder))
        child, last = self.process[0], time.monotonic() + PATIENCE_S
        while not {self.dicom_port, self.http_port} <= _listened(child.pid):
            if child.poll() is not None or time.monotonic() > last:
                self.down()
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.02)
        self.rest("GET", "/system")

    def down(self) -> None:
        """End it at once, as a power cut would; its store stays for the next start."""
        for child in self.process:
            child.kill()
            child.wait(10)
        self.process.clear()

    def freeze(self) -> None:
        """Let it answer nothing, though its ports still take connections."""
        self.process[0].send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self.process[0].send_signal(signal.SIGCONT)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """What its own REST interface answers: JSON as objects, anything else as bytes."""
        line = HTTPConnection(self.host, self.http_port, timeout=PATIENCE_S)
        with contextlib.closing(line):
            line.request(method, path, None if body is None else json.dumps(body))
            answer = line.getresponse()
            said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:200]!r}")
        return json.loads(said) if "json" in answer.headers.get("Content-Type", "") else said

    def put(self, raw: bytes) -> str:
        """Lay a DICOM file into it, past any network of DICOM; gives Orthanc's own id of it."""
        line = HTTPConnection(self.host, self.http_port, timeout=PATIENCE_S)
        with contextlib.closing(line):
            line.request("POST", "/instances", raw)
            return str(json.loads(line.getresponse().read())["ID"])

    def instances(self) -> dict[str, bytes]:
        """Every file that it holds, by SOP Instance UID, as it would export it."""
        found = {one: self.rest("GET", f"/instances/{one}/file") for one in self.rest("GET", "/instances")}
        return {self.rest("GET", f"/instances/{one}")["MainDicomTags"]["SOPInstanceUID"]: b for one, b in found.items()}

    def know(self, title: str, port: int) -> None:
        """Tell it where another station of this machine listens: without this it refuses a C-MOVE to it."""
        self.rest("PUT", f"/modalities/{title}", {"AET": title, "Host": "127.0.0.1", "Port": port})

    def fresh(self) -> None:
        """Running, empty, knowing nobody."""
        self.up()
        self.thaw()
        for one in self.rest("GET", "/patients"):
            self.rest("DELETE", f"/patients/{one}")
        for one in self.rest("GET", "/modalities"):
            self.rest("DELETE", f"/modalities/{one}")
        assert self.rest("GET", "/statistics")["CountInstances"] == 0


def _listened(pid: int) -> set[int]:
    """The ports that this very process listens on, in whatever network namespace it is."""
    process = Path(f"/proc/{pid}")
    try:
        held = {os.readlink(handle) for handle in (process / "fd").iterdir()}
        lines = [x.split() for name in ("tcp", "tcp6") for x in (process / "net" / name).read_text().splitlines()[1:]]
    except FileNotFoundError:  # it has ended, or a handle was closed meanwhile
        return set()
    return {int(x[1].rpartition(":")[2], 16) for x in lines if x[3] == LISTENS and f"socket:[{x[9]}]" in held}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def program() -> str:
    """Orthanc's program; a test that needs it is passed over without it, and in CI fails."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if found is None or not Path(PLUGIN).is_file():
        said = "Orthanc is not here: apt-get install orthanc orthanc-dicomweb"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    return str(found)


def furnish(made: Orthanc) -> None:
    """Write its settings, and make the folder of its store."""
    place = made.folder
    settings = {
        "StorageDirectory": str(place / "db"),
        "IndexDirectory": str(place / "db"),
        "HttpPort": made.http_port,
        "RemoteAccessAllowed": bool(made.inside),  # beyond this machine only within a namespace of its own
        "AuthenticationEnabled": False,
        "DicomPort": made.dicom_port,
        "DicomAet": AET,
        "DicomCheckCalledAet": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "Plugins": [PLUGIN],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Host": made.host, "Ssl": False},
    }
    (place / "db").mkdir()
    (place / "orthanc.json").write_text(json.dumps(settings), "utf-8")


def started(folder: Path) -> Orthanc:
    """A new one in a folder of its own; another try where a port was taken in between."""
    for attempt in range(3):
        place = folder / str(attempt)
        place.mkdir()
        made = Orthanc(program(), place, free_port(), free_port())
        furnish(made)
        try:
            made.up()
        except RuntimeError:
            if attempt == 2:
                raise
        else:
            return made
    raise AssertionError("not reached")


@pytest.fixture(scope="session")
def orthanc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """The one Orthanc of this test process; ask for `orthanc`, which empties it first."""
    made = started(tmp_path_factory.mktemp("orthanc"))
    yield made
    made.down()


@pytest.fixture
def orthanc(orthanc_server: Orthanc) -> Orthanc:
    """An Orthanc that runs, is our own child and holds nothing."""
    orthanc_server.fresh()
    return orthanc_server
