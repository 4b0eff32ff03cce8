"""The words of a DICOM header that reading hangs on, by tag.

Everything else of a header is read in full only where it is needed: once per series for its settings, per slice for
the uptake factor of PET.
"""

from __future__ import annotations

NAMES: dict[int, str] = {
    0x00080005: "SpecificCharacterSet",
    0x00080008: "ImageType",
    0x00080016: "SOPClassUID",
    0x00080018: "SOPInstanceUID",
    0x00080020: "StudyDate",
    0x00080021: "SeriesDate",
    0x00080022: "AcquisitionDate",
    0x00080023: "ContentDate",
    0x0008002A: "AcquisitionDateTime",
    0x00080031: "SeriesTime",
    0x00080032: "AcquisitionTime",
    0x00080033: "ContentTime",
    0x00080060: "Modality",
    0x00080070: "Manufacturer",
    0x0008103E: "SeriesDescription",
    0x00100020: "PatientID",
    0x00100021: "IssuerOfPatientID",
    0x00180020: "ScanningSequence",
    0x00180060: "KVP",
    0x00180080: "RepetitionTime",
    0x00180081: "EchoTime",
    0x00180082: "InversionTime",
    0x00180088: "SpacingBetweenSlices",
    0x00181060: "TriggerTime",
    0x00181210: "ConvolutionKernel",
    0x00181242: "ActualFrameDuration",
    0x00181314: "FlipAngle",
    0x00189087: "DiffusionBValue",
    0x0020000D: "StudyInstanceUID",
    0x0020000E: "SeriesInstanceUID",
    0x00200012: "AcquisitionNumber",
    0x00200013: "InstanceNumber",
    0x00200032: "ImagePositionPatient",
    0x00200037: "ImageOrientationPatient",
    0x00200052: "FrameOfReferenceUID",
    0x00200100: "TemporalPositionIdentifier",
    0x00201002: "ImagesInAcquisition",
    0x00280002: "SamplesPerPixel",
    0x00280004: "PhotometricInterpretation",
    0x00280008: "NumberOfFrames",
    0x00280010: "Rows",
    0x00280011: "Columns",
    0x00280030: "PixelSpacing",
    0x00280100: "BitsAllocated",
    0x00280101: "BitsStored",
    0x00280102: "HighBit",
    0x00280103: "PixelRepresentation",
    0x00281052: "RescaleIntercept",
    0x00281053: "RescaleSlope",
    0x00281054: "RescaleType",
    0x00283000: "ModalityLUTSequence",
    0x00409096: "RealWorldValueMappingSequence",
    0x00540081: "NumberOfSlices",
    0x00541001: "Units",
    0x00541102: "DecayCorrection",
    0x00541300: "FrameReferenceTime",
    0x00541321: "DecayFactor",
    0x52009229: "SharedFunctionalGroupsSequence",
    0x52009230: "PerFrameFunctionalGroupsSequence",
}
SEQUENCES = frozenset(
    name for name in NAMES.values() if name.endswith("Sequence") and name != "ScanningSequence"
)  # that one is a word
COUNTS = ("SamplesPerPixel", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
# the value representations that implicit files do not name
IMPLICIT_BINARY = dict.fromkeys((*COUNTS, "NumberOfSlices"), b"US") | {"DiffusionBValue": b"FD"}

PRIVATE: dict[tuple[int, str, int], tuple[str, bytes]] = {  # (group, creator, element in its block): name and VR
    (0x0019, "SIEMENS MR HEADER", 0x0A): ("MosaicImages", b"US"),
    (0x0019, "SIEMENS MR HEADER", 0x0C): ("SiemensB", b"IS"),
    (0x0043, "GEMS_PARM_01", 0x39): ("GEB", b"IS"),
    (0x0065, "Image Private Header", 0x09): ("UnitedB", b"FD"),
    (0x2001, "Philips Imaging DD 001", 0x03): ("PhilipsB", b"FL"),
    (0x2005, "Philips MR Imaging DD 001", 0x0E): ("PhilipsScaleSlope", b"FL"),
    (0x2005, "Philips MR Imaging DD 005", 0x29): ("PhilipsLabel", b"CS"),
}
# The same elements where de-identification has taken the private creator away: only of a scanner of that maker, and
# flagged. (group, element): name, VR, maker
UNSIGNED: dict[tuple[int, int], tuple[str, bytes, str]] = {
    (0x0019, 0x100C): ("SiemensBUnsigned", b"IS", "SIEMENS"),
    (0x0043, 0x1039): ("GEBUnsigned", b"IS", "GE "),
    (0x2001, 0x1003): ("PhilipsBUnsigned", b"FL", "PHILIPS"),
}
PRIVATE_GROUPS = frozenset(group for group, _, _ in PRIVATE)

PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # float, double, integer
IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")
IDENTITY_TAGS = frozenset(tag for tag, name in NAMES.items() if name in IDENTITY)

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
PLAIN = (IMPLICIT, EXPLICIT)  # little endian, not compressed: pixels lie in the file as they are

CLASSES = "1.2.840.10008.5.1.4.1.1."
SEGMENTS = tuple(CLASSES + c for c in ("66.4", "66.7", "481.3"))  # SEG, label map SEG, RTSTRUCT
PLANS = tuple(CLASSES + c for c in ("481.5", "481.8", "481.2"))  # RTPLAN, RT ion plan, RTDOSE
DOSE = CLASSES + "481.2"
PICTURES = tuple(CLASSES + c for c in ("7", "7.1", "7.2", "7.3", "7.4"))  # secondary capture
PARAMETRIC_MAP = CLASSES + "30"
