"""Amyloid on the Centiloid scale: 0 in the young and healthy, 100 in typical Alzheimer's disease, whatever the tracer.

    CL = slope SUVR + intercept        slope and intercept of the tracer's file, with their source

It holds for the regions with which it was derived: the region must be drawn as "centiloid_cortex", the standard cortex
of the Centiloid project, over the whole cerebellum. A tracer without a calibration has no Centiloids.
"""

from __future__ import annotations

from vivomap.core import Biomarker, Estimate, Measurement, Refusal, Region
from vivomap.core.tracers import tracers

KLUNK = "Centiloid project, Klunk et al., Alzheimers Dement 2015;11:1, PMC4300247; each tracer's equation in its file"
CORTEX = "centiloid_cortex"


def centiloid(suvr: Measurement, region: Region) -> Estimate:
    """Centiloids of the standard cortex, from its SUVR.

    The doubt is that of the SUVR: none is published for the equations themselves. Raises Refusal `no_centiloid` if
    the tracer has no calibration, or its SUVR another reference, `empty_region` if the region has no voxels.
    """
    said = dict(suvr.provenance.settings)
    tracer = tracers()[str(said["tracer"])]
    if tracer.centiloid is None:
        raise Refusal("no_centiloid", f"{tracer.name} has no Centiloid equation in its file")
    line = tracer.centiloid
    if said["reference"] != line.reference:
        found = str(said["reference"])
        raise Refusal("no_centiloid", "the SUVR has another reference", found=found, expected=line.reference)
    settings = (
        ("tracer", tracer.name),
        ("slope", line.slope),
        ("intercept", line.intercept),
        ("regions", line.regions),
    )
    return Estimate(line.slope * suvr.value + line.intercept, abs(line.slope) * suvr.uncertainty, settings=settings)


CENTILOID = Biomarker(
    name="centiloid",
    unit="{CL}",
    needs=("suvr", "region"),
    compute=centiloid,
    source=KLUNK,
    title="Centiloids",
    truth="vivomap.acquire.phantom.molecular:amyloid",
    dimensions=2,
    better="lower",
    of=CORTEX,
)
