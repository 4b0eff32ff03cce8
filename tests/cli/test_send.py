"""`vivomap send`: to a receiver on loopback, and never without being asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import hl7 as second
import pytest

from vivomap.cli import send
from vivomap.cli.ending import ending
from vivomap.cli.talk import Manner, behave


@pytest.fixture
def assessed(run, small) -> str:
    """The small patient's two visits on record in this folder's project; the id of the later one."""
    answer = run("assess", "lung_response", small.folder, "--treatments", small.folder / "treatments.csv", "--json")
    assert answer.code == 0, answer.err
    return answer.data["assessments"][-1]


@pytest.fixture
def receiver() -> Iterator[Callable[[Sequence[str]], tuple[str, list[bytes]]]]:
    """Starts a receiver that answers each connection with the next code; gives its address and what it heard."""
    threads: list[threading.Thread] = []

    def start(codes: Sequence[str]) -> tuple[str, list[bytes]]:
        bare = socket.create_server(("127.0.0.1", 0))
        heard: list[bytes] = []

        def serve() -> None:
            with bare:
                for code in codes:
                    line, _ = bare.accept()
                    with line:
                        body = b""
                        while not body.endswith(b"\x1c\r"):
                            body += line.recv(65536)
                        heard.append(body[1:-2])
                        control = body.split(b"|")[9].decode()
                        line.sendall(f"\x0bMSH|^~\\&|RIS\rMSA|{code}|{control}|so it is\r\x1c\r".encode())

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"mllp://127.0.0.1:{bare.getsockname()[1]}", heard

    yield start
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def go(assessment: str, to: str, manner: Manner = Manner(), **flags: object) -> tuple[int, str, str]:  # noqa: B008
        behave(manner)
        code = ending(lambda: send.send(assessment, to, **flags), ["send"], ["send"])  # type: ignore[arg-type]
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def test_a_message_is_taken_and_it_is_told(assessed: str, receiver, call) -> None:
    to, heard = receiver(["AA"])
    code, out, err = call(assessed[:8], to, receiver="RIS@HOSPITAL", facility="NORTH")
    assert (code, err) == (0, "")
    assert out == f"message {assessed[:20]} taken by {to} (AA) after 1 try\n"
    (message,) = heard
    parsed = second.parse(message.decode())
    assert [str(parsed.segment("MSH")[k]) for k in (4, 5, 6)] == ["NORTH", "RIS", "HOSPITAL"]
    assert str(parsed.segment("PID")[3]) == "VM-SMALL"
    assert any(str(s[3]).startswith("long_axis.change^") for s in parsed.segments("OBX")), "the earlier visit is known"


def test_the_dry_run_prints_the_message_and_sends_nothing(assessed: str, call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bare:
        bare.settimeout(0.05)
        to = f"mllp://127.0.0.1:{bare.getsockname()[1]}"
        code, out, _ = call(assessed, to, Manner(dry_run=True))
        with pytest.raises(TimeoutError):
            bare.accept()
    assert code == 0
    first, head, *_ = out.splitlines()
    assert first == f"would send message {assessed[:20]} to {to}"
    assert head.startswith("MSH|^~\\&|VIVOMAP|")


def test_a_receiver_that_is_busy_and_then_takes_it(assessed: str, receiver, call, monkeypatch) -> None:
    monkeypatch.setattr("vivomap.report.mllp.Patience.__new__.__defaults__", (4, 20.0, 0.0, 0.0))
    to, heard = receiver(["AR", "AA"])
    code, out, _ = call(assessed, to, Manner(json=True))
    assert code == 0
    assert '"schema": "vivomap.send/1"' in out
    assert '"state": "taken"' in out
    assert heard[0] == heard[1]


def test_a_refusal_is_told_in_five_lines_with_the_words_of_the_receiver(assessed: str, receiver, call) -> None:
    to, heard = receiver(["AE"])
    code, out, err = call(assessed, to)
    assert (code, out, len(heard)) == (4, "", 1)
    assert err.startswith("message_refused: ")
    assert "AE; so it is" in err
    assert len(err.splitlines()) == 5


def test_a_receiver_that_is_away_is_exit_code_five(assessed: str, call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bare:
        to = f"mllp://127.0.0.1:{bare.getsockname()[1]}"
    code, _, err = call(assessed, to, tries=1)
    assert code == 5
    assert err.startswith("receiver_away: ")
    assert "Connection refused" in err


def test_a_wrong_address_and_an_unknown_assessment_send_nothing(assessed: str, call, tmp_path: Path) -> None:
    assert call(assessed, "ris:2575")[0] == 2
    assert call(assessed, "mllp://ris.hospital:2575")[2].startswith("not_encrypted: ")
    assert call("0" * 12, "mllp://127.0.0.1:1")[2].startswith("unknown_name: ")
