"""What happens to each attribute: table E.1-1 of PS3.15 with the options that we use, and a rule for all others.

Where the table leaves a choice ("X/Z/D": remove, unless the object needs it empty or filled) we take the one that keeps
every object valid: empty rather than absent, a dummy rather than empty. Attributes that the table does not name are
treated by their value representation, more strictly than the standard asks: a person's name goes wherever it stands,
dates move, UIDs are mapped, text is cleaned; what neither the table nor the dictionary knows is removed.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydicom.datadict import keyword_for_tag

REMOVE, EMPTY, DUMMY, KEEP = "remove", "empty", "dummy", "keep"
CLEAN, MAP, MOVE, INSIDE = "clean", "map", "move", "inside"
OPTIONS = {  # of the table: what we do where the option is ours
    "dates": MOVE,
    "device": KEEP,
    "patient": KEEP,
    "patient-clean": CLEAN,
    "descriptor": CLEAN,
    "structured": INSIDE,
    "uids": MAP,
    "graphics": REMOVE,
    "held": REMOVE,
}
BASIC = {"X": REMOVE, "Z": EMPTY, "D": DUMMY, "U": MAP, "X/Z": EMPTY, "X/D": DUMMY, "Z/D": DUMMY, "X/Z/D": EMPTY}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# words of the machine, not of people: kept as they are unless they hold a word of the patient
TECHNIQUE = _words("""
    Manufacturer ManufacturerModelName SoftwareVersions ConvolutionKernel SequenceName PulseSequenceName
    ReceiveCoilName TransmitCoilName FilterType FilterMaterial CollimatorGridName ImagedNucleus ResonantNucleus
    RescaleType LUTLabel CodingSchemeDesignator CodingSchemeVersion CodingSchemeRegistry MeasuredValueUnits
    SpatialResolutionUnits ReceiveCoilManufacturerName TransmitCoilManufacturerName AnodeTargetMaterial GridID
    TransducerData ProcessingFunction TriggerSourceOrType LossyImageCompressionMethod FrameType ImageType
    SegmentAlgorithmName AlgorithmName AlgorithmVersion ContentLabel ContentQualification
    MIMETypeOfEncapsulatedDocument UnitOfMeasure ImplementationVersionName ApplicationVersion ApplicationName
    ApplicationManufacturer ModalityLUTType DecayCorrection CountsSource AttenuationCorrectionMethod
    ScatterCorrectionMethod RandomsCorrectionMethod ReconstructionMethod TemplateIdentifier MappingResource
    ContextIdentifier DetectorMode
""")
# names that tie objects or visits together: two names stay two, one stays one
LABELS = _words("""
    ROIName SegmentLabel TrackingID ROIObservationLabel StructureSetLabel RTPlanLabel BeamName EntityLabel
    AnnotationGroupLabel PyramidLabel ChannelLabel MaterialID
""")
VALUES = {  # what the table does not name, by value representation
    "SQ": INSIDE,
    "UI": MAP,
    "DA": MOVE,
    "DT": MOVE,
    "TM": MOVE,
    "PN": EMPTY,
    "AE": REMOVE,
    "UR": REMOVE,
    "UN": REMOVE,
}
TEXT = frozenset({"LO", "SH", "LT", "ST", "UT", "UC"})
BYTES = frozenset({"OB", "OW"})
# bytes that are numbers of the image itself
MEASURED = _words("""
    PixelData RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
    AlphaPaletteColorLookupTableData SegmentedRedPaletteColorLookupTableData
    SegmentedGreenPaletteColorLookupTableData SegmentedBluePaletteColorLookupTableData
    SegmentedAlphaPaletteColorLookupTableData LUTData ICCProfile WaveformData WaveformPaddingValue
    ChannelMinimumValue ChannelMaximumValue FileMetaInformationVersion PixelPaddingValue LargestImagePixelValue
    SmallestImagePixelValue
""")


@cache
def table() -> dict[int, tuple[str, str]]:
    """Table E.1-1: action of the basic profile and the option that softens it, by tag."""
    lines = (files(__package__) / "table.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line.startswith("("))
    return {int(tag[1:5] + tag[6:10], 16): (action, option) for tag, _, action, option in rows}


@cache
def action(tag: int, vr: str) -> str:
    """What happens to an attribute of this tag and value representation."""
    keyword = keyword_for_tag(tag)
    if not keyword:
        return REMOVE
    if keyword in LABELS:
        return CLEAN
    if tag in table():
        basic, option = table()[tag]
        chosen = OPTIONS[option] if option != "-" else BASIC[basic]
        return _inside(chosen, basic) if vr == "SQ" else chosen
    if vr in TEXT:
        return KEEP if keyword in TECHNIQUE else CLEAN
    if vr in BYTES:
        return KEEP if keyword in MEASURED else REMOVE
    return VALUES.get(vr, KEEP)


def _inside(chosen: str, basic: str) -> str:
    """For a sequence: kept, cleaned and dummy items are the same items, cleaned inside; empty ones are left out."""
    if chosen in (KEEP, CLEAN, MAP, INSIDE, DUMMY):
        return INSIDE
    return EMPTY if basic == "Z" else REMOVE


def basic(tag: int) -> str:
    """The action of the basic profile for an attribute; "" where the table does not name it."""
    return table().get(tag, ("", ""))[0]
