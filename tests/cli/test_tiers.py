"""`vivomap tiers`: one policy, three places, the same number in all of them, and whatever differs is named."""

import hashlib
import io
import json
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pydicom
import pytest

from vivomap.acquire import read
from vivomap.acquire.deidentify import make_key
from vivomap.cli.ending import ending
from vivomap.cli.talk import Manner, behave
from vivomap.cli.tiers import COMMANDS, tiers
from vivomap.core import Consent, Measurement
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY as LUNG_RESPONSE
from vivomap.report.forms import forms
from vivomap.store import Project, open_project

from ..bucket import BUCKET, ID, SECRET

POLICY = """
[[tier]]
name = "record"
to = "record"
forms = ["fhir", "hl7"]
inside = true
keep_years = 30
by = "A. Physicist"
on = 2026-01-31

[[tier]]
name = "pacs"
to = "pacs"
forms = ["sr", "seg"]
inside = true
keep_years = 10
by = "A. Physicist"
on = 2026-01-31

[[tier]]
name = "research"
to = "research"
forms = ["bids", "csv", "parquet", "omop"]
use = "research"
raw = true
pseudonyms = true
deidentify = true
key = "trial.key"
keep_years = 25
by = "A. Physicist"
on = 2026-01-31
"""
Call = Callable[..., tuple[int, Any, str]]


