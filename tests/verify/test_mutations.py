"""Every correction is seen: with any one of them taken away, at least one row of `verify` fails."""

import functools
import gc
import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from vivomap.core import Criterion, discover
from vivomap.maths import leakage
from vivomap.quantify import cards
from vivomap.verify.labels import of_criterion
from vivomap.verify.numbers import prove, subject
from vivomap.verify.proof import carried_out, deeds, of_proof
from vivomap.verify.published import of_set, shipped
from vivomap.verify.references.suv import SUV
from vivomap.verify.row import Row
from vivomap.verify.trial import Trial, attempt

pytestmark = pytest.mark.long  # some 300 phantoms


class Edit(NamedTuple):
    """A correction, where it stands, what is put in its place (made from what stands there), and the rows asked."""

    says: str
    place: str
    instead: Callable[[Any], Any]
    rows: Callable[[], list[Row]]


def numbers(*names: str, seeds: int = 3) -> Callable[[], list[Row]]:
    def rows() -> list[Row]:
        found = []
        for name in names:
            card = cards()[name]
            tried = [f for seed in range(seeds) for f in attempt(Trial(card.truth, (name,), seed))]
            found.append(prove(subject(card), tried, 1.0, True))
        return found

    return rows


def proofs(*names: str) -> Callable[[], list[Row]]:
    """The rows of deeds that are no biomarkers."""
    return lambda: [of_proof(deeds()[name], carried_out(Trial(name, (name,))), 1.0) for name in names]


def labels(name: str) -> Callable[[], list[Row]]:
    return lambda: list(of_criterion(discover("vivomap.track.criteria", Criterion)[name]))


def objects() -> list[Row]:
    found = of_set(SUV, None)
    assert isinstance(found, tuple)
    return list(found)


def without_bias(highest: Any) -> Any:
    return lambda values, mask, noise: highest(values, mask, noise)._replace(uncertainty=noise)


def sure(above: Any) -> Any:
    return lambda values, mask, threshold, place: above(
        values, mask, threshold._replace(uncertainty=0.0, noise=0.0), place
    )


def certain(mean: Any) -> Any:
    return lambda values, mask, place: mean(values, mask, place)._replace(uncertainty=0.0)


def uncorrected(_: Any) -> Any:
    """Weights that give the area of a curve as it is, leakage and all."""
    return property(lambda shared: np.vstack((np.linalg.pinv(shared.design), shared.over)))


def undecayed(injection: Any) -> Any:
    return lambda *given: replace(injection(*given), seconds=0.0)


def unspent(pulses: Any) -> Any:
    """Pulses that leave all of a magnetisation."""

    def whole(*given: Any) -> Any:
        made = pulses(*given)
        return made._replace(left=np.ones_like(made.left))

    return whole


def at_ends(_: Any) -> Any:
    """The integral at the end of each frame, not its mean over the frame."""
    return lambda durations: np.tril(np.ones((len(durations), len(durations)))) * durations


def without_covariates(straight: Any) -> Any:
    return lambda samples, reference: straight(replace(samples, kept=np.zeros_like(samples.kept)), reference)


