"""Rows of OMOP with MI-CDM go into a database with its keys on, and the same number comes back by a join.

The tables below are ours, written from the columns, types and keys of OHDSI/ImageWG (`inst/ddl/5.4`, tables
IMAGE_OCCURRENCE and IMAGE_FEATURE) and of the OMOP CDM 5.4, as far as the rows touch them.
"""

import csv
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from vivomap.core import Assessment, Measurement, Refusal, identify
from vivomap.report import omop
from vivomap.report.forms import Filed
from vivomap.report.naming import tracked

Case = tuple[Assessment, tuple[Assessment, ...]]
TABLES = """
CREATE TABLE concept (concept_id INTEGER PRIMARY KEY, concept_name VARCHAR(255) NOT NULL);
CREATE TABLE person (
  person_id INTEGER PRIMARY KEY, gender_concept_id INTEGER NOT NULL REFERENCES concept, year_of_birth INTEGER NOT NULL,
  race_concept_id INTEGER NOT NULL REFERENCES concept, ethnicity_concept_id INTEGER NOT NULL REFERENCES concept,
  person_source_value VARCHAR(50));
CREATE TABLE procedure_occurrence (
  procedure_occurrence_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
  procedure_concept_id INTEGER NOT NULL REFERENCES concept, procedure_date DATE NOT NULL, procedure_datetime TIMESTAMP,
  procedure_end_date DATE, procedure_end_datetime TIMESTAMP,
  procedure_type_concept_id INTEGER NOT NULL REFERENCES concept, modifier_concept_id INTEGER REFERENCES concept,
  quantity INTEGER, provider_id INTEGER, visit_occurrence_id INTEGER, visit_detail_id INTEGER,
  procedure_source_value VARCHAR(50), procedure_source_concept_id INTEGER REFERENCES concept,
  modifier_source_value VARCHAR(50));
CREATE TABLE measurement (
  measurement_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
  measurement_concept_id INTEGER NOT NULL REFERENCES concept, measurement_date DATE NOT NULL,
  measurement_datetime TIMESTAMP, measurement_time VARCHAR(10),
  measurement_type_concept_id INTEGER NOT NULL REFERENCES concept, operator_concept_id INTEGER REFERENCES concept,
  value_as_number NUMERIC, value_as_concept_id INTEGER REFERENCES concept,
  unit_concept_id INTEGER REFERENCES concept, range_low NUMERIC, range_high NUMERIC, provider_id INTEGER,
  visit_occurrence_id INTEGER, visit_detail_id INTEGER,
  measurement_source_value VARCHAR(50) CHECK (length(measurement_source_value) <= 50),
  measurement_source_concept_id INTEGER REFERENCES concept, unit_source_value VARCHAR(50),
  unit_source_concept_id INTEGER REFERENCES concept, value_source_value VARCHAR(50), measurement_event_id INTEGER,
  meas_event_field_concept_id INTEGER REFERENCES concept);
CREATE TABLE image_occurrence (
  image_occurrence_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
  procedure_occurrence_id INTEGER NOT NULL REFERENCES procedure_occurrence, visit_occurrence_id INTEGER,
  anatomic_site_concept_id INTEGER REFERENCES concept, wadors_uri TEXT, local_path TEXT,
  image_occurrence_date DATE NOT NULL, image_study_uid TEXT NOT NULL, image_series_uid TEXT NOT NULL,
  modality_concept_id INTEGER NOT NULL REFERENCES concept);
CREATE TABLE image_feature (
  image_feature_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
  image_occurrence_id INTEGER NOT NULL REFERENCES image_occurrence,
  image_feature_event_field_concept_id INTEGER REFERENCES concept, image_feature_event_id INTEGER,
  image_feature_concept_id INTEGER NOT NULL REFERENCES concept,
  image_feature_type_concept_id INTEGER NOT NULL REFERENCES concept,
  image_finding_concept_id INTEGER REFERENCES concept, image_finding_id INTEGER,
  anatomic_site_concept_id INTEGER REFERENCES concept, alg_system VARCHAR(1024), alg_datetime TIMESTAMP);
CREATE TABLE source (
  "table" TEXT, id INTEGER, code TEXT, scheme TEXT, meaning TEXT, claim TEXT, lesion TEXT, tracking_uid TEXT,
  finding TEXT, site TEXT);
"""
LOADED = ("procedure_occurrence", "image_occurrence", "measurement", "image_feature", "source")
BACK = """
SELECT s.claim, m.value_as_number, m.unit_source_value, u.value_as_number, s.code, l.tracking_uid,
       o.image_series_uid, f.alg_system, p.person_source_value
FROM image_feature f
JOIN measurement m ON m.measurement_id = f.image_feature_event_id AND f.image_feature_event_field_concept_id = 1147330
JOIN measurement u ON u.measurement_event_id = m.measurement_id AND u.meas_event_field_concept_id = 1147138
JOIN image_occurrence o ON o.image_occurrence_id = f.image_occurrence_id
JOIN procedure_occurrence r ON r.procedure_occurrence_id = o.procedure_occurrence_id
JOIN person p ON p.person_id = f.person_id AND p.person_id = o.person_id AND p.person_id = r.person_id
JOIN source s ON s."table" = 'measurement' AND s.id = m.measurement_id
LEFT JOIN source l ON l."table" = 'image_finding' AND l.id = f.image_finding_id
"""


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """An empty common data model with the concepts that the rows name, and every foreign key held."""
    made = sqlite3.connect(":memory:")
    made.executescript(TABLES)
    made.execute("PRAGMA foreign_keys = ON")
    made.executemany("INSERT INTO concept VALUES (?, ?)", [(0, "none"), (1147330, "MEASUREMENT"), (1147138, "field")])
    yield made
    made.close()


