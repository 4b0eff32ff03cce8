"""Printing: nothing is fetched, what is absent is refused, bytes are the same and even."""

from __future__ import annotations

import importlib
import socket
import sys

import pytest

from vivomap.core import Refusal
from vivomap.report.pdf.press import press

PAGE = '<html lang="en"><title>t</title><p>5 mm</p>{}</html>'


def test_nothing_is_fetched_from_network_or_disk(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("network"))
    monkeypatch.setattr(socket.socket, "connect", lambda *a, **k: pytest.fail("network"))
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>')
    asked = [f'<img alt="x" src="{url}">' for url in ("http://192.0.2.1/x.png", f"file://{secret}", "ftp://192.0.2.1/")]
    asked.append('<style>@import url("http://192.0.2.1/x.css"); p { background: url(http://192.0.2.1/y.png) }</style>')
    asked.append(
        '<style>@font-face { font-family: x; src: url("http://192.0.2.1/x.woff") } p { font-family: x }</style>'
    )
    with_them, without = press(PAGE.format("".join(asked))), press(PAGE.format(""))
    assert b"/XObject" not in with_them.split(b"stream")[0]
    assert abs(len(with_them) - len(without)) < 3000


def test_a_machine_without_weasyprint_or_its_libraries_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(Refusal) as refused:
        press(PAGE)
    assert refused.value.code == "library_absent"
    assert "vivomap[pdf]" in refused.value.hint

    def fails(name: str) -> object:
        raise OSError("cannot load library 'libpango-1.0-0'")

    with monkeypatch.context() as broken:
        broken.setattr(importlib, "import_module", fails)
        with pytest.raises(Refusal) as refused:
            press(PAGE)
    assert "libpango" in refused.value.found


def test_the_bytes_are_the_same_and_even_and_hold_no_time() -> None:
    one, two = press(PAGE.format("<p>x</p>")), press(PAGE.format("<p>x</p>"))
    assert one == two
    assert len(one) % 2 == 0
    assert b"CreationDate" not in one
    assert press(PAGE.format("<p>y</p>")) != one
