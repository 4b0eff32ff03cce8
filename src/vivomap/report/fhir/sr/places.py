"""What a group of a report is about: the lesion, its site, its segment; the equipment and the algorithm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from vivomap.report.dicom_identity import is_uid
from vivomap.report.fhir.parts import DCM, Resource, coding, filled, known_by, patient, to, uid
from vivomap.report.fhir.sr.tree import (
    ALGORITHM,
    SEGMENT,
    SERIES,
    SIDE,
    SITE,
    TRACKING,
    TRACKING_UID,
    VERSION,
    answer,
    children,
    first,
)

STUDY_UID = coding("110180", DCM, "Study Instance UID")


@dataclass(frozen=True)
class Frame:
    """What every resource of one report shares: whose, which study, when it was made, how far it is."""

    report: str
    patient: str
    study: str
    accession: str
    issued: str
    status: str

    def named(self, *place: str) -> str:
        """The id of a part of this report."""
        return known_by("sr", self.report, *place)

    def in_study(self) -> Resource:
        """The imaging study, by its UID."""
        return {"type": "ImagingStudy", "identifier": {"type": {"coding": [STUDY_UID]}, **uid(self.study)}}

    def shared(self, *place: str) -> Resource:
        """What every Observation of the report says."""
        accession = {"type": "ServiceRequest", "identifier": {"value": self.accession}}
        return filled(
            {
                "resourceType": "Observation",
                "id": self.named(*place),
                "status": self.status,
                "basedOn": [accession] if self.accession else [],
                "partOf": [self.in_study()],
                "subject": patient(self.patient),
                "issued": self.issued,
            }
        )


def tracked(frame: Frame, group: Dataset, place: str) -> Resource:
    """The lesion by its tracking identifiers; {} where the group has none."""
    label, name = first(group, TRACKING).get("TextValue"), first(group, TRACKING_UID).get("UID")
    known = [{"type": _kind(TRACKING, "Tracking Identifier"), "value": str(label)}] if label else []
    if name:
        known.append({"type": _kind(TRACKING_UID, "Tracking Unique Identifier"), **uid(str(name))})
    if not known:
        return {}
    structure = {"structure": {"text": str(label or name)}}
    return _body(frame.named(place, "tracking"), frame, structure, known)


def sited(frame: Frame, item: Dataset, *place: str) -> Resource:
    """The finding site with its side; {} where none is told."""
    site = first(item, SITE)
    if not answer(site):
        return {}
    structure = {"structure": answer(site), "laterality": answer(first(site, SIDE))}
    return _body(frame.named(*place, "site"), frame, filled(structure), [])


def _body(name: str, frame: Frame, structure: Resource, known: list[Resource]) -> Resource:
    return filled(
        {
            "resourceType": "BodyStructure",
            "id": name,
            "identifier": known,
            "includedStructure": [structure],
            "patient": patient(frame.patient),
        }
    )


def _kind(code: tuple[str, str], meaning: str) -> Resource:
    return {"coding": [coding(code[0], DCM, meaning)]}


def chosen(frame: Frame, group: Dataset, place: str) -> Iterator[Resource]:
    """The segments that were measured, and the series that they were drawn on."""
    for number, item in enumerate(children(group, SEGMENT, kind="IMAGE"), 1):
        for named in item.get("ReferencedSOPSequence") or ():
            instance = {
                "uid": str(named.ReferencedSOPInstanceUID),
                "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{named.ReferencedSOPClassUID}"},
                "subset": [str(n) for n in _numbers(named.get("ReferencedSegmentNumber"))],
            }
            yield _selection(frame, (place, f"segment {number}"), ("121191", "Referenced Segment"), instance)
    for number, item in enumerate(children(group, SERIES), 1):
        made = _selection(frame, (place, f"series {number}"), ("121232", "Source series for segmentation"), {})
        name = str(item.UID)
        yield {**made, **({"seriesUid": name} if is_uid(name) else {"identifier": [uid(name)]})}  # too long for FHIR


def _numbers(value: object) -> list[object]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [] if value is None else [value]


def _selection(frame: Frame, place: tuple[str, ...], code: tuple[str, str], instance: Resource) -> Resource:
    return filled(
        {
            "resourceType": "ImagingSelection",
            "id": frame.named(*place),
            "status": "available",
            "subject": patient(frame.patient),
            "code": {"coding": [coding(code[0], DCM, code[1])]},
            "studyUid": frame.study,
            "derivedFrom": [frame.in_study()],
            "instance": [filled(instance)] if instance else [],
        }
    )


def equipment(frame: Frame, report: Dataset) -> Resource:
    """The device that made the report, of the General Equipment module."""
    name = report.get("DeviceUID")
    return filled(
        {
            "resourceType": "Device",
            "id": frame.named("equipment"),
            "identifier": [uid(str(name))] if name else [],
            "displayName": str(report.get("ManufacturerModelName") or ""),
            "manufacturer": str(report.get("Manufacturer") or ""),
        }
    )


def algorithm(frame: Frame, item: Dataset) -> Resource:
    """The algorithm of TID 4019 as a device, part of the equipment; {} where none is named."""
    name, version = (first(item, code).get("TextValue") for code in (ALGORITHM, VERSION))
    if not name:
        return {}
    return filled(
        {
            "resourceType": "Device",
            "id": frame.named("algorithm", str(name), str(version or "")),
            "displayName": str(name),
            "version": [{"value": str(version)}] if version else [],
            "parent": to("Device", frame.named("equipment")),
        }
    )
