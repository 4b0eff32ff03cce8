"""The message that most record systems still take: HL7 v2.5.1 ORU^R01, one OBX for each number.

Each number is an NM with its UCUM unit; its standard uncertainty is an NM of its own; a verdict, an option and what is
missing are TX. OBX-7 holds the limits of no change (a note says so: it is no normal range), OBX-8 U or D where a number
lies outside them, OBX-11 P (preliminary), or X where a number could not be given. OBX-4 tells the lesions apart.

The site's report follows as text, one TX for each line that is not blank, where the pathway has a template; and the
printed report as an ED (PDF in Base64), but only where it is asked for, as in the form `hl7-pdf`: it makes a message
many times as long, and not every interface takes it.

Built as plain text: of the characters that can break a message, the builder that was tried leaves ^, & and line ends of
outside text as they are, so a lesion's name could begin a segment of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from vivomap.core import Assessment, identify
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.hl7.enclosed import NOTHING, Enclosed, enclosed
from vivomap.report.hl7.lines import lines
from vivomap.report.hl7.wire import calendar, commented, concept, escape, observation, stamp
from vivomap.report.naming import title
from vivomap.report.place import place
from vivomap.report.templates.syntax import Template

__all__ = ["FILE", "HL7", "HL7_PDF", "Enclosed", "Envelope", "bound", "control_id", "enclosed", "message", "write"]

FILE = "oru.hl7"
END = "\r"
CONTROL = 20  # characters of a message's id (HL7 v2.5.1, MSH-10)


class Envelope(NamedTuple):
    """When a message is made, and between whom."""

    at: datetime | None = None
    facility: str = ""
    receiver: str = ""
    receiver_facility: str = ""


NOWHERE = Envelope()


def write(assessment: Assessment, folder: str | Path, history: Sequence[Assessment] = ()) -> Path:
    """Write `oru.hl7`. Raises Refusal `two_patients`, `cannot_write` or `disk_full`."""
    return place(Path(folder) / FILE, message(Filed(assessment, tuple(history))).encode())


def bound(template: Template | None = None) -> dict[str, Form]:
    """The message without and with the printed report, its text from a template; else from the shipped one."""

    def bare(filed: Filed) -> Files:
        return {FILE: message(filed, enclosing=enclosed(filed, template)).encode()}

    def whole(filed: Filed) -> Files:
        return {"oru-pdf.hl7": message(filed, enclosing=enclosed(filed, template, pdf=True)).encode()}

    cards = (
        Form("hl7", "hl7", bare, "HL7 v2 ORU^R01 message for the record"),
        Form("hl7-pdf", "hl7", whole, "The same message with the printed report inside"),
    )
    return {card.name: card for card in cards}


HL7, HL7_PDF = bound().values()


def message(filed: Filed, envelope: Envelope = NOWHERE, enclosing: Enclosed | None = None) -> str:
    """The message of one assessment; the same assessment keeps the same id (MSH-10), whenever it is sent.

    Its time is that of the envelope, else when the assessment was recorded, else the day of the visit, if it has one.
    `enclosing` is what is sent beside the numbers; the text of the shipped template, where nothing is said.
    """
    enclosing = enclosed(filed) if enclosing is None else enclosing
    control, when = control_id(filed.assessment, enclosing), _when(filed, envelope)
    segments = [_head(filed, envelope, control), _patient(filed.assessment), _order(filed.assessment, when)]
    used: dict[tuple[str, str], int] = {}
    for count, line in enumerate((*lines(filed), *enclosing.lines()), 1):
        seen = used[line.code, line.sub] = used.get((line.code, line.sub), 0) + 1
        sub = line.sub if seen == 1 else f"{line.sub}.{seen}"
        segments += [observation(count, line._replace(sub=sub)), *commented(line)]
    return END.join(segments) + END


def _when(filed: Filed, envelope: Envelope) -> str:
    at = envelope.at or filed.recorded
    return stamp(at) if at else calendar(filed.assessment.study.day)


def control_id(assessment: Assessment, enclosing: Enclosed = NOTHING) -> str:
    """The id of the message of an assessment; with the printed report inside it is another message."""
    whole = identify(assessment)
    return (sha256(whole.encode() + enclosing.pdf).hexdigest() if enclosing.pdf else whole)[:CONTROL]


def _head(filed: Filed, envelope: Envelope, control: str) -> str:
    facility, receiver, there = (escape(w) for w in envelope[1:])
    kind = "ORU^R01^ORU_R01"
    ends = f"VIVOMAP|{facility}|{receiver}|{there}|{_when(filed, envelope)}"
    return f"MSH|^~\\&|{ends}||{kind}|{control}|P|2.5.1||||||UNICODE UTF-8"


def _patient(assessment: Assessment) -> str:
    """The patient by identifier alone; the name is there as unspecified (table 0200, U)."""
    return f"PID|1||{escape(assessment.study.patient)}||^^^^^^U"


def _order(assessment: Assessment, when: str) -> str:
    local = concept(assessment.pathway, title(assessment.pathway))
    fields = {
        1: "1",
        3: f"{identify(assessment)}^VIVOMAP",
        4: f"18748-4^Diagnostic imaging study^LN^{local}",
        7: calendar(assessment.study.day),
        22: when,
        24: "RAD",
        25: "P",
    }
    return "OBR|" + "|".join(fields.get(k, "") for k in range(1, 26))
