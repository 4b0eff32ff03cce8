"""Which template is taken: the named file, the project's own, the shipped one; and one screen for every pathway."""

from __future__ import annotations

from pathlib import Path

import pytest

from vivomap.core import Pathway, Refusal, discover
from vivomap.report.templates.choose import chosen, load, own_file, shipped, text_of

OWN = "title: Ours\npathway: lung_response\n---\n{answer}\n{research}\n"


def test_every_pathway_has_a_shipped_template_of_at_most_one_screen() -> None:
    assert set(discover("vivomap.pathways", Pathway)) == set(shipped())
    for pathway in shipped():
        body = text_of(pathway).split("\n---\n")[1]
        assert len(body.splitlines()) <= 24
        assert max(map(len, body.splitlines())) <= 120


def test_the_named_file_goes_before_the_projects_own_and_that_before_the_shipped_one(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    assert "as shipped" in chosen("lung_response", None, folder).where
    (folder / "templates").mkdir(parents=True)
    own = folder / "templates" / "lung_response.txt"
    own.write_text(OWN)
    assert chosen("lung_response", None, folder).where == str(own)
    named = tmp_path / "mysite.txt"
    named.write_text(OWN.replace("Ours", "Named"))
    assert chosen("lung_response", named, folder).says("title") == "Named"


def test_a_template_of_another_pathway_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mysite.txt"
    path.write_text(OWN)
    with pytest.raises(Refusal) as refused:
        chosen("pet_response", path)
    assert refused.value.where == f"{path}, line 2"
    path.write_text(OWN.replace("lung_response", "any"))
    assert chosen("pet_response", path).says("title") == "Ours"


def test_a_pathway_without_a_template_is_refused_and_no_name_leaves_the_folder(tmp_path: Path) -> None:
    for name in ("new_question", "../secret", ""):
        with pytest.raises(Refusal) as refused:
            chosen(name, None, tmp_path)
        assert refused.value.code == "no_template"
    (tmp_path / "secret.txt").write_text(OWN)
    (tmp_path / "project" / "templates").mkdir(parents=True)
    assert own_file("../../secret", tmp_path / "project") is None


def test_a_file_that_cannot_be_read_or_is_faulty_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mysite.txt"
    with pytest.raises(Refusal) as refused:
        load(path)
    assert refused.value.code == "bad_template"
    path.write_bytes(b"title: \xff\n")
    with pytest.raises(Refusal) as refused:
        load(path)
    assert "UTF-8" in refused.value.summary
    path.write_text(OWN.replace("{research}", ""))
    with pytest.raises(Refusal) as refused:
        load(path)
    assert refused.value.where.startswith(str(path))
