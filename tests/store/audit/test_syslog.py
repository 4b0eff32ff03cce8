"""The log reaches an audit repository by syslog over TLS: nothing lost, nothing twice, the spool moves when it may."""

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from vivomap.core import Refusal
from vivomap.store.audit import log, syslog
from vivomap.store.audit.event import Event
from vivomap.store.audit.syslog import Collector

HEAD = re.compile(rb"<(\d+)>1 (\S+) (\S+) vivomap (\d+) DICOM\+RFC3881 \[meta sequenceId=\"(\d+)\"\]\[origin [^\]]+\] ")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    how = serialization
    private = key.private_bytes(how.Encoding.PEM, how.PrivateFormat.PKCS8, how.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    path.write_bytes(made.public_bytes(how.Encoding.PEM) + private)
    return path


@dataclass
class Repository:
    """A receiver on loopback; `fails` are ways to fail, one per connection: "cut" in the middle, "rude" at the end."""

    port: int
    certificate: Path
    fails: list[str] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    thread: threading.Thread | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        server = socket.create_server(("127.0.0.1", self.port))
        server.settimeout(0.05)
        self.port = server.getsockname()[1]
        self.stop.clear()
        self.thread = threading.Thread(target=self.serve, args=(server,))
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        if self.thread:
            self.thread.join(5)
            assert not self.thread.is_alive()
            self.thread = None

    def serve(self, server: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        with server:
            while not self.stop.is_set():
                try:
                    bare, _ = server.accept()
                except TimeoutError:
                    continue
                bare.settimeout(5)
                try:
                    with context.wrap_socket(bare, server_side=True) as line:
                        self.take(line, self.fails.pop(0) if self.fails else "")
                except OSError:
                    bare.close()

    def take(self, line: ssl.SSLSocket, fail: str) -> None:
        heard = b""
        while part := line.recv(997):
            heard += part
            heard = self.frames(heard)
            if fail == "cut":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
        if fail != "rude":
            line.unwrap().close()

    def frames(self, heard: bytes) -> bytes:
        """Keep every whole frame (RFC 5425), give the rest."""
        while (space := heard.find(b" ")) > 0 and len(heard) > space + int(heard[:space]):
            size = int(heard[:space])
            self.kept.append(heard[space + 1 : space + 1 + size])
            heard = heard[space + 1 + size :]
        return heard

    def numbers(self) -> list[int]:
        return [int(HEAD.match(one)[5]) for one in self.kept]  # type: ignore[index]


@pytest.fixture
def repository(certificate: Path) -> Iterator[Repository]:
    made = Repository(0, certificate)
    made.start()
    yield made
    made.end()


@pytest.fixture
def to(repository: Repository, certificate: Path) -> Collector:
    return Collector("localhost", repository.port, certificate, timeout_s=5)


def test_each_record_arrives_once_in_order_as_a_dicom_message(
    tmp_path: Path, repository: Repository, to: Collector, every: dict[str, Event]
) -> None:
    log.append(tmp_path, tuple(every.values()))
    assert syslog.pending(tmp_path, to) == len(every) + 1
    assert syslog.send(tmp_path, to, "trial7") == len(every) + 1
    assert syslog.send(tmp_path, to) == syslog.pending(tmp_path, to) == 0
    assert repository.numbers() == list(range(1, len(every) + 2))
    for one, record in zip(repository.kept, log.records(tmp_path), strict=True):
        head = HEAD.match(one)
        assert head
        assert int(head[1]) == 80 + {0: 5, 4: 4}[record.event.outcome]
        assert head[2].decode() == record.event.at
        message = one[head.end() :]
        assert message.startswith(b"\xef\xbb\xbf<?xml")
        root = etree.fromstring(message[3:])
        assert root.xpath("string(EventIdentification/EventID/@csd-code)") == record.event.code


def test_a_receiver_that_goes_down_and_comes_back_has_everything_once(
    tmp_path: Path, repository: Repository, to: Collector, several: tuple[Event, ...]
) -> None:
    log.append(tmp_path, several)
    assert syslog.send(tmp_path, to) == 7
    repository.end()
    log.append(tmp_path, several)
    with pytest.raises(Refusal) as refused:
        syslog.send(tmp_path, to)
    assert refused.value.code == "receiver_away"
    log.append(tmp_path, several)
    assert syslog.pending(tmp_path, to) == 12
    repository.start()
    assert syslog.send(tmp_path, to) == 12
    assert repository.numbers() == list(range(1, 20))


def test_a_receiver_that_fails_in_the_middle_loses_nothing_and_can_tell_what_it_had(
    tmp_path: Path,
    repository: Repository,
    to: Collector,
    several: tuple[Event, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(syslog, "BATCH", 5)
    log.append(tmp_path, several * 3)
    repository.fails = ["", "cut"]
    with pytest.raises(Refusal):
        syslog.send(tmp_path, to)
    assert syslog.pending(tmp_path, to) == 14, "the first batch was taken, the second was not"
    assert syslog.send(tmp_path, to) == 14
    assert sorted(set(repository.numbers())) == list(range(1, 20))
    assert len(set(repository.kept)) == 19, "what came twice is the same byte for byte"


def test_a_connection_that_ends_without_a_goodbye_counts_only_when_asked(
    tmp_path: Path, repository: Repository, to: Collector, several: tuple[Event, ...]
) -> None:
    log.append(tmp_path, several)
    repository.fails = ["rude", "rude"]
    with pytest.raises(Refusal):
        syslog.send(tmp_path, to)
    assert syslog.pending(tmp_path, to) == 7
    assert syslog.send(tmp_path, replace(to, trust_close=True)) == 7


def test_a_receiver_that_nobody_vouches_for_gets_nothing(
    tmp_path: Path, repository: Repository, to: Collector, several: tuple[Event, ...]
) -> None:
    log.append(tmp_path, several)
    with pytest.raises(Refusal) as refused:
        syslog.send(tmp_path, replace(to, authorities=None))
    assert refused.value.code == "receiver_away"
    assert "CERTIFICATE" in refused.value.found.upper()
    assert not repository.kept


def test_a_log_that_was_replaced_is_not_sent_on(tmp_path: Path, to: Collector, several: tuple[Event, ...]) -> None:
    log.append(tmp_path, several)
    syslog.send(tmp_path, to)
    log.place(tmp_path).unlink()
    log.append(tmp_path, several * 2)
    with pytest.raises(Refusal) as refused:
        syslog.send(tmp_path, to)
    assert refused.value.code == "audit_broken"


@pytest.mark.parametrize(
    "address", ["audit:6514", "syslog://audit:514", "syslogs://", "syslogs://a/b", "syslogs://u@a"]
)
def test_an_address_that_is_none_or_not_encrypted_is_refused(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        syslog.collector(address)
    assert refused.value.code == "bad_setting"


def test_the_port_of_the_standard_is_the_default() -> None:
    assert syslog.collector("syslogs://audit.hospital").name == "audit.hospital:6514"


def test_one_sender_at_a_time(
    tmp_path: Path, to: Collector, several: tuple[Event, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(tmp_path, several)
    seen: list[str] = []

    def meanwhile(data: bytes, to: Collector) -> None:
        with pytest.raises(Refusal) as refused:
            syslog.send(tmp_path, to)
        seen.append(refused.value.code)

    monkeypatch.setattr(syslog, "_exchange", meanwhile)
    syslog.send(tmp_path, to)
    assert seen == ["ledger_busy"]


RSYSLOG = """
global(workDirectory="{folder}" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{pem}"
       defaultNetstreamDriverCertFile="{pem}" defaultNetstreamDriverKeyFile="{pem}" maxMessageSize="64k")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
template(name="all" type="string" string="%pri%|%timestamp:::date-rfc3339%|%app-name%|%msgid%|%structured-data%\\n")
ruleset(name="keep") {{ action(type="omfile" file="{folder}/kept.txt" template="all") }}
input(type="imtcp" port="{port}" ruleset="keep" address="127.0.0.1")
"""


def test_another_maker_s_receiver_reads_every_frame(
    tmp_path: Path, certificate: Path, every: dict[str, Event], needs: Callable[[str, str], str]
) -> None:
    program = needs("rsyslogd", "rsyslog rsyslog-openssl")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "rsyslog.conf"
    config.write_text(RSYSLOG.format(folder=tmp_path, pem=certificate, port=port))
    log.append(tmp_path, tuple(every.values()))
    to = Collector("localhost", port, certificate, timeout_s=10)
    server = subprocess.Popen(
        [program, "-n", "-f", str(config), "-i", str(tmp_path / "pid")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: listens(port))
        assert syslog.send(tmp_path, to) == len(every) + 1
        kept = tmp_path / "kept.txt"
        until(lambda: kept.is_file() and len(kept.read_text().splitlines()) > len(every))
        read = [line.split("|") for line in kept.read_text().splitlines()]
    finally:
        server.terminate()
        server.wait(10)
    events = [record.event for record in log.records(tmp_path)]
    assert [int(pri) for pri, *_ in read] == [80 + {0: 5, 4: 4}[e.outcome] for e in events]
    assert [at for _, at, *_ in read] == [e.at for e in events]
    assert {(name, kind) for _, _, name, kind, _ in read} == {("vivomap", "DICOM+RFC3881")}
    assert [f'sequenceId="{k}"' in one[4] for k, one in enumerate(read, 1)] == [True] * len(events)


def listens(port: int) -> bool:
    with socket.socket() as bare:
        return bare.connect_ex(("127.0.0.1", port)) == 0


def until(ready: Callable[[], bool]) -> None:
    """Wait by asking again and again, ten seconds at most."""
    over = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < over
        time.sleep(0.02)
