"""What is asked of every pathway: it declares, names its sources, runs on a phantom, and bears each missing input."""

import ast
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from vivomap.core import GRADES, Assessment, Biomarker, Missing, Pathway, discover, dumps, identify, loads
from vivomap.loop import assess

PATHWAYS = discover("vivomap.pathways", Pathway)
SOURCE = Path(__file__).parents[1] / "src" / "vivomap" / "pathways"


@pytest.mark.parametrize("path", sorted(SOURCE.glob("[a-z]*.py")), ids=lambda p: p.stem)
def test_a_pathway_declares_and_does_not_compute(path: Path) -> None:
    computing = (ast.If, ast.For, ast.While, ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.With, ast.IfExp)
    assert not [type(n).__name__ for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, computing)]
    assert import_module(f"vivomap.pathways.{path.stem}").PATHWAY.name == path.stem


@pytest.mark.parametrize("card", PATHWAYS.values(), ids=lambda c: c.name)
def test_every_option_has_a_grade_a_source_and_its_harm(card: Pathway) -> None:
    for option in (*(r.option for r in card.rules), card.otherwise):
        assert option.grade in GRADES
        assert option.source
        assert option.benefit
        assert option.harm
    assert card.question.endswith("?")
    assert card.mistakes
    assert card.images
    assert card.look_again_days > 0


@pytest.mark.parametrize("card", PATHWAYS.values(), ids=lambda c: c.name)
def test_words_cannot_be_misread(card: Pathway) -> None:
    for option in (*(r.option for r in card.rules), card.otherwise):
        assert "hold" not in option.name.split()


@pytest.mark.parametrize("card", PATHWAYS.values(), ids=lambda c: c.name)
def test_needs_are_listed_before_what_needs_them(card: Pathway) -> None:
    numbers = discover("vivomap.quantify", Biomarker)
    seen: set[str] = set()
    for biomarker in (*card.measure, *card.if_imaged):
        assert not [n for n in biomarker.needs if n in numbers and n not in seen]
        seen.add(biomarker.name)


def walked(card: Pathway, visits: tuple) -> tuple[Assessment, ...]:
    made: tuple[Assessment, ...] = ()
    for study in visits:
        made = (*made, assess(card, study, made))
    return made


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple]:
    from vivomap.acquire import phantom, read, visits

    found = {}
    for name, pathway in phantom.NAMES.items():
        if pathway in found:
            continue
        folder = tmp_path_factory.mktemp(name)
        phantom.write(name, folder)
        found[pathway] = visits(read(folder))
    return found


@pytest.mark.parametrize("card", PATHWAYS.values(), ids=lambda c: c.name)
def test_it_runs_on_its_phantom_and_speaks_the_same_twice(card: Pathway, patients: dict[str, tuple]) -> None:
    one, two = walked(card, patients[card.name]), walked(card, patients[card.name])
    assert [dumps(a) for a in one] == [dumps(a) for a in two]
    assert one[-1].recommendation.proposals
    assert not one[-1].recommendation.abstained
    arrays = {v.digest: v.array for a in one for v in _voxels(a)}
    assert loads(dumps(one[-1]), arrays.__getitem__) == one[-1]


@pytest.mark.parametrize("card", PATHWAYS.values(), ids=lambda c: c.name)
def test_a_visit_without_images_says_what_is_missing_and_stays_silent(
    card: Pathway, patients: dict[str, tuple]
) -> None:
    visits = patients[card.name]
    bare = replace(visits[-1], images=())
    last = walked(card, (*visits[:-1], bare))[-1]
    assert last.recommendation.abstained
    assert [c for c in last.claims if isinstance(c, Missing)]


@pytest.mark.parametrize("card", PATHWAYS.values(), ids=lambda c: c.name)
def test_a_pathway_is_known_by_its_content(card: Pathway) -> None:
    assert identify(card) != identify(replace(card, look_again_days=card.look_again_days + 1))


def _voxels(assessment: Assessment) -> list:
    from vivomap.core import Image, Measurement

    images = [*assessment.study.images]
    images += [c.detail for c in assessment.claims if isinstance(c, Measurement) and isinstance(c.detail, Image)]
    return [i.voxels for i in images] + [r.mask for r in assessment.study.regions]
