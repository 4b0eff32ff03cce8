"""The words that flow between the steps: nouns, cards, units, the codec and the one error."""

from vivomap.core.acquisition import FLAGGED, NOT_COMPARABLE, REFUSED, Asked, Deviation, deviations
from vivomap.core.assessment import PURPOSES, Assessment, Consent, Decision, Outcome
from vivomap.core.biomarker import Biomarker, Estimate, Limits, describe, limits
from vivomap.core.claims import (
    Change,
    Claim,
    Curve,
    Finding,
    Forecast,
    Match,
    Measurement,
    Missing,
    Prediction,
    Provenance,
    Reasons,
    Treatment,
    Verdict,
)
from vivomap.core.codec import decode, dumps, encode, identify, loads
from vivomap.core.course import Course, Said
from vivomap.core.criterion import Category, Criterion
from vivomap.core.discover import discover
from vivomap.core.errors import Refusal
from vivomap.core.image import Affine, Alignment, Flag, Image, Region, Settings, Voxels, affine_of, same_grid
from vivomap.core.model import Chance, Model
from vivomap.core.pathway import Choice, Condition, Option, Pathway, Plan, Rule, adapt
from vivomap.core.recommendation import Proposal, Recommendation
from vivomap.core.study import Held, Studies, Study
from vivomap.core.threshold import GRADES, Affirmed, Site, Threshold
from vivomap.core.units import UNITS, known_unit, spoken
from vivomap.core.version import __version__

__all__ = [
    "FLAGGED",
    "GRADES",
    "NOT_COMPARABLE",
    "PURPOSES",
    "REFUSED",
    "UNITS",
    "Affine",
    "Affirmed",
    "Alignment",
    "Asked",
    "Assessment",
    "Biomarker",
    "Category",
    "Chance",
    "Change",
    "Choice",
    "Claim",
    "Condition",
    "Consent",
    "Course",
    "Criterion",
    "Curve",
    "Decision",
    "Deviation",
    "Estimate",
    "Finding",
    "Flag",
    "Forecast",
    "Held",
    "Image",
    "Limits",
    "Match",
    "Measurement",
    "Missing",
    "Model",
    "Option",
    "Outcome",
    "Pathway",
    "Plan",
    "Prediction",
    "Proposal",
    "Provenance",
    "Reasons",
    "Recommendation",
    "Refusal",
    "Region",
    "Rule",
    "Said",
    "Settings",
    "Site",
    "Studies",
    "Study",
    "Threshold",
    "Treatment",
    "Verdict",
    "Voxels",
    "__version__",
    "adapt",
    "affine_of",
    "decode",
    "describe",
    "deviations",
    "discover",
    "dumps",
    "encode",
    "identify",
    "known_unit",
    "limits",
    "loads",
    "same_grid",
    "spoken",
]
