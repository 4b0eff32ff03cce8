"""Radiation dose reports (RDSR): what each irradiation event gave, and what the study gave in all.

CT: CTDIvol (mGy), DLP (mGy.cm), size-specific estimate (mGy); projection: dose area product (Gy.m2), dose at the
reference point (Gy); mammography: average glandular dose (mGy). An event goes by its number in the report and by its
Irradiation Event UID. What describes the exposure (kV, mA, times, phantom) is no dose and is left where it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from vivomap.acquire.dicom.header import UID
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.doubt import doubt_of
from vivomap.acquire.harvest.found import About, Concept, Number
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.harvest.tree import Node, text_of, tree
from vivomap.acquire.harvest.value import value_of
from vivomap.core import Missing, Refusal

REPORTS = {("113701", "DCM"), ("113500", "DCM")}  # X-ray, radiopharmaceutical
EVENTS = {("113819", "DCM"), ("113706", "DCM")}  # CT acquisition; irradiation event X-ray data
EVENT_UID, ACQUISITION, TARGET = ("113769", "DCM"), ("125203", "DCM"), ("123014", "DCM")
PHANTOM = ("113835", "DCM")
DOSES = {
    ("113830", "DCM"): "ctdi_vol",
    ("113838", "DCM"): "dose_length_product",
    ("113930", "DCM"): "size_specific_dose",
    ("113813", "DCM"): "dose_length_product_total",
    ("122130", "DCM"): "dose_area_product",
    ("113738", "DCM"): "dose_at_reference_point",
    ("113722", "DCM"): "dose_area_product_total",
    ("113725", "DCM"): "dose_at_reference_point_total",
    ("111631", "DCM"): "average_glandular_dose",
    ("111637", "DCM"): "average_glandular_dose_total",
    ("113839", "DCM"): "effective_dose",
}
UNITS = {"dose_at_reference_point": "Gy", "dose_at_reference_point_total": "Gy"}  # ours, where a maker writes mGy


def numbers(ds: Dataset, origin: Origin, book: Book) -> Iterator[Number | Missing]:
    """Every dose of a report, or why it is none. Raises Refusal if the report cannot be walked."""
    root = tree(ds, book)
    events = [n for n in root.below() if n.key in EVENTS]
    known = {id(event): _about(event, k, book) for k, event in enumerate(events, 1)}
    for node in root.below():
        if node.kind == "NUM" and node.concept and node.key in DOSES:
            event = next((n for n in node.above() if n.key in EVENTS), None)
            yield _dose(node, node.concept, known[id(event)] if event else About(), origin, book)


def _about(event: Node, number: int, book: Book) -> About:
    """An event by its number, with what was imaged."""
    uid = text_of(event.child(EVENT_UID))
    if not UID.fullmatch(uid):
        book.note("dose_no_event", event.place)
        uid = ""
    return About(f"event {number}", uid, text_of(event.child(ACQUISITION)), text_of(event.child(TARGET)))


def _dose(node: Node, concept: Concept, about: About, origin: Origin, book: Book) -> Number | Missing:
    """One dose, or why it is none."""
    try:
        return _read(node, concept, about, origin, book)
    except Refusal as refusal:
        reason = f"{refusal.summary} (item {node.place})"
        return Missing(DOSES[node.key], about.label, origin.day, refusal.code, reason)


def _read(node: Node, concept: Concept, about: About, origin: Origin, book: Book) -> Number:
    name, found = DOSES[node.key], value_of(node, book)
    doubt = doubt_of(node, found, book)
    phantom = node.parent.child(PHANTOM) if node.parent else None
    factor = 1e-3 if (found.unit, UNITS.get(name)) == ("mGy", "Gy") else 1.0
    return Number(
        name=name,
        value=found.value * factor,
        unit="Gy" if factor != 1 else found.unit,
        uncertainty=None if doubt.value is None else doubt.value * factor,
        doubt=doubt.source,
        code=concept,
        qualifiers=(),
        about=about,
        day=origin.day,
        path=node.place,
        written=found.written,
        provenance=origin.provenance(node.place, (("phantom", text_of(phantom)),)),
        flags=doubt.flags,
    )
