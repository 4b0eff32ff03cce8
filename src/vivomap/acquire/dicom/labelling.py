"""How the blood of an arterial spin labelling series was labelled, as far as its header says.

Kind of label, its length and what each volume is have attributes in enhanced objects; the delay of a continuous label
has none, so that only a pulsed one (whose delay is the inversion time) can bring it. What is not said is not assumed:
flow is then refused with the setting that is absent.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from pydicom.dataset import Dataset

from vivomap.acquire.dicom.plane import Plane
from vivomap.core import Settings

KINDS = {"PSEUDOCONTINUOUS": "PCASL", "PULSED": "PASL", "CONTINUOUS": "CASL"}
WORDS = {"LABEL": "label", "CONTROL": "control", "M_ZERO_SCAN": "m0"}


def labelled(ds: Dataset, firsts: Sequence[Plane]) -> Settings:
    """The settings of the label, from the whole header of a series and the first plane of each volume."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = KINDS.get(str(ds.get("ArterialSpinLabelingContrast", "") or "").upper(), "")
    found: list[tuple[str, str | float]] = [("labelling", kind)] if kind else []
    said = [(p.text("ASLContext") or p.text("PhilipsLabel")).upper() for p in firsts]
    if all(word in WORDS for word in said):
        found.append(("asl_context", " ".join(WORDS[word] for word in said)))
    lengths = {p.number("ASLPulseTrainDuration") for p in firsts} - {None}
    if len(lengths) == 1:
        found.append(("label_duration_ms", float(lengths.pop() or 0.0)))
    delays = {p.number("InversionTime") for p in firsts} - {None}
    if kind == "PASL" and len(delays) == 1:
        found.append(("pld_ms", float(delays.pop() or 0.0)))
    return tuple(found)
