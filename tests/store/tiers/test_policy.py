"""A policy is read whole or refused: nothing leaves by oversight, and no secret stands in it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from vivomap.core import Refusal
from vivomap.store.site import quoted
from vivomap.store.tiers import Tier, read

FORMS = ("bids", "csv", "fhir", "hl7", "seg", "sr")
GOOD = {
    "name": "record",
    "to": "drop/record",
    "forms": ["fhir", "hl7"],
    "keep_years": 10,
    "by": "A. Physicist",
    "on": date(2026, 1, 31),
    "inside": True,
}
OUTSIDE = {**GOOD, "inside": False, "to": "s3://trial/vivomap", "use": "research", "pseudonyms": True}


def policy(folder: Path, *tiers: dict[str, Any]) -> Path:
    rows = ["\n".join(["[[tier]]", *(f"{k} = {quoted(v)}" for k, v in tier.items())]) for tier in tiers]
    (folder / "tiers.toml").write_text("\n\n".join(rows), encoding="utf-8")
    return folder / "tiers.toml"


def refusal(folder: Path, *tiers: dict[str, Any]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read(policy(folder, *tiers), FORMS)
    return refused.value


def test_a_tier_says_what_goes_where_for_how_long_and_who_set_it(tmp_path: Path) -> None:
    (tier,) = read(policy(tmp_path, GOOD), FORMS)
    folder = str(tmp_path / "drop" / "record")
    assert tier == Tier("record", folder, ("fhir", "hl7"), 10, "A. Physicist", date(2026, 1, 31), inside=True)


def test_a_bucket_and_a_key_are_told_from_the_policy(tmp_path: Path) -> None:
    whole = {**OUTSIDE, "raw": True, "deidentify": True, "key": "k/trial.key", "endpoint": "https://s3.example.org"}
    (tier,) = read(policy(tmp_path, whole), FORMS)
    assert (tier.to, tier.endpoint) == ("s3://trial/vivomap", "https://s3.example.org")
    assert tier.key == str(tmp_path / "k" / "trial.key")


def test_a_form_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    said = refusal(tmp_path, {**GOOD, "forms": ["fhir", "papyrus"]})
    assert (said.code, said.found, said.expected) == ("unknown_name", "papyrus", ", ".join(FORMS))
    assert "number 1" in said.where


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({**OUTSIDE, "pseudonyms": False}, "not_deidentified", "pseudonyms"),
        ({**OUTSIDE, "use": "care"}, "bad_setting", "research"),
        ({"use": "sale"}, "unknown_name", "training"),
        ({**OUTSIDE, "raw": True}, "not_deidentified", "deidentify"),
        ({**OUTSIDE, "forms": [], "pseudonyms": False, "raw": True}, "not_deidentified", "deidentify"),
        ({**OUTSIDE, "raw": True, "deidentify": True}, "bad_setting", "key"),
        ({"secret_key": "x"}, "bad_setting", "environment"),
        ({"password": "x"}, "bad_setting", "environment"),
        ({"aws_access_key_id": "x"}, "bad_setting", "environment"),
        ({"to": "s3://user:pass@trial/x"}, "bad_setting", "s3://bucket"),
        ({"to": "s3:///x"}, "bad_setting", "s3://bucket"),
        ({"to": "mllp://ris:2575"}, "bad_setting", "vivomap send"),
        ({"to": "s3://trial/x", "endpoint": "http://s3.example.org"}, "bad_setting", "https"),
        ({"to": "s3://trial/x", "endpoint": "https://a:b@s3.example.org"}, "bad_setting", "without a name"),
        ({"endpoint": "https://s3.example.org"}, "bad_setting", ""),
        ({"keep_years": 0}, "bad_setting", "whole number"),
        ({"keep_years": True}, "bad_setting", "whole number"),
        ({"on": "2026-01-31"}, "bad_setting", "date"),
        ({"forms": "fhir"}, "bad_setting", "list"),
        ({"inside": "yes"}, "bad_setting", "true or false"),
        ({"by": " "}, "bad_setting", "text"),
        ({"name": "../x"}, "bad_setting", ""),
        ({"retention": 3}, "bad_setting", "one of"),
    ],
)
def test_a_policy_with_a_mistake_is_refused_whole(
    tmp_path: Path, change: dict[str, Any], code: str, words: str
) -> None:
    said = refusal(tmp_path, {**GOOD, "name": "pacs", "to": "drop/pacs"}, {**GOOD, **change})
    assert said.code == code
    assert words in said.expected
    assert "number 2" in said.where


def test_no_secret_is_shown_in_the_refusal_of_one(tmp_path: Path) -> None:
    for change in ({"secret_key": "canary-7"}, {"to": "s3://me:canary-7@trial/x"}, {"to": "https://me:canary-7@x/y"}):
        assert "canary-7" not in " ".join(refusal(tmp_path, {**GOOD, **change}).lines())


@pytest.mark.parametrize("key", ["name", "to", "forms", "keep_years", "by", "on"])
def test_what_a_tier_must_say_is_asked_for(tmp_path: Path, key: str) -> None:
    said = refusal(tmp_path, {k: v for k, v in GOOD.items() if k != key})
    assert repr(key) in said.summary


def test_two_tiers_have_two_names_and_two_places(tmp_path: Path) -> None:
    assert "'name'" in refusal(tmp_path, GOOD, {**GOOD, "to": "elsewhere"}).summary
    assert "'to'" in refusal(tmp_path, GOOD, {**GOOD, "name": "pacs"}).summary


def test_what_is_no_policy_is_told(tmp_path: Path) -> None:
    for text in ("[[tier", "tier = 3", "x = 1", ""):
        (tmp_path / "p.toml").write_text(text)
        with pytest.raises(Refusal) as refused:
            read(tmp_path / "p.toml", FORMS)
        assert refused.value.code == "bad_setting"
    with pytest.raises(Refusal) as refused:
        read(tmp_path / "none.toml", FORMS)
    assert refused.value.code == "file_absent"


def test_a_result_is_kept_for_whole_years_and_from_a_leap_day_one_day_longer(tmp_path: Path) -> None:
    (tier,) = read(policy(tmp_path, GOOD), FORMS)
    assert tier.until(date(2026, 3, 4)) == date(2036, 3, 4)
    assert tier.until(date(2024, 2, 29)) == date(2034, 3, 1)
