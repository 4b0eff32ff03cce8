"""What is likely to come: every model that a pathway names gives its chance, or says why it has none."""

from __future__ import annotations

from vivomap.core import (
    Change,
    Course,
    Measurement,
    Missing,
    Model,
    Pathway,
    Prediction,
    Provenance,
    Refusal,
    __version__,
    describe,
)

__all__ = ["forecast", "forecast_one"]


def forecast(course: Course, pathway: Pathway) -> Course:
    """Ask each model of the pathway, those that its choices weigh among them, for every lesion that it reads."""
    models = dict.fromkeys((*pathway.forecast, *(choice.model for choice in pathway.choices)))
    return course.add(*(forecast_one(course, model, region) for model in models for region in _asked(course, model)))


def forecast_one(course: Course, model: Model, region: str = "") -> Prediction | Missing:
    """The chance that one model gives one lesion ("" for the patient), or why it gives none."""
    day = course.study.day
    try:
        found = model.compute(course, region)
        settings = (("act_above", model.act_above.value), ("file", model.file), ("file_hash", model.file_hash))
        provenance = Provenance(describe(model.compute), __version__, found.because, settings)
        return Prediction(
            model.name,
            region,
            found.chance,
            found.low,
            found.high,
            model.horizon_days,
            day,
            found.because,
            provenance,
            found.detail,
        )
    except Refusal as refusal:
        return Missing(model.name, region, day, refusal.code, refusal.reason, "chance")


def _asked(course: Course, model: Model) -> tuple[str, ...]:
    """The lesions for which this visit has, or lacks, an input of the model; else the patient."""
    said: list[Measurement | Missing | Change] = [*course.of(Measurement), *course.of(Missing), *course.of(Change)]
    lesions = sorted({c.region for c in said if c.name in model.inputs and c.region})
    return tuple(lesions) or ("",)