EDITS = (
    Edit("the doubt of a count on its grid", "quantify.size:volume_doubt", lambda _: lambda *a: 0.0, numbers("volume")),
    Edit("lean body mass", "quantify.uptake:_lean", lambda _: lambda suv: 1.0, numbers("sul_peak", "liver_sul")),
    Edit("noise draws the highest voxel up", "quantify.uptake:highest", without_bias, numbers("suv_max", seeds=20)),
    Edit("the doubt of a threshold", "quantify.uptake:above", sure, numbers("mtv_41", seeds=20)),
    Edit("the noise of a mean", "quantify.uptake:region_mean", certain, numbers("liver_sul", "suv_mean")),
    Edit("noise spreads a histogram", "quantify.diffusion.adc:NORMAL_P10", lambda _: 0.0, numbers("adc_p10", seeds=20)),
    Edit(
        "the noise floor of magnitude images",
        "quantify.diffusion.signal:unlifted",
        lambda _: lambda signals, sigma: signals,
        numbers("apparent_kurtosis", seeds=20),
    ),
    Edit(
        "ratios where little enhances are noise",
        "quantify.enhancement:LEAST_PE",
        lambda _: -1e9,
        numbers("signal_enhancement_ratio", "functional_tumour_volume"),
    ),
    Edit("leakage of contrast", "maths.leakage:Shared.weights", uncorrected, numbers("rcbv")),
    Edit("decay since the injection", "acquire.suv:injection", undecayed, objects),
    Edit("the private scale of Philips", "acquire.suv:_positive", lambda _: lambda text: 1.0, objects),
    Edit("exact decimals of mm", "track.criteria.recist.rules:exact", lambda _: float, labels("recist")),
    Edit("exact decimals of SUL", "track.criteria.percist.rules:exact", lambda _: float, labels("percist")),
    Edit("pulses use up what they show", "quantify.hyperpolarised:pulses", unspent, numbers("kpl", seeds=1)),
    Edit(
        "frames are means of their integral",
        "quantify.molecular.series:running",
        at_ends,
        proofs("patlak_closed_form", "logan_vt_closed_form"),
    ),
    Edit(
        "relaxation of a molecule and of water",
        "quantify.spectroscopy.levels:_left",
        lambda _: lambda image, times: 1.0,
        numbers("mrs_2hg", seeds=1),
    ),
    Edit(
        "fat has six peaks",
        "maths.fat_water:SHIFTS",
        lambda shifts: np.full_like(shifts, -3.4),
        numbers("fat_fraction", seeds=1),
    ),
    Edit(
        "the doubt of what iodine does to HU",
        "quantify.spectral_ct.mixture:doubt",
        lambda _: lambda inside, matter: inside.uncertainty,
        numbers("iodine", seeds=20),
    ),
    Edit(
        "inserts set HU right",
        "quantify.quantitative_ct:back",
        lambda _: lambda line, value, doubt: (value, doubt),
        numbers("insert_hu"),
    ),
    Edit(
        "habitats must be stable",
        "quantify.habitats.stability:Stability.fault",
        lambda _: property(lambda gate: ""),
        proofs("habitats_of_one_tissue"),
    ),
    Edit("what age did is no scanner", "maths.combat.fit:_straight", without_covariates, proofs("combat_slope_bias")),
    Edit(
        "what two images differ by is in the residual",
        "acquire.align.residual:_signs",
        lambda _: lambda shape, steps, seed: np.float32(0),
        proofs("align_residual"),
    ),
    Edit(
        "vessels are not round",
        "maths.blobs:_roundness",
        lambda _: lambda smooth, at, spacing: 1.0,
        proofs("lung_nodules_found"),
    ),
    Edit("a change has two errors in it", "maths.statistics:REPEAT", lambda _: 1.96, lambda: list(shipped())),
)


@pytest.fixture
def forget() -> Iterator[None]:
    """No result that was remembered before an edit answers after it, nor the other way round."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper) and str(thing.__module__).startswith("vivomap."):
            thing.cache_clear()


def put(monkeypatch: pytest.MonkeyPatch, edit: Edit) -> None:
    module, _, name = edit.place.partition(":")
    home: Any = importlib.import_module(f"vivomap.{module}")
    while "." in name:
        outer, _, name = name.partition(".")
        home = getattr(home, outer)
    monkeypatch.setattr(home, name, edit.instead(getattr(home, name)))


def test_ten_edits_or_more_are_tried() -> None:
    assert len(EDITS) >= 10
    assert isinstance(leakage.Shared.weights, functools.cached_property)


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: e.says)
def test_without_a_correction_a_row_fails(edit: Edit, forget: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [r.reason for r in edit.rows() if not r.ok] == []
    _forget()
    put(monkeypatch, edit)
    assert [r.biomarker for r in edit.rows() if not r.ok]
