"""What every way out has in common."""

import ssl
from http.client import BadStatusLine

import pytest

from vivomap.report.transport import near, shield, trouble


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("ris.example", False)],
)
def test_this_machine_is_known(host: str, here: bool) -> None:
    assert near(host) is here


def test_tls_is_of_today_and_asks_for_a_certificate() -> None:
    made = shield(None)
    assert (made.minimum_version, made.verify_mode, made.check_hostname) == (
        ssl.TLSVersion.TLSv1_2,
        ssl.CERT_REQUIRED,
        True,
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("Smith"), "no answer in time"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (BadStatusLine("Smith"), "BadStatusLine"),
        (ssl.SSLError("Smith"), "TLS: not agreed"),
    ],
)
def test_a_trouble_is_told_without_the_words_of_the_other_side(error: Exception, words: str) -> None:
    assert trouble(error) == words
