"""The work item that leaves: DICOM JSON, completed, with what went in and what came out, and no key."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.core import Refusal
from vivomap.report import ups
from vivomap.report.dicom_identity import object_uid, uid
from vivomap.report.forms import Filed, forms
from vivomap.report.ups import states


@pytest.fixture(scope="module")
def item(filed: Filed) -> Dataset:
    (found,) = json.loads(forms()["ups"].write(replace(filed, by="Reader^A"))["ups.json"])
    return Dataset.from_json(json.dumps(found))


def test_it_is_completed_and_the_key_to_it_does_not_leave(item: Dataset, filed: Filed) -> None:
    assert item.ProcedureStepState == "COMPLETED"
    assert item.SOPClassUID == "1.2.840.10008.5.1.4.34.6.1"
    assert "TransactionUID" not in item
    key = uid("transaction", object_uid(filed.assessment, "ups"))
    assert key not in json.dumps(item.to_json_dict())
    assert item.PatientID == filed.assessment.study.patient


def test_what_went_in_are_the_images_and_what_came_out_the_objects_that_are_written(
    item: Dataset, filed: Filed
) -> None:
    def inside(items: list[Dataset]) -> set[str]:
        return {r.ReferencedSOPInstanceUID for i in items for r in i.ReferencedSOPSequence}

    images = {s for image in filed.assessment.study.images for s in image.source}
    assert inside(item.InputInformationSequence) == images
    (done,) = item.UnifiedProcedureStepPerformedProcedureSequence
    bodies = [b for name in ("sr", "seg") for b in forms()[name].write(replace(filed, by="Reader^A")).values()]
    assert {dcmread(BytesIO(b)).SOPInstanceUID for b in bodies} <= inside(done.OutputInformationSequence)
    assert done.PerformedWorkitemCodeSequence[0].CodeValue == "110001"
    assert done.ActualHumanPerformersSequence[0].HumanPerformerName == "Reader^A"


def test_writing_it_again_gives_the_same_bytes(filed: Filed) -> None:
    assert forms()["ups"].write(filed) == forms()["ups"].write(replace(filed))


def test_a_move_that_is_not_made_is_no_work_item(filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ups, "performed", lambda _: Dataset())
    with pytest.raises(Refusal) as refused:
        ups.completed(filed)
    assert refused.value.code == "work_item"
    assert "Final state requirements" in refused.value.summary


def test_a_scheduled_item_may_be_put_on_a_worklist(filed: Filed) -> None:
    answer = states.create(None, ups.scheduled(filed))
    assert answer.http == 201
    for name in ups.EMPTY:
        assert list(ups.scheduled(filed)[name].value) == []
