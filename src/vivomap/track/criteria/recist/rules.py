"""RECIST 1.1 as pure rules on plain values: what the sizes of the target lesions and the rest make of each visit.

Sum S of the long axes (nodes: short axes) of the targets, baseline B, nadir N the smallest earlier sum, in mm:

    CR   every target gone, nodes below 10 mm
    PR   S <= 0.70 B
    PD   S >= 1.20 N and S >= N + 5
    SD   else

Sums and limits are exact fractions of the recorded decimals: -29.9 % is not -30 %, and 24.5 - 20 is not 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from vivomap.core import Refusal
from vivomap.maths.statistics import exact

STATES = ("CR", "PR", "SD", "PD", "NE", "none")  # of the targets; "none": there are none
NONTARGETS = ("CR", "non-CR/non-PD", "PD", "NE", "none")
RESPONSES = ("CR", "PR")
Values = Mapping[str, float]


@dataclass(frozen=True)
class Target:
    """One target at one visit: `mm` is 0 where it is gone and None where it was not evaluated or is too small."""

    lesion: str
    mm: float | None
    node: bool = False
    too_small: bool = False


@dataclass(frozen=True)
class Visit:
    """One visit as the rules see it; `new` names the new lesions, `nontarget` is one of NONTARGETS."""

    day: date
    targets: tuple[Target, ...]
    nontarget: str = "none"
    new: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.nontarget not in NONTARGETS:
            raise Refusal("bad_setting", f"{self.nontarget!r} is not what non-target lesions can be")


@dataclass(frozen=True)
class Response:
    """What RECIST calls one visit, the sums in mm that it rests on, and why."""

    target: str
    nontarget: str
    new: tuple[str, ...]
    overall: str
    sum_mm: float | None
    baseline_mm: float
    nadir_mm: float
    reasons: tuple[str, ...]
    confirmed: str = "not required"


@dataclass(frozen=True)
class _Sums:
    """Exact sums: now (of what was evaluated), baseline and nadir, and whether every target was evaluated."""

    now: Fraction
    baseline: Fraction
    nadir: Fraction
    whole: bool


def respond(visits: Sequence[Visit], values: Values) -> tuple[Response, ...]:
    """What RECIST calls every visit after the baseline, which is the first; a later visit changes no earlier answer.

    Raises Refusal if there is no baseline, if days do not rise, or if a target has no size at baseline.
    """
    if not visits or any(b.day <= a.day for a, b in pairwise(visits)):
        raise Refusal("not_evaluable", "RECIST needs a baseline and dated visits, each later than the one before")
    baseline = _sum(visits[0].targets, values)
    if not baseline.whole:
        raise Refusal("not_evaluable", "a target lesion has no size at baseline")
    nadir, answers = baseline.now, list[Response]()
    for at in range(1, len(visits)):
        here = _sum(visits[at].targets, values)
        sums = _Sums(here.now, baseline.now, nadir, here.whole)
        answers.append(_response(visits, at, sums, answers, values))
        nadir = min(nadir, sums.now) if sums.whole else nadir
    return tuple(answers)


def overall(target: str, nontarget: str, new: bool) -> str:
    """The overall response: Eisenhauer 2009, tables 1 (with targets) and 2 (without)."""
    if new or "PD" in (target, nontarget):
        return "PD"
    if target == "none":
        return "NE" if nontarget == "none" else nontarget
    if target == "NE":
        return "NE"
    if target == "CR":
        return "CR" if nontarget in ("CR", "none") else "PR"
    return target


def percent(now: Fraction, before: Fraction) -> str:
    """A change in percent, cut to one decimal and never rounded up: -29.98 % reads -29.9 %."""
    if before == 0:
        return "from 0 mm"
    tenths = int((now - before) * 1000 / before)
    sign = "−" if tenths < 0 else "+" if tenths else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"


def progression_mm(nadir: Fraction, values: Values) -> Fraction:
    """The smallest sum that is progression from this nadir, mm."""
    return max(nadir * (1 + exact(values["progression_percent"]) / 100), nadir + exact(values["progression_mm"]))


def response_mm(baseline: Fraction, values: Values) -> Fraction:
    """The largest sum that is a partial response to this baseline, mm."""
    return baseline * (1 - exact(values["response_percent"]) / 100)


def size(target: Target, values: Values) -> Fraction | None:
    """What a target adds to the sum, mm; None where it was not evaluated."""
    if target.mm is not None:
        return exact(target.mm)
    return exact(values["too_small_mm"]) if target.too_small else None


def _sum(targets: Sequence[Target], values: Values) -> _Sums:
    """The sum of what was evaluated at one visit, and whether that is all."""
    sizes = [size(t, values) for t in targets]
    total = sum((s for s in sizes if s is not None), Fraction(0))
    return _Sums(total, total, total, None not in sizes)


def _present(target: Target, values: Values) -> bool:
    """Whether a target counts as disease: a node from 10 mm, anything else while it is there at all."""
    mm = size(target, values)
    return bool(mm is not None and (mm >= exact(values["node_normal_mm"]) if target.node else mm > 0))


def _target(visit: Visit, sums: _Sums, values: Values) -> str:
    if not visit.targets:
        return "none"
    if sums.whole and not any(_present(t, values) for t in visit.targets):
        return "CR"
    if sums.now >= progression_mm(sums.nadir, values):
        return "PD"  # certain even where some targets were not evaluated: they can only add
    if not sums.whole:
        return "NE"
    return "PR" if sums.now <= response_mm(sums.baseline, values) else "SD"


def _response(visits: Sequence[Visit], at: int, sums: _Sums, earlier: Sequence[Response], values: Values) -> Response:
    visit = visits[at]
    target = _target(visit, sums, values)
    reasons = list(_said_of_targets(visit, target, sums, values))
    nontarget = visit.nontarget
    if any(r.overall == "CR" for r in earlier):
        back = tuple(t.lesion for t in visit.targets if _present(t, values))
        if back:
            target = "PD"
            reasons.append(f"back after a complete response: {', '.join(back)}")
            reasons += ["only a node is back: image it again first"] * _nodes_alone(visit, back)
        if nontarget == "non-CR/non-PD":
            nontarget = "PD"
            reasons.append("a non-target lesion is back after a complete response")
    reasons += [f"non-target lesions: {nontarget}"] * (nontarget != "none")
    reasons += [f"new: {', '.join(visit.new)}"] * bool(visit.new)
    label = overall(target, nontarget, bool(visit.new))
    confirmed = _confirmed(visits, at, label, earlier, values)
    reasons += [f"confirmation: {confirmed}"] * (confirmed != "not required")
    now = float(sums.now) if sums.whole and visit.targets else None
    return Response(
        target, nontarget, visit.new, label, now, float(sums.baseline), float(sums.nadir), tuple(reasons), confirmed
    )


def _nodes_alone(visit: Visit, back: tuple[str, ...]) -> bool:
    return not visit.new and all(t.node for t in visit.targets if t.lesion in back)


def _said_of_targets(visit: Visit, target: str, sums: _Sums, values: Values) -> tuple[str, ...]:
    if target == "none":
        return ("no target lesion: the answer rests on the others",)
    lost = tuple(t.lesion for t in visit.targets if size(t, values) is None)
    if lost:
        return (f"targets: {target}; not evaluated: {', '.join(lost)}",)
    since = sums.now - sums.nadir
    return (
        f"targets: {target}; sum {_mm(sums.now)} mm",
        f"from baseline {_mm(sums.baseline)} mm: {percent(sums.now, sums.baseline)}",
        f"from nadir {_mm(sums.nadir)} mm: {percent(sums.now, sums.nadir)}, {_mm(since, '+')} mm",
    )


def _mm(value: Fraction, sign: str = "") -> str:
    """Millimetres as a person reads them."""
    return f"{round(float(value), 2):{sign}g}".replace("-", "−")


def _confirmed(visits: Sequence[Visit], at: int, label: str, earlier: Sequence[Response], values: Values) -> str:
    """Whether an earlier visit, at least so many weeks before and none worse between, already gave the response."""
    weeks = values["confirm_weeks"]
    if not weeks or label not in RESPONSES:
        return "not required"
    enough = RESPONSES[: RESPONSES.index(label) + 1]
    for back in range(len(earlier) - 1, -1, -1):
        if earlier[back].overall not in enough:
            break
        if (visits[at].day - visits[back + 1].day).days >= 7 * weeks:
            return "confirmed"
    return f"to be confirmed after {weeks:g} weeks or more"
