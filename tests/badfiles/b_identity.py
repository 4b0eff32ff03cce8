"""B01 to B15: who and what an object says that it is."""

from __future__ import annotations

from vivomap.acquire.receive.part10 import header

from .card import NO_ENTRANCE, Card, Trial
from .deeds import beside, both, in_folder, send, trials
from .making_identity import (
    HOSTILE,
    INSTANCE,
    NAME,
    NOBODY,
    PATIENT,
    ROWS,
    SERIES,
    SETS,
    SLOPE,
    STUDY,
    UIDS,
    each,
    no_verb,
    other,
    other_pixels,
    people,
    renamed,
    same,
    says,
    spelled,
    texts,
    told,
    twice,
    two_spellings,
    two_studies,
)
from .making_streams import rle
from .objects import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    edited,
    element,
    elements,
    encoded,
    good,
    put,
    text,
)

CARDS = (
    Card(
        "B01",
        "hostile UIDs",
        trials(
            *(
                both(f"{uid!r} as the instance", elements(told({INSTANCE: uid.encode()})), "HOLD", "no_identity")
                for uid in UIDS[:3]
            ),
            *(
                both(f"{uid!r} as the study", elements(told({STUDY: uid.encode()})), "HOLD", "no_identity")
                for uid in UIDS[:3]
            ),
            both("70 letters as the series", elements(told({SERIES: UIDS[4].encode()})), "HOLD", "no_identity"),
        ),
    ),
    Card(
        "B02",
        "../.. as the patient's id: legal text",
        trials(
            in_folder("in a folder", each(put(text(PATIENT, "LO", "../../outside"))), "KEEP"),
            (Trial("sent", send(elements(put(text(PATIENT, "LO", "../../outside")))), "KEEP"),),
        ),
        also=("journeys/test_bad_input.py::test_hostile_names_act_nowhere",),
    ),
    Card(
        "B03",
        "the same object twice",
        trials(
            in_folder("in a folder", beside(same), "FLAG", "duplicate_file"),
            (Trial("sent", send(same, same), "KEEP"),),
        ),
        also=("store/inbox/test_keeping.py::test_the_same_object_twice_is_one_object_and_one_row",),
    ),
    Card(
        "B04",
        "the same UID with other pixels",
        trials(
            in_folder("in a folder", beside(other_pixels), "HOLD", "uid_conflict"),
            (Trial("sent: a version, and a conflict", send(same, other_pixels), "KEEP", "uid_conflict"),),
        ),
    ),
    Card(
        "B05",
        "the same UID in another series, or of another patient",
        trials(
            in_folder("in another series", beside(edited(says(SeriesInstanceUID="1.2.3.99"))), "HOLD", "uid_conflict"),
            in_folder(
                "of another patient and study",
                beside(edited(says(PatientID="X", StudyInstanceUID="1.2.3.98"))),
                "HOLD",
                "uid_conflict",
            ),
            (
                Trial(
                    "in another series, sent",
                    send(same, edited(says(SeriesInstanceUID="1.2.3.99"))),
                    "KEEP",
                    "uid_conflict",
                ),
            ),
            (Trial("of another patient, sent", send(same, edited(says(PatientID="X"))), "HOLD", "two_patients"),),
        ),
    ),
    Card(
        "B06",
        "command and data set name different objects",
        trials(
            (Trial("sent", send(renamed), "HOLD", "uids_disagree"),),
            (
                Trial(
                    "another class, sent",
                    send(lambda n: header("1.2.840.10008.5.1.4.1.1.4", f"1.2.3.{n}.4.4", EXPLICIT) + encoded(good(n))),
                    "HOLD",
                    "uids_disagree",
                ),
            ),
        ),
    ),
    Card(
        "B07",
        "one study of two patients",
        trials(
            in_folder(
                "in a folder", beside(other(3, PatientID="X", SOPInstanceUID="1.2.3.4.99")), "HOLD", "two_patients"
            ),
            (Trial("sent", send(same, other(PatientID="X")), "HOLD", "two_patients"),),
        ),
        also=("acquire/dicom/test_conflicts.py::test_a_study_belongs_to_the_patient_of_its_earliest_object",),
    ),
    Card(
        "B08",
        "one id of two issuers",
        (
            Trial(
                "in a folder: two people",
                people(
                    two_studies(says(PatientID="7", IssuerOfPatientID="A"), says(PatientID="7", IssuerOfPatientID="B")),
                    2,
                ),
                "KEEP",
            ),
            Trial(
                "in one study, sent",
                send(edited(says(PatientID="7", IssuerOfPatientID="A")), other(PatientID="7", IssuerOfPatientID="B")),
                "HOLD",
                "two_patients",
            ),
        ),
    ),
    Card(
        "B09",
        "one name and birth date, two ids",
        (
            Trial(
                "in a folder: two people",
                people(
                    two_studies(
                        says(PatientID="7", PatientName="A^B", PatientBirthDate="19500101"),
                        says(PatientID="8", PatientName="A^B", PatientBirthDate="19500101"),
                    ),
                    2,
                ),
                "KEEP",
            ),
        ),
        note="Nobody is made one person by name: linking is made by people (rule P3).",
    ),
    Card(
        "B10",
        "two patients made one, and parted again",
        (Trial(NO_ENTRANCE, no_verb("merge", "link", "unmerge", "unlink"), "REFUSE"),),
        note="Comes with the worklist. Until then no verb links two patients.",
    ),
    Card(
        "B11",
        "an id that names nobody",
        trials(
            *((Trial(f"{name!r}, sent", send(edited(says(PatientID=name))), "FLAG", "no_patient"),) for name in NOBODY),
            (
                Trial(
                    "two studies in a folder: two people",
                    people(two_studies(says(PatientID="ANONYMOUS"), says(PatientID="ANONYMOUS")), 2),
                    "KEEP",
                ),
            ),
        ),
    ),
    Card(
        "B12",
        "text that would act, in every text field",
        trials(
            *(in_folder(f"{name}, in a folder", each(texts(words)), "KEEP") for name, words in HOSTILE.items()),
            *((Trial(f"{name}, sent", send(elements(texts(words))), "KEEP"),) for name, words in HOSTILE.items()),
        ),
        also=("journeys/test_bad_input.py::test_hostile_names_act_nowhere",),
    ),
    Card(
        "B13",
        "character sets, wrong and mixed",
        trials(
            *(
                in_folder(f"{name}, in a folder", each(told({0x00080005: said, NAME: words})), "KEEP")
                for name, (said, words) in SETS.items()
            ),
            *(
                (Trial(f"{name}, sent", send(elements(told({0x00080005: said, NAME: words}))), "KEEP"),)
                for name, (said, words) in SETS.items()
            ),
        ),
    ),
    Card(
        "B14",
        "an element twice",
        trials(
            both("the patient's id", twice(PATIENT, "LO", "X"), "HOLD", "duplicate_element"),
            both("the patient's id, far away", twice(PATIENT, "LO", "X", apart=True), "HOLD", "duplicate_element"),
            both("the study's UID", twice(STUDY, "UI", "1.2.9"), "HOLD", "duplicate_element"),
            both("the patient's id, implicit", twice(PATIENT, "LO", "X", IMPLICIT), "HOLD", "duplicate_element"),
            both(
                "the patient's id, big-endian", twice(PATIENT, "LO", "X", BIG, apart=True), "HOLD", "duplicate_element"
            ),
            both("the slope", twice(SLOPE, "DS", "2"), "HOLD", "duplicate_element"),
            both(
                "the rows again, behind packed pixels",
                lambda n: rle()(n) + element(ROWS, "US", b"\x14\x00"),
                "HOLD",
                "undecodable_pixels",
                ("KEEP", ""),
            ),
            both("the rows, far away", twice(ROWS, "IS", b"20", apart=True), "HOLD", "duplicate_element"),
        ),
    ),
    Card(
        "B15",
        "spellings of one name",
        trials(
            in_folder("in a folder", spelled, "KEEP"),
            (Trial("one patient", people(two_spellings, 1), "KEEP"),),
        ),
    ),
)