def load(database: sqlite3.Connection, files: dict[str, bytes]) -> None:
    """Puts the rows into the tables; the site's own part is the person, whose birth year is not in an assessment."""
    person = next(r for r in rows(files["omop/source.csv"]) if r["table"] == "person")
    database.execute("INSERT OR IGNORE INTO person VALUES (?, 0, 1960, 0, 0, ?)", (person["id"], person["code"]))
    for name in LOADED:
        for row in rows(files[f"omop/{name}.csv"]):
            known = {k: v for k, v in row.items() if v}
            columns, marks = ", ".join(f'"{k}"' for k in known), ", ".join("?" * len(known))
            database.execute(f"INSERT OR IGNORE INTO {name} ({columns}) VALUES ({marks})", tuple(known.values()))  # noqa: S608
    database.commit()


def test_the_same_number_comes_back_by_a_join_with_its_doubt_series_and_lesion(
    filed: Filed, database: sqlite3.Connection
) -> None:
    load(database, omop.write(filed))
    found = {row[0]: row[1:] for row in database.execute(BACK)}
    numbers = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    assert len(found) == len(numbers) > 3
    series = {i.text("series_uid") for i in filed.assessment.study.images}
    for m in numbers:
        value, unit, error, code, tracking, of, system, person = found[identify(m)]
        assert (value, unit, error) == (m.value, m.unit, m.uncertainty)
        assert (tracking or "", person) == (tracked(filed, m.region).uid, filed.assessment.study.patient)
        assert code
        assert of in series
        assert system == f"{m.provenance.maker} {m.provenance.version} sha256:{filed.assessment.edition}"


def test_no_key_is_broken_and_loading_again_changes_nothing(filed_visits, database: sqlite3.Connection) -> None:
    counts = []
    for _ in range(2):
        for filed in filed_visits:
            load(database, omop.write(filed))
        counts.append([database.execute(f"SELECT count(*) FROM {n}").fetchone()[0] for n in LOADED[:4]])  # noqa: S608
    assert counts[0] == counts[1]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_database_would_refuse_a_row_whose_image_is_not_there(filed: Filed, database: sqlite3.Connection) -> None:
    files = omop.write(filed)
    head = files["omop/image_occurrence.csv"].split(b"\r\n")[0] + b"\r\n"
    with pytest.raises(sqlite3.IntegrityError):
        load(database, {**files, "omop/image_occurrence.csv": head})


def test_a_lesion_has_the_same_finding_at_every_visit(filed_visits) -> None:
    told = [
        {r["lesion"]: r["id"] for r in rows(omop.write(f)["omop/source.csv"]) if r["table"] == "image_finding"}
        for f in filed_visits
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 2


def test_a_series_is_told_once_and_with_its_columns(filed: Filed) -> None:
    files = omop.write(filed)
    occurrences = rows(files["omop/image_occurrence.csv"])
    assert len({r["image_series_uid"] for r in occurrences}) == len(occurrences) == 1
    for name, columns in (("image_occurrence", 11), ("image_feature", 12), ("measurement", 23)):
        assert len(files[f"omop/{name}.csv"].split(b"\r\n")[0].split(b",")) == columns


def test_a_number_without_images_is_a_measurement_alone(table_only: Case, database: sqlite3.Connection) -> None:
    load(database, omop.write(Filed(*table_only)))
    assert database.execute("SELECT value_as_number FROM measurement ORDER BY 1").fetchall() == [(0.03,), (0.93,)]
    assert database.execute("SELECT count(*) FROM image_feature").fetchone() == (0,)


def test_a_visit_without_a_day_is_refused(undated: Case) -> None:
    with pytest.raises(Refusal) as refused:
        omop.write(Filed(*undated))
    assert refused.value.code == "no_date"


def test_a_patient_whose_id_is_a_formula_is_no_formula_in_the_table(table_only: Case) -> None:
    now, _ = table_only
    evil = replace(now, study=replace(now.study, patient="=1+1"), claims=())
    assert b"person,%d,'=1+1," % omop.key("person", "=1+1") in omop.write(Filed(evil))["omop/source.csv"]


def test_keys_are_whole_numbers_that_every_program_holds_exactly() -> None:
    assert 0 < omop.key("series", "1.2") < 2**52
    assert omop.key("a", "b") != omop.key("ab")
