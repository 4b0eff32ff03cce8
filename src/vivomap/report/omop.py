"""The numbers as rows of the OMOP common data model 5.4 with its imaging extension MI-CDM, for research networks.

One IMAGE_OCCURRENCE for each series, one MEASUREMENT for each number and one for its standard uncertainty (`.u`, which
names the number as its event), one IMAGE_FEATURE that ties a number to the series it was read from. Columns after
OHDSI/ImageWG, `inst/ddl/5.4`, and the OMOP CDM 5.4.

Concept ids belong to the vocabularies of a site, so they are 0 ("no matching concept") here; `source.csv` says of every
row what it is, by code and scheme, and which lesion (tracking UID) a finding is. Ids are made from content, so that the
same rows can be loaded again without harm; they have up to 52 bits, and a database wants BIGINT for them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from vivomap.core import Image, Measurement, Refusal, identify
from vivomap.core.quality import beside
from vivomap.report.dicom_source import from_dicom
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.naming import concept, title, tracked

UNMATCHED = 0
OF_MEASUREMENT = 1147330  # concept of the table MEASUREMENT, for image features (OHDSI/ImageWG, MI-CDM conventions)
OF_MEASUREMENT_ID = 1147138  # concept of the field measurement.measurement_id, for events of a measurement
SHORT = 50  # characters of a source value (OMOP CDM 5.4)
ERROR = ".u"
FORMULA = ("=", "+", "-", "@", "\t", "\r")

PROCEDURES = (
    "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_datetime procedure_end_date "
    "procedure_end_datetime procedure_type_concept_id modifier_concept_id quantity provider_id visit_occurrence_id "
    "visit_detail_id procedure_source_value procedure_source_concept_id modifier_source_value"
)
OCCURRENCES = (
    "image_occurrence_id person_id procedure_occurrence_id visit_occurrence_id anatomic_site_concept_id wadors_uri "
    "local_path image_occurrence_date image_study_uid image_series_uid modality_concept_id"
)
MEASUREMENTS = (
    "measurement_id person_id measurement_concept_id measurement_date measurement_datetime measurement_time "
    "measurement_type_concept_id operator_concept_id value_as_number value_as_concept_id unit_concept_id range_low "
    "range_high provider_id visit_occurrence_id visit_detail_id measurement_source_value measurement_source_concept_id "
    "unit_source_value unit_source_concept_id value_source_value measurement_event_id meas_event_field_concept_id"
)
FEATURES = (
    "image_feature_id person_id image_occurrence_id image_feature_event_field_concept_id image_feature_event_id "
    "image_feature_concept_id image_feature_type_concept_id image_finding_concept_id image_finding_id "
    "anatomic_site_concept_id alg_system alg_datetime"
)
SOURCES = "table id code scheme meaning claim lesion tracking_uid finding site"
Row = dict[str, Any]


def write(filed: Filed) -> Files:
    """`omop/TABLE.csv`. Raises Refusal `no_date` where the visit or a number has no day."""
    tables: tuple[tuple[str, str, Iterable[Row]], ...] = (
        ("procedure_occurrence", PROCEDURES, _procedures(filed)),
        ("image_occurrence", OCCURRENCES, _occurrences(filed)),
        ("measurement", MEASUREMENTS, _measurements(filed)),
        ("image_feature", FEATURES, _features(filed)),
        ("source", SOURCES, _sources(filed)),
    )
    return {f"omop/{name}.csv": _table(columns.split(), rows) for name, columns, rows in tables}


def key(*words: str) -> int:
    """The id of a thing: 52 bits of the hash of what it is, which every program holds exactly."""
    return int(hashlib.sha256(json.dumps(words).encode()).hexdigest()[:13], 16)


def _procedures(filed: Filed) -> Iterator[Row]:
    """One procedure for each study; the extension wants one for every image."""
    person = _person(filed)
    for uid, image in {i.text("study_uid"): i for i in reversed(_series(filed))}.items():
        yield {
            "procedure_occurrence_id": key("study", uid),
            "person_id": person,
            "procedure_concept_id": UNMATCHED,
            "procedure_date": _day(filed, image.day),
            "procedure_type_concept_id": UNMATCHED,
            "procedure_source_value": image.text("modality")[:SHORT],
        }


def _occurrences(filed: Filed) -> Iterator[Row]:
    for image in _series(filed):
        yield {
            "image_occurrence_id": _occurrence(image),
            "person_id": _person(filed),
            "procedure_occurrence_id": key("study", image.text("study_uid")),
            "image_occurrence_date": _day(filed, image.day),
            "image_study_uid": image.text("study_uid"),
            "image_series_uid": image.text("series_uid"),
            "modality_concept_id": UNMATCHED,
        }


def _measurements(filed: Filed) -> Iterator[Row]:
    """A number and its standard uncertainty."""
    for m in _numbers(filed):
        number = key("claim", identify(m))
        row: Row = {
            "measurement_id": number,
            "person_id": _person(filed),
            "measurement_concept_id": UNMATCHED,
            "measurement_date": _day(filed, m.day),
            "measurement_type_concept_id": UNMATCHED,
            "value_as_number": repr(float(m.value) + 0.0),
            "unit_concept_id": UNMATCHED,
            "measurement_source_value": m.name[: SHORT - len(ERROR)],
            "unit_source_value": m.unit[:SHORT],
        }
        marks = ", ".join(beside(m.flags))
        row |= {"value_source_value": marks} if marks else {}
        yield row
        yield row | {
            "measurement_id": key("uncertainty", identify(m)),
            "value_as_number": repr(float(m.uncertainty) + 0.0),
            "measurement_source_value": row["measurement_source_value"] + ERROR,
            "measurement_event_id": number,
            "meas_event_field_concept_id": OF_MEASUREMENT_ID,
        }


def _features(filed: Filed) -> Iterator[Row]:
    """A row for each number that was read from a series; `alg_system` is function, version and pathway edition."""
    edition = filed.assessment.edition
    for m in _numbers(filed):
        image = _carrier(filed, m)
        if image is None:
            continue
        who = tracked(filed, m.region)
        yield {
            "image_feature_id": key("feature", identify(m)),
            "person_id": _person(filed),
            "image_occurrence_id": _occurrence(image),
            "image_feature_event_field_concept_id": OF_MEASUREMENT,
            "image_feature_event_id": key("claim", identify(m)),
            "image_feature_concept_id": UNMATCHED,
            "image_feature_type_concept_id": UNMATCHED,
            "image_finding_id": key("lesion", who.uid) if who.uid else "",
            "alg_system": f"{m.provenance.maker} {m.provenance.version} sha256:{edition}",
        }


def _sources(filed: Filed) -> Iterator[Row]:
    """What each id stands for, for the site that ties it to its own persons, concepts and lesions."""
    yield {"table": "person", "id": _person(filed), "code": filed.assessment.study.patient}
    for image in _series(filed):
        modality = image.text("modality")
        yield {"table": "image_occurrence", "id": _occurrence(image), "code": modality, "scheme": "DCM"}
    found: dict[int, Row] = {}
    for m in _numbers(filed):
        said, who = concept(m.name), tracked(filed, m.region)
        about = {"claim": identify(m), "lesion": m.region, "tracking_uid": who.uid}
        coded = {"code": said.value, "scheme": said.scheme, "meaning": title(m.name)}
        yield {"table": "measurement", "id": key("claim", identify(m)), **coded, **about}
        if who.uid:
            finding = key("lesion", who.uid)
            lesion = {"lesion": m.region, "tracking_uid": who.uid, "finding": who.finding, "site": who.site}
            found[finding] = {"table": "image_finding", "id": finding, **lesion}
    yield from found.values()


def _numbers(filed: Filed) -> tuple[Measurement, ...]:
    return tuple({identify(c): c for c in filed.assessment.claims if isinstance(c, Measurement)}.values())


def _series(filed: Filed) -> tuple[Image, ...]:
    """One image of each DICOM series; what has no series has no occurrence."""
    images = filed.assessment.study.images
    return tuple({i.text("series_uid"): i for i in reversed(images) if from_dicom(i)}.values())


def _carrier(filed: Filed, m: Measurement) -> Image | None:
    """The image that a number was read from: by its objects, else by its voxels."""
    images = [i for i in filed.assessment.study.images if from_dicom(i)]
    by_object = (i for i in images if set(i.source) & set(m.provenance.source))
    by_voxels = (i for i in images if i.voxels.digest in m.provenance.inputs)
    return next(by_object, None) or next(by_voxels, None)


def _occurrence(image: Image) -> int:
    return key("series", image.text("series_uid"))


def _person(filed: Filed) -> int:
    return key("person", filed.assessment.study.patient)


def _day(filed: Filed, day: date | None) -> str:
    known = day or filed.assessment.study.day
    if known is None:
        raise Refusal("no_date", "OMOP keeps no row without a day, and this visit has none", computed="the other forms")
    return known.isoformat()


def _table(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column, "")) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and not _number(text) else text


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


OMOP = Form("omop", "csv", write, "Rows of the OMOP CDM 5.4 with MI-CDM, as CSV")
