"""A fault that is found in other code, shown beside ours: leakage is corrected with each voxel as its own reference.

The correction needs the curve of brain that does not leak. A voxel's own curve is fitted by K1 = 1 and K2 = 0 whatever
it holds, so that nothing is corrected: where contrast leaks, the blood volume is then too low (T1) or too high (T2*).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vivomap.acquire.phantom.perfusion import darkened, perfused
from vivomap.core import Measurement, Study
from vivomap.core.image import Array
from vivomap.maths.leakage import Shared, split
from vivomap.quantify.perfusion.series import Series, columns_of, prepared
from vivomap.quantify.perfusion.volume import RCBV
from vivomap.verify.numbers import REACH
from vivomap.verify.published import Point, Reference
from vivomap.verify.trial import measured


def naive(place: Path) -> tuple[Point, ...]:
    """The blood volume of both leaking tumours, by the faulty correction and by ours, on the same voxels."""
    found: list[Point] = []
    for phantom, which in ((perfused, "T1"), (darkened, "T2*")):
        images, regions, truth = phantom(seed=0)
        tumour, white = (next(r for r in regions if r.finding == f) for f in (regions[0].finding, "nawm"))
        ours = measured(RCBV, Study("phantom", None, images, regions))
        if not isinstance(ours, Measurement) or "rcbv" not in truth:
            continue
        series = prepared(images[0])
        theirs = [_own_reference(series, columns_of(series, region)) for region in (tumour, white)]
        within = REACH * ours.uncertainty
        wrong = float(theirs[0].mean() / theirs[1].mean())
        found.append(
            Point(f"rCBV, {which} leakage, each voxel its own reference", truth["rcbv"], wrong, within, "1", True)
        )
        found.append(Point(f"rCBV, {which} leakage, brain that does not leak", truth["rcbv"], ours.value, within))
    return tuple(found)


def _own_reference(series: Series, columns: Array) -> Array:
    """The area of each voxel, corrected with its own curve as the reference."""
    shared = series.shared
    curves = np.asarray(series.curves[:, columns], float)
    each = (split(c[:, None], Shared(c, shared.step, shared.during, shared.before)).area[0] for c in curves.T)
    return np.fromiter(each, float, curves.shape[1])


NAIVE = Reference("leakage by each voxel's own curve", "perfusion", "", naive, "our phantoms of a leaking tumour")
