"""The coded concepts that leave vivomap in a report: one frozen table, so that a number is called the same everywhere.

A concept has a value, a scheme and a meaning. Schemes: SCT (the SNOMED CT codes that DICOM carries), DCM (the DICOM
standard, part 16), LN (LOINC), UMLS and UCUM. What has no code in these has one of our own, scheme 99VIVOMAP, in `OWN`;
a near miss is never borrowed. Every error code that has a page is a concept of 99VIVOMAP under its own name.
"""

from __future__ import annotations

import re

from vivomap.core import UNITS, Refusal, coding
from vivomap.core.coding import BIOMARKERS, LIVER
from vivomap.core.concept import PRIVATE, Coded, Concept
from vivomap.core.concept import own as _own

__all__ = ["PRIVATE", "Coded", "Concept"]

OWN: dict[str, Concept] = {
    c.value: c
    for c in (
        _own("STD_UNCERTAINTY", "Standard uncertainty (k = 1)"),
        _own("ACQUIRED_ON", "Day of acquisition of the measured image"),
        _own("CLAIM", "Identifier of this claim in vivomap"),
        _own("REFERENCE_DAY", "Day of the reference measurement"),
        _own("REFERENCE_VALUE", "Reference measurement"),
        _own("DIFFERENCE", "Difference from the reference measurement"),
        _own("NO_CHANGE_LOW", "Lower 95 % limit of no change"),
        _own("NO_CHANGE_HIGH", "Upper 95 % limit of no change"),
        _own("CHANCE_REAL", "Probability that the change is real"),
        _own("NO_CHANGE_SOURCE", "What the limits of no change rest on"),
        _own("CHANGE", "Change from the reference measurement, in words"),
        _own("TREATMENT", "Treatment between the two measurements"),
        _own("FLAG", "Warning"),
        _own("NOT_GIVEN", "Not given, with the reason"),
        _own("REASON", "Reason code"),
        _own("FATE", "What became of the lesion"),
        _own("MATCHED", "Seen again"),
        _own("NEW", "New"),
        _own("VANISHED", "Vanished"),
        _own("SPLIT", "Split"),
        _own("MERGED", "Merged"),
        _own("UNCERTAIN", "Identity uncertain"),
        _own("UNSEARCHED", "Not searched for"),
        _own("VERDICT", "Response verdict, in words"),
        _own("CHANCE_NOISE", "Probability that measurement error alone gave the verdict"),
        _own("TARGET_RESPONSE", "Response of the target lesions"),
        _own("BASELINE", "Baseline of the criterion"),
        _own("CR", "Complete response"),
        _own("PR", "Partial response"),
        _own("SD", "Stable disease"),
        _own("PD", "Progressive disease"),
        _own("NON_CR_NON_PD", "Neither complete response nor progressive disease"),
        _own("NE", "Not evaluable"),
        _own("PERCIST", "PERCIST 1.0"),
        _own("CMR", "Complete metabolic response"),
        _own("PMR", "Partial metabolic response"),
        _own("SMD", "Stable metabolic disease"),
        _own("PMD", "Progressive metabolic disease"),
        _own("PROPOSAL", "Proposed for discussion, not an order"),
        _own("ABSTAINED", "Nothing is proposed, with the reason"),
        _own("AS_DRAWN", "Region as drawn"),
        _own("FINDING_TEXT", "Finding, as it was named"),
        _own("SITE_TEXT", "Site, as it was named"),
        _own("CHANCE", "Probability of the outcome"),
        *coding.OWN.values(),
    )
}

CRITERIA: dict[str, Concept] = {"recist": Concept("126081", "DCM", "RECIST 1.1"), "percist": OWN["PERCIST"]}
CATEGORIES: dict[str, Concept] = {
    **{c: OWN[c] for c in ("CR", "PR", "SD", "PD", "NE", "CMR", "PMR", "SMD", "PMD")},
    "baseline": OWN["BASELINE"],
    "non-CR/non-PD": OWN["NON_CR_NON_PD"],
}
TARGETS: dict[str, Concept] = {
    "CR": Concept("112041", "DCM", "Target Lesion Complete Response"),
    "PR": Concept("112042", "DCM", "Target Lesion Partial Response"),
    "PD": Concept("112043", "DCM", "Target Lesion Progressive Disease"),
    "SD": Concept("112044", "DCM", "Target Lesion Stable Disease"),
}
CURRENT_RESPONSE = Concept("112048", "DCM", "Current Response")
BASELINE = Concept("121079", "DCM", "Baseline")
LESION = Concept("52988006", "SCT", "Lesion")
ABNORMAL = Concept("49755003", "SCT", "Morphologically Abnormal Structure")
SPATIAL = Concept("309825002", "SCT", "Spatial and Relational Concept")
PLUS = Concept("371886008", "SCT", "+, range of upper measurement uncertainty")
MINUS = Concept("371885007", "SCT", "-, range of lower measurement uncertainty")
LANGUAGE = Concept("en-US", "RFC5646", "English (United States)")
METHOD = Concept("370129005", "SCT", "Measurement Method")
REPORT = Concept("126000", "DCM", "Imaging Measurement Report")
MEASUREMENTS = Concept("126010", "DCM", "Imaging Measurements")
EVALUATIONS = Concept("C0034375", "UMLS", "Qualitative Evaluations")
PROCEDURE = Concept("121058", "DCM", "Procedure reported")
IMAGING = Concept("363679005", "SCT", "Imaging procedure")

