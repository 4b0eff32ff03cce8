"""The message of a case, read by a library that did not write it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import hl7 as second
import pytest

from vivomap.core import Assessment
from vivomap.report.forms import Filed
from vivomap.report.hl7 import Envelope, message

Case = tuple[Assessment, tuple[Assessment, ...]]
AT = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def envelope() -> Envelope:
    return Envelope(AT, "NORTH", "RIS", "HOSPITAL")


@pytest.fixture(scope="session")
def written(envelope: Envelope) -> Callable[[Case], str]:
    return lambda case: message(Filed(*case), envelope)


@pytest.fixture(scope="session")
def rows(written: Callable[[Case], str]) -> Callable[[Case], dict[tuple[str, str], list[str]]]:
    """The OBX of a case by code and sub-id, each as its fields, unescaped."""

    def read(case: Case) -> dict[tuple[str, str], list[str]]:
        parsed = second.parse(written(case))
        found = {}
        for segment in parsed.segments("OBX"):
            code = str(segment[3]).split("^")[0]
            fields = [parsed.unescape(str(field)) for field in segment]
            found[code, str(segment[4])] = fields + [""] * (19 - len(fields))
        assert len(found) == len(parsed.segments("OBX")), "no two OBX share code and sub-id"
        return found

    return read
