"""What a number of a report is about: the group that it stands in, the lesion that this follows, what, and where."""

from __future__ import annotations

import re
from typing import NamedTuple

from vivomap.acquire.dicom.header import UID
from vivomap.acquire.harvest import concepts
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import GROUP, words
from vivomap.acquire.harvest.found import About
from vivomap.acquire.harvest.tree import Node, referred, text_of

BELONGS = {  # how items of a measurement report hang on their parent (TID 1411, 1501, 300, 310, 4108, 1502)
    concepts.TRACKING_ID: "HAS OBS CONTEXT",
    concepts.TRACKING_UID: "HAS OBS CONTEXT",
    concepts.FINDING: "CONTAINS",
    concepts.CATEGORY: "CONTAINS",
    concepts.SITE: "HAS CONCEPT MOD",
    concepts.DERIVATION: "HAS CONCEPT MOD",
    concepts.METHOD: "HAS CONCEPT MOD",
    concepts.OFFSET: "HAS OBS CONTEXT",
}
TOOL = re.compile(r"cornerstone(3D)?tools@", re.IGNORECASE)  # what OHIF tracks by: a tool; its label is the comment
PATIENT = "patient"  # what vivomap calls the group of numbers that belong to no lesion


class Group(NamedTuple):
    """What holds a number: a measurement group, or the nearest container; the objects that it refers to."""

    node: Node
    is_group: bool
    about: About
    refers: tuple[str, ...]


def group_of(node: Node, book: Book, ours: bool) -> Group:
    """The group of a number; `ours` if vivomap wrote the report."""
    holders = [n for n in node.above() if n.kind == "CONTAINER"]
    group = next((n for n in holders if _is_group(n)), None)
    holder = group or (holders[0] if holders else node)
    about = _about(holder, node, book, ours) if group else _placed(holders, node)
    refers = [u for c in holder.children if c.kind not in ("CONTAINER", "NUM") for u in referred(c)]
    refers += [u for c in node.children for u in referred(c)]
    return Group(holder, group is not None, about, tuple(dict.fromkeys(refers)))


def _is_group(node: Node) -> bool:
    return node.key == GROUP or node.child(concepts.TRACKING_UID, concepts.TRACKING_ID) is not None


def _about(group: Node, node: Node, book: Book, ours: bool) -> About:
    """What a measurement group says of its lesion; the number itself may say it closer."""
    uid = _uid(node, book) or _uid(group, book)
    label = text_of(group.child(concepts.TRACKING_ID)) or text_of(node.child(concepts.TRACKING_ID))
    if TOOL.match(label):
        label = text_of(group.child(concepts.COMMENT))
    if not uid:
        book.note("sr_no_tracking", group.place)
    if ours and label == PATIENT:
        label = ""
    elif not label:
        label = uid or f"group {group.place}"
    finding = text_of(group.child(concepts.FINDING)) or text_of(group.child(concepts.CATEGORY))
    return About(label, uid, finding, site_of(node) or site_of(group))


def _uid(holder: Node, book: Book) -> str:
    """The tracking UID right below an item; "" where there is none that is one."""
    found = holder.child(concepts.TRACKING_UID)
    if found is None:
        return ""
    text = text_of(found)
    if UID.fullmatch(text):
        return text
    book.note("sr_bad_uid", found.place)
    return ""


def site_of(holder: Node) -> str:
    """The site right below an item, with its side."""
    found = holder.child(concepts.SITE)
    if found is None:
        return ""
    side = text_of(found.child(concepts.SIDE) or found.child(concepts.TOPOGRAPHY))
    return " ".join(t for t in (side, text_of(found)) if t)


def _placed(holders: list[Node], node: Node) -> About:
    """Outside of groups: the nearest finding and site on the way up."""
    near = (node, *holders)
    finding = next((t for n in near if (t := text_of(n.child(concepts.FINDING)))), "")
    site = next((t for n in near if (t := site_of(n))), "")
    return About("", "", finding, site)


def path_of(node: Node, name: str) -> str:
    """The name of a number outside of groups: the words of what holds it, below the root, and its own."""
    above = [_words(n) for n in node.above() if n.parent]
    return "/".join([*(w for w in reversed(above) if w), name])


def _words(node: Node) -> str:
    """What a step on the way is called: the answer of a code, the heading of anything else."""
    told = (
        text_of(node) if node.kind == "CODE" else (node.concept.meaning or node.concept.value) if node.concept else ""
    )
    return words(told) if told else ""


def check(node: Node, book: Book) -> None:
    """Complain of an item of a measurement report that hangs on its parent in another way than its template says."""
    wanted = BELONGS.get(node.key)
    if node.kind == "NUM" and node.parent and node.key not in concepts.TIME_POINT and _is_group(node.parent):
        wanted = "CONTAINS"
    if wanted and node.by and node.by != wanted and node.parent and node.parent.parent:
        book.note("sr_relationship", node.place, f"{node.by}, not {wanted}")
    if node.key == GROUP and node.parent and node.parent.key != concepts.MEASUREMENTS:
        book.note("sr_nested", node.place)
