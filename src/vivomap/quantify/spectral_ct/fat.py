"""Fat beside iodine in two energies: the liver's fat on a contrast scan, when all volume is water or fat.

    HU_j = s_j c + HU_fat,j f         f the volume of fat, 1 - f that of water; iodine takes no room

is the split of `mixture.py` with the constraint put in, so that two energies are enough for three materials.
"""

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Region
from vivomap.maths.decomposition import split
from vivomap.quantify.spectral_ct.agents import PHANTOM
from vivomap.quantify.spectral_ct.calibration import ASKED, fat
from vivomap.quantify.spectral_ct.mixture import WATER, doubt, mean_of, mixture


def spectral_fat(spectral_ct: Image, region: Region) -> Estimate:
    """Share of fat in the volume of the region, %, and in its settings iodine under the same constraint.

    Raises Refusal if HU of fat are not known, or the energies do not tell fat from iodine.
    """
    matter = mixture(spectral_ct)
    known, adipose = matter.calibration, fat(spectral_ct)
    iodine = known.agents[0]
    found = split(np.column_stack((iodine.values, adipose.values)), matter.noise)
    of_iodine, of_fat = found.weights
    inside = mean_of(spectral_ct, region, of_fat, matter)
    share = inside.value - WATER * float(of_fat.sum())
    agent = mean_of(spectral_ct, region, of_iodine, matter).value - WATER * float(of_iodine.sum())
    amounts = np.array((agent, 0.0))
    own = float(np.linalg.norm(of_fat * share * adipose.doubts))
    sure = doubt(inside._replace(amounts=amounts), matter._replace(calibration=known._replace(agents=(iodine,))))
    settings = (*known.said, ("iodine_mg_ml", agent), ("condition", found.condition), ("voxels", float(inside.voxels)))
    return Estimate(100 * share, 100 * float(np.hypot(sure, own)), flags=known.flags, settings=settings)


SPECTRAL_FAT = Biomarker(
    name="spectral_fat",
    unit="%",
    needs=("spectral_ct", "region"),
    compute=spectral_fat,
    source="three materials in two energies, volumes adding up to one (methods A12)",
    title="Fat beside iodine",
    acquisition=ASKED,
    truth=f"{PHANTOM}:liver",
    dimensions=2,
)
