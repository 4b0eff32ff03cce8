"""Numbers of a structured report, whoever wrote it: measurement groups of TID 1500, and NUM items anywhere else.

In a measurement group a number goes by its code; elsewhere (mammography, echocardiography, other CAD reports) by the
words of what holds it: `findings/left_ventricle/diameter`. What describes the images or another number is no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset

from vivomap.acquire.element import items, said
from vivomap.acquire.harvest import concepts
from vivomap.acquire.harvest.about import Group, check, group_of, path_of
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import concept_of, is_private, key, name_of
from vivomap.acquire.harvest.doubt import doubt_of, is_doubt
from vivomap.acquire.harvest.found import Concept, Number
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.harvest.tree import Node, declared, text_of, tree
from vivomap.acquire.harvest.units import into_ours
from vivomap.acquire.harvest.value import value_of
from vivomap.acquire.moments import day
from vivomap.core import Missing, Refusal

CONTEXT = ("HAS ACQ CONTEXT", "HAS OBS CONTEXT", "HAS CONCEPT MOD")
ACQUIRED_ON = ("ACQUIRED_ON", concepts.OWN)
Found = Number | Missing


def numbers(ds: Dataset, origin: Origin, book: Book) -> Iterator[Found]:
    """Every number of a report, or why it is none. Raises Refusal if the report cannot be walked."""
    root = tree(ds, book)
    report = root.key == concepts.REPORT
    if report and declared(ds) != "1500":
        book.note("sr_no_template", root.place, declared(ds))
    schemes = {said(s, "CodingSchemeDesignator") for s in items(ds, "CodingSchemeIdentificationSequence")}
    for node in root.below():
        if report:
            check(node, book)
        if node.kind == "NUM" and counts(node):
            yield _number(node, origin, book, schemes)
            if report and not group_of(node, Book(), origin.ours).is_group:
                book.note("sr_no_group", node.place)


def counts(node: Node) -> bool:
    """Whether a NUM item is a measurement: not of the images, the time point, or a property of another number."""
    above = [n.key for n in node.above()]
    if node.key in concepts.TIME_POINT or any(k in concepts.LIBRARY for k in above):
        return False
    parent = node.parent
    if node.key[1] == concepts.OWN and parent and parent.kind != "CONTAINER":
        return False
    if parent is None or parent.kind in ("SCOORD", "SCOORD3D"):
        return parent is not None
    if parent.kind == "NUM":
        return not (is_doubt(node) or node.by in ("HAS PROPERTIES", *CONTEXT))
    return node.by not in CONTEXT or concepts.GROUP in above


def _number(node: Node, origin: Origin, book: Book, schemes: set[str]) -> Found:
    """One NUM item as a number, or as missing with the reason."""
    group = group_of(node, book, origin.ours)
    try:
        if node.concept is None:
            book.note("sr_no_concept", node.place)
            raise Refusal("sr_no_concept", "a number without a name", where=node.place)
        for code in (node.concept, *qualifiers(node)):
            if code and is_private(code) and code.scheme not in schemes:
                book.note("sr_private_code", node.place, f"{code.value} {code.scheme}")
        return _read(node, node.concept, group, origin, book)
    except Refusal as refusal:
        name = concepts.words(node.concept.meaning or node.concept.value) if node.concept else "unnamed"
        name = name if group.is_group else path_of(node, name)
        return Missing(name, group.about.label, origin.day, refusal.code, f"{refusal.summary} (item {node.place})")


def _read(node: Node, concept: Concept, group: Group, origin: Origin, book: Book) -> Number:
    found = value_of(node, book)
    doubt = doubt_of(node, found, book)
    said_of = qualifiers(node)
    name = name_of(concept, said_of)
    unit, factor = into_ours(name, found.unit) or ("", 0.0)
    if not unit:
        name, unit, factor = f"{name}_as_reported", found.unit, 1.0
    if not group.is_group:
        name = path_of(node, name)
    settings = (
        ("method_of_group", text_of(group.node.child(concepts.METHOD))),
        ("algorithm", text_of(node.child(concepts.ALGORITHM) or group.node.child(concepts.ALGORITHM))),
        ("algorithm_version", text_of(node.child(concepts.ALGORITHM_VERSION))),
        ("uncertainty", doubt.source),
    )
    when = node.child(ACQUIRED_ON)
    return Number(
        name=name,
        value=found.value * factor,
        unit=unit,
        uncertainty=None if doubt.value is None else doubt.value * factor,
        doubt=doubt.source,
        code=concept,
        qualifiers=tuple(c for c in said_of if c),
        about=group.about,
        day=day(said(when.item, "Date")) if when else origin.day,
        path=node.place,
        written=found.written,
        provenance=origin.provenance(node.place, settings, group.refers),
        flags=doubt.flags,
    )


def qualifiers(node: Node) -> Sequence[Concept | None]:
    """Derivation, method and site of a number itself."""
    quiet = Book()
    derived, method, site = (node.child(k) for k in (concepts.DERIVATION, concepts.METHOD, concepts.SITE))
    codes = [concept_of(n.item, "ConceptCodeSequence", quiet, n.place) if n else None for n in (derived, method, site)]
    if codes[2] is not None and key(codes[2]) != concepts.LIVER:
        codes[2] = None
    return codes
