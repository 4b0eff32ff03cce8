"""One trial: a card on its phantom, whose truth is known, at one seed and one level of noise."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scipy import stats

from vivomap.core import Biomarker, Course, Measurement, Missing, Option, Pathway, Refusal, Study
from vivomap.quantify import cards, measure

NORMAL = float(stats.norm.ppf(0.975))  # 1.96: standard uncertainties in a 95 % interval
NONE = Option("none", "P", "project")


@dataclass(frozen=True)
class Trial:
    """Cards that share a phantom, its seed, and by what factor its noise is scaled."""

    phantom: str
    cards: tuple[str, ...]
    seed: int = 0
    noise: float = 1.0


@dataclass(frozen=True)
class Found:
    """What one card gave in one trial; `reason` says why it gave nothing."""

    card: str
    trial: Trial
    truth: float | None = None
    value: float | None = None
    uncertainty: float = 0.0
    times: float = NORMAL  # standard uncertainties in its 95 % interval
    reason: str = ""

    @property
    def held(self) -> bool:
        """Whether the stated 95 % interval holds the truth."""
        if self.truth is None or self.value is None:
            return False
        return abs(self.value - self.truth) <= self.times * self.uncertainty + 1e-9


def maker(named: str) -> Callable[..., Any]:
    """The function that a card names as module:function. Raises Refusal if there is none."""
    module, _, function = named.partition(":")
    try:
        made: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise Refusal("bad_setting", f"there is no truth {named!r}", found=str(error)) from error
    return made


def scalable(named: str) -> bool:
    """Whether a phantom takes `noise`, the factor of its noise."""
    return "noise" in inspect.signature(maker(named)).parameters


def phantom(named: str, seed: int = 0, noise: float = 1.0) -> tuple[Study, dict[str, float]]:
    """The visit of a phantom, and its truth by the name of the card."""
    scaled = {"noise": noise} if noise != 1.0 else {}
    images, regions, truth = maker(named)(seed=seed, **scaled)
    return Study("phantom", None, images, regions), truth


def measured(card: Biomarker, study: Study) -> Measurement | Missing:
    """The card in its phantom's first region, after the cards that give what it needs."""
    found = (c for c in cards().values() if c != card and ({c.name, *c.gives} & set(card.needs)))
    plan = Pathway("verify", "?", "", (study.regions[0].finding,), (*found, card), NONE, 1)
    claims = measure(Course(study), plan).claims
    (made,) = [c for c in claims if isinstance(c, Measurement | Missing) and c.name == card.name]
    return made


def attempt(trial: Trial) -> tuple[Found, ...]:
    """What each card of a trial gives. A phantom or a card that breaks is told as the reason of its row."""
    try:
        study, truth = phantom(trial.phantom, trial.seed, trial.noise)
    except Exception as broken:  # a proof must say that something broke, whatever it was
        return tuple(Found(name, trial, reason=f"its phantom broke: {_said(broken)}") for name in trial.cards)
    return tuple(_one(name, trial, study, truth) for name in trial.cards)


def _one(name: str, trial: Trial, study: Study, truth: dict[str, float]) -> Found:
    if name not in truth:
        return Found(name, trial, reason="its phantom does not say its truth")
    true = float(truth[name])
    try:
        made = measured(cards()[name], study)
    except Exception as broken:  # likewise
        return Found(name, trial, true, reason=f"it broke: {_said(broken)}")
    if isinstance(made, Missing):
        return Found(name, trial, true, reason=f"{made.code}: {made.reason}")
    freedom = dict(made.provenance.settings).get("freedom")
    times = float(stats.t.ppf(0.975, float(freedom))) if freedom else NORMAL
    return Found(name, trial, true, made.value, made.uncertainty, times)


def _said(broken: Exception) -> str:
    return broken.summary if isinstance(broken, Refusal) else f"{type(broken).__name__}: {broken}"
