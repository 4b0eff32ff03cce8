"""The routes: parse, call, answer.

POST /dicom-web/studies          store objects (STOW-RS, PS3.18, 10.5)
POST /dicom-web/studies/{study}  the same, all of one study
GET  /healthz                    whether the process lives
GET  /readyz                     whether it takes objects in
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

from anyio import from_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from vivomap.core import Refusal
from vivomap.serve.deeds import Deeds
from vivomap.serve.stow import Body, Stored, answer, take

HARDENED = {  # rule S14
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
STATUS = {"inbox_stopped": 503, "disk_full": 507, "ledger_busy": 503, "inbox_busy": 503, "too_large": 413}  # rule R6
AGAIN_S = "30"  # Retry-After; project
DICOM_JSON = "application/dicom+json"


def application(deeds: Deeds) -> FastAPI:
    """The application. It has no page of its own and answers no question about what is there."""
    made = FastAPI(title="vivomap", docs_url=None, redoc_url=None, openapi_url=None)

    @made.middleware("http")
    async def hardened(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        refused = _stranger(request, deeds)
        said = refused or await call(request)
        said.headers.update(HARDENED)
        return said

    @made.post("/dicom-web/studies")
    async def store(request: Request) -> Response:
        return await _store(request, deeds, "")

    @made.post("/dicom-web/studies/{study}")
    async def store_of(request: Request, study: str) -> Response:
        return await _store(request, deeds, study)

    @made.get("/healthz")
    async def alive() -> Response:
        return JSONResponse({"alive": True})

    @made.get("/readyz")
    async def ready() -> Response:
        try:
            await run_in_threadpool(deeds.ready)
        except Refusal as refusal:
            return _refused(refusal)
        return JSONResponse({"ready": True})

    return made


def _stranger(request: Request, deeds: Deeds) -> Response | None:
    """The refusal of a machine that is not on the list, and of a page of another origin (rule S13)."""
    address = request.client.host.removeprefix("::ffff:") if request.client else ""
    if deeds.may and address not in deeds.may and not _loopback(address):
        return _said(403, "not_permitted", "this address may not store")
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if request.method == "POST" and origin is not None and origin.partition("://")[2] != host:
        return _said(403, "not_permitted", "a page of another origin may not store")
    return None


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def _store(request: Request, deeds: Deeds, study: str) -> Response:
    """Keep every object of the body, then answer for each."""
    length = request.headers.get("content-length", "")
    if request.headers.get("content-encoding", "identity") != "identity":
        return _said(415, "not_taken", "a compressed body is not taken", "send it as it is")
    if length.isdigit() and int(length) > deeds.largest + (1 << 20):
        return _said(413, "too_large", f"more than {deeds.largest} bytes at once")
    chunks = aiter(request.stream())

    def read(_: int) -> bytes:
        return from_thread.run(anext, chunks, b"")

    client = request.client.host if request.client else ""
    body = Body(read, request.headers.get("content-type", ""), study, client)
    try:
        deeds.ready()
        stored = await run_in_threadpool(take, body, deeds)
    except ClientDisconnect:
        return _said(400, "receiver_away", "the body broke off")
    except Refusal as refusal:
        return _refused(refusal)
    for one in stored:
        deeds.tell(f"STOW {one.code or 'kept'} {one.said}".rstrip())
    return _answered(stored)


def _answered(stored: tuple[Stored, ...]) -> Response:
    status, said = answer(stored)
    again = {"Retry-After": AGAIN_S} if status in (503, 507) else {}
    return JSONResponse(said, status, again, media_type=DICOM_JSON)


def _refused(refusal: Refusal) -> Response:
    return _said(STATUS.get(refusal.code, 400), refusal.code, refusal.summary, refusal.hint)


def _said(status: int, code: str, summary: str, hint: str = "") -> Response:
    again = {"Retry-After": AGAIN_S} if status in (503, 507) else {}
    return JSONResponse({"code": code, "summary": summary, "hint": hint}, status, again)
