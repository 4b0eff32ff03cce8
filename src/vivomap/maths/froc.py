"""How many lesions are found at how many false ones: the free-response curve (FROC).

A proposal hits a lesion if its middle lies in it or within `SLACK_MM` of it. Over all scans and thresholds t,

    sensitivity(t) = lesions hit by a proposal with a score >= t / lesions,  false(t) = proposals that hit none / scans
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SLACK_MM = 3.0  # beyond the surface of a lesion; project


class Scan(NamedTuple):
    """One scan: how many lesions it has, and for each proposal its score and which lesion it hits (-1: none)."""

    lesions: int
    proposals: tuple[tuple[float, int], ...]


def sensitivity(scans: Sequence[Scan], false_a_scan: float) -> float:
    """The largest share of lesions found at a threshold that lets through at most so many false proposals a scan."""
    lesions = sum(scan.lesions for scan in scans)
    scores = sorted({score for scan in scans for score, _ in scan.proposals}, reverse=True)
    best = 0.0
    for level in scores:
        kept = [(k, hit) for k, scan in enumerate(scans) for score, hit in scan.proposals if score >= level]
        false = sum(hit < 0 for _, hit in kept)
        if false > false_a_scan * len(scans):
            break
        best = len({pair for pair in kept if pair[1] >= 0}) / lesions if lesions else 0.0
    return best
