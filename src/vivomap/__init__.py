"""vivomap: medical images become measurements with their error, followed over time and tied to a decision.

The verbs and the nouns, nothing else; each is fetched from its home when first asked for, so that a command line
answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vivomap.core.version import __version__

if TYPE_CHECKING:
    from vivomap.acquire import read, visits
    from vivomap.core import (
        Alignment,
        Assessment,
        Biomarker,
        Change,
        Choice,
        Consent,
        Course,
        Criterion,
        Decision,
        Finding,
        Forecast,
        Image,
        Match,
        Measurement,
        Missing,
        Model,
        Option,
        Outcome,
        Pathway,
        Plan,
        Prediction,
        Proposal,
        Recommendation,
        Refusal,
        Region,
        Rule,
        Studies,
        Study,
        Threshold,
        Treatment,
        Verdict,
        Voxels,
        adapt,
    )
    from vivomap.decide import recommend
    from vivomap.loop import assess
    from vivomap.predict import forecast
    from vivomap.quantify import measure, measure_one
    from vivomap.report import write
    from vivomap.store import open_project
    from vivomap.track import compare, follow, judge

_HOMES = {
    "vivomap.acquire": ("read", "visits"),
    "vivomap.track": ("follow", "compare", "judge"),
    "vivomap.quantify": ("measure", "measure_one"),
    "vivomap.predict": ("forecast",),
    "vivomap.decide": ("recommend",),
    "vivomap.loop": ("assess",),
    "vivomap.report": ("write",),
    "vivomap.store": ("open_project",),
}
_VERBS = {verb: home for home, verbs in _HOMES.items() for verb in verbs}

__all__ = [  # noqa: RUF022 (verbs in the order of the loop, then the nouns)
    "read", "visits", "follow", "measure", "measure_one", "compare", "judge", "forecast", "recommend", "assess",
    "adapt", "write", "open_project",
    "Alignment", "Assessment", "Biomarker", "Change", "Choice", "Consent", "Course", "Criterion", "Decision", "Finding",
    "Forecast", "Image", "Match", "Measurement", "Missing", "Model", "Option", "Outcome", "Pathway", "Plan",
    "Prediction", "Proposal", "Recommendation", "Refusal", "Region", "Rule", "Studies", "Study", "Threshold",
    "Treatment", "Verdict", "Voxels",
    "__version__",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"vivomap has no {name!r}")
    value = getattr(importlib.import_module(_VERBS.get(name, "vivomap.core")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
