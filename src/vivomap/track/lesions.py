"""The same lesion again: who today's regions are, and what became of the lesions that were there before.

Identity is the tracking UID that the region's maker gave, else its name. A lesion keeps the label under which it was
first seen. Gone is not missing: a lesion has vanished only if its region is drawn empty or its finding was searched
for; else nothing was said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from vivomap.core import Course, Match, Measurement, Pathway, Refusal, Region, Study
from vivomap.track.visits import earlier

SIZES = ("long_axis", "short_axis", "volume")  # a lesion of a table has vanished when all of these are zero
UNSURE = 0.5  # project: one name with two tracking UIDs says as much for as against one lesion
TRACKING, NAME, AFFIRMED = "tracking UID", "name", "a person"


@dataclass(frozen=True)
class Lesion:
    """A lesion of earlier visits: its label, what it is, and the names and tracking UIDs it went by."""

    label: str
    finding: str = ""
    names: frozenset[str] = field(default=frozenset())
    trackings: frozenset[str] = field(default=frozenset())
    seen: bool = False


@dataclass(frozen=True)
class Seen:
    """Today's label of a region, by which rule, and whether that rule is sure."""

    label: str
    by: str
    sure: bool = True


def stem(label: str) -> str:
    """A label without its number: lung_3.1 as lung."""
    return re.sub(r"[._ -]*\d+(\.\d+)*$", "", label) or label


def parent(label: str) -> str:
    """The lesion that a part comes from by its name: lung_3.1 from lung_3; the label itself where it is no part."""
    return re.sub(r"(?<=\w)\.\d+(?=\D*$)", "", label)


def follow(course: Course, pathway: Pathway) -> Course:
    """Name today's regions as the lesions they are, and say what became of each lesion that was followed.

    Raises Refusal if the history holds another patient.
    """
    strangers = {a.study.patient for a in course.past} - {course.study.patient}
    if strangers:
        raise Refusal("two_patients", "the history holds assessments of another patient", expected="one patient")
    visits = earlier(course)
    known = _known(visits)
    study, seen = _named(course.study, known, pathway)
    course = replace(course, study=study)
    begun = known or any(v.study.searched for v in visits)
    if study.day is None or not begun:
        return course
    return course.add(*_matches(course, _followed(known, visits, pathway), seen))


def followed(finding: str, pathway: Pathway) -> bool:
    """Whether a pathway follows regions of this finding as lesions."""
    return not pathway.regions or finding in pathway.regions


def _known(visits: Iterable[Course]) -> dict[str, Lesion]:
    """The lesions of earlier visits by label, in the order in which they were first seen."""
    known: dict[str, Lesion] = {}
    for visit in visits:
        for region in visit.study.regions:
            if region.lesion:
                old = known.get(region.lesion, Lesion(region.lesion, region.finding))
                known[old.label] = replace(
                    old,
                    finding=old.finding or region.finding,
                    names=old.names | {region.name},
                    trackings=old.trackings | ({region.tracking} - {""}),
                    seen=old.seen or _was_there(region, visit),
                )
        for label, there in _rows(visit.study).items():
            old = known.get(label, Lesion(label))
            known[label] = replace(old, names=old.names | {label}, seen=old.seen or there)
    return known


def _was_there(region: Region, visit: Course) -> bool:
    """Whether a lesion was more than an empty drawing; its numbers tell it without a look at the mask."""
    values = [m.value for m in visit.of(Measurement, None, region.lesion)]
    return any(values) if values else region.voxel_count > 0


def _rows(study: Study) -> dict[str, bool]:
    """Lesions of a table, which have numbers and no region here, and whether they are there."""
    drawn = {n for r in study.regions for n in (r.name, r.lesion)}
    facts = [f for f in study.facts if isinstance(f, Measurement) and f.region and f.region not in drawn]
    sizes: dict[str, list[float]] = {f.region: [] for f in facts}
    for fact in facts:
        if fact.name in SIZES:
            sizes[fact.region].append(fact.value)
    return {label: any(values) if values else True for label, values in sizes.items()}


def _named(study: Study, known: Mapping[str, Lesion], pathway: Pathway) -> tuple[Study, dict[str, Seen]]:
    """The study with its followed regions named, and by which rule each label was given; the sure rules go first."""
    by_tracking = {t: lesion.label for lesion in known.values() for t in lesion.trackings}
    given: dict[int, Seen] = {}
    mine = [(i, r) for i, r in enumerate(study.regions) if followed(r.finding, pathway)]
    for rule in (_affirmed, _tracked):
        for i, region in mine:
            label = rule(region, study, by_tracking)
            if label and i not in given:
                given[i] = Seen(label, AFFIRMED if rule is _affirmed else TRACKING)
    fresh: dict[tuple[str, str], str] = {}
    for i, region in mine:
        if i not in given:
            others = [j for j in given if study.regions[j].tracking not in ("", region.tracking)]
            given[i] = _by_name(region, known, {given[j].label for j in others}, fresh)
    regions = tuple(replace(r, lesion=given[i].label) if i in given else r for i, r in enumerate(study.regions))
    seen: dict[str, Seen] = {}
    for each in given.values():
        seen.setdefault(each.label, each)
    return replace(study, regions=regions), seen


