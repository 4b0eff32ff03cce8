"""Sending: a small receiver on loopback that answers as it is told, once for each connection."""

from __future__ import annotations

import asyncio
import os
import queue
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server

from vivomap.core import Refusal
from vivomap.report import mllp
from vivomap.report.mllp import Patience, Receiver

MESSAGE = "MSH|^~\\&|VIVOMAP||||20260310||ORU^R01^ORU_R01|abc123|P|2.5.1\rPID|1||P-1\r"
QUICK = Patience(tries=4, each_s=0.6, wait_s=1.0, most_s=3.0)


def ack(code: str, control: str = "abc123", more: str = "") -> bytes:
    return f"\x0bMSH|^~\\&|RIS||||20260310||ACK|1|P|2.5.1\rMSA|{code}|{control}{more}\r\x1c\r".encode()


ANSWERS = {
    "takes": ack("AA"),
    "takes, enhanced": ack("CA"),
    "refuses": ack("AE", more="|unknown patient") + b"never read",
    "refuses with ERR": ack("AE", more="\rERR||PID^1^3|204^Unknown key^HL70357|E|||no such patient"),
    "not now": ack("AR", more="|queue full"),
    "another message": ack("AA", "zzz"),
    "nonsense": b"\x0bHTTP/1.1 200 OK\x1c\r",
    "cut MSA": b"\x0bMSH|^~\\&|RIS\rMSA\r\x1c\r",
    "unknown code": ack("ZZ"),
    "other separators": ack("AA").replace(b"|", b"#"),
}


@dataclass
class Listener:
    """What a receiver is told to do at each connection, and what it was sent."""

    plays: list[str]
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


def serve(bare: socket.socket, listener: Listener, tls: ssl.SSLContext | None) -> None:
    for play in listener.plays:
        line, _ = bare.accept()
        with line:
            line.settimeout(5)
            try:
                with tls.wrap_socket(line, server_side=True) if tls else line as talk:
                    answer(talk, play, listener)
            except OSError:
                listener.heard.append(b"broken")


def answer(line: socket.socket, play: str, listener: Listener) -> None:
    heard = b""
    while play != "drops at once" and not heard.endswith(b"\x1c\r"):
        part = line.recv(1000)
        if not part:
            break
        heard += part
    listener.heard.append(heard)
    if play in ANSWERS:
        line.sendall(ANSWERS[play])
    if play == "slow, but in time":
        for byte in ack("AA"):
            line.sendall(bytes([byte]))
            time.sleep(0.001)
    if play in ("trickles", "endless"):
        while not listener.stop.is_set():
            line.sendall(b"\x0b" if play == "trickles" else b"x" * 50_000)
            listener.stop.wait(0.02 if play == "trickles" else 0)
    if play == "silent":
        line.recv(1)  # until the sender has gone


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[object]:
    started: list[tuple[Listener, threading.Thread, socket.socket]] = []

    def start(plays: Sequence[str], tls: ssl.SSLContext | None = None) -> Listener:
        bare = socket.create_server(("127.0.0.1", 0))
        listener = Listener(list(plays), bare.getsockname()[1])
        thread = threading.Thread(target=serve, args=(bare, listener, tls))
        thread.start()
        started.append((listener, thread, bare))
        return listener

    yield start
    for listener, thread, bare in started:
        listener.stop.set()
        while thread.is_alive():
            with socket.socket() as knock:
                knock.connect_ex(("127.0.0.1", listener.port))
            thread.join(0.05)
        bare.close()


def deliver(listener: Listener, patience: Patience = QUICK) -> tuple[mllp.Delivery, list[float]]:
    waits: list[float] = []
    found = mllp.send(MESSAGE, Receiver("127.0.0.1", listener.port), patience, waits.append)
    return found, waits


@pytest.mark.parametrize("play", ["takes", "takes, enhanced", "slow, but in time", "other separators"])
def test_a_message_that_is_taken_is_sent_once(listen, play: str) -> None:
    listener = listen([play])
    found, waits = deliver(listener)
    assert (found.state, len(found.tries), waits) == ("taken", 1, [])
    assert found.code in ("AA", "CA")
    assert listener.heard == [b"\x0b" + MESSAGE.encode() + b"\x1c\r"]


@pytest.mark.parametrize(("play", "said"), [("refuses", "unknown patient"), ("refuses with ERR", "no such patient")])
def test_a_message_that_is_refused_is_not_sent_again(listen, play: str, said: str) -> None:
    listener = listen([play])
    found, waits = deliver(listener)
    assert (found.state, found.code, waits) == ("refused", "AE", [])
    assert said in found.said
    assert len(listener.heard) == 1


@pytest.mark.parametrize(
    "play",
    [
        "not now",
        "silent",
        "drops at once",
        "drops after",
        "another message",
        "nonsense",
        "cut MSA",
        "unknown code",
        "trickles",
        "endless",
    ],
)
def test_any_other_answer_is_tried_again_and_the_same_message_is_taken_then(listen, play: str) -> None:
    listener = listen([play, "takes"])
    found, waits = deliver(listener)
    assert (found.state, found.code, len(found.tries)) == ("taken", "AA", 2), found.tries
    assert waits == [1.0]
    assert listener.heard[-1] == b"\x0b" + MESSAGE.encode() + b"\x1c\r"


