"""Forms are found, write from the record alone, and are all made before the first is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from vivomap.core import Assessment, Recommendation, Refusal, Study, __version__
from vivomap.report import write
from vivomap.report.forms import Filed, Form, forms, put


def test_every_form_is_found_by_its_name() -> None:
    assert {"html", "json", "sr", "seg"} <= set(forms())
    assert all(isinstance(f, Form) and f.suffix and f.title for f in forms().values())


def test_html_and_json_are_the_files_that_the_report_writes(filed: Filed, tmp_path: Path) -> None:
    write(filed.assessment, tmp_path / "a", filed.history)
    made = put(filed, ("html", "json"), tmp_path / "b")
    assert [(form, path.name) for form, path in made] == [
        ("html", "report.html"),
        ("json", "assessment.json"),
        ("json", "history.json"),
    ]
    for _, path in made:
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes()


def test_one_form_that_refuses_keeps_every_other_from_being_written(filed: Filed, tmp_path: Path) -> None:
    bare = replace(filed, assessment=replace(filed.assessment, study=replace(filed.assessment.study, regions=())))
    with pytest.raises(Refusal) as refused:
        put(bare, ("html", "seg"), tmp_path)
    assert refused.value.code == "not_drawn"
    with pytest.raises(Refusal) as unknown:
        put(filed, ("html", "papyrus"), tmp_path)
    assert unknown.value.code == "unknown_name"
    assert "sr" in unknown.value.expected
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_that_of_the_vivomap_that_measured(filed: Filed) -> None:
    claims = tuple(
        replace(c, provenance=replace(c.provenance, version=v))
        for c, v in zip(
            [c for c in filed.assessment.claims if hasattr(c, "provenance")], ("0.9.1", "0.10.0"), strict=False
        )
    )
    assert replace(filed, assessment=replace(filed.assessment, claims=claims)).version == "0.10.0"
    silent = Assessment("p", "", Study("P", None), (), Recommendation((), None))
    assert Filed(silent).version == __version__
