"""What a name says: the finding and the site behind it, and the region that a name or its beginning means.

The tables are the one place where words become findings. They are this project's choice; what they do not know is
a lesion, unless its maker called it an organ or a planning volume.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from vivomap.core import Flag, Refusal, Region, same_grid

FINDINGS = (  # the first that the name holds, in this order
    (r"oedema|edema", "edema"),
    (r"blood[ _-]*pool|aort", "blood_pool"),
    (r"node|nodal|lymph", "node"),
    (r"gtv|lesion|tumou?r|mets?(?![a-z])|metast|mass|neoplas|cancer|carcinom|sarcom|nodul", "lesion"),
    (r"(?:^|[ _-])(liver|hepar)(?:$|[ _-])", "liver"),
    (r"(?:^|[ _-])(tract|fibre bundle|fascicul\w*)(?:$|[ _-])", "tract"),
)
SITES = (
    (r"liver|hepat|hepar", "liver"),
    (r"brain|cerebr|gliom", "brain"),
    (r"prostat", "prostate"),
    (r"breast|mamma", "breast"),
    (r"lung|pulmon", "lung"),
    (r"kidney|renal", "kidney"),
    (r"pancrea", "pancreas"),
    (r"rectum|rectal", "rectum"),
)
ORGANS = {"ORGAN", "EXTERNAL", "AVOIDANCE", "BOLUS", "SUPPORT", "FIXATION", "CAVITY", "CONTRAST_AGENT"}
PLANNING = {"PTV", "CTV", "ITV", "TREATED_VOLUME", "IRRAD_VOLUME", "DOSE_REGION", "CONTROL", "HDVOLUME"}
LESIONS = {"GTV"}  # interpreted types of RTSTRUCT, PS3.3 C.8.8.8.1
ALTERED = {"49755003", "M-01000", "4147007", "M-03000"}  # SNOMED: morphologically altered structure; mass
IMAGE_WORDS = r"(?:[ _-]*(?:ct|pet|pt|suv|mri?|t1|t2|flair|adc|dwi|dce))+"
FOLLOWED = ("lesion", "node")  # a part of one is no measure of it
LISTED = 12  # names that a message shows; project


def finding_of(name: str, kind: str = "") -> str:
    """The finding behind a name and, for an RTSTRUCT, its interpreted type."""
    if kind.upper() in ORGANS:
        return _known(name, without=("lesion", "node")) or plain(name)
    if kind.upper() in PLANNING or re.match(r"(ptv|ctv|itv)", name, re.IGNORECASE):
        return kind.lower() if kind.upper() in PLANNING else name[:3].lower()
    return _known(name) or "lesion"


def finding_of_segment(label: str, codes: tuple[str, ...], meaning: str) -> str:
    """The finding behind a SEG's label, the code values of its category and type, and the meaning of its type."""
    if ALTERED.intersection(codes):
        return _known(f"{label} {meaning}") or "lesion"
    known = _known(meaning) or _known(label)
    return known or plain(meaning or label)


def site_of(*words: str) -> str:
    """The site that the first telling word names; "" if none does."""
    hits = (site for word in words for pattern, site in SITES if re.search(pattern, word, re.IGNORECASE))
    return next(hits, "")


def allowing(flag: Flag, finding: str) -> Flag:
    """The flag of a cut region: what it denies to a lesion it does not deny to an organ, of which a part may do."""
    return flag if finding in FOLLOWED else replace(flag, denies="")


def plain(name: str) -> str:
    """A name as a finding: small letters, one underscore between words."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _known(name: str, without: tuple[str, ...] = ()) -> str:
    hits = (f for pattern, f in FINDINGS if f not in without and re.search(pattern, name, re.IGNORECASE))
    return next(hits, "")


def find(name: str, regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions that a name means: the name itself, or an unambiguous beginning of it.

    One name on several grids is one structure. Names that go on with nothing but image words (`_CT`, `_MR_T1`,
    `_PET`) and lie on different grids are one structure drawn on several images: all are given, by name.
    Raises Refusal if nothing is so called, or if the beginning fits several structures.
    """
    exact = tuple(r for r in regions if r.name == name) or tuple(
        r for r in regions if r.name.casefold() == name.casefold()
    )
    if exact:
        return exact
    begun = (
        tuple(r for r in sorted(regions, key=lambda r: r.name) if r.name.casefold().startswith(name.casefold()))
        if name
        else ()
    )
    names = tuple(dict.fromkeys(r.name for r in begun))
    if len(names) == 1 or (names and _one_structure(name, begun)):
        return begun
    if names:
        raise Refusal("ambiguous_name", f"{name!r} is the beginning of {len(names)} regions", found=_list(names))
    there = _list(tuple(dict.fromkeys(r.name for r in regions))) or "no region at all"
    raise Refusal("unknown_name", f"no region is called {name!r}", found=there)


def _one_structure(name: str, begun: tuple[Region, ...]) -> bool:
    """Whether regions differ by image words alone, and no two of them lie on one grid."""
    if not all(re.fullmatch(IMAGE_WORDS, r.name[len(name) :], re.IGNORECASE) for r in begun):
        return False
    return not any(same_grid(a, b) for i, a in enumerate(begun) for b in begun[i + 1 :])


def _list(names: tuple[str, ...]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(sorted(names)[:LISTED]) + rest
