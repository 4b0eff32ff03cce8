"""A cheap look at what has been kept: may it be computed on, or must it wait for a person?

Only the header is read, in a process of its own with limits on memory, time and files, so that a hostile one ends
there. Run as a program it answers each JSON line {"path", "instance", "sop_class"} with a JSON line. `Validator` is
the other end.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from vivomap.acquire.confined import Worker, be_brief, confined, program
from vivomap.acquire.dicom.complete import complete, imageless, numeric
from vivomap.acquire.dicom.conflicts import NOBODY, patient_of
from vivomap.acquire.dicom.days import ORDER as DATES
from vivomap.acquire.dicom.days import parsed
from vivomap.acquire.dicom.header import head
from vivomap.acquire.dicom.pixels import sized
from vivomap.core import Refusal

SECONDS_MOST = 30.0  # project: reading the header of a large enhanced object took under 2 s
MEMORY_MOST = 2 << 30  # bytes of address space


class Found(NamedTuple):
    """What the validator says: KEEP, FLAG or HOLD with its code and reason; study and patient of the object."""

    disposition: str
    code: str
    reason: str
    study: str
    patient: str


def look(path: Path, instance: str, sop_class: str) -> Found:
    """The verdict on one file, from its header; `instance` and `sop_class` are what the sender's command said."""
    try:
        header = head(path, [])
        if (header.text("SOPInstanceUID"), header.text("SOPClassUID")) != (instance, sop_class):
            return Found("HOLD", "uids_disagree", "command and data set name different objects", "", "")
        if imageless(header):
            return Found("HOLD", "attribute_missing", "the object is an image by its class, and has no pixels", "", "")
        if header.pixels:
            complete(header)
            sized(header)
        numeric(header)
    except Refusal as refusal:
        return Found("HOLD", refusal.code, refusal.summary, "", "")
    study, patient = header.text("StudyInstanceUID"), patient_of(header)
    if NOBODY.fullmatch(header.text("PatientID")):
        return Found("FLAG", "no_patient", "the object names no patient; its study stands for one", study, patient)
    undated = [name for name in DATES if header.text(name) and parsed(header.text(name)[:8], name)[0] is None]
    if undated:
        return Found("FLAG", "bad_date", f"no date of the calendar: {', '.join(undated)}", study, patient)
    return Found("KEEP", "", "", study, patient)


@dataclass(frozen=True, eq=False)
class Validator:
    """The process that looks; a new one takes the place of one that died."""

    worker: Worker = field(default_factory=lambda: Worker(program(__file__)))

    def look(self, path: Path, instance: str, sop_class: str) -> Found:
        """The verdict on one file; what crashes or is too slow is held."""
        asked = {"path": str(path), "instance": instance, "sop_class": sop_class}
        answer = self.worker.ask(json.dumps(asked).encode() + b"\n", SECONDS_MOST)
        if answer is None:
            return Found("HOLD", "validator_failed", "looking at the header crashed, or took too long", "", "")
        return Found(**json.loads(answer))

    def close(self) -> None:
        """End the process."""
        self.worker.close()


def main() -> None:
    """Answer every line of the input; print nothing else."""
    out = confined(MEMORY_MOST)
    for line in sys.stdin.buffer:
        be_brief(2 * SECONDS_MOST)
        asked = json.loads(line)
        try:
            found = look(Path(asked["path"]), asked["instance"], asked["sop_class"])
        except Exception as error:
            found = Found("HOLD", "bad_header", f"the header cannot be read ({type(error).__name__})", "", "")
        out.write(json.dumps(found._asdict()).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
