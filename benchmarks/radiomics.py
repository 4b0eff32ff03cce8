"""Radiomics of one region: ours against the peers that are here, as ratios of CPU time from one run.

A smooth random field in a ball: about 45,000 and 1.05 million voxels, 32 grey levels, shape, statistics, histogram and
every table of texture, three-dimensional, merged or (where a peer offers no merging) averaged. Moran's I, Geary's C and
the peaks are left out: most peers have none. Each peer runs in its own process, after one run to warm up. The variables
VIVOMAP_PICTOLOGICS (Python 3.12) and VIVOMAP_RADIOMICS (pyradiomics, flash-radiomics, nyxus, mirp; several interpreters
with ":" between) name interpreters that have them; a peer that is in none is named as absent.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

from vivomap.quantify.texture.features import read
from vivomap.quantify.texture.processing import Processing, prepare

SIZES = {"small": 22.0, "large": 63.0}  # radius in voxels
CARD = Processing("benchmark", "1", number=32)
FAMILIES = ("shape", "statistics", "histogram", "texture")
OWED = {"small": {}, "large": {"pictologics": 1 / 1.5, "pyradiomics": 30}}  # least ratios
SOON = {"small": "  owed 0.05 s", "large": ""}
HEAD = "import sys, time, io, contextlib, logging; logging.disable(50); im, mk = sys.argv[1:3]\n"
TAIL = """
best = 1e9
for _ in range(4):
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        found = work()
    best = min(best, time.process_time() - start)
named = {str(k): v for k, v in dict(found).items()}
words = ("joint_entropy", "jointentropy", "glcm_je")
entropy = [float(v) for k, v in named.items() if any(w in k.lower() for w in words)]
print("RESULT", best, len(named), entropy[0] if entropy else float("nan"))
"""
RADIOMICS = """
import SimpleITK as sitk
from {0} import featureextractor
ex = featureextractor.RadiomicsFeatureExtractor(additionalInfo=False, binCount=32)
ex.disableAllFeatures()
for c in ["firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]:
    ex.enableFeatureClassByName(c)
a, m = sitk.ReadImage(im), sitk.ReadImage(mk)
work = lambda: ex.execute(a, m)
"""
PEERS = {
    "pictologics": """
from pictologics import RadiomicsPipeline, load_image
p = RadiomicsPipeline(load_standard=False)
families = ["intensity", "morphology", "texture", "histogram"]
p.add_config("c", [dict(step="discretise", params=dict(method="FBN", n_bins=32)),
    dict(step="extract_features", params=dict(families=families, include_spatial_intensity=False,
                                              include_local_intensity=False))])
a, m = load_image(im), load_image(mk)
work = lambda: p.run(image=a, mask=m, subject_id="s", config_names=["c"])["c"].to_dict()
""",
    "pyradiomics": RADIOMICS.format("radiomics"),
    "flash-radiomics": RADIOMICS.format("flash_radiomics"),
    "nyxus": """
import nyxus
n = nyxus.Nyxus3D(["*3D_ALL*"], coarse_gray_depth=32, n_feature_calc_threads=1)
work = lambda: n.featurize_files([im], [mk], False).iloc[0].to_dict()
""",
    "mirp": """
from mirp import extract_features
def work():
    r = extract_features(image=im, mask=mk, image_modality="ct", by_slice=False, num_cpus=1,
        base_feature_families=["morph", "stat", "ih", "cm", "rlm", "szm", "dzm", "ngtdm", "ngldm"],
        base_discretisation_method="fixed_bin_number", base_discretisation_n_bins=32)
    return r[0].iloc[0].to_dict()
""",
}


def made(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Whole-number intensities that neighbours share, and a ball of the given radius in voxels."""
    n = int(radius) + 4
    z, y, x = np.ogrid[-n : n + 1, -n : n + 1, -n : n + 1]
    mask = z * z + y * y + x * x <= radius**2
    noise = np.random.default_rng(0).normal(size=mask.shape)
    return np.rint(2000 * ndimage.gaussian_filter(noise, 1.5)), mask


def ours(values: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Every feature asked of the peers."""
    return read(prepare(values, mask, (1.0, 1.0, 1.0), CARD), CARD, FAMILIES)


def timed(values: np.ndarray, mask: np.ndarray, runs: int = 5) -> tuple[float, dict[str, float]]:
    """The least CPU time of some runs, s, and what came out."""
    best, found = np.inf, {}
    for _ in range(runs):
        start = time.process_time()
        found = ours(values, mask)
        best = min(best, time.process_time() - start)
    return best, found


def asked(name: str, image: Path, mask: Path) -> tuple[float, int, float] | None:
    """CPU s, number of features and joint entropy of a peer, from the first interpreter that has it; else None."""
    variable = "VIVOMAP_PICTOLOGICS" if name == "pictologics" else "VIVOMAP_RADIOMICS"
    for python in os.environ.get(variable, sys.executable).split(":"):
        words = [python, "-W", "ignore", "-c", HEAD + PEERS[name] + TAIL, str(image), str(mask)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        except (subprocess.TimeoutExpired, FileNotFoundError) as trouble:
            print(f"{name}: {python} gave nothing ({type(trouble).__name__})")
            continue
        for line in done.stdout.splitlines():
            if line.startswith("RESULT"):
                _, cpu, count, entropy = line.split()
                return float(cpu), int(count), float(entropy)
    return None


def main() -> None:
    """Prints the table."""
    start = time.perf_counter()
    ours(*made(8.0))
    print(f"first call, compiled or from the cache: {time.perf_counter() - start:.1f} s (owed: below 10)")
    for size, radius in SIZES.items():
        values, mask = made(radius)
        best, found = timed(values, mask)
        print(f"\n{size}: {int(mask.sum())} voxels")
        print(
            f"{'vivomap':16} {best:8.3f} s CPU  {len(found):4} features  joint entropy {found['TU9B']:.4f}{SOON[size]}"
        )
        with tempfile.TemporaryDirectory() as folder:
            image, region = Path(folder) / "image.nii.gz", Path(folder) / "mask.nii.gz"
            nibabel.Nifti1Image(values.T.astype(np.float32), np.eye(4)).to_filename(image)
            nibabel.Nifti1Image(mask.T.astype(np.uint8), np.eye(4)).to_filename(region)
            for name in PEERS:
                answer = asked(name, image, region)
                if answer is None:
                    print(f"{name:16} absent, or it took more than 300 s")
                    continue
                cpu, count, entropy = answer
                owed = f"  owed {OWED[size][name]:.2g}" if name in OWED[size] else ""
                print(
                    f"{name:16} {cpu:8.3f} s CPU  {count:4} features  joint entropy {entropy:.4f}  "
                    f"ratio {cpu / best:.2f}{owed}"
                )


if __name__ == "__main__":
    main()
