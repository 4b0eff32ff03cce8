"""How a patient stands to a purpose: the last word counts, and silence means yes to care alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vivomap.core import Consent

if TYPE_CHECKING:
    from vivomap.store.project import Project

GIVEN, REFUSED, WITHDRAWN, UNASKED = "given", "refused", "withdrawn", "unasked"
CARE = "care"


def standing(said: Iterable[Consent], purpose: str) -> str:
    """How one patient stands to a purpose, from all that was recorded of them, oldest first.

    A no after a yes is a withdrawal; so is any no to care, which is allowed until then.
    """
    mine = [one for one in said if one.purpose == purpose]
    if not mine:
        return GIVEN if purpose == CARE else UNASKED
    if mine[-1].given:
        return GIVEN
    return WITHDRAWN if purpose == CARE or any(one.given for one in mine) else REFUSED


def allows(project: Project, patient: str, purpose: str) -> bool:
    """Whether data of a patient may be used for a purpose."""
    return standing(project.consents(patient), purpose) == GIVEN


def standings(project: Project, purpose: str) -> dict[str, str]:
    """How each patient with an assessment on record stands to a purpose."""
    said: dict[str, list[Consent]] = {}
    for one in project.consents():
        said.setdefault(one.patient, []).append(one)
    return {p: standing(said.get(p, ()), purpose) for p in project.patients() if project.assessments(p)}
