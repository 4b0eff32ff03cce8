"""The content tree of a structured report that nobody vouches for: walked without recursion, at most 32 levels deep.

Each item knows its place ("1.4.2", counted from 1 as PS3.3 C.17.3.2.5 does), its parent, and how it hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vivomap.acquire.element import UNREADABLE, items, said, values
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import Key, concept_of, key
from vivomap.acquire.harvest.found import Concept
from vivomap.acquire.regions.labels import label
from vivomap.core import Refusal

DEEPEST = 32  # rule R8
MOST = 100_000  # project: items; a report of a whole-body atlas has some thousands
LONGEST_TEXT = 64_000  # project: characters of a text item that are looked at
VALUES = ("CONTAINER", "NUM", "CODE", "TEXT", "DATETIME", "DATE", "TIME", "UIDREF", "PNAME", "COMPOSITE", "IMAGE")
TYPES = frozenset((*VALUES, "WAVEFORM", "SCOORD", "SCOORD3D", "TCOORD", "TABLE"))
HOLDS = (  # what an item without a value type is, by what it holds
    ("MeasuredValueSequence", "NUM"),
    ("ConceptCodeSequence", "CODE"),
    ("TextValue", "TEXT"),
    ("UID", "UIDREF"),
    ("ContentSequence", "CONTAINER"),
)


@dataclass(eq=False)
class Node:
    """One content item; `by` is its Relationship Type, `depth` 1 for the root."""

    item: Dataset
    kind: str
    by: str
    concept: Concept | None
    place: str
    depth: int
    parent: Node | None
    children: list[Node] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return key(self.concept)

    def below(self) -> Iterator[Node]:
        """The node and all below it, in document order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def above(self) -> Iterator[Node]:
        """The parents, nearest first."""
        node = self.parent
        while node:
            yield node
            node = node.parent

    def child(self, *wanted: Key) -> Node | None:
        """The first child of one of some concepts."""
        return next((c for c in self.children if c.key in wanted), None)


def tree(ds: Dataset, book: Book) -> Node:
    """The content tree. Raises Refusal `report_too_large` or `nested_too_deep` for more than any report has."""
    root = _node(ds, None, "1", book)
    waiting, count = [root], 1
    while waiting:
        node = waiting.pop()
        if node.depth >= DEEPEST:
            if items(node.item, "ContentSequence"):
                raise Refusal("nested_too_deep", f"the report is nested deeper than {DEEPEST} levels")
            continue
        for number, item in enumerate(items(node.item, "ContentSequence"), 1):
            count += 1
            if count > MOST:
                raise Refusal("report_too_large", "the report has too many items", expected=f"at most {MOST}")
            if "ReferencedContentItemIdentifier" in item:
                continue
            node.children.append(_node(item, node, f"{node.place}.{number}", book))
        waiting.extend(reversed(node.children))
    _references(root, book)
    return root


def _node(item: Dataset, parent: Node | None, place: str, book: Book) -> Node:
    kind, by = said(item, "ValueType").upper(), said(item, "RelationshipType").upper()
    if kind not in TYPES:
        book.note("sr_value_type", place, kind or "absent")
        kind = next((k for keyword, k in HOLDS if keyword in item), "TEXT")
    if parent and not by:
        book.note("sr_relationship_missing", place)
    concept = concept_of(item, "ConceptNameCodeSequence", book, place)
    return Node(item, kind, by, concept, place, parent.depth + 1 if parent else 1, parent)


def _references(root: Node, book: Book) -> None:
    """Complain of items by reference that lead nowhere; the numbers stand where they are written."""
    places = {n.place for n in root.below()}
    for node in root.below():
        for number, item in enumerate(items(node.item, "ContentSequence"), 1):
            if "ReferencedContentItemIdentifier" in item and _target(item) not in places:
                book.note("sr_reference_lost", f"{node.place}.{number}", _target(item))


def _target(item: Dataset) -> str:
    try:
        value = item.get("ReferencedContentItemIdentifier")
    except UNREADABLE:
        return "unreadable"
    return ".".join(str(v) for v in value) if isinstance(value, MultiValue | list) else str(value)


def text_of(node: Node | None) -> str:
    """What an item says in words: its text, its code's meaning, its UID; "" for none."""
    if node is None:
        return ""
    if node.kind == "CODE":
        found = items(node.item, "ConceptCodeSequence")
        return label(found[0], "CodeMeaning", "CodeValue") if found else ""
    if node.kind == "UIDREF":
        return said(node.item, "UID")
    return label(node.item, "TextValue", "UID")[:LONGEST_TEXT]


def referred(node: Node) -> tuple[str, ...]:
    """The SOP Instance UIDs of the objects that an item, or one right below it, points to."""
    found: list[str] = []
    for each in (node, *node.children):
        found += [said(r, "ReferencedSOPInstanceUID") for r in items(each.item, "ReferencedSOPSequence")]
        if each.kind in ("SCOORD", "SCOORD3D"):
            found += [u for c in each.children for u in referred(c)]
    return tuple(dict.fromkeys(u for u in found if u))


def declared(ds: Dataset) -> str:
    """The template that a container says it follows; "" for none."""
    found = items(ds, "ContentTemplateSequence")
    return "".join(values(found[0], "TemplateIdentifier") or (said(found[0], "TemplateIdentifier"),)) if found else ""
