"""A sender that sends bytes as they are, right or wrong, and counts what each of them was answered."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import psutil
from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE

from .objects import data_of

META = {0x02: "class", 0x03: "instance", 0x10: "syntax"}


def announced(raw: bytes) -> dict[str, str]:
    """SOP class, instance and syntax of the header that `whole` wrote."""
    at, end, found = 156, 144 + int.from_bytes(raw[140:144], "little"), {}
    at = 144
    while at < end:
        number, vr = int.from_bytes(raw[at + 2 : at + 4], "little"), raw[at + 4 : at + 6]
        wide = vr == b"OB"
        length = (
            int.from_bytes(raw[at + 8 : at + 12], "little") if wide else int.from_bytes(raw[at + 6 : at + 8], "little")
        )
        value = at + (12 if wide else 8)
        if number in META:
            found[META[number]] = raw[value : value + length].rstrip(b"\0 ").decode("latin-1")
        at = value + length
    return found


def send(port: int, raws: Sequence[bytes], title: str = "SENDER", called: str = "VIVOMAP") -> list[int]:
    """Send the data sets of files, each announced as its header says; gives each one's status, -1 where none came."""
    said = [announced(raw) for raw in raws]
    entity = AE(title)
    entity.acse_timeout = entity.network_timeout = entity.dimse_timeout = 30
    for kind, syntax in dict.fromkeys((s["class"], s["syntax"]) for s in said):
        entity.add_requested_context(kind, syntax)
    one = entity.associate("127.0.0.1", port, ae_title=called)
    try:
        return [store(one, s, data_of(raw)) for s, raw in zip(said, raws, strict=True)]
    finally:
        if one.is_established:
            one.release()
        line = one.dul.socket.socket if one.dul.socket else None
        if line is not None:
            line.close()


def store(one: Association, said: dict[str, str], data: bytes) -> int:
    """One C-STORE of bytes."""
    wanted = (said["class"], said["syntax"])
    context = next((c for c in one.accepted_contexts if (c.abstract_syntax, c.transfer_syntax[0]) == wanted), None)
    if not one.is_established or context is None:
        return -1
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID = UID(said["class"], validation_mode=0)
    request.AffectedSOPInstanceUID = UID(said["instance"], validation_mode=0)
    request.DataSet = BytesIO(data)
    one._reactor_checkpoint.clear()
    while not one._is_paused:
        pass
    one.dimse.send_msg(request, context.context_id)
    answer = one.dimse.get_msg(block=True)[1]
    one._reactor_checkpoint.set()
    return -1 if answer is None or answer.Status is None else int(answer.Status)


def owner(port: int) -> int | None:
    """The process that listens on a port of this machine; None where that is not told."""
    found = [c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.status == "LISTEN"]
    return found[0] if found else None
