"""C01 to C14: slices that do not lie where a volume would have them."""

from __future__ import annotations

from pydicom.uid import DigitalXRayImageStorageForPresentation

from .card import Card, Trial
from .deeds import among, in_folder, trials
from .making_geometry import (
    FLIPS,
    POSITIONS,
    diffusion,
    each,
    flipped,
    multi_frame,
    no_pair,
    one,
    outline_alone,
    outline_first,
    outlined,
    placed,
    projection,
    renamed,
    twin,
    ultrasound,
)
from .objects import COUNT, edited

CARDS = (
    Card(
        "C01",
        "shuffled files",
        in_folder("other folders, names and order", renamed, "KEEP"),
        also=("acquire/dicom/test_geometry.py::test_any_order_of_the_files_gives_the_same_grid",),
    ),
    Card("C02", "a slice is missing", in_folder("in the middle", twin("missing_slice"), "NO-RESULT", "missing_slice")),
    Card(
        "C03",
        "a position comes twice",
        trials(
            in_folder("with other pixels", twin("duplicate"), "NO-RESULT"),
            in_folder("the same file", twin("again"), "FLAG", "duplicate_file"),
        ),
    ),
    Card("C04", "a localiser among axial slices", in_folder("in one series", twin("localiser"), "NO-RESULT")),
    Card("C05", "a leaning gantry", in_folder("by 15 degrees", twin("tilt"), "NO-RESULT")),
    Card(
        "C06",
        "spacing that varies",
        trials(
            in_folder("every other slice", twin("uneven"), "NO-RESULT"),
            in_folder("half a step in the middle", twin("step"), "NO-RESULT", "uneven_slices"),
        ),
    ),
    Card("C07", "jitter of 1e-3 mm", in_folder("of every other slice", twin("jitter"), "KEEP")),
    Card(
        "C08",
        "directions that are none",
        trials(
            in_folder(
                "not of length 1",
                each(lambda ds, k: setattr(ds, "ImageOrientationPatient", [2, 0, 0, 0, 1, 0])),
                "NO-RESULT",
                "bad_orientation",
            ),
            in_folder(
                "not square to each other",
                each(lambda ds, k: setattr(ds, "ImageOrientationPatient", [1, 0, 0, 0.6, 0.8, 0])),
                "NO-RESULT",
                "bad_orientation",
            ),
            in_folder(
                "zeros",
                each(lambda ds, k: setattr(ds, "ImageOrientationPatient", [0] * 6)),
                "NO-RESULT",
                "bad_orientation",
            ),
            in_folder(
                "five of six", each(lambda ds, k: setattr(ds, "ImageOrientationPatient", [1, 0, 0, 0, 1])), "NO-RESULT"
            ),
            in_folder("none at all", each(lambda ds, k: delattr(ds, "ImageOrientationPatient")), "NO-RESULT"),
            in_folder("one slice turned", twin("turned"), "NO-RESULT"),
        ),
    ),
    Card(
        "C09",
        "flips and patient positions",
        (
            *(
                Trial(f"{name} stored the other way round", placed(each(flipped(*how))), "KEEP")
                for name, how in FLIPS.items()
            ),
            *in_folder(
                "a patient position that its directions do not follow",
                each(lambda ds, k: setattr(ds, "PatientPosition", POSITIONS[1])),
                "KEEP",
            ),
        ),
        also=("acquire/phantom/test_letter.py::test_left_stays_left_and_an_l_stays_an_l",),
    ),
    Card(
        "C10",
        "ultrasound without a scale, spacing of a projection",
        trials(
            in_folder(
                "ultrasound",
                lambda folder, n: (folder / "us").write_bytes(ultrasound(n, 0)),
                "NO-RESULT",
                "no_calibration",
            ),
            in_folder("spacing at the detector alone", each(projection), "NO-RESULT", "no_calibration"),
            in_folder(
                "a radiograph",
                each(
                    lambda ds, k: [
                        setattr(ds, "SOPClassUID", DigitalXRayImageStorageForPresentation),
                        setattr(ds, "Modality", "DX"),
                    ]
                ),
                "HOLD",
                "modality_unknown",
            ),
        ),
        also=("acquire/dicom/test_flat.py::test_a_region_in_cm_is_the_scale",),
    ),
    Card(
        "C11",
        "another frame of reference",
        trials(
            in_folder("of one slice", among(edited(one(FrameOfReferenceUID="1.2.3.99"))), "NO-RESULT"),
        ),
        also=("acquire/regions/test_rtstruct.py::test_another_frame_of_reference_or_no_image_is_held",),
    ),
    Card(
        "C12",
        "an outline before its images",
        (
            *in_folder("alone in a folder", outline_alone, "HOLD", truth=outlined),
            Trial("sent first, its images afterwards", outline_first, "KEEP", slow="17 objects are sent"),
        ),
    ),
    Card(
        "C13",
        "a multi-frame object equals its classic series",
        in_folder("made by highdicom", multi_frame, "KEEP"),
        also=("acquire/dicom/test_frames.py::test_a_multi_frame_object_is_the_classic_series_it_was_made_of",),
    ),
    Card(
        "C14",
        "a slice without its b-value",
        (
            Trial("one of fourteen", no_pair(3), "NO-RESULT", "volumes_apart"),
            Trial("the last one", no_pair(COUNT - 1), "NO-RESULT", "volumes_apart"),
            *in_folder("none of them", diffusion(-1), "KEEP", truth=diffusion(-1)),
        ),
        also=("acquire/dicom/test_times.py::test_a_volume_without_its_b_value_denies_the_role",),
    ),
)
