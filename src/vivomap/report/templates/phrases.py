"""What a slot of words says: of the report as a whole, of a lesion, and of a criterion's verdict.

Nothing is left blank: what is not there is said to be not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from vivomap.core import Verdict, dumps, identify
from vivomap.report.answer import answer, background
from vivomap.report.forms import Filed
from vivomap.report.naming import tracked
from vivomap.report.page import RESEARCH
from vivomap.report.record import shown
from vivomap.report.tables import gaps, warnings
from vivomap.report.timeline import treated
from vivomap.report.words import capital, category, chance, day, name, sentence

DIGITS = 12  # of an id, as on the page


def phrase(filed: Filed, word: str) -> str:
    """A word of the report as a whole."""
    return SAID[word](filed)


def of_lesion(filed: Filed, word: str, lesion: str) -> str:
    """A word of one lesion."""
    seen, who = shown(filed.story, lesion), tracked(filed, lesion)
    said = {
        "letter": seen.letter,
        "lesion": lesion,
        "finding": sentence(who.finding) or "not said",
        "site": sentence(who.site) or "not said",
        "where": seen.where,
        "fate": seen.fate,
        "tracking_uid": who.uid,
    }
    return said[word]


def verdict(filed: Filed, criterion: str, part: str, lesion: str) -> str:
    """What a criterion calls this visit, or why it does not."""
    story = filed.story
    found = [v for v in story.verdicts if v.name == criterion and v.region in ("", lesion)]
    if found:
        return _verdict(filed, found[0], part)
    missing = next((m for m in story.missing if m.name == criterion and m.what == "verdict"), None)
    why = f"{story.says(missing.reason)} ({missing.code})" if missing else "not asked for at this visit"
    return f"{name(criterion)} not given: {why}" if not part else f"not given: {why}"


def _verdict(filed: Filed, found: Verdict, part: str) -> str:
    reasons = "; ".join(filed.story.says(r) for r in found.reasons) or "no reason is stated"
    whole = f"{name(found.name)}: {category(found.category)}; chance that error alone gave this label: "
    said = {
        "": f"{whole}{chance(found.chance_noise)}",
        "category": category(found.category),
        "label": found.category,
        "noise": chance(found.chance_noise),
        "reasons": reasons,
    }
    return said[part]


def _options(filed: Filed) -> str:
    proposed = filed.assessment.recommendation
    if proposed.abstained:
        return f"no option is proposed, because {filed.story.says(proposed.abstained)}"
    said = [f"({k}) {sentence(p.option)} [grade {p.grade}]" for k, p in enumerate(proposed.proposals, 1)]
    return "; ".join(said) or "no option is proposed"


def _option(filed: Filed) -> str:
    proposals = filed.assessment.recommendation.proposals
    return f"{sentence(proposals[0].option)} [grade {proposals[0].grade}]" if proposals else _options(filed)


def _look_again(filed: Filed) -> str:
    days, today = filed.assessment.recommendation.look_again_days, filed.assessment.study.day
    if days is None:
        return "The pathway names no day to look again."
    return f"The pathway looks again {f'by {day(today + timedelta(days=days))}' if today else f'after {days} days'}."


def _missing(filed: Filed) -> str:
    said = [f"{g.what}: {g.said.lower()}, {g.reason} ({g.code})" for g in gaps(filed.story)]
    return "; ".join(said) or "nothing that the pathway asks for"


def _status(filed: Filed) -> str:
    made = [f"Decision: {d.chosen}, by {d.by} on {day(d.day)}." for d in filed.decisions]
    return " ".join(made) or "DRAFT, no decision recorded."


def _replaces(filed: Filed) -> str:
    older = [identify(old.assessment)[:DIGITS] for old in filed.replaces]
    return f"AMENDED: takes the place of {', '.join(older)}." if older else "First version of this report."


def _new(filed: Filed) -> str:
    story = filed.story
    return ", ".join(story.letter(k) for k in story.marks if story.fate(k) == "new") or "none"


def _reference(filed: Filed) -> str:
    found = filed.story.reference_day
    return day(found) if found else "no earlier visit"


SAID: dict[str, Callable[[Filed], str]] = {
    "patient": lambda f: f.assessment.study.patient,
    "day": lambda f: day(f.assessment.study.day),
    "visit": lambda f: f"visit {len(f.story.visits)}",
    "reference": _reference,
    "question": lambda f: f.story.pathway.question if f.story.pathway else name(f.assessment.pathway),
    "pathway": lambda f: name(f.assessment.pathway),
    "answer": lambda f: answer(f.story),
    "background": lambda f: " ".join(background(f.story)),
    "option": _option,
    "options": _options,
    "look_again": _look_again,
    "new_lesions": _new,
    "treatments": lambda f: "; ".join(treated(t) for t in f.story.treatments) or "none on record",
    "missing": _missing,
    "warnings": lambda f: "; ".join(f"{w.of}: {w.reason} ({w.code})" for w in warnings(f.story)) or "none",
    "status": _status,
    "replaces": _replaces,
    "by": lambda f: f.by or "nobody is named",
    "assessment": lambda f: identify(f.assessment)[:DIGITS],
    "version": lambda f: f.version,
    "sha256": lambda f: hashlib.sha256(dumps(f.assessment).encode()).hexdigest(),
    "research": lambda f: f"{capital(RESEARCH)}.",
}