def test_the_waits_double_up_to_the_most_and_then_it_is_away(listen) -> None:
    listener = listen(["not now"] * 4)
    found, waits = deliver(listener)
    assert waits == [1.0, 2.0, 3.0]
    assert (found.state, found.code) == ("away", "AR")
    assert found.tries == ("AR queue full",) * 4


def test_after_a_late_failure_an_earlier_answer_does_not_count(listen) -> None:
    found, _ = deliver(listen(["not now", "silent"]), QUICK._replace(tries=2))
    assert (found.state, found.code, found.said) == ("away", "", "")
    assert found.tries == ("AR queue full", "no answer in time")


def test_nobody_there_is_said_for_each_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bare:
        port = bare.getsockname()[1]
    found = mllp.send(MESSAGE, Receiver("127.0.0.1", port), QUICK, lambda _: None)
    assert (found.state, found.tries) == ("away", ("Connection refused",) * 4)


def test_a_try_ends_in_its_time_however_slowly_it_is_answered(listen) -> None:
    listener = listen(["trickles"])
    began = time.monotonic()
    found, _ = deliver(listener, QUICK._replace(tries=1))
    assert found.state == "away"
    assert time.monotonic() - began < 30


def test_what_a_receiver_says_is_cut_short() -> None:
    long = ack("AE", more="|" + "x" * 5000).strip(b"\x0b\x1c\r")
    assert len(mllp.read(long, "abc123").said) == 200


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mllp://127.0.0.1:2575", Receiver("127.0.0.1", 2575)),
        ("mllp://[::1]:2575", Receiver("::1", 2575)),
        ("mllp://localhost:1", Receiver("localhost", 1)),
        ("mllps://ris.hospital:6661", Receiver("ris.hospital", 6661, True)),
    ],
)
def test_an_address_names_a_receiver(address: str, expected: Receiver) -> None:
    assert mllp.receiver(address) == expected


@pytest.mark.parametrize(
    "address", ["ris:2575", "http://a:1", "mllp://a", "mllp://:1", "mllp://a:0", "mllp://a:99999", "mllp://u@a:1", ""]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        mllp.receiver(address, plain=True)
    assert refused.value.code == "bad_setting"


def test_patient_data_leave_this_machine_encrypted_unless_one_says_otherwise() -> None:
    with pytest.raises(Refusal) as refused:
        mllp.receiver("mllp://ris.hospital:2575")
    assert refused.value.code == "not_encrypted"
    assert mllp.receiver("mllp://ris.hospital:2575", plain=True) == Receiver("ris.hospital", 2575)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this test's own for 127.0.0.1, with its key."""
    if shutil.which("openssl") is None:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("openssl is not here: apt-get install -y openssl")
    path = tmp_path_factory.mktemp("tls") / "pair.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1")
    named = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt")
    subprocess.run(["openssl", *made, *named], check=True, capture_output=True)
    return path


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificate}.crt", certificate)
    return context


def test_with_tls_a_trusted_receiver_takes_it(listen, certificate: Path) -> None:
    listener = listen(["takes"], server_side(certificate))
    there = Receiver("127.0.0.1", listener.port, True, Path(f"{certificate}.crt"))
    assert mllp.send(MESSAGE, there, QUICK._replace(each_s=3)).state == "taken"
    assert listener.heard == [b"\x0b" + MESSAGE.encode() + b"\x1c\r"]


def test_with_tls_a_stranger_gets_nothing(listen, certificate: Path) -> None:
    listener = listen(["takes"], server_side(certificate))
    there = Receiver("127.0.0.1", listener.port, True)
    found = mllp.send(MESSAGE, there, QUICK._replace(tries=1, each_s=3))
    assert found.state == "away"
    assert "CERTIFICATE_VERIFY_FAILED" in found.tries[0]
    assert MESSAGE.encode() not in b"".join(listener.heard)


def test_certificates_that_are_not_there_are_refused_before_anything_is_tried(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        mllp.receiver("mllps://ris.hospital:6661", authorities=tmp_path / "none.pem")
    assert refused.value.code == "file_absent"


def test_a_receiver_of_another_maker_takes_it_and_has_what_was_sent() -> None:
    """The asynchronous receiver of the library `hl7`, with its own framing, parsing and acknowledgement."""
    heard: list[str] = []

    async def serve(ready: queue.Queue[int]) -> None:
        done = asyncio.Event()

        async def take(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
            message = await reader.readmessage()
            heard.append(str(message))
            writer.writemessage(message.create_ack())
            await writer.drain()
            writer.close()
            done.set()

        async with await start_hl7_server(take, host="127.0.0.1", port=0) as server:
            ready.put(server.sockets[0].getsockname()[1])
            await asyncio.wait_for(done.wait(), 5)

    ready: queue.Queue[int] = queue.Queue()
    thread = threading.Thread(target=lambda: asyncio.run(serve(ready)))
    thread.start()
    found = mllp.send(MESSAGE, Receiver("127.0.0.1", ready.get(timeout=5)), Patience(tries=1, each_s=5))
    thread.join(6)
    assert (found.state, found.code) == ("taken", "AA")
    assert heard == [MESSAGE]
