"""The routes: who may call, what is answered, and that nothing else is there."""

from http.client import HTTPConnection

import httpx

from vivomap.core import Refusal
from vivomap.store.inbox import Inbox

from .conftest import KIND, Listen, body, file, post


def test_an_address_that_is_not_on_the_list_may_not_store(listen: Listen, inbox: Inbox, monkeypatch) -> None:
    monkeypatch.setattr("vivomap.serve.app._loopback", lambda _: False)
    assert post(listen(inbox, may=("192.0.2.7",)), body([file(1)])).status_code == 403
    assert post(listen(inbox, may=("192.0.2.7", "127.0.0.1")), body([file(1)])).status_code == 200


def test_health_and_readiness_hold_no_patient_data(listen: Listen, inbox: Inbox) -> None:
    base = listen(inbox).removesuffix("/dicom-web")
    post(f"{base}/dicom-web", body([file(1)]))
    for path in ("/healthz", "/readyz"):
        said = httpx.get(base + path)
        assert said.status_code == 200
        assert "P1" not in said.text
        assert said.headers["content-security-policy"].startswith("default-src 'none'")
    inbox.broken.append(Refusal("fsync_failed", "x"))
    assert httpx.get(f"{base}/readyz").status_code == 503


def test_nothing_else_is_served(listen: Listen, inbox: Inbox) -> None:
    base = listen(inbox).removesuffix("/dicom-web")
    for path in ("/", "/docs", "/openapi.json", "/dicom-web/studies", "/../etc/passwd"):
        assert httpx.get(base + path).status_code in (404, 405)


def test_a_body_larger_than_is_borne_is_refused_before_it_comes(listen: Listen, inbox: Inbox) -> None:
    """A19: the length that is claimed is enough."""
    url = httpx.URL(listen(inbox, largest=10_000))
    line = HTTPConnection(url.host, url.port or 0, timeout=10)
    line.putrequest("POST", "/dicom-web/studies")
    line.putheader("Content-Type", KIND)
    line.putheader("Content-Length", str(1 << 40))
    line.endheaders()
    assert line.getresponse().status == 413
    line.close()
