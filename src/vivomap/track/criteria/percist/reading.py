"""From the course of a patient to the two scans that PERCIST compares: the first with a lesion, and this one.

Numbers read: `sul_peak` and a TLG of each lesion, `liver_sul` (else `blood_pool_sul`) with its SD in the setting "sd".
Two things come from a person, as findings dated with the visit: `equal_to_background` with the label of a lesion, or
yes for all, and `unequivocal_progression` yes for a lesion other than the hottest.
"""

from __future__ import annotations

from vivomap.core import Course, Match, Measurement, Refusal
from vivomap.track.criteria.percist.rules import Scan, Values
from vivomap.track.lesions import stem
from vivomap.track.visits import earlier, told, unfollowed

UNIT = "g/ml{SUVlbm}"
REFERENCES = {"liver_sul": "liver", "blood_pool_sul": "blood pool"}
WORDS = ("manufacturer", "model", "serial", "software", "kernel")
YES = ("yes", "true", "1")


def read(course: Course, values: Values) -> tuple[tuple[Scan, Measurement | None], ...]:
    """The baseline and this scan, each with the measurement of its hottest lesion; one alone at baseline.

    Raises Refusal if this visit has no date, no scan has a lesion, or a lesion followed is not evaluated now.
    """
    if course.study.day is None:
        raise Refusal("bad_date", "this visit has no date, so it cannot be put in order")
    walked = (*earlier(course), Course(course.study, (), course.claims))
    start = next((i for i, visit in enumerate(walked) if any(m.value > 0 for m in peaks(visit))), None)
    if start is None:
        raise Refusal("not_evaluable", "no scan has the SULpeak of a lesion")
    first = _scan(walked[start], values, ())
    if start == len(walked) - 1:
        return (first,)
    now = walked[-1]
    new = _new(walked[start:])
    lost = sorted(_unevaluated(now, walked[:-1]))
    if lost and not new:
        raise Refusal("not_evaluable", f"not every lesion was evaluated at this scan: {', '.join(lost)}")
    return first, _scan(now, values, new)


def peaks(visit: Course) -> tuple[Measurement, ...]:
    """The SULpeak of each lesion of a visit, the hottest first; the reference organs are no lesions."""
    others = {"", *unfollowed(visit.study)}
    found = [m for m in visit.of(Measurement, "sul_peak") if m.region not in others and m.unit == UNIT]
    found = [m for m in found if m.region.replace("_", " ") not in REFERENCES.values()]
    return tuple(sorted(found, key=lambda m: (-m.value, m.region)))


def _scan(visit: Course, values: Values, new: tuple[str, ...]) -> tuple[Scan, Measurement | None]:
    found = peaks(visit)
    hottest = found[0] if found else None
    reference, name = _reference(visit)
    day = visit.study.day
    assert day is not None  # `read` holds dated visits only
    scan = Scan(
        day,
        hottest.value if hottest else 0.0,
        hottest.region if hottest else "",
        name,
        reference.value if reference else None,
        float(reference.provenance.text("sd")) if reference and reference.provenance.text("sd") else None,
        _uptake(visit, hottest),
        tuple(hottest.provenance.text(word) if hottest else "" for word in WORDS),
        _tlg(visit, found, values),
        new,
        any(f.value.casefold() in YES for f in told(visit, "unequivocal_progression")),
        _resolved(visit, found, reference),
    )
    return scan, hottest


def _reference(visit: Course) -> tuple[Measurement | None, str]:
    for name, word in REFERENCES.items():
        found = visit.of(Measurement, name)
        if found:
            return found[0], word
    return None, "liver"


def _uptake(visit: Course, hottest: Measurement | None) -> float | None:
    image = visit.study.image("suv")
    text = image.text("uptake_min") if image else ""
    text = text or (hottest.provenance.text("uptake_min") if hottest else "")
    return float(text) if text else None


def _tlg(visit: Course, found: tuple[Measurement, ...], values: Values) -> float | None:
    """TLG of the hottest lesions, at most two of an organ and five in all; None where one has none."""
    site = {r.lesion: r.site for r in visit.study.regions if r.lesion}
    chosen: list[str] = []
    for lesion in (m.region for m in found):
        organ = [c for c in chosen if (site.get(c) or stem(c)) == (site.get(lesion) or stem(lesion))]
        if len(chosen) < values["most_lesions"] and len(organ) < values["most_per_organ"]:
            chosen.append(lesion)
    each = [m for c in chosen for m in visit.of(Measurement, "tlg", c)]
    return sum(m.value for m in each) if len(each) == len(chosen) else None


def _resolved(visit: Course, found: tuple[Measurement, ...], reference: Measurement | None) -> bool:
    words = {f.value for f in told(visit, "equal_to_background")}
    every = any(value.casefold() in YES for value in words)
    return all(reference and m.value < reference.value and (every or m.region in words) for m in found)


def _new(visits: tuple[Course, ...]) -> tuple[str, ...]:
    """Lesions that were new at any scan after the baseline and take up the tracer now."""
    came = {label for visit in visits[1:] for m in visit.of(Match) if m.kind == "new" for label in m.after}
    return tuple(sorted(came & {m.region for m in peaks(visits[-1])}))


def _unevaluated(now: Course, before: tuple[Course, ...]) -> set[str]:
    """Lesions of earlier scans of which nothing is known now, and those whose peak could not be given."""
    matches = now.of(Match)
    unsure = {label for m in matches if m.kind in ("unsearched", "uncertain") for label in m.before}
    over = {label for visit in before for m in visit.of(Match) if m.kind in ("split", "merged") for label in m.before}
    over |= {label for m in matches if m.kind in ("vanished", "split", "merged") for label in m.before}
    known = {m.region for visit in before for m in peaks(visit)}
    return (unsure & known) | (known - over - {m.region for m in peaks(now)})
