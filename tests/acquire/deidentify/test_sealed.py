import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vivomap.acquire.deidentify import Found, make_key, read_key, reidentify
from vivomap.acquire.deidentify.sealed import audit_of, map_of, remember
from vivomap.core import Refusal

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ASKED = ("Dr. Who", "incidental finding", WHEN)


def test_with_the_key_a_pseudonym_leads_back(key_file: Path) -> None:
    key = read_key(key_file, "trial")
    patient, uid = key.patient("HOSP", "Jäne 77"), key.uid("1.2.3")
    remember(key_file, key, {patient: ("patient", "HOSP", "Jäne 77"), uid: ("uid", "1.2.3")})
    found = reidentify(key_file, read_key(key_file), patient, ASKED)
    assert found == Found("patient", "Jäne 77", "HOSP", key.days("HOSP", "Jäne 77"))
    assert reidentify(key_file, read_key(key_file), uid, ASKED) == Found("uid", "1.2.3")


def test_the_file_beside_the_key_tells_nothing_alone(key_file: Path) -> None:
    key = read_key(key_file)
    remember(key_file, key, {key.patient("", "MRN-CANARY"): ("patient", "", "MRN-CANARY")})
    kept = map_of(key_file)
    assert b"CANARY" not in kept.read_bytes()
    assert b"CANARY".hex().encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_another_key_opens_nothing(key_file: Path, tmp_path: Path) -> None:
    key, other = read_key(key_file), tmp_path / "other.key"
    pseudonym = key.patient("", "MRN77")
    remember(key_file, key, {pseudonym: ("patient", "", "MRN77")})
    make_key(other)
    map_of(key_file).rename(map_of(other))
    with pytest.raises(Refusal) as refused:
        reidentify(other, read_key(other), pseudonym, ASKED)
    assert refused.value.code == "not_reidentified"


def test_a_changed_line_is_not_believed(key_file: Path) -> None:
    key = read_key(key_file)
    pseudonym = key.patient("", "MRN77")
    remember(key_file, key, {pseudonym: ("patient", "", "MRN77")})
    line = map_of(key_file).read_text()
    map_of(key_file).write_text(line[:-4] + ("00" if line[-4:-2] != "00" else "11") + line[-2:])
    with pytest.raises(Refusal):
        reidentify(key_file, key, pseudonym, ASKED)


def test_every_question_is_recorded_even_one_without_an_answer(key_file: Path) -> None:
    with pytest.raises(Refusal):
        reidentify(key_file, read_key(key_file), "VM0", ASKED)
    said = json.loads(audit_of(key_file).read_text())
    assert said["by"] == "Dr. Who"
    assert said["pseudonym"] == "VM0"
    assert said["reason"] == "incidental finding"
    assert said["when"] == "2026-03-01T12:00:00+00:00"


def test_without_a_record_there_is_no_answer(key_file: Path) -> None:
    key = read_key(key_file)
    pseudonym = key.patient("", "MRN77")
    remember(key_file, key, {pseudonym: ("patient", "", "MRN77")})
    audit_of(key_file).mkdir()
    with pytest.raises(Refusal) as refused:
        reidentify(key_file, key, pseudonym, ASKED)
    assert refused.value.code == "cannot_write"


def test_a_pseudonym_is_remembered_once(key_file: Path) -> None:
    key = read_key(key_file)
    for _ in range(2):
        remember(key_file, key, {key.uid("1.2.3"): ("uid", "1.2.3")})
    assert len(map_of(key_file).read_text().splitlines()) == 1
