"""A bundle goes to a FHIR server: taken, refused or to be tried again, whatever the server does."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.report.rest import Answer, post, server

Play = Callable[..., tuple[str, list[dict[str, str]]]]


@pytest.fixture
def play() -> Iterator[Play]:
    """Starts a server that answers so; gives its address and the requests that it hears."""
    running: list[HTTPServer] = []

    def call(status: int, body: bytes = b"", location: str = "") -> tuple[str, list[dict[str, str]]]:
        heard: list[dict[str, str]] = []

        class Plays(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                heard.append({"path": self.path, "body": text, **{k.lower(): v for k, v in self.headers.items()}})
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        running.append(HTTPServer(("127.0.0.1", 0), Plays))
        threading.Thread(target=running[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"fhir+http://127.0.0.1:{running[-1].server_port}/fhir", heard

    yield call
    for one in running:
        one.shutdown()
        one.server_close()


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"code": "invalid", "diagnostics": "Smith is unknown"}]}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"{}", Answer("sent", "200")),
        (201, b"", Answer("sent", "201")),
        (400, json.dumps(OUTCOME).encode(), Answer("refused", "400", "invalid")),
        (401, b"<html>", Answer("refused", "401")),
        (422, b"[" * 100_000, Answer("refused", "422")),
        (429, b"", Answer("later", "429")),
        (500, b"\xff", Answer("later", "500")),
        (503, b"null", Answer("later", "503")),
    ],
)
def test_the_status_decides_and_the_words_of_the_server_are_not_repeated(
    play: Play, status: int, body: bytes, expected: Answer
) -> None:
    address, heard = play(status, body)
    assert post(b'{"resourceType":"Bundle"}', server(address)) == expected
    assert heard[0]["path"] == "/fhir"
    assert heard[0]["content-type"] == "application/fhir+json"
    assert heard[0]["body"] == '{"resourceType":"Bundle"}'


def test_a_redirect_is_not_followed_and_the_login_does_not_leave(play: Play) -> None:
    """S13."""
    other, heard_there = play(200)
    address, heard = play(307, location=other.removeprefix("fhir+"))
    assert post(b"{}", server(address), "Bearer secret") == Answer("refused", "307")
    assert heard[0]["authorization"] == "Bearer secret"
    assert heard_there == []


def test_nobody_there_is_worth_another_try(play: Play) -> None:
    address, _ = play(200)
    gone = server(address)._replace(port=1)
    assert post(b"{}", gone)[:2] == ("later", "receiver_away")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("fhir+http://ehr.example/fhir", "not_encrypted"),
        ("http://127.0.0.1/fhir", "bad_setting"),
        ("fhir+https://name:secret@ehr.example/fhir", "bad_setting"),
        ("fhir+https://ehr.example/fhir?x=1", "bad_setting"),
        ("fhir+https://ehr.example/a b", "bad_setting"),
        ("fhir+https://[::1", "bad_setting"),
        ("fhir+https://", "bad_setting"),
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused_without_repeating_it(address: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        server(address)
    assert refused.value.code == code
    assert "secret" not in " ".join(refused.value.lines())


def test_an_encrypted_address_has_the_usual_port_and_its_authorities(tmp_path: Path) -> None:
    assert server("fhir+https://ehr.example/r4")[:4] == ("ehr.example", 443, "/r4", True)
    with pytest.raises(Refusal) as refused:
        server("fhir+https://ehr.example/r4", authorities=tmp_path / "none.pem")
    assert refused.value.code == "file_absent"
    assert server("fhir+http://ehr.example:8080", plain=True).port == 8080
