"""Who observed, on what, and when: observers (TID 1002), procedure reported, and the time point (TID 1502)."""

from __future__ import annotations

from highdicom.sr import (
    CodeContentItem,
    DeviceObserverIdentifyingAttributes,
    LongitudinalTemporalOffsetFromEvent,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    TimePointContext,
)
from pydicom.sr.codedict import codes as standard

from vivomap.report import codes
from vivomap.report.dicom_identity import device_uid
from vivomap.report.dicom_source import short
from vivomap.report.dicom_sr.items import MODIFIER, code, coded
from vivomap.report.forms import Filed


def observers(filed: Filed) -> ObservationContext:
    """The device, which is the vivomap that measured, and the person who answers for it, where one is named."""
    device = DeviceObserverIdentifyingAttributes(
        uid=device_uid(filed.version),
        name="vivomap",
        manufacturer_name="vivomap",
        model_name="vivomap",
        serial_number=filed.version,
    )
    person = None
    if filed.by:
        name = short(filed.by.replace("=", " ")).encode()[:63].decode(errors="ignore")
        named = PersonObserverIdentifyingAttributes(name if "^" in name else f"{name}^")
        person = ObserverContext(standard.DCM.Person, named)
    return ObservationContext(person, ObserverContext(standard.DCM.Device, device))


def procedure(filed: Filed) -> CodeContentItem:
    """The procedure reported: one code, of the modality where there is one, else imaging."""
    modalities = {i.text("modality") for i in filed.assessment.study.images}
    done = codes.PROCEDURES.get(modalities.pop(), codes.IMAGING) if len(modalities) == 1 else codes.IMAGING
    return code(codes.PROCEDURE, done, MODIFIER)


def time_point(filed: Filed) -> TimePointContext:
    """Which visit of this patient this is: its identifier, order, and days since the first one."""
    now, order = filed.assessment.study.day, len(filed.history) + 1
    said = now.isoformat() if now else "undated"
    first = filed.story.visits[0].study.day
    offset = None
    if now and first:
        offset = LongitudinalTemporalOffsetFromEvent((now - first).days, coded(codes.unit("d")), coded(codes.BASELINE))
    return TimePointContext(
        time_point=f"visit {order}, {said}",
        time_point_type=coded(codes.BASELINE) if order == 1 else None,
        time_point_order=order,
        subject_time_point_identifier=f"visit-{order}",
        temporal_offset_from_event=offset,
    )
