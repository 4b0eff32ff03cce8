"""The rows of criteria and models: a criterion must give the label of every published case."""

from __future__ import annotations

from collections.abc import Sequence

from vivomap.acquire.phantom.response import Case
from vivomap.core import Assessment, Criterion, Model, Option, Pathway, Verdict
from vivomap.loop import assess
from vivomap.verify.row import Row
from vivomap.verify.trial import maker

NONE = Option("none", "P", "project")


def label(criterion: Criterion, case: Case) -> str:
    """What a criterion calls the last visit of a case; the code of its refusal where it calls nothing."""
    plan = Pathway("verify", "?", "", (), (), NONE, 1, judge=(criterion,))
    past: list[Assessment] = []
    for visit in case.visits:
        past.append(assess(plan, visit, tuple(past)))
    found = next(c for c in past[-1].claims if getattr(c, "name", "") == criterion.name)
    return found.category if isinstance(found, Verdict) else str(getattr(found, "code", ""))


def of_criterion(criterion: Criterion) -> tuple[Row, ...]:
    """A row for each published case; one that says so where the card names none, or where they cannot be had."""
    if not criterion.truth:
        why = "the card names no published cases"
        return (Row("criteria", criterion.name, None, None, source=criterion.source, reason=why),)
    try:
        cases: Sequence[Case] = maker(criterion.truth)()
        return tuple(_row(criterion, case) for case in cases)
    except Exception as broken:  # a proof must say that something broke, whatever it was
        why = f"its cases broke: {type(broken).__name__}: {broken}"
        return (Row("criteria", criterion.name, None, None, source=criterion.source, reason=why),)


def _row(criterion: Criterion, case: Case) -> Row:
    found = label(criterion, case)
    right = found == case.label
    why = "" if right else f"called {found}, published {case.label}"
    name = f"{criterion.name}: {case.name}"
    return Row("criteria", name, case.label, found, source=case.source, ok=right, reason=why)


def of_model(model: Model) -> Row:
    """The row of a model; until models name a phantom it is unproven."""
    return Row("models", model.name, None, None, source=model.source, reason="the model names no phantom")