PROCEDURES: dict[str, Concept] = {  # of DICOM CID 100, by modality; several together are IMAGING
    "CT": Concept("25045-6", "LN", "CT unspecified body region"),
    "MR": Concept("25056-3", "LN", "MRI unspecified body region"),
    "NM": Concept("49118-3", "LN", "NM unspecified body region"),
    "PT": Concept("44136-0", "LN", "PET unspecified body region"),
}
FINDINGS: dict[str, Concept] = {
    "lesion": LESION,
    "node": LESION,
    "mass": Concept("4147007", "SCT", "Mass"),
    "tumour": Concept("108369006", "SCT", "Neoplasm"),
    "tumor": Concept("108369006", "SCT", "Neoplasm"),
}
NODE = Concept("59441001", "SCT", "Lymph node")
SITES: dict[str, Concept] = {
    c.meaning.lower(): c
    for c in (
        Concept("39607008", "SCT", "Lung"),
        LIVER,
        Concept("12738006", "SCT", "Brain"),
        Concept("76752008", "SCT", "Breast"),
        Concept("41216001", "SCT", "Prostate"),
        Concept("68367000", "SCT", "Thigh"),
        Concept("72410000", "SCT", "Mediastinum"),
        Concept("64033007", "SCT", "Kidney"),
        Concept("272673000", "SCT", "Bone"),
        Concept("78961009", "SCT", "Spleen"),
        Concept("15776009", "SCT", "Pancreas"),
        Concept("23451007", "SCT", "Adrenal gland"),
        Concept("34402009", "SCT", "Rectum"),
        Concept("71854001", "SCT", "Colon"),
        Concept("80891009", "SCT", "Heart"),
        Concept("818981001", "SCT", "Abdomen"),
        Concept("45048000", "SCT", "Neck"),
        Concept("69536005", "SCT", "Head"),
        Concept("15497006", "SCT", "Ovary"),
        Concept("35039007", "SCT", "Uterus"),
        Concept("89837001", "SCT", "Bladder"),
        Concept("69695003", "SCT", "Stomach"),
        Concept("3120008", "SCT", "Pleura"),
        Concept("39937001", "SCT", "Skin"),
        NODE,
    )
} | {"node": NODE}
SIDES: dict[str, Concept] = {
    "left": Concept("7771000", "SCT", "Left"),
    "right": Concept("24028007", "SCT", "Right"),
    "bilateral": Concept("51440002", "SCT", "Bilateral"),
}


def biomarker(name: str) -> Coded:
    """How a number is coded; one that is not in the table goes under its own name in our scheme."""
    return BIOMARKERS.get(name) or Coded(Concept(name, PRIVATE, name.replace("_", " ")[:64]))


def category(name: str) -> Concept:
    """The category of a criterion; one that is not in the table goes under its own name in our scheme."""
    return CATEGORIES.get(name) or Concept(name, PRIVATE, name[:64])


def criterion(name: str) -> Concept:
    """A response criterion; one that is not in the table goes under its own name in our scheme."""
    return CRITERIA.get(name) or Concept(name, PRIVATE, name.replace("_", " ")[:64])


def reason(code: str) -> Concept:
    """An error code, whose page tells more, as a concept of our scheme."""
    return Concept(code, PRIVATE, code.replace("_", " ")[:64])


def unit(ucum: str) -> Concept:
    """A unit as UCUM. Raises Refusal `unknown_unit` if it is not in the table of units."""
    if ucum not in UNITS:
        raise Refusal("unknown_unit", f"{ucum!r} is not a unit of this table", expected="a UCUM string")
    return Concept(ucum, "UCUM", "no units" if ucum == "1" else UNITS[ucum])


def site(finding: str, where: str) -> tuple[Concept | None, Concept | None]:
    """Site and side of what was found; a node with no named site is in a lymph node. None where there is no code."""
    words = re.findall(r"[a-z]+", where.lower())
    side = next((SIDES[w] for w in words if w in SIDES), None)
    rest = " ".join(w for w in words if w not in SIDES)
    return SITES.get(rest or finding.lower()), side
