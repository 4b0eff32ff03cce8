"""Numbers out of an HL7 v2 message: each NM with a note that names its claim, its uncertainty, and its lesion."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vivomap.report.readback.number import Number, Numbers, Reader

ESCAPED = re.compile(r"\\(F|S|T|R|E|X[0-9A-F]*)\\")
PLAIN = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}
CLAIM, ERROR, TRACKING = "claim ", ".u", "tracking_uid"


def read(files: Mapping[str, bytes]) -> Numbers:
    """The numbers by claim."""
    found: Numbers = {}
    for body in files.values():
        found |= _message(body.decode())
    return found


def _message(text: str) -> Numbers:
    if not text.startswith("MSH|^~\\&|"):
        raise ValueError("no HL7 v2 message begins here")
    observed: dict[tuple[str, str], list[str]] = {}  # fields of an OBX by code and group
    claims: dict[str, tuple[str, str]] = {}
    last = ("", "")
    for fields in (line.split("|") for line in text.split("\r") if line):
        if fields[0] == "OBX":
            last = (plain(fields[3].split("^")[0]), fields[4])
            observed[last] = fields
        elif fields[0] == "NTE" and plain(fields[3]).startswith(CLAIM):
            claims[plain(fields[3]).removeprefix(CLAIM)] = last
    numeric = {c: k for c, k in claims.items() if observed[k][2] == "NM" and (k[0] + ERROR, k[1]) in observed}
    return {claim: _number(observed, *key) for claim, key in numeric.items()}


def _number(observed: dict[tuple[str, str], list[str]], code: str, sub: str) -> Number:
    fields, error = observed[code, sub], observed[code + ERROR, sub]
    if _unit(fields) != _unit(error):
        raise ValueError(f"the number is in {_unit(fields)!r}, its uncertainty in {_unit(error)!r}")
    words = fields[3].split("^")
    lesion = observed.get((TRACKING, sub.split(".")[0]))
    tracking = plain(lesion[5]) if lesion else ""
    return Number(float(fields[5]), _unit(fields), float(error[5]), plain(words[3 if len(words) > 3 else 0]), tracking)


def _unit(fields: list[str]) -> str:
    return plain(fields[6].split("^")[0])


def plain(text: str) -> str:
    """A text with its escape sequences undone."""
    return ESCAPED.sub(lambda m: PLAIN.get(m[1]) or bytes.fromhex(m[1][1:]).decode(), text)


HL7 = Reader("hl7", (".hl7",), read)
HL7_PDF = Reader("hl7-pdf", (".hl7",), read)
