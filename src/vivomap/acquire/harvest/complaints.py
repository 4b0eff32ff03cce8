"""What the DICOM standard says where objects of other makers depart from it: one line for each kind of complaint.

Sections are those of the edition 2024; a site that wants to argue with a maker quotes them. Each code has a page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from vivomap.acquire.harvest.found import Complaint

SAYS: dict[str, tuple[str, str]] = {  # code: what the standard says; how it is read anyway
    "sr_no_template": (
        "PS3.3 C.18.8: a container that follows a template names it; PS3.16 TID 1500 is the measurement report",
        "as TID 1500, since its concept is that of a measurement report",
    ),
    "sr_relationship": (
        "PS3.16 TID 1411, 1501 and 300 fix how each item hangs on its parent",
        "by what the item is, not by how it hangs",
    ),
    "sr_relationship_missing": (
        "PS3.3 C.17.3, Table C.17-6: Relationship Type is type 1 in every nested item",
        "as if it were contained",
    ),
    "sr_value_type": ("PS3.3 C.17.3, Table C.17-5: Value Type is type 1, one of the defined terms", "by what it holds"),
    "sr_old_code": (
        "PS3.16 8.3 and Annex O: SNOMED-RT codes (SRT, SNM3, 99SDM) are retired; receivers still know them",
        "as its SCT code",
    ),
    "sr_wrong_scheme": (
        "PS3.3 8.2: the Coding Scheme Designator names the scheme that the value is from",
        "by its meaning, which agrees with the code in the right scheme",
    ),
    "sr_private_code": (
        "PS3.16 chapter 8, PS3.3 C.12.1: a private scheme (99...) has an item that says whose it is",
        "under the words of its meaning",
    ),
    "sr_code_incomplete": ("PS3.3 Table 8.8-1: a code has value, scheme and meaning", "by what there is of it"),
    "sr_no_concept": (
        "PS3.3 C.17.3, Table C.17-5: a NUM item names its concept",
        "not at all: a number without a name",
    ),
    "sr_no_tracking": (
        "PS3.16 TID 1411 and TID 4108: a group has a Tracking Unique Identifier",
        "as one lesion of this object alone, named by its label or place",
    ),
    "sr_bad_uid": ("PS3.5 9.1: a UID has at most 64 digits and points", "as a label; there is no tracking UID"),
    "sr_no_group": ("PS3.16 TID 1500: numbers stand in measurement groups", "under the names of what holds it"),
    "sr_nested": ("PS3.16 TID 1500: groups stand directly in Imaging Measurements", "where it is"),
    "sr_no_value": (
        "PS3.3 Table C.18.1-1: an empty Measured Value Sequence is explained by a qualifier",
        "as missing: there is no number",
    ),
    "sr_several_values": ("PS3.3 Table C.18.1-1: a NUM item has one value at most", "not at all: which one is meant?"),
    "values_disagree": (
        "PS3.3 Table C.18.1-1: Floating Point Value is the same number with more digits",
        "not at all: which one is meant?",
    ),
    "number_comma": ("PS3.5 Table 6.2-1: a DS has a point, never a comma", "as a decimal comma"),
    "number_ambiguous": (
        "PS3.5 Table 6.2-1: a DS has a point, never a comma",
        "not at all: 1,234 may be a thousand or one and a bit",
    ),
    "unit_not_ucum": ("PS3.16 CID 82 and section 7.2.2: units are UCUM codes", "as the UCUM unit that its words mean"),
    "unit_missing": (
        "PS3.3 Table C.18.1-1: Measurement Units Code Sequence is type 1",
        "as missing: no unit is guessed",
    ),
    "doubt_unit": ("PS3.16 TID 310: a range of uncertainty has the unit of its number", "as if it were not there"),
    "sr_reference_lost": (
        "PS3.3 C.17.3.2.5: an item by reference points to one that is there",
        "as if it were not there",
    ),
    "dose_no_event": (
        "PS3.16 TID 10013 and 10003: an event has an Irradiation Event UID",
        "as the n-th event of its report",
    ),
    "json_scalar": ("PS3.18 F.2.2: Value is an array", "as an array of one"),
    "seg_bits": (
        "PS3.3 C.8.20.2: a BINARY segmentation has one bit per pixel",
        "as one byte per pixel, nonzero is inside",
    ),
    "seg_bit_mask": (
        "PS3.3 C.8.20.2: no fractional pixel is above Maximum Fractional Value; each segment has its frames",
        "each bit of the pixel as a mask of its own",
    ),
    "seg_frames": (
        "PS3.3 C.7.6.16: Number of Frames, frames of pixels and their descriptions agree in number",
        "by the descriptions, which agree with the pixels",
    ),
    "seg_no_segment_number": (
        "PS3.3 C.8.20.3.1: each frame names its segment",
        "as the only segment that there is",
    ),
    "rt_no_observation": ("PS3.3 C.8.8.8: each ROI has an observation", "by its name alone"),
    "rt_bad_points": ("PS3.3 C.8.8.6: Contour Data are triplets of numbers", "without these outlines"),
    "rt_open": ("PS3.3 C.8.8.6.1: only closed outlines hold a surface", "without these outlines"),
    "map_no_unit": (
        "PS3.3 C.7.6.16.2.11: a Real World Value Map says the unit of the values",
        "as missing: no unit is guessed",
    ),
}


@dataclass
class Book:
    """The complaints of one object as they come: the first place of each kind, and how often it came."""

    first: dict[tuple[str, str], str] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, code: str, place: str, what: str = "") -> None:
        """One more departure of a kind; `what` tells kinds apart within a code, as the unit that was found."""
        self.first.setdefault((code, what), place)
        self.times[code, what] += 1

    def told(self) -> tuple[Complaint, ...]:
        """Every complaint, in the order in which its kind first came."""
        return tuple(
            Complaint(code, f"{place}{f' ({what})' if what else ''}", *SAYS[code], self.times[code, what])
            for (code, what), place in self.first.items()
        )
