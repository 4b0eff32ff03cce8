"""Habitats learnt from several patients and assigned to another."""

import pytest

from vivomap.acquire.phantom.habitats import habitats
from vivomap.core import Refusal
from vivomap.maths.agreement import adjusted_rand
from vivomap.quantify.habitats.features import Maps, features
from vivomap.quantify.habitats.population import assigned, learnt

from .conftest import SMALL


def test_a_new_patient_gets_the_habitats_of_the_others(made, found):
    patients = []
    for seed in (1, 2, 3):
        images, (lesion, reference), _ = habitats(SMALL, seed)
        patients.append(features(Maps(*images), lesion, reference))
    mixture = learnt(patients)
    assert mixture.parts >= 3
    assert adjusted_rand(assigned(mixture, found), made.labels) > 0.7
    assert learnt(patients).means == pytest.approx(mixture.means)


def test_too_few_patients_and_other_features_are_refused(found):
    with pytest.raises(Refusal) as refused:
        learnt([found, found])
    assert refused.value.code == "too_few_cases"
    fewer = found._replace(names=("suv", "adc"), z=found.z[:, :2])
    with pytest.raises(Refusal) as refused:
        learnt([found, found, fewer])
    assert refused.value.code == "bad_setting"
    with pytest.raises(Refusal):
        assigned(learnt([found, found, found]), fewer)
