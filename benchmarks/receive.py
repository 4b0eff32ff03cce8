"""How fast objects are taken in, each durable before it is acknowledged: vivomap beside Orthanc, in one run.

Objects of random bytes as CT slices, sent by DCMTK's `storescu` on loopback; answers are counted by status. Orthanc
runs with index and storage as Debian installs it. C-ECHO: whole associations, by sockets of this program for both, as
starting `echoscu` takes longer than the answer. Idle: how long a new association waits while 200 stand open. The
senders share the cores with the server. vivomap looks at what has come on the same cores while more comes.
"""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from vivomap.acquire.receive.part10 import header

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
ORTHANC = "/usr/sbin/Orthanc"
CASES = (
    ("512 KiB, one association", 512 << 10, 1, 60),
    ("512 KiB, four", 512 << 10, 4, 40),
    ("8 KiB, four", 8 << 10, 4, 60),
)
TARGETS = (35.0, 110.0, 150.0, 60.0, 1.0)  # on 2 cores; the last is a time, which must be shorter
RUNS = 3
SERVER = "import sys, typer; from vivomap.cli.receive import receive; a = typer.Typer(); a.command()(receive); a()"


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    group = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    return group + (struct.pack("<HI", 0, len(value)) if vr == b"OW" else struct.pack("<H", len(value))) + value


def objects(folder: Path, size: int, count: int) -> list[str]:
    """Fresh CT slices of about this size."""
    made = []
    side = int((size / 2) ** 0.5)
    for number in range(count):
        uid = f"2.25.{int.from_bytes(os.urandom(15), 'big')}"
        words = (
            (0x00080016, b"UI", CT),
            (0x00080018, b"UI", uid),
            (0x00080060, b"CS", "CT"),
            (0x00100020, b"LO", "B1"),
        )
        words += ((0x0020000D, b"UI", "1.2.3.1"), (0x0020000E, b"UI", "1.2.3.2"))
        data = b"".join(element(tag, vr, text.encode()) for tag, vr, text in words)
        numbers = ((0x00280002, 1), (0x00280010, side), (0x00280011, side), (0x00280100, 16), (0x00280101, 16))
        photometric = element(0x00280004, b"CS", b"MONOCHROME2")
        counts = [element(tag, b"US", struct.pack("<H", value)) for tag, value in numbers]
        data += counts[0] + photometric + b"".join(counts[1:])
        data += element(0x00280102, b"US", b"\x0f\0") + element(0x00280103, b"US", b"\0\0")
        data += element(0x7FE00010, b"OW", os.urandom(2 * side * side))
        path = folder / f"{number}.dcm"
        path.write_bytes(header(CT, uid, EXPLICIT) + data)
        made.append(str(path))
    return made


def listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the process that we started listens."""
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit("the server has ended by itself")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server does not listen")


@contextmanager
def vivomap(folder: Path) -> Iterator[tuple[int, str]]:
    port = free()
    said = {**os.environ, "VIVOMAP_PROJECT": str(folder / "project")}
    words = [sys.executable, "-c", SERVER, "--port", str(port)]
    with subprocess.Popen(words, env=said, stderr=subprocess.DEVNULL) as process:
        listening(process, port)
        yield port, "VIVOMAP"
        process.send_signal(signal.SIGTERM)


@contextmanager
def orthanc(folder: Path) -> Iterator[tuple[int, str]]:
    port, store = free(), folder / "db"
    store.mkdir()
    told = {"StorageDirectory": str(store), "IndexDirectory": str(store), "HttpServerEnabled": False, "DicomPort": port}
    told |= {"DicomAet": "ORTHANC", "DicomAlwaysAllowStore": True, "Plugins": [], "StorageCompression": False}
    (folder / "o.json").write_text(json.dumps(told))
    with subprocess.Popen([ORTHANC, str(folder / "o.json")], stderr=subprocess.DEVNULL) as process:
        listening(process, port)
        yield port, "ORTHANC"
        process.send_signal(signal.SIGTERM)


def stores(server: tuple[int, str], size: int, lines: int, count: int) -> float:
    """Objects per second that were answered with success; every other answer ends the run."""
    port, title = server
    with tempfile.TemporaryDirectory() as folder:
        files = objects(Path(folder), size, lines * count)
        word = ["storescu", "-v", "--max-pdu", "131072", "-aec", title, "127.0.0.1", str(port)]
        began = time.perf_counter()
        pipe = subprocess.PIPE
        senders = [
            subprocess.Popen([*word, *files[k::lines]], stdout=pipe, stderr=subprocess.STDOUT) for k in range(lines)
        ]
        said = b"".join(one.communicate()[0] for one in senders).decode()
        taken = time.perf_counter() - began
    answers = re.findall(r"Received Store Response \((.*)\)", said)
    if answers != ["Success"] * (lines * count):
        raise SystemExit(f"{title}: {len(answers)} answers for {lines * count} objects: {set(answers)}")
    return lines * count / taken


def exactly(line: socket.socket, size: int) -> bytes:
    came = b""
    while len(came) < size:
        piece = line.recv(size - len(came))
        if not piece:
            raise SystemExit("the association was cut")
        came += piece
    return came


def pdu(line: socket.socket) -> tuple[int, bytes]:
    """The next PDU: its type and what is in it."""
    kind, _, size = struct.unpack(">BBI", exactly(line, 6))
    return kind, exactly(line, size)


def word(element_: int, value: bytes) -> bytes:
    """One element of a command, in implicit little endian."""
    return struct.pack("<HHI", 0, element_, len(value)) + value


def echo(port: int, title: str) -> None:
    """One association with one C-ECHO that is answered with success, and its release."""
    asked = word(0x0002, b"1.2.840.10008.1.1\0") + word(0x0100, b"\x30\0") + word(0x0110, b"\1\0")
    asked += word(0x0800, b"\1\1")
    command = b"\1\3" + word(0x0000, struct.pack("<I", len(asked))) + asked
    value = struct.pack(">I", len(command)) + command
    with association(port, title) as line:
        line.sendall(struct.pack(">BBI", 4, 0, len(value)) + value)
        kind, answer = pdu(line)
        line.sendall(b"\5\0\0\0\0\4\0\0\0\0")
        if (kind, pdu(line)[0]) != (4, 6) or word(0x0900, b"\0\0") not in answer:
            raise SystemExit(f"{title}: an echo failed")


def echoes(server: tuple[int, str], count: int = 200) -> float:
    """Whole associations with a C-ECHO per second, two senders at a time."""
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as senders:
        for done in [senders.submit(echo, *server) for _ in range(count)]:
            done.result()
    return count / (time.perf_counter() - began)


def idle(server: tuple[int, str], many: int = 200) -> float:
    """Seconds that a new association waits while many stand open."""
    port, title = server
    held = [association(port, title) for _ in range(many)]
    began = time.perf_counter()
    held.append(association(port, title))
    waited = time.perf_counter() - began
    for one in held:
        one.close()
    return waited


def association(port: int, title: str) -> socket.socket:
    def item(kind: int, body: bytes) -> bytes:
        return struct.pack(">BBH", kind, 0, len(body)) + body

    syntax = item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2")
    context = item(0x20, bytes([1, 0, 0, 0]) + syntax)
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3.4"))
    names = title.encode().ljust(16) + b"BENCH".ljust(16) + bytes(32)
    body = struct.pack(">HH", 1, 0) + names + item(0x10, b"1.2.840.10008.3.1.1.1") + context + user
    line = socket.create_connection(("127.0.0.1", port))
    line.settimeout(30)
    line.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
    if pdu(line)[0] != 2:
        raise SystemExit(f"{title}: no association")
    return line


def measured(serve: Callable[[Path], object]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as server:  # type: ignore[attr-defined]
        found = [stores(server, size, lines, count) for _, size, lines, count in CASES]
        return [*found, echoes(server), idle(server)]


def spread(values: list[float]) -> str:
    low, *_, high = sorted(values)
    return f"{low:7.2f} {median(values):7.2f} {high:7.2f}"


def main() -> None:
    """Run all on both servers in turn, and print one line for each case: target, spread, ratio of the medians."""
    there = Path(ORTHANC).exists()
    runs = [(measured(vivomap), measured(orthanc) if there else []) for _ in range(RUNS)]
    names = [*(f"C-STORE /s, {name}" for name, *_ in CASES), "C-ECHO associations /s", "wait beside 200 idle, s"]
    print(f"{RUNS} runs in turn on {os.cpu_count()} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f}")
    print(f"{'':34} target | vivomap: min median max | Orthanc: min median max | ratio")
    for k, (name, target) in enumerate(zip(names, TARGETS, strict=True)):
        own = [ours[k] for ours, _ in runs]
        met = median(own) < target if k == len(names) - 1 else median(own) >= target
        line = f"{name:34} {target:6.0f} | {spread(own)} |"
        if there:
            other = [theirs[k] for _, theirs in runs]
            line += f" {spread(other)} | {median(own) / median(other):5.2f}"
        print(f"{line}  {'met' if met else 'NOT met'}")


if __name__ == "__main__":
    main()
