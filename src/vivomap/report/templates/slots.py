"""What a template can ask for: every biomarker and criterion that is installed, and the words of the report.

A number is asked for whole, `{long_axis mm}`, which gives it with half its 95 % interval, or in parts. `UNITLESS` parts
are words or probabilities; every other part of a number needs its unit.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from functools import cache

from vivomap.core import UNITS, Biomarker, Criterion, Pathway, discover, spoken

NUMBERS = {  # part of a number: what it gives
    "": "value ± half its 95 % interval",
    "value": "the value, rounded as on the page",
    "half": "half its 95 % interval",
    "low": "lower end of its 95 % interval",
    "high": "upper end of its 95 % interval",
    "exact": "the value with all its digits",
    "u": "its standard uncertainty (k = 1) with all its digits",
    "before": "the value that it is compared with",
    "still_low": "the lowest value that reads as no change",
    "still_high": "the highest value that reads as no change",
}
CHANGES = {
    "change": "the change with its 95 % interval and what it reads as",
    "change_value": "the change alone",
    "change_low": "lower end of its 95 % interval",
    "change_high": "upper end of its 95 % interval",
}
UNITLESS = {
    "reads": "what the change reads as",
    "chance": "probability that the change is real",
    "day": "the day of the number",
    "code": "its code and coding scheme",
    "claim": "its id, for vivomap explain",
    "limits": "what the limits of no change rest on",
}
VERDICTS = {
    "": "category, and the chance that error alone gave it",
    "category": "the category in full",
    "label": "the category by its letters",
    "noise": "the chance that measurement error alone gave this label",
    "reasons": "why",
}
LESIONS = {
    "letter": "the letter of the lesion on every page",
    "lesion": "its name",
    "finding": "what it is",
    "site": "where it is",
    "where": "what and where, as on the page",
    "fate": "seen, new, vanished, split …",
    "tracking_uid": "its tracking identifier",
}
WORDS = {
    "patient": "the patient id",
    "day": "the day of the visit",
    "visit": "which visit it is",
    "reference": "the day that change is counted from",
    "question": "the question of the pathway",
    "pathway": "the pathway",
    "answer": "the answer in one sentence",
    "background": "the sentences under the answer",
    "option": "the option to weigh first, with its grade",
    "options": "all options in order, or why there is none",
    "look_again": "when the pathway looks again",
    "new_lesions": "the letters of new lesions",
    "treatments": "treatments on record",
    "missing": "what is missing, and why",
    "warnings": "the warnings that travel with the numbers",
    "status": "draft, or the decision",
    "replaces": "the report whose place this one takes",
    "by": "who answers for the report",
    "assessment": "the id of the assessment",
    "version": "the vivomap that measured",
    "sha256": "the hash of assessment.json",
    "research": "Research use only, not a medical device",
}
FACT = "fact"  # {fact.creatinine mg/dL}: a number of the patient that came in a table
WHOLE = ("%", "[hnsf'U]", "{score}", "deg")  # units whose change is never told in percent


@cache
def biomarkers() -> dict[str, Biomarker]:
    """Every biomarker by name."""
    return discover("vivomap.quantify", Biomarker)


@cache
def criteria() -> dict[str, Criterion]:
    """Every criterion by name."""
    return discover("vivomap.track.criteria", Criterion)


@cache
def pathways() -> dict[str, Pathway]:
    """Every pathway by name."""
    return discover("vivomap.pathways", Pathway)


def of_lesion(name: str) -> bool:
    """Whether a number is one of each lesion, and so stands within [lesion]."""
    return "region" in biomarkers()[name].needs


def parts(name: str) -> dict[str, str]:
    """The parts of a name, with what each gives; none where there is no such name."""
    if name in biomarkers() or name == FACT:
        return {**NUMBERS, **CHANGES, **UNITLESS}
    if name in criteria():
        return VERDICTS
    return {"": (LESIONS | WORDS)[name]} if name in LESIONS | WORDS else {}


def rows(name: str) -> tuple[tuple[str, str, str], ...]:
    """Every slot of a name as it is written, where it may stand, and what it gives."""
    card = biomarkers().get(name)
    place = "each lesion" if name in LESIONS or (card and of_lesion(name)) else "anywhere"
    if card and not of_lesion(name):
        place = "outside lesions"
    return tuple((f"{{{name}{'.' if p else ''}{p}{_unit(name, p)}}}", place, gives) for p, gives in parts(name).items())


def unit_of(name: str, part: str) -> str:
    """The unit that a slot needs; "" where it is a word or a probability."""
    card = biomarkers().get(name)
    if card is None or part in UNITLESS:
        return ""
    return "%" if part in CHANGES and card.unit not in WHOLE else spoken(card.unit) or "1"


def _unit(name: str, part: str) -> str:
    unit = unit_of(name, part)
    return f" {unit}" if unit else ""


def measured(pathway: str) -> tuple[str, ...]:
    """The biomarkers and criteria that a pathway asks for; all of them for "any"."""
    if pathway == "any":
        return (*biomarkers(), *criteria())
    card = pathways()[pathway]
    return (*(b.name for b in (*card.measure, *card.if_imaged)), *(c.name for c in card.judge))


def same_unit(written: str, ucum: str) -> bool:
    """Whether a unit as a site writes it is this one: in UCUM, or as people read it."""
    return written == ucum or (ucum in UNITS and written == (spoken(ucum) or "1"))


def near(name: str, known: Collection[str]) -> str:
    """What was perhaps meant, as the end of a sentence; "" where nothing comes near."""
    found = difflib.get_close_matches(name, known, 2, 0.6)
    return f"did you mean {' or '.join(found)}?" if found else ""
