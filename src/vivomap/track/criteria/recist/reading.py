"""From the course of a patient to the visits that RECIST speaks of: which lesions are targets, and what became of them.

Targets are chosen once, at baseline: the largest measurable lesions, at most two of one organ (all nodes are one) and
five in all. The baseline never changes, so neither does the choice. A node goes by its short axis, all else by the
long axis. Two things come from a person, as findings dated with the visit: `unequivocal_progression` yes, and
`too_small_to_measure` with the label of a lesion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vivomap.core import Course, Match, Measurement, Refusal, Region
from vivomap.maths.statistics import exact
from vivomap.track.criteria.recist.rules import Target, Values, Visit
from vivomap.track.lesions import stem
from vivomap.track.visits import earlier, told, unfollowed

MM = {"mm": 1.0, "cm": 10.0}
NODE = re.compile(r"(^|[^a-z])(lymph[ _-]?)?nodes?([^a-z]|$)", re.IGNORECASE)
AXES = ("long_axis", "short_axis")
YES = ("yes", "true", "1")


@dataclass(frozen=True)
class Lesion:
    """A lesion at one visit: its organ, whether it is a node, its size where it could be given, whether it is there."""

    label: str
    organ: str
    node: bool
    size: Measurement | None
    there: bool

    @property
    def mm(self) -> float | None:
        """Its axis in mm; None where none was given."""
        return None if self.size is None else float(exact(self.size.value) * int(MM[self.size.unit]))


@dataclass(frozen=True)
class Reading:
    """The visits from the baseline on, the sizes of each target at each of them, and remarks on today's reading."""

    visits: tuple[Visit, ...]
    sizes: tuple[Mapping[str, tuple[Measurement, ...]], ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Roles:
    """What the lesions of the baseline are to RECIST, each with the labels it goes by at a visit."""

    targets: tuple[Lesion, ...]
    others: tuple[Lesion, ...]
    normal: tuple[Lesion, ...]
    labels: Mapping[str, tuple[str, ...]]


def read(course: Course, values: Values) -> Reading:
    """The visits of a course as RECIST sees them. Raises Refusal if there is no date or no baseline."""
    if course.study.day is None:
        raise Refusal("bad_date", "this visit has no date, so it cannot be put in order")
    walked = (*earlier(course), Course(course.study, (), course.claims))
    start = next((i for i, v in enumerate(walked) if lesions(v) or v.study.searched or _drawn(v)), None)
    if start is None:
        raise Refusal("not_evaluable", "no lesion was drawn or searched for at any visit")
    roles = _roles(lesions(walked[start]), values)
    visits, sizes, remarks = [], [], list[str]()
    for at, one in enumerate(walked[start:]):
        roles = replace(roles, labels=_followed_on(roles.labels, one) if at else roles.labels)
        visit, numbers, remarks = _visit(one, roles, values)
        visits.append(visit)
        sizes.append(numbers)
    return Reading(tuple(visits), tuple(sizes), tuple(remarks))


def lesions(visit: Course) -> dict[str, Lesion]:
    """The lesions that are there at one visit, by label."""
    regions: dict[str, list[Region]] = {}
    for region in visit.study.regions:
        if region.lesion:
            regions.setdefault(region.lesion, []).append(region)
    measured = {m.region for name in AXES for m in visit.of(Measurement, name)} - {"", *unfollowed(visit.study)}
    found = (_lesion(visit, label, regions.get(label, [])) for label in sorted({*regions, *measured}))
    return {lesion.label: lesion for lesion in found if lesion.there}


def _lesion(visit: Course, label: str, drawn: list[Region]) -> Lesion:
    finding = next((r.finding for r in drawn if r.finding), "")
    site = next((r.site for r in drawn if r.site), "")
    node = bool(NODE.search(finding or label))
    numbers = visit.of(Measurement, AXES[node], label)
    size = next((m for m in numbers if m.unit in MM), None)
    there = size.value > 0 if size else bool(numbers) or any(r.voxel_count for r in drawn)
    return Lesion(label, "lymph nodes" if node else site or stem(label), node, size, there)


def _drawn(visit: Course) -> bool:
    return any(r.lesion for r in visit.study.regions)


def _roles(found: Mapping[str, Lesion], values: Values) -> _Roles:
    """Targets by size at baseline, nodes that are normal, and the rest."""
    measurable = [lesion for lesion in found.values() if _measurable(lesion, values)]
    chosen: list[Lesion] = []
    for lesion in sorted(measurable, key=lambda k: (-(k.mm or 0), k.label)):
        full = sum(c.organ == lesion.organ for c in chosen) >= values["most_per_organ"]
        if not full and len(chosen) < values["most_targets"]:
            chosen.append(lesion)
    rest = [lesion for lesion in found.values() if lesion not in chosen]
    normal = [k for k in rest if k.node and k.mm is not None and k.mm < values["node_normal_mm"]]
    others = [k for k in rest if k not in normal]
    return _Roles(tuple(chosen), tuple(others), tuple(normal), {label: (label,) for label in found})


def _measurable(lesion: Lesion, values: Values) -> bool:
    """Whether a lesion is large enough to be a target: slices above 5 mm ask for twice their thickness."""
    if lesion.size is None or lesion.mm is None:
        return False
    if lesion.node:
        return lesion.mm >= values["measurable_node_mm"]
    slice_mm = float(lesion.size.provenance.text("slice_thickness_mm") or 0)
    return lesion.mm >= max(values["measurable_mm"], 2 * slice_mm if slice_mm > values["slice_mm"] else 0)


def _followed_on(labels: Mapping[str, tuple[str, ...]], visit: Course) -> dict[str, tuple[str, ...]]:
    """The labels that each lesion of the baseline goes by after a visit: its parts, or what it merged into."""
    now = dict(labels)
    for match in visit.of(Match):
        if match.kind in ("split", "merged"):
            for lesion, mine in now.items():
                if set(mine) & set(match.before):
                    now[lesion] = tuple(dict.fromkeys((*(m for m in mine if m not in match.before), *match.after)))
    return now


def _visit(one: Course, roles: _Roles, values: Values) -> tuple[Visit, dict[str, tuple[Measurement, ...]], list[str]]:
    """One visit as the rules see it, the sizes of its targets, and remarks."""
    sizes: dict[str, tuple[Measurement, ...]] = {}
    targets, counted = [], set[str]()
    for lesion in roles.targets:
        mine = [label for label in roles.labels[lesion.label] if label not in counted]
        counted |= set(mine)
        parts = [(_size(one, label, lesion.node), label) for label in mine]
        sizes[lesion.label] = tuple(m for m, _ in parts if m)
        targets.append(_target(one, lesion, parts))
    new, remarks = _new(one, roles, values)
    day = one.study.day
    assert day is not None  # `read` holds dated visits only
    return Visit(day, tuple(targets), _nontarget(one, roles, values), new), sizes, remarks


def _size(one: Course, label: str, node: bool) -> Measurement | None:
    return next((m for m in one.of(Measurement, AXES[node], label) if m.unit in MM), None)


def _target(one: Course, lesion: Lesion, parts: list[tuple[Measurement | None, str]]) -> Target:
    """A target with the sum of its parts; without a size where any part has none and has not vanished."""
    small = any(f.value in [label for _, label in parts] for f in told(one, "too_small_to_measure"))
    total = exact(0)
    for size, label in parts:
        if _uncertain(one, label) or (size is None and not _vanished(one, label)):
            return Target(lesion.label, None, lesion.node, small)
        total += exact(size.value) * int(MM[size.unit]) if size else 0
    return Target(lesion.label, float(total), lesion.node, small)


def _uncertain(one: Course, label: str) -> bool:
    return any(m.kind == "uncertain" and label in (*m.before, *m.after) for m in one.of(Match))


def _vanished(one: Course, label: str) -> bool:
    return any(m.kind == "vanished" and label in m.before for m in one.of(Match))


def _nontarget(one: Course, roles: _Roles, values: Values) -> str:
    """What the other lesions of the baseline are now; progression is for a person to call."""
    if any(f.value.casefold() in YES for f in told(one, "unequivocal_progression")):
        return "PD"
    found = lesions(one)
    states = {_state(one, found, label, values) for k in roles.others for label in roles.labels[k.label]}
    if not states:
        return "none"
    if "there" in states:
        return "non-CR/non-PD"
    return "CR" if states == {"gone"} else "NE"


def _state(one: Course, found: Mapping[str, Lesion], label: str, values: Values) -> str:
    if _uncertain(one, label):
        return "not said"
    if label in found:
        mm = found[label].mm
        small_node = found[label].node and mm is not None and mm < values["node_normal_mm"]
        return "gone" if small_node else "there"
    zero = any(m.value == 0 for name in AXES for m in one.of(Measurement, name, label))
    return "gone" if zero or _vanished(one, label) else "not said"


def _new(one: Course, roles: _Roles, values: Values) -> tuple[tuple[str, ...], list[str]]:
    """Lesions that the baseline did not have, nodes that became disease since, and remarks on the doubtful."""
    known = {label for mine in roles.labels.values() for label in mine}
    first = {label: k for k in roles.normal for label in roles.labels[k.label]}
    new, remarks = [], []
    for label, lesion in lesions(one).items():
        if (label in known and label not in first) or _uncertain(one, label):
            continue
        grown = (lesion.mm or 0) - (first[label].mm or 0) if label in first else None
        if not lesion.node or _disease(lesion, grown, values):
            new.append(label)
        elif grown is None:
            remarks.append(
                f"the new node {label} is not counted: its short axis is below {values['node_normal_mm']:g} mm"
            )
        elif lesion.mm is not None and lesion.mm >= values["node_normal_mm"]:
            remarks.append(
                f"the node {label} was normal and has {lesion.mm:g} mm now: it may be no disease, look again"
            )
    return tuple(new), remarks


def _disease(node: Lesion, grown: float | None, values: Values) -> bool:
    """A new node from 10 mm; one that was normal also needs growth of 5 mm (project: 9 to 11 mm may be no disease)."""
    large = node.mm is not None and node.mm >= values["node_normal_mm"]
    return large and (grown is None or grown >= values["progression_mm"])
