"""Encrypted associations with certificates on both sides."""

import ssl
import subprocess
from pathlib import Path

import pytest

from vivomap.acquire.receive import Certificates, Deeds, Door, start
from vivomap.acquire.receive.tls import context
from vivomap.core import Refusal

from .conftest import associated, ct, status


@pytest.fixture
def papers(tmp_path: Path, needs) -> Path:
    """An authority, two certificates that it signed, and one that signed itself."""
    openssl = needs("openssl", "openssl")

    def call(*words: str) -> None:
        subprocess.run([openssl, *words], cwd=tmp_path, check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    for name in ("ca", "stranger"):
        call("req", "-x509", *curve, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    for name in ("server", "scanner"):
        call("req", *curve[:-2], "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
        call("x509", "-req", "-in", f"{name}.csr", *sign, "-out", f"{name}.pem")
    return tmp_path


def sender(papers: Path, name: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.load_verify_locations(papers / "ca.pem")
    if name:
        made.load_cert_chain(papers / f"{name}.pem", papers / f"{name}.key")
    return made


@pytest.mark.slow  # associations over TLS, and refused ones that wait
def test_only_a_sender_with_a_certificate_of_the_house_gets_in(papers: Path, tmp_path: Path) -> None:
    kept: list[str] = []
    deeds = Deeds(
        lambda came, _: kept.append(came.instance) or "kept", lambda *_: True, lambda _: None, print, tmp_path
    )
    own = Certificates(papers / "server.pem", papers / "server.key", papers / "ca.pem")
    receiver = start(Door(port=0, certificates=own, idle_s=5), deeds)
    try:
        for name in ("stranger", ""):
            with associated(receiver.port, tls_args=(sender(papers, name), None)) as one:
                assert not one.is_established
        with associated(receiver.port, tls_args=(sender(papers, "scanner"), None)) as one:
            assert status(one, ct(1)) == 0
        with associated(receiver.port) as one:
            assert not one.is_established
    finally:
        receiver.drain()
    assert kept == [ct(1).SOPInstanceUID]


def test_nothing_older_than_tls_1_2_is_agreed_to(papers: Path) -> None:
    made = context(Certificates(papers / "server.pem", papers / "server.key", papers / "ca.pem"))
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    assert made.verify_mode == ssl.CERT_REQUIRED


def test_certificates_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        context(Certificates(tmp_path / "a", tmp_path / "b", tmp_path / "c"))
    assert refused.value.code == "bad_setting"
