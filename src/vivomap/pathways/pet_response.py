"""FDG PET of a solid tumour: does its metabolism respond, and is the change real?

PERCIST 1.0 compares the hottest lesion of each visit; its label and the verdict of the measurement stand side by side.
"""

from vivomap.core import Option, Pathway, Rule
from vivomap.decide.when import Both, Called, Either, Fell, Known, Lesion, NotEvaluable, Rose, WeeksSince, Without
from vivomap.quantify.uptake import LIVER_SUL, LIVER_SUL_SD, MTV_41, MTV_FIXED, SUL_PEAK, SUV_MAX, SUV_MEAN, TLG
from vivomap.track.criteria.percist import PERCIST

PERCIST_10 = "PERCIST 1.0, Wahl et al. 2009, doi:10.2967/jnumed.108.057307; O et al. 2016, Radiology"
DISCORDANT = "project: label and measurement disagree, so the evidence is not enough to act on"
INFLAMED = "PERCIST 1.0: uptake of inflammation after radiotherapy (12 weeks, from memory: check before use)"

CONTINUE = Option(
    "continue treatment, image again at the planned date",
    "C",
    PERCIST_10,
    benefit="keeps a treatment that the evidence does not speak against",
    harm="a rise inside the limits of measurement is seen one visit later",
)
EARLY = Option(
    "image again on the same scanner, before acting",
    "P",
    DISCORDANT,
    benefit="tells true change from measurement error and from another uptake time",
    harm="one more PET; a true change is acted on some weeks later",
)
WAIT = Option(
    "image again 12 weeks after radiotherapy, before acting",
    "C",
    INFLAMED,
    benefit="does not take inflammation for progression",
    harm="a true progression is acted on some weeks later",
)
DISCUSS = Option(
    "discuss a change of treatment",
    "C",
    PERCIST_10,
    benefit="stops a treatment under which the tumour's metabolism truly rises",
    harm="gives up a treatment too early where uptake is inflammation",
)

PROGRESSED, RESPONDED = Called(PERCIST.name, ("PMD",)), Called(PERCIST.name, ("PMR", "CMR"))
HOTTER = Either(Rose(SUL_PEAK.name), Lesion("new"))
COOLER = Either(Fell(SUL_PEAK.name), Lesion("vanished"))
RECENT = WeeksSince("radiotherapy", 0, 12)

PATHWAY = Pathway(
    name="pet_response",
    question="Does the tumour's metabolism respond to treatment, and is the change real?",
    organ="any",
    regions=("lesion", "node"),
    measure=(SUL_PEAK, SUV_MAX, SUV_MEAN, MTV_41, TLG, LIVER_SUL, LIVER_SUL_SD),
    if_imaged=(MTV_FIXED,),
    against="first",
    judge=(PERCIST,),
    rules=(
        Rule(WAIT, Both(PROGRESSED, RECENT)),
        Rule(DISCUSS, Without(Both(PROGRESSED, HOTTER), RECENT)),
        Rule(EARLY, Without(Without(PROGRESSED, HOTTER), RECENT)),
        Rule(CONTINUE, Both(RESPONDED, COOLER)),
        Rule(EARLY, Without(RESPONDED, COOLER)),
    ),
    abstain=(NotEvaluable(PERCIST.name), Known("infection_near_target")),
    otherwise=CONTINUE,
    look_again_days=63,
    images=("FDG PET-CT, same scanner and reconstruction, uptake time within 15 minutes of the first",),
    scan_minutes=25,
    reader_minutes=5,
    mistakes=(
        "another scanner, reconstruction or uptake time read as change",
        "inflammation after radiotherapy or chemotherapy read as progression",
        "a wrong weight or dose read as change",
        "another hottest lesion overlooked",
    ),
    memory_mb=2048,
)
