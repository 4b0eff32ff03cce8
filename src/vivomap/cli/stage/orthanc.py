"""A real PACS for the show: Debian's Orthanc with its DICOMweb plugin, fresh and empty, on free ports of this machine.

It carries a name of its own, so that what answers on its ports is known to be the child that was started.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from vivomap.core import Refusal

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
PATIENCE_S = 60.0  # it starts in about a second


@dataclass(frozen=True)
class Orthanc:
    """A PACS that runs: where it listens for DICOM and for the web, and its AE title."""

    dicom_port: int
    http_port: int
    title: str = "ORTHANC"

    @property
    def dicom(self) -> str:
        """Its address as `vivomap send` takes it."""
        return f"dicom://{self.title}@127.0.0.1:{self.dicom_port}"

    def ask(self, path: str) -> Any:
        """What its own interface answers to a GET: JSON as objects, anything else as bytes."""
        line = HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE_S)
        with contextlib.closing(line):
            line.request("GET", path)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise Refusal("receiver_away", "the PACS does not answer", where=path, found=str(answer.status))
            return json.loads(said) if "json" in answer.headers.get("Content-Type", "") else said

    def holds(self) -> dict[str, str]:
        """Every object in it: its SOP Instance UID and its modality."""
        found = {}
        for one in self.ask("/instances?expand"):
            series = self.ask(f"/series/{one['ParentSeries']}")
            found[one["MainDicomTags"]["SOPInstanceUID"]] = series["MainDicomTags"]["Modality"]
        return found

    def files(self) -> dict[str, bytes]:
        """Every object in it as a file, by its SOP Instance UID."""
        every = self.ask("/instances?expand")
        return {o["MainDicomTags"]["SOPInstanceUID"]: self.ask(f"/instances/{o['ID']}/file") for o in every}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Orthanc]:
    """The time in which one runs. Raises Refusal `library_absent` where Orthanc is not installed."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if program is None or not PLUGIN.is_file():
        hint = "apt-get install orthanc orthanc-dicomweb"
        raise Refusal(
            "library_absent", "this show needs Orthanc", expected="Orthanc and its DICOMweb plugin", hint=hint
        )
    name, made = secrets.token_hex(8), Orthanc(free_port(), free_port())
    (folder / "db").mkdir(parents=True)
    (folder / "orthanc.json").write_text(json.dumps(_settings(folder, name, made)), "utf-8")
    with (folder / "log").open("wb") as log:
        command = [program, str(folder / "orthanc.json")]
        with subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as child:
            try:
                _wait(made, name, child)
                yield made
            finally:
                child.terminate()


def _settings(folder: Path, name: str, made: Orthanc) -> dict[str, Any]:
    allowed = {f"DicomAlwaysAllow{verb}": True for verb in ("Store", "Find", "Get")}
    return {
        "Name": name,
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "HttpPort": made.http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomPort": made.dicom_port,
        "DicomAet": made.title,
        "DicomCheckCalledAet": True,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Host": "127.0.0.1", "Ssl": False},
        **allowed,
    }


def _wait(made: Orthanc, name: str, child: subprocess.Popen[bytes]) -> None:
    """Until the child itself answers. Raises Refusal `receiver_away` if it ends, or another answers."""
    last, said = time.monotonic() + PATIENCE_S, {}
    while child.poll() is None and time.monotonic() < last:
        with contextlib.suppress(OSError, HTTPException, Refusal):
            said = made.ask("/system")
            break
        time.sleep(0.05)
    if said.get("Name") != name or made.ask("/statistics")["CountInstances"]:
        raise Refusal("receiver_away", "a fresh Orthanc does not start", where=f"port {made.http_port}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])