def _affirmed(region: Region, study: Study, _: Mapping[str, str]) -> str:
    """The label that a person gave a region."""
    labels = (m.before[0] for m in study.matches if m.kind == "matched" and m.before and region.name in m.after)
    return next(labels, "")


def _tracked(region: Region, _: Study, by_tracking: Mapping[str, str]) -> str:
    return by_tracking.get(region.tracking, "")


def _by_name(region: Region, known: Mapping[str, Lesion], taken: set[str], fresh: dict[tuple[str, str], str]) -> Seen:
    """An earlier lesion of the same name, else a lesion of its own under a label that nobody has."""
    old = next((k for k in known.values() if region.name in {k.label, *k.names}), None)
    if old and not (region.tracking and old.label in taken):
        differ = bool(region.tracking and old.trackings)
        return Seen(old.label, "name, though the tracking UIDs differ" if differ else NAME, not differ)
    key = (region.name, region.tracking)
    if key not in fresh:
        used = {*known, *taken, *fresh.values()}
        labels = (region.name, *(f"{region.name}-{n}" for n in range(2, len(used) + 3)))
        shared = (label for (name, uid), label in fresh.items() if _one(name, uid, region))
        fresh[key] = next(shared, "") or next(label for label in labels if label not in used)
    return Seen(fresh[key], TRACKING if region.tracking else NAME)


def _one(name: str, tracking: str, region: Region) -> bool:
    """Whether two regions of one visit are one lesion: an equal UID, or an equal name where a UID is absent."""
    if tracking and region.tracking:
        return tracking == region.tracking
    return name == region.name


def _followed(known: Mapping[str, Lesion], visits: Iterable[Course], pathway: Pathway) -> tuple[Lesion, ...]:
    """The lesions that were there once and go on as themselves: a split or merged one goes on as what it became."""
    passed = {
        label
        for visit in visits
        for match in visit.of(Match)
        if match.kind in ("split", "merged")
        for label in set(match.before) - set(match.after)
    }
    return tuple(
        k
        for k in known.values()
        if k.seen and k.label not in passed and (not k.finding or followed(k.finding, pathway))
    )


def _matches(course: Course, old: tuple[Lesion, ...], seen: Mapping[str, Seen]) -> tuple[Match, ...]:
    """What became of every lesion, a person's word first."""
    study = course.study
    label_of = {r.name: r.lesion for r in study.regions if r.lesion}
    there = dict.fromkeys(r.lesion for r in study.regions if r.lesion and r.voxel_count)
    there |= dict.fromkeys(label for label, is_there in _rows(study).items() if is_there)
    affirmed = tuple(replace(m, after=tuple(label_of.get(n, n) for n in m.after)) for m in study.matches)
    settled = {label for m in affirmed for label in (*m.before, *m.after)}
    labels = {k.label for k in old}
    free = [label for label in there if label not in labels | settled]
    parts = {k.label: tuple(p for p in free if p != k.label and parent(p) == k.label) for k in old}
    again = [_became(k, course, list(there), parts[k.label], seen) for k in old if k.label not in settled]
    known = labels | settled | {p for each in parts.values() for p in each}
    new = [
        Match("new", (), (label,), study.day, 1.0, seen[label].by if label in seen else NAME)
        for label in there
        if label not in known
    ]
    return (*affirmed, *again, *new)


def _became(
    lesion: Lesion, course: Course, there: list[str], parts: tuple[str, ...], seen: Mapping[str, Seen]
) -> Match:
    """What became of one lesion at this visit."""
    study, label = course.study, lesion.label
    searched = {s.casefold() for s in study.searched}
    rule = seen.get(label, Seen(label, NAME))
    before: tuple[str, ...] = (label,)
    if parts:
        return Match("split", before, (*(p for p in before if p in there), *parts), study.day, 1.0, NAME)
    if label in there and not rule.sure:
        return Match("uncertain", before, before, study.day, UNSURE, rule.by)
    if label in there:
        return Match("matched", before, before, study.day, 1.0, rule.by)
    if label in seen or label in _rows(study):
        return Match("vanished", before, (), study.day, 1.0, rule.by)
    if searched & {lesion.finding.casefold(), label.casefold(), stem(label).casefold()}:
        return Match("vanished", before, (), study.day, 1.0, "searched")
    return Match("unsearched", before, (), study.day, 1.0, "nothing said")
