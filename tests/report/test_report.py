"""Two files of one assessment, whole or not at all, with the same numbers."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest

from vivomap.core import Assessment, Change, Refusal, dumps, identify, loads
from vivomap.report import headline, write
from vivomap.report.words import MINUS, SCALES, THIN, Z95

Case = tuple[Assessment, tuple[Assessment, ...]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")


def claims_of(data: Any) -> dict[str, dict[str, Any]]:
    """Every noun in a JSON file by its id, which is the hash of its canonical text."""
    found: dict[str, dict[str, Any]] = {}
    if isinstance(data, dict):
        if "$" in data:
            text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            found[hashlib.sha256(text.encode()).hexdigest()] = data
        for value in data.values():
            found |= claims_of(value)
    elif isinstance(data, list):
        for value in data:
            found |= claims_of(value)
    return found


def simple(claim: dict[str, Any], part: str) -> float:
    """A part of a claim from the JSON alone, in the unit that is printed."""
    if claim["$"] == "Measurement":
        half = Z95 * claim["uncertainty"]
        value = {"value": claim["value"], "half": half, "low": claim["value"] - half, "high": claim["value"] + half}[
            part
        ]
        return float(value * SCALES.get(claim["unit"], (1.0, ""))[0])
    if claim["$"] == "Verdict":
        return float(claim[part])
    before, after, low, high = claim["before"]["value"], claim["after"]["value"], claim["low"], claim["high"]
    factor = 100 / before if part.startswith("percent") else SCALES.get(claim["after"]["unit"], (1.0, ""))[0]
    if part in ("still_low", "still_high"):
        return float((before + claim[part.removeprefix("still_")]) * factor)
    if part == "chance":
        return float(claim["chance_real"])
    if part in ("percent", "difference"):
        return float((after - before) * factor)
    log = after > 0 and low > -before and math.isclose((1 + low / before) * (1 + high / before), 1, abs_tol=1e-6)
    ends = (
        (after / (1 + high / before) - before, after / (1 + low / before) - before)
        if log
        else (max(after - before - high, -before), after - before - low)
    )
    return float(ends[0 if part.endswith("_low") else 1] * factor)


def check(text: str, true: float) -> None:
    """The printed number is the true one, rounded at its last digit."""
    shown = text.replace(THIN, "").replace(MINUS, "-").replace("+", "")
    if shown[0] in "<>":
        assert (true < float(shown[1:])) if shown[0] == "<" else (true > float(shown[1:]))
        return
    places = len(shown.split(".")[1]) if "." in shown else 0
    assert abs(float(shown) - true) <= 0.5 * 10.0**-places + 1e-9


@pytest.mark.parametrize("name", CASES)
def test_every_printed_number_is_in_the_json(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    case = request.getfixturevalue(name)
    files = {p.name: p.read_text(encoding="utf-8") for p in write(case[0], tmp_path, case[1])}
    known = claims_of(json.loads(files["assessment.json"])) | claims_of(json.loads(files.get("history.json", "[]")))
    printed = re.findall(r'data-claim="(\w+)" data-part="(\w+)"[^>]*>([^<]+)<', files["report.html"])
    assert printed
    for claim, part, text in printed:
        if part.startswith(("sum", "response_limit", "progression_limit")):
            assert known[claim]["$"] == "Verdict"  # sums over what a verdict rests on: tests of thresholds.py
        else:
            check(text.replace("&gt;", ">").replace("&lt;", "<"), simple(known[claim], part))


def test_every_number_of_the_json_is_on_the_page(four_visits: Case, tmp_path: Path) -> None:
    now, history = four_visits
    page = write(now, tmp_path, history)[-1].read_text(encoding="utf-8")
    assert page
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    measured = [i for i, c in claims_of(json.loads(dumps(now))).items() if c["$"] == "Measurement"]
    assert measured
    assert all(f'data-claim="{i}" data-part="value"' in html for i in measured)


def test_the_json_reads_back_equal_and_its_hash_is_the_id(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    write(now, tmp_path, history)
    body = (tmp_path / "assessment.json").read_bytes()
    assert identify(loads(body.decode())) == identify(now) == hashlib.sha256(body).hexdigest()
    assert loads((tmp_path / "history.json").read_text()) == history
    assert hashlib.sha256(body).hexdigest() in (tmp_path / "report.html").read_text()


def test_the_same_assessment_gives_the_same_bytes(four_visits: Case, tmp_path: Path) -> None:
    one, two = (write(four_visits[0], tmp_path / n, four_visits[1]) for n in ("a", "b"))
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_rebuilt_from_saved_parts_it_has_the_same_numbers(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    arrays = {
        v.digest: v.array
        for a in (now, *history)
        for v in (*(i.voxels for i in a.study.images), *(r.mask for r in a.study.regions))
    }
    saved = loads(dumps((*history, now)), arrays.__getitem__)
    write(now, tmp_path / "a", history)
    write(saved[-1], tmp_path / "b", saved[:-1])
    assert (tmp_path / "a" / "report.html").read_bytes() == (tmp_path / "b" / "report.html").read_bytes()


def test_a_file_where_a_folder_is_wanted_is_refused_in_five_lines(baseline: Case, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("here")
    with pytest.raises(Refusal) as refused:
        write(baseline[0], tmp_path / "taken")
    assert refused.value.code == "cannot_write"
    assert len(refused.value.lines()) == 5
    assert (tmp_path / "taken").read_text() == "here"


def test_a_full_disk_leaves_the_older_report_whole(
    baseline: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(baseline[0], tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refusal) as refused:
        write(baseline[0], tmp_path)
    assert refused.value.code == "disk_full"
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_another_form_is_refused(baseline: Case, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        write(baseline[0], tmp_path, form="papyrus")
    assert refused.value.code == "unknown_name"
    assert not list(tmp_path.iterdir())


def test_the_headline_is_at_most_three_changes(two_visits: Case) -> None:
    assert len(headline(c for c in two_visits[0].claims if isinstance(c, Change))) == 3
