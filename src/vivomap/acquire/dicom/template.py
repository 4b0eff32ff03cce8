"""The header of one slice as a pattern for the others of its series.

Most slices of a series differ in a dozen elements. A `Template` keeps the bytes between those as they are: a file that
has the same bytes there has the same header but for the dozen, which are then read.
"""

from __future__ import annotations

from dataclasses import dataclass

from vivomap.acquire.dicom.scan import MAKER_TAG, SHORT, SYNTAX_TAG, Scan, said
from vivomap.acquire.dicom.structure import form_of, is_sequence, sequence_end
from vivomap.acquire.dicom.tags import PRIVATE_GROUPS

VARYING = 40  # with more differing elements than this, two headers are not of one kind


@dataclass(frozen=True, eq=False)
class Template:
    """The header of one slice, cut at the elements that vary from slice to slice."""

    whole: Scan
    data: bytes
    varying: frozenset[int]
    sequences: frozenset[int]
    cuts: tuple[tuple[bytes, int, int, str, bytes], ...]  # bytes before, width of the length, tag, name, VR
    tail: bytes

    @classmethod
    def of(cls, whole: Scan, data: bytes, varying: frozenset[int] = frozenset()) -> Template:
        """Cut a header at the elements whose tags are named."""
        cuts, at = [], 0
        for e in whole.elements[:-1]:
            if e.tag not in varying:
                continue
            width = 2 if e.vr in SHORT else 4
            name, vr = whole.names.get(e.tag, ("", b""))
            cuts.append((data[at : e.value - width], width, e.tag, name, vr))
            at = e.end
        sequences = frozenset(e.tag for e in whole.elements if e.tag in varying and is_sequence(e.tag, e.vr))
        return cls(whole, data[: whole.offset], varying, sequences, tuple(cuts), data[at : whole.offset])

    def match(self, data: bytes) -> tuple[dict[str, str], dict[int, bytes], int] | None:
        """Facts and bytes of what varies, and where the pixels start; None if the headers are not of one kind.

        Raises Refusal if a sequence that varies is not built as it must be.
        """
        at, facts, own = 0, {}, {}
        for before, width, tag, name, vr in self.cuts:
            if not data.startswith(before, at):
                return None
            at += len(before) + width
            length = int.from_bytes(data[at - width : at], "little")
            own[tag] = value = data[at : at + length]
            if tag in self.sequences:
                if len(value) < length:
                    return None
                sequence_end(data, at, length, form_of(self.whole.syntax))
            if name:
                facts[name] = said(value, vr)
            at += length
        return (facts, own, at + len(self.tail)) if data.startswith(self.tail, at) else None

    def widened(self, other: Scan, data: bytes) -> Template | None:
        """This template with what also varies in another header, or None if that is of another kind."""
        mine, theirs = self.whole.elements, other.elements
        if [(e.tag, e.vr) for e in mine] != [(e.tag, e.vr) for e in theirs] or other.names != self.whole.names:
            return None
        pairs = zip(mine, theirs, strict=True)
        differ = {a.tag for a, b in pairs if self.data[a.value : a.end] != data[b.value : b.end] and a is not mine[-1]}
        creators = {t for t in differ if t >> 16 in PRIVATE_GROUPS and t & 0xFFFF <= 0xFF}
        varying = self.varying | differ
        if creators or differ & {SYNTAX_TAG, MAKER_TAG} or len(varying) > VARYING:
            return None
        return Template.of(self.whole, self.data, varying)
