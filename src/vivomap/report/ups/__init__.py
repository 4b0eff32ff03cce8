"""The work of an assessment as a UPS-RS work item in DICOM JSON: what it was made of, what came out, who did it.

The item is scheduled, claimed, filled and completed by the state machine of `states`, so that one that leaves as
completed meets the final state's requirements. The ledger keeps one moment, that of the record: it stands for the
beginning and the end of the work. The transaction UID is a key and never leaves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID
from pydicom.valuerep import DT

from vivomap.core import Refusal
from vivomap.report.codes import PRIVATE
from vivomap.report.dicom_air import results
from vivomap.report.dicom_identity import object_uid, uid
from vivomap.report.dicom_source import evidence, moment, short, study_header
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.ups import states

PUSH = "1.2.840.10008.5.1.4.34.6.1"  # Unified Procedure Step - Push, the class of every item (PS3.4 CC.3.1)
PROCESSING = Code("110001", "DCM", "Image Processing")
EMPTY = (
    "ScheduledProcessingParametersSequence",
    "ScheduledStationNameCodeSequence",
    "ScheduledStationClassCodeSequence",
    "ScheduledStationGeographicLocationCodeSequence",
    "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDsSequence",
    "IssuerOfAdmissionIDSequence",
    "AdmittingDiagnosesCodeSequence",
    "ReferencedRequestSequence",
    "ProcedureStepProgressInformationSequence",
    "UnifiedProcedureStepPerformedProcedureSequence",
)
BLANK = ("AdmissionID", "AdmittingDiagnosesDescription", "IssuerOfPatientID", "CommentsOnTheScheduledProcedureStep")


def _form(filed: Filed) -> Files:
    made = json.dumps([completed(filed).item.to_json_dict()], sort_keys=True, separators=(",", ":"))
    return {"ups.json": made.encode()}


UPS = Form("ups", "json", _form, "The work as a completed UPS-RS work item, DICOM JSON")


def scheduled(filed: Filed) -> Dataset:
    """The item as it is put on a worklist. Raises Refusal `no_date`, and what the structured report refuses."""
    study, at = filed.assessment.study, str(DT(moment(filed)))
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = PUSH, UID(object_uid(filed.assessment, "ups"))
    for name in EMPTY:
        setattr(ds, name, [])
    for name in BLANK:
        setattr(ds, name, "")
    ds.update(_patient(filed))
    ds.ProcedureStepState, ds.ScheduledProcedureStepPriority = states.SCHEDULED, "MEDIUM"
    ds.ProcedureStepLabel = short(f"vivomap {filed.assessment.pathway}")
    ds.WorklistLabel, ds.InputReadinessState = "vivomap", "READY"
    ds.ScheduledProcedureStepStartDateTime = ds.ScheduledProcedureStepModificationDateTime = at
    ds.ScheduledWorkitemCodeSequence = [CodedConcept.from_code(PROCESSING)]
    ds.StudyInstanceUID = study_header(filed).StudyInstanceUID
    ds.InputInformationSequence = [*_objects(evidence(filed))] if study.images else []
    return ds


def completed(filed: Filed) -> states.Workitem:
    """The item taken through its life by whoever did the work. Raises Refusal `work_item` if a move is not made."""
    key = uid("transaction", object_uid(filed.assessment, "ups"))
    held = _made(states.create(None, scheduled(filed)))
    held = _made(states.change(held, states.IN_PROGRESS, key))
    held = _made(states.update(held, performed(filed), key))
    return _made(states.change(held, states.COMPLETED, key))


def performed(filed: Filed) -> Dataset:
    """What was done: when, by which vivomap, as which work, and the objects that came of it."""
    at, done, whole = str(DT(moment(filed))), Dataset(), Dataset()
    done.PerformedStationNameCodeSequence = [CodedConcept(f"vivomap {filed.version}"[:16], PRIVATE, "vivomap")]
    done.PerformedProcedureStepStartDateTime = done.PerformedProcedureStepEndDateTime = at
    done.PerformedWorkitemCodeSequence = [CodedConcept.from_code(PROCESSING)]
    done.OutputInformationSequence = [*_objects(results(filed)[0])]
    if filed.by:
        person = Dataset()
        person.HumanPerformerName = short(filed.by.replace("=", " "))
        done.ActualHumanPerformersSequence = [person]
    whole.UnifiedProcedureStepPerformedProcedureSequence = [done]
    return whole


def _made(answer: states.Answer) -> states.Workitem:
    if answer.held is None or answer.status:
        raise Refusal("work_item", f"the work item was not moved: {answer.warning}", where="ups")
    return answer.held


def _patient(filed: Filed) -> Dataset:
    """Who it is about, as far as the nouns know it; what they do not know is empty, as the table allows."""
    known, ds = study_header(filed), Dataset()
    for name in ("SpecificCharacterSet", "PatientName", "PatientID", "PatientBirthDate", "PatientSex"):
        setattr(ds, name, known.get(name))
    return ds


def _objects(found: list[Dataset]) -> Iterator[Dataset]:
    """References to objects, one item a series, as input and output information name them."""
    series: dict[tuple[str, str], list[Dataset]] = {}
    for ds in found:
        series.setdefault((ds.StudyInstanceUID, ds.SeriesInstanceUID), []).append(ds)
    for (study, name), inside in series.items():
        item = Dataset()
        item.TypeOfInstances, item.StudyInstanceUID, item.SeriesInstanceUID = "DICOM", study, name
        item.ReferencedSOPSequence = [*map(_named, inside)]
        yield item


def _named(ds: Dataset) -> Dataset:
    ref = Dataset()
    ref.ReferencedSOPClassUID, ref.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    return ref
