"""UIDs: each gets its pseudonym wherever it stands, so that every reference still finds its object.

Those that the standard itself gives out (transfer syntaxes, coding schemes, well-known frames of reference) name no
patient and stay; so do the classes that makers have registered, by the names of their attributes.
"""

from __future__ import annotations

import re

from vivomap.acquire.deidentify.key import Key

STANDARD = "1.2.840.10008."
CODE_SYSTEMS = "2.16.840.1.113883.6."  # HL7's register of public dictionaries
VALID = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLASSES = _words("""
    SOPClassUID ReferencedSOPClassUID MediaStorageSOPClassUID TransferSyntaxUID RelatedGeneralSOPClassUID
    OriginalSpecializedSOPClassUID ReferencedSOPClassUIDInFile ReferencedRelatedGeneralSOPClassUIDInFile
    ReferencedTransferSyntaxUIDInFile AvailableTransferSyntaxUID SOPClassesInStudy SOPClassesSupported
    EncapsulatedDocumentClassUID
    EncryptedContentTransferSyntaxUID MACCalculationTransferSyntaxUID
""")


def pseudonym(uid: str, key: Key) -> str:
    """What a UID is called outside; one of the standard's own stays. Whatever is no UID becomes one."""
    return uid if _registered(uid) else key.uid(uid)


def kept(keyword: str, uid: str) -> bool:
    """Whether an attribute names a class, a scheme or a syntax, not a thing of this patient."""
    known = keyword in CLASSES or (keyword == "CodingSchemeUID" and uid.startswith(CODE_SYSTEMS))
    return known and len(uid) <= 64 and VALID.fullmatch(uid) is not None


def _registered(uid: str) -> bool:
    """Whether the standard gave a UID out: below its root, and short as all of those are."""
    return uid.startswith(STANDARD) and VALID.fullmatch(uid) is not None and len(uid) <= 36
