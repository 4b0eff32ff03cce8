"""Solid tumours on CT or MR, the lung first: does the tumour respond, and is the change real?

The label of RECIST 1.1 and the verdict of the measurement stand side by side. Where they disagree, imaging again early
comes before acting; neither overrules the other.
"""

from vivomap.core import Option, Pathway, Rule
from vivomap.decide.when import Both, Called, Either, Fell, Known, Lesion, NotEvaluable, Rose, Without
from vivomap.quantify.diffusion import FITTED_ADC, MEAN_ADC
from vivomap.quantify.size import DENSITY, LONG_AXIS, SHORT_AXIS, VOLUME, VOXEL_COUNT
from vivomap.track.criteria.recist import RECIST

RECIST_11 = "RECIST 1.1, Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026"
LIMITS = "change outside the limits of volume: Beaumont et al. 2015, Cancer Imaging; Zhao et al. 2009, Radiology"
DISCORDANT = "project: label and measurement disagree, so the evidence is not enough to act on"

CONTINUE = Option(
    "continue treatment, image again at the planned date",
    "B",
    RECIST_11,
    benefit="keeps a treatment that the evidence does not speak against",
    harm="growth inside the limits of measurement is seen one visit later",
)
EARLY = Option(
    "image again early, before acting",
    "P",
    DISCORDANT,
    benefit="tells true change from measurement error",
    harm="one more CT; a true change is acted on some weeks later",
)
DISCUSS = Option(
    "discuss a change of treatment",
    "B",
    f"{RECIST_11}; {LIMITS}",
    benefit="stops a treatment under which the tumour truly grows",
    harm="gives up a treatment too early where growth is treatment effect, as after immunotherapy or radiotherapy",
)

PROGRESSED, RESPONDED = Called(RECIST.name, ("PD",)), Called(RECIST.name, ("PR", "CR"))
GREW = Either(Either(Rose(VOLUME.name), Rose(LONG_AXIS.name)), Lesion("new"))
SHRANK = Either(Either(Fell(VOLUME.name), Fell(LONG_AXIS.name)), Lesion("vanished"))

PATHWAY = Pathway(
    name="lung_response",
    question="Does the tumour respond to treatment, and is the change real?",
    organ="lung",
    regions=("lesion", "node"),
    measure=(VOLUME, LONG_AXIS, SHORT_AXIS),
    if_imaged=(VOXEL_COUNT, DENSITY, FITTED_ADC, MEAN_ADC),
    against="first",
    judge=(RECIST,),
    rules=(
        Rule(DISCUSS, Both(PROGRESSED, GREW)),
        Rule(EARLY, Without(PROGRESSED, GREW)),
        Rule(EARLY, Without(GREW, PROGRESSED)),
        Rule(CONTINUE, Both(RESPONDED, SHRANK)),
        Rule(EARLY, Without(RESPONDED, SHRANK)),
    ),
    abstain=(NotEvaluable(RECIST.name), Known("consolidation_merging_with_target")),
    otherwise=CONTINUE,
    look_again_days=56,
    images=("thin-section CT of the chest, same kernel and phase at every visit",),
    scan_minutes=10,
    reader_minutes=5,
    mistakes=(
        "growth under immunotherapy read as progression",
        "pneumonitis or fibrosis after radiotherapy read as growth",
        "another slice thickness or kernel read as change",
        "comparison with baseline where the nadir counts",
    ),
    memory_mb=2048,
)