@pytest.fixture(scope="module")
def assessed(small, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project folder that holds the two visits of the small patient, and the id of the second assessment."""
    folder = tmp_path_factory.mktemp("site") / ".vivomap"
    project, made, ids = open_project(folder), [], []
    for study in sorted(read(small.folder), key=lambda s: str(s.day)):
        assessment = assess(LUNG_RESPONSE, study, tuple(made))
        ids.append(project.record(assessment, study, tuple(made)))
        made.append(assessment)
    project.keep(Consent(small.id, "research", True, "Dr A", date(2024, 1, 1)))
    return folder, ids[-1]


def policy(folder: Path) -> None:
    (folder / "tiers.toml").write_text(POLICY, encoding="utf-8")
    make_key(folder / "trial.key")


def calling(*words: object, **how: bool) -> int:
    """Calls `vivomap tiers WORDS… --policy tiers.toml` in the folder of the site."""
    behave(Manner(project=".vivomap", **how))
    given = [*map(str, words), "--policy", "tiers.toml"]
    return ending(lambda: tiers(given, standalone_mode=False), given, ["put"])


@pytest.fixture(scope="module")
def delivered(assessed: tuple[Path, str], small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site, with the second assessment in every tier."""
    folder = tmp_path_factory.mktemp("delivered")
    shutil.copytree(assessed[0], folder / ".vivomap")
    policy(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert calling("put", assessed[1][:10], "--raw", small.folder) == 0
    return folder


@pytest.fixture
def site(assessed: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Project, str]:
    """A site with a policy and a key that has put nothing anywhere, and the id of its second assessment."""
    if not (tmp_path / "tiers.toml").exists():
        shutil.copytree(assessed[0], tmp_path / ".vivomap")
        policy(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VIVOMAP_BY", raising=False)
    return open_project(tmp_path / ".vivomap", create=False), assessed[1]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command in the folder of the test; gives exit code, answer and talk."""

    def go(*words: object, json_: bool = False, **how: bool) -> tuple[int, Any, str]:
        monkeypatch.chdir(tmp_path)
        capsys.readouterr()
        code = calling(*words, json=json_, **how)
        out, err = capsys.readouterr()
        return code, json.loads(out) if json_ else out, err

    return go


@pytest.fixture
def kept(delivered: Path, tmp_path: Path) -> Path:
    """A copy of the site that has put its second assessment into every tier."""
    shutil.copytree(delivered, tmp_path, dirs_exist_ok=True)
    return tmp_path


def the(kept: Path, pattern: str) -> Path:
    (found,) = kept.glob(pattern)
    return found


def mended(kept: Path, tier: str, name: str) -> None:
    """Write the hash of a changed object into the manifest beside it, as a careful forger would."""
    path = the(kept, f"{tier}/*/*/manifest.json")
    said = json.loads(path.read_text())
    body = next(path.parent.rglob(Path(name).name)).read_bytes()
    for entry in said["objects"]:
        if entry["name"] == name:
            entry |= {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    path.write_text(json.dumps(said, sort_keys=True, indent=1, ensure_ascii=False) + "\n")


def test_each_tier_gets_its_forms_and_the_audit_finds_the_same_numbers_in_all(kept: Path, call: Call) -> None:
    names = {p.name for p in (kept / "record").rglob("*") if p.is_file()}
    assert names == {"fhir.json", "oru.hl7", "manifest.json"}
    assert {"sr.dcm", "seg-1.dcm"} <= {p.name for p in (kept / "pacs").rglob("*.dcm")}
    code, said, _ = call("audit", json_=True)
    assert said["assessments"] == 1, "one assessment, in however many tiers"
    assert (code, said["findings"], said["schema"]) == (0, [], "vivomap.tiers.audit/1")
    assert said["forms_compared"] == 7
    assert said["objects"] > 30
    assert "all as on record" in call("audit")[1]


def test_raw_images_leave_without_the_patient_and_only_those_of_the_visit(kept: Path, small) -> None:
    raw = sorted((kept / "research").rglob("raw/*.dcm"))
    assert len(raw) == len([p for p in small.visit(1).rglob("*") if p.is_file()])
    for path in raw:
        ds = pydicom.dcmread(path)
        assert ds.PatientIdentityRemoved == "YES"
        assert small.id not in str(ds)
    assert not [p for p in (kept / ".vivomap").iterdir() if p.name.startswith(".tiers-")]


def test_no_patient_is_in_the_name_of_an_object(kept: Path, small) -> None:
    for tier in ("record", "pacs"):
        assert not [p for p in (kept / tier).rglob("*") if small.id in p.name]


@pytest.mark.slow  # every form of three tiers is written once more
def test_a_second_run_sends_nothing_and_writes_the_same_record(kept: Path, call: Call, site, small) -> None:
    before = site[0].verify().seq
    when = {p: p.stat().st_mtime_ns for p in kept.rglob("*") if p.is_file() and ".vivomap" not in p.parts}
    code, said, _ = call("put", site[1], "--raw", small.folder, json_=True)
    assert code == 0
    assert [t["written"] for t in said["tiers"]] == [[], [], []]
    assert {p: p.stat().st_mtime_ns for p in when if p.name != "trial.key.map"} == {
        p: t for p, t in when.items() if p.name != "trial.key.map"
    }
    assert site[0].verify().seq == before


def test_what_an_interrupted_run_left_out_is_sent_by_the_next(kept: Path, call: Call, site) -> None:
    gone = the(kept, "pacs/*/*/sr.dcm")
    gone.unlink()
    _, said, _ = call("put", site[1], "--tier", "pacs", json_=True)
    assert [Path(p).name for t in said["tiers"] for p in t["written"]] == ["sr.dcm"]
    assert gone.is_file()


@pytest.mark.parametrize(
    ("tier", "pattern"),
    [
        ("record", "record/*/*/oru.hl7"),
        ("pacs", "pacs/*/*/seg-1.dcm"),
        ("research", "research/*/*/raw/*.dcm"),
        ("research", "research/*/*/bids/**/*_dseg.nii.gz"),
    ],
)
def test_a_changed_byte_is_found_with_its_tier_and_object(kept: Path, call: Call, tier: str, pattern: str) -> None:
    path = sorted(kept.glob(pattern))[0]
    body = bytearray(path.read_bytes())
    body[-3] ^= 1
    path.write_bytes(body)
    code, said, _ = call("audit", json_=True)
    assert code == 8
    changed = [f for f in said["findings"] if f["code"] == "object_changed"]
    assert [(f["tier"], f["object"]) for f in changed] == [(tier, str(path.relative_to(kept / tier)))]


def one(site: tuple[Project, str]) -> Measurement:
    numbers = [c for c in site[0].assessment(site[1]).claims if isinstance(c, Measurement)]
    return next(m for m in numbers if sum(repr(m.value) == repr(o.value) for o in numbers) == 1)


@pytest.mark.parametrize(
    ("tier", "name"),
    [("record", "fhir.json"), ("record", "oru.hl7"), ("research", "tidy.csv"), ("research", "omop/measurement.csv")],
)
def test_a_changed_number_is_named_though_the_hash_beside_it_was_mended(
    kept: Path, call: Call, site, tier: str, name: str
) -> None:
    path, number = the(kept, f"{tier}/*/*/{name}"), one(site)
    new = repr(number.value * 1.001)
    path.write_bytes(path.read_bytes().replace(repr(number.value).encode(), new.encode()))
    mended(kept, tier, name)
    code, said, _ = call("audit", json_=True)
    assert code == 8
    (wrong,) = [f for f in said["findings"] if f["code"] == "number_changed"]
    assert (wrong["tier"], Path(wrong["object"]).parts[-1] in name or "omop" in name) == (tier, True)
    assert f"value {new}" in wrong["said"]
    assert f"on record {number.value!r}" in wrong["said"]
    assert number.region in wrong["said"]
    assert {"object_changed", "manifest_changed"} <= {f["code"] for f in said["findings"]}


def test_a_changed_number_in_a_structured_report_is_named(kept: Path, call: Call) -> None:
    path = the(kept, "pacs/*/*/sr.dcm")
    ds = pydicom.dcmread(path)
    item = next(i for i in ds.iterall() if i.keyword == "FloatingPointValue").value
    body, out = path.read_bytes(), io.BytesIO()
    for element in ds.iterall():
        if element.keyword == "MeasuredValueSequence" and element.value[0].get("FloatingPointValue") == item:
            element.value[0].FloatingPointValue, element.value[0].NumericValue = 99.0, "99"
            break
    ds.save_as(out)
    path.write_bytes(out.getvalue())
    assert out.getvalue() != body
    mended(kept, "pacs", "sr.dcm")
    code, said, _ = call("audit")
    assert code == 8
    assert "number_changed in" in said
    assert "value 99.0" in said


def test_an_absent_object_is_found_until_it_need_not_be_kept(kept: Path, call: Call, monkeypatch) -> None:
    the(kept, "research/*/*/tidy.parquet").unlink()
    code, said, _ = call("audit", json_=True)
    assert code == 8
    (lost,) = said["findings"]
    assert (lost["code"], lost["tier"], lost["object"].endswith("tidy.parquet")) == ("object_absent", "research", True)


def test_a_stray_object_and_a_manifest_that_was_mended_are_found(kept: Path, call: Call) -> None:
    folder = the(kept, "record/*/*/manifest.json").parent
    (folder / "other.json").write_text("{}")
    (folder / "manifest.json").write_text("{}")
    code, said, _ = call("audit", json_=True)
    assert code == 8
    assert {(f["code"], Path(f["object"]).name) for f in said["findings"]} == {
        ("object_unknown", "other.json"),
        ("manifest_changed", "manifest.json"),
    }


def test_the_projects_own_manifest_is_held_to_the_ledger(kept: Path, call: Call, site) -> None:
    path = the(kept, ".vivomap/tiers/pacs/*.json")
    path.write_text(path.read_text().replace("seg-1.dcm", "seg-2.dcm"))
    code, said, _ = call("audit", "--tier", "pacs", json_=True)
    assert code == 8
    assert [(f["code"], f["tier"]) for f in said["findings"]] == [("manifest_changed", "pacs")]
    assert call("put", site[1], "--tier", "pacs")[0] == 8
    assert call("put", site[1], "--tier", "pacs", force=True)[0] == 0
    assert call("audit", "--tier", "pacs")[0] == 0


def test_an_audit_of_what_was_never_put_says_so(call: Call, site) -> None:
    assert call("audit")[::2] == (0, "nothing was put there of what is asked: vivomap tiers put ID\n")
    assert call("audit", site[1])[0] == 4


def test_a_version_that_was_replaced_is_stale_until_the_new_one_is_put(kept: Path, call: Call, site, run) -> None:
    whole = site[1]
    (kept / ".vivomap" / "site.toml").write_text(
        '[site]\nname = "North"\n\n[[threshold]]\nname = "recist_response_percent"\nvalue = 90\nunit = "%"\n'
        'source = "local"\ngrade = "C"\nby = "A"\non = 2026-01-31\n'
    )
    answer = run("--project", kept / ".vivomap", "recompute", "--by", "dates=2024-03-01..2024-03-31", "--json")
    new = answer.data["recomputed"][-1]["new"]
    assert new != whole
    code, said, _ = call("audit", json_=True)
    assert code == 8
    assert {(f["code"], f["tier"], f["assessment"]) for f in said["findings"]} == {
        ("stale_version", tier, whole) for tier in ("record", "pacs", "research")
    }
    assert all(new[:12] in f["said"] for f in said["findings"])
    assert call("put", new, "--tier", "record")[0] == 0
    _, said, _ = call("audit", json_=True)
    assert {f["tier"] for f in said["findings"]} == {"pacs", "research"}


def test_putting_again_mends_what_the_audit_found(kept: Path, call: Call, site) -> None:
    the(kept, "record/*/*/fhir.json").write_text("{}")
    assert call("audit")[0] == 8
    assert call("put", site[1], "--tier", "record", force=True)[0] == 0
    assert call("audit")[0] == 0


def test_raw_images_stay_on_the_manifest_when_none_come_the_second_time(kept: Path, call: Call, site) -> None:
    assert call("put", site[1], "--tier", "research")[0] == 0
    assert call("audit", "--tier", "research")[0] == 0


def test_without_raw_images_the_rest_is_put_and_what_is_lacking_told(call: Call, site, tmp_path: Path) -> None:
    code, out, _ = call("put", site[1], "--tier", "research")
    assert code == 4
    assert "research: no raw, no_raw" in out
    assert (tmp_path / "research").is_dir()
    assert call("audit")[0] == 0


def test_a_form_that_cannot_hold_the_visit_is_told_and_the_others_are_put(
    call: Call, site, small, tmp_path: Path, monkeypatch
) -> None:
    from vivomap.core import Refusal
    from vivomap.report import forms as room

    def refuse(_: object) -> None:
        raise Refusal("not_drawn", "no region")

    changed = {**forms(), "seg": room.Form("seg", "dcm", refuse, "x")}  # type: ignore[arg-type]
    monkeypatch.setattr(room, "forms", lambda: changed)
    code, out, _ = call("put", site[1], "--tier", "pacs")
    assert code == 4
    assert "pacs: no seg, not_drawn" in out
    assert the(tmp_path, "pacs/*/*/sr.dcm")
    assert call("audit")[0] == 0


def test_a_tier_whose_purpose_the_patient_does_not_allow_gets_nothing(call: Call, site, small, tmp_path: Path) -> None:
    site[0].keep(Consent(small.id, "research", False, "Dr A", date(2024, 4, 1)))
    code, out, _ = call("put", site[1], "--tier", "record", "--tier", "research")
    assert code == 4
    assert "research: no form, no_consent" in out
    assert "record: 2 objects written" in out
    assert not (tmp_path / "research").exists()


def test_a_consent_that_was_withdrawn_is_found_where_results_still_lie(kept: Path, call: Call, site, small) -> None:
    site[0].keep(Consent(small.id, "research", False, "Dr A", date(2024, 4, 1)))
    code, said, _ = call("audit", json_=True)
    assert code == 8
    assert [(f["code"], f["tier"]) for f in said["findings"]] == [("no_consent", "research")]


def test_who_put_and_read_results_is_in_the_audit_log(kept: Path, call: Call, small) -> None:
    log = (kept / ".vivomap" / "audit" / "log.jsonl").read_text(encoding="utf-8")
    for tier in ("record", "pacs", "research"):
        assert f"to the tier {tier}" in log
    before = log.count("\n")
    call("audit")
    after = (kept / ".vivomap" / "audit" / "log.jsonl").read_text(encoding="utf-8")
    assert after.count("\n") > before
    assert small.id in after


def test_a_plan_writes_nothing(call: Call, site, tmp_path: Path) -> None:
    before = site[0].verify().seq
    code, out, _ = call("put", site[1], dry_run=True)
    assert code == 0
    assert out.splitlines()[0] == f"would put fhir, hl7 of {site[1][:12]} to {tmp_path / 'record'} (record)"
    assert "raw de-identified" in out
    assert not (tmp_path / "record").exists()
    assert site[0].verify().seq == before


def test_show_tells_the_policy(kept: Path, call: Call) -> None:
    out = call("show")[1]
    assert "fhir, hl7" in out
    assert "bids, csv, parquet, omop, raw de-identified" in out
    said = call("show", json_=True)[1]
    assert [(t["name"], t["keep_years"], t["assessments"]) for t in said["tiers"]] == [
        ("record", 30, 1),
        ("pacs", 10, 1),
        ("research", 25, 1),
    ]


def test_an_unknown_form_or_tier_names_those_that_are_there(call: Call, site, tmp_path: Path) -> None:
    code, _, err = call("put", site[1], "--tier", "attic")
    assert code == 2
    assert "record, pacs, research" in err
    (tmp_path / "tiers.toml").write_text(POLICY.replace('"hl7"', '"papyrus"'))
    code, _, err = call("show")
    assert code == 2
    assert "papyrus" in err
    assert "bids" in err


def test_the_examples_are_commands() -> None:
    for name, _, examples in COMMANDS:
        assert all(example.startswith(f"vivomap tiers {name}") for example in examples)
        assert len(examples) == 2


@pytest.fixture
def in_bucket(site, bucket_store, s3_endpoint: str, tmp_path: Path) -> Any:
    """The store's own client; the research archive of the site is its bucket."""
    place = f'to = "s3://{BUCKET}/vivomap"\nendpoint = "{s3_endpoint}"'
    text = POLICY.replace('to = "research"', place).replace('"bids", "csv", "parquet", "omop"', '"csv"')
    (tmp_path / "tiers.toml").write_text(text, encoding="utf-8")
    return bucket_store


def keys(client: Any) -> list[str]:
    return [o["Key"] for o in client.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


@pytest.mark.slow  # every object goes through a server and comes back twice
def test_an_archive_in_a_bucket_is_put_audited_and_a_forged_number_found(
    in_bucket: Any, call: Call, site, small
) -> None:
    assert call("put", site[1], "--raw", small.visit(1) / "outlines", "--tier", "research")[0] == 0
    assert [k for k in keys(in_bucket) if "/raw/" in k]
    assert call("audit")[0] == 0
    (key,) = [k for k in keys(in_bucket) if k.endswith("tidy.csv")]
    number = one(site)
    body = in_bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    forged = body.replace(repr(number.value).encode(), repr(number.value * 2).encode())
    known = {"sha256": hashlib.sha256(body).hexdigest()}
    in_bucket.put_object(Bucket=BUCKET, Key=key, Body=forged, Metadata=known)
    code, said, _ = call("audit", json_=True)
    assert code == 8
    assert [(f["code"], f["tier"], f["object"].rsplit("/", 1)[-1]) for f in said["findings"]] == [
        ("object_changed", "research", "tidy.csv"),
        ("number_changed", "research", "tidy.csv"),
    ]
    assert f"value {number.value * 2!r}" in said["findings"][1]["said"]


def test_credentials_of_a_store_are_in_no_answer_no_log_and_no_file(
    in_bucket: Any, call: Call, site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "vivomap")
    told = [call("put", site[1], "--tier", "research"), call("show"), call("audit", json_=True)]
    texts = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()]
    texts += [in_bucket.get_object(Bucket=BUCKET, Key=k)["Body"].read() for k in keys(in_bucket)]
    assert texts
    for secret in (ID, SECRET):
        assert secret not in f"{told} {caplog.text}"
        assert not [t for t in texts if secret.encode() in t]


def test_a_store_that_is_away_keeps_the_other_tiers_from_nothing(
    in_bucket: Any, call: Call, site, tmp_path: Path
) -> None:
    path = tmp_path / "tiers.toml"
    path.write_text(path.read_text().replace(f"s3://{BUCKET}/", "s3://elsewhere/"), encoding="utf-8")
    code, out, err = call("put", site[1], "--tier", "research", "--tier", "record")
    assert code == 5
    assert "record: 2 objects written" in out
    assert "place_away" in err
    assert call("audit")[0] == 0


@pytest.mark.long  # a process of its own is killed while it sends; test_shipment has the same cut without one
def test_a_run_that_is_killed_goes_on_where_it_stopped(in_bucket: Any, call: Call, site, small, tmp_path: Path) -> None:
    words = ["put", site[1], "--raw", str(small.folder), "--policy", "tiers.toml", "--tier", "research"]
    begin = "from vivomap.cli.talk import *; from vivomap.cli.tiers import tiers; behave(Manner(project='.vivomap'))"
    line = f"{begin}; tiers({words!r})"
    running = subprocess.Popen([sys.executable, "-c", line], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while len(keys(in_bucket)) < 3:
            assert running.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < until
            time.sleep(0.005)
    finally:
        running.kill()
        running.wait()
    before = keys(in_bucket)
    assert not [k for k in before if k.endswith("manifest.json")]
    code, said, _ = call("put", site[1], "--raw", small.folder, "--tier", "research", json_=True)
    assert code == 0
    (sent,) = said["tiers"]
    assert {f"vivomap/{name}" for name in sent["there"]} == set(before)
    assert sent["written"]
    assert call("audit")[0] == 0
