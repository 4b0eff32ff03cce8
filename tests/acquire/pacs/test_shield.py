"""TLS towards a PACS: only to the one whose certificate the house has signed, and only with ours."""

import dataclasses
import subprocess
from pathlib import Path

import pytest

from vivomap.acquire.pacs import Certificates, echo
from vivomap.acquire.pacs.shield import context
from vivomap.acquire.receive import Certificates as Theirs
from vivomap.acquire.receive import Deeds, Door, start
from vivomap.core import Refusal

from .conftest import spoken


@pytest.fixture
def papers(tmp_path: Path, needs) -> Path:
    """An authority, a PACS and us with its certificates, and a PACS of another name."""
    openssl = needs("openssl", "openssl")

    def call(*words: str) -> None:
        subprocess.run([openssl, *words], cwd=tmp_path, check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "other"):
        call(
            "req",
            "-x509",
            *curve,
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.pem",
        )
    for name, place in (("pacs", "IP:127.0.0.1"), ("us", "DNS:us"), ("elsewhere", "DNS:elsewhere")):
        call("req", *curve, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (tmp_path / "ext").write_text(f"subjectAltName={place}\n")
        sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext")
        call("x509", "-req", "-in", f"{name}.csr", *sign, "-out", f"{name}.pem")
    return tmp_path


def ours(papers: Path, authority: str = "ca") -> Certificates:
    return Certificates(papers / "us.pem", papers / "us.key", papers / f"{authority}.pem")


@pytest.mark.slow  # handshakes that fail are waited for
def test_both_sides_show_certificates_or_nothing_is_said(papers: Path, tmp_path: Path) -> None:
    def listening(name: str) -> tuple[object, str]:
        own = Theirs(papers / f"{name}.pem", papers / f"{name}.key", papers / "ca.pem")
        deeds = Deeds(lambda *_: "kept", lambda *_: True, lambda _: None, lambda _: None, tmp_path)
        made = start(Door(title="PACS", port=0, certificates=own, idle_s=3), deeds)
        return made, f"dicoms://PACS@127.0.0.1:{made.port}"

    def code(where: str, certificates: Certificates) -> str:
        try:
            echo(dataclasses.replace(spoken(where), certificates=certificates))
        except Refusal as refused:
            return refused.code
        return "answered"

    right, where = listening("pacs")
    wrong, elsewhere = listening("elsewhere")
    try:
        assert code(where, ours(papers)) == "answered"
        assert code(where, ours(papers, "other")) == "tls_failed", "we do not trust who signed it"
        assert code(elsewhere, ours(papers)) == "tls_failed", "it is a certificate for another name"
        assert code(where.replace("dicoms", "dicom"), Certificates()) == "receiver_away", (
            "it answers nobody in the clear"
        )
    finally:
        for one in (right, wrong):
            one.drain(1)  # type: ignore[attr-defined]


def test_dimse_needs_our_certificate_and_the_web_does_not(papers: Path) -> None:
    web = dataclasses.replace(spoken("dicomweb+https://127.0.0.1/x"), certificates=Certificates())
    assert context(web).check_hostname
    for files in (
        Certificates(),
        Certificates(own=papers / "us.pem"),
        Certificates(papers / "us.pem", papers / "no.key"),
    ):
        with pytest.raises(Refusal) as refused:
            context(dataclasses.replace(spoken("dicoms://PACS@127.0.0.1:1"), certificates=files))
        assert refused.value.code == "bad_setting"
