"""The server on its port: TLS on both sides, a port that is taken, an end that waits."""

import ssl
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from vivomap.core import Refusal
from vivomap.serve.server import Certificates, start

from ..acquire.receive.conftest import needs
from ..acquire.receive.test_tls import papers, sender

__all__ = ["needs", "papers"]


def small() -> FastAPI:
    made = FastAPI()

    @made.get("/hello")
    def hello() -> str:
        return "hello"

    return made


def test_a_port_that_is_taken_is_a_refusal() -> None:
    first = start(small(), "127.0.0.1", 0)
    with pytest.raises(Refusal) as refused:
        start(small(), "127.0.0.1", first.port)
    assert refused.value.code == "port_taken"
    first.drain()


def test_only_a_client_with_a_certificate_of_the_house_gets_in(papers: Path) -> None:
    """S12."""
    files = Certificates(papers / "server.pem", papers / "server.key", papers / "ca.pem")
    server = start(small(), "127.0.0.1", 0, files)
    url = f"https://127.0.0.1:{server.port}/hello"
    try:
        assert httpx.get(url, verify=sender(papers, "scanner")).json() == "hello"
        for stranger in ("stranger", ""):
            with pytest.raises((httpx.HTTPError, ssl.SSLError)):
                httpx.get(url, verify=sender(papers, stranger))
        with pytest.raises(httpx.HTTPError):
            httpx.get(url.replace("https", "http"))
    finally:
        server.drain()


def test_a_certificate_that_cannot_be_used_is_a_refusal(papers: Path) -> None:
    files = Certificates(papers / "server.pem", papers / "scanner.key", papers / "ca.pem")
    with pytest.raises(Refusal) as refused:
        start(small(), "127.0.0.1", 0, files)
    assert refused.value.code == "bad_setting"


def test_after_the_end_nobody_listens() -> None:
    server = start(small(), "127.0.0.1", 0)
    assert httpx.get(f"http://127.0.0.1:{server.port}/hello").status_code == 200
    server.drain()
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{server.port}/hello")
