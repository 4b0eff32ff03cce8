"""D01 to D16: headers that make another number of the same voxels."""

from __future__ import annotations

from .card import Card, Trial
from .deeds import among, both, in_folder, trials
from .making_geometry import each, twin
from .making_identity import each as rewritten
from .making_numbers import (
    ACQUIRED,
    DAYS,
    INTERCEPT,
    SPACING,
    cases,
    dated,
    halved,
    inverted,
    magnetic,
    padded,
    philips,
    slope,
    suv,
    two_visits,
    ways,
)
from .objects import elements, put, text

CARDS = (
    Card(
        "D01",
        "a slope of its own in every slice",
        trials(
            in_folder("half the slope and twice the values", each(halved), "KEEP"), suv("DRO_1_0"), suv("DRO_7_1_0")
        ),
    ),
    Card(
        "D02",
        "a slope that is none",
        trials(
            in_folder("absent", twin("no_slope"), "NO-RESULT", "slope_missing"),
            in_folder("zero in one slice", twin("zero_slope"), "NO-RESULT", "slope_invalid"),
            *(
                in_folder(repr(words), among(elements(slope(words))), "NO-RESULT", "slope_invalid")
                for words in ("NaN", "inf", "1,5", "abc", "1e999")
            ),
            in_folder("two of them", among(elements(slope("1\\2"))), "NO-RESULT"),
            in_folder("an intercept of NaN", among(elements(put(text(INTERCEPT, "DS", "NaN")))), "NO-RESULT"),
            both(
                "a comma in the size of a pixel", elements(put(text(SPACING, "DS", "0,8\\0,7"))), "HOLD", "bad_number"
            ),
            both("NaN as the size of a pixel", elements(put(text(SPACING, "DS", "NaN\\NaN"))), "HOLD", "bad_number"),
        ),
    ),
    Card(
        "D03",
        "PET factors of Philips",
        cases("DRO_2_4", "DRO_2_5", "both_factors", "factors_disagree", "stranger_factor", "DRO_error_2_6"),
    ),
    Card(
        "D04",
        "MR scaling of Philips",
        trials(
            in_folder(
                "the private scale undoes that of the display", philips((2.0, -50.0), 4.0), "KEEP", truth=magnetic
            ),
            in_folder("no scale at all", magnetic, "KEEP", truth=magnetic),
        ),
    ),
    Card(
        "D05", "units and kinds of SUV", trials(ways("DRO_2_"), cases("lean", "crossed", "unitless", "DRO_error_2_7"))
    ),
    Card(
        "D06",
        "decay corrected to the start, to the injection, not at all",
        trials(ways("DRO_3_1"), ways("DRO_3_4"), cases("no_decay", "DRO_0_0")),
    ),
    Card(
        "D07",
        "series times of makers",
        trials(
            ways("DRO_3_2"),
            ways("DRO_3_3"),
            ways("DRO_3_5"),
            cases("earliest_acquisition", "no_series_time", "stranger", "private_elsewhere"),
        ),
    ),
    Card("D08", "over midnight", cases("DRO_4_2", "DRO_4_3", "DRO_4_4", "long_ago")),
    Card("D09", "several days with a time alone", cases("DRO_4_5", "DRO_error_4_1", "DRO_error_4_2")),
    Card(
        "D10",
        "time zones",
        cases("zones_agree", "zones_differ", "mixed_zones"),
        also=("acquire/suv/test_decay.py::test_a_caller_without_an_offset_speaks_in_that_of_the_header",),
    ),
    Card(
        "D11",
        "weight and dose that cannot be",
        cases(
            "grams",
            "comma",
            "kilobecquerels",
            "centimetres",
            "newborn",
            "DRO_error_2_0",
            "DRO_error_2_1",
            "DRO_error_3_0",
            "DRO_error_3_1",
            "DRO_3_0",
        ),
    ),
    Card(
        "D12",
        "half-life",
        cases("minutes", "DRO_error_5_0", "DRO_5_0"),
        also=("acquire/suv/test_injection.py::test_a_half_life_is_never_guessed",),
    ),
    Card(
        "D13",
        "dates of injection and scan shifted by other days",
        cases("dates_shifted"),
        also=("acquire/suv/test_injection.py::test_a_shift_of_whole_days_changes_nothing_but_the_doubt",),
    ),
    Card(
        "D14",
        "dates that are none",
        trials(
            *(
                in_folder(
                    f"{day!r} as each date", rewritten(dated(day)), "FLAG", "bad_date", truth=rewritten(dated(""))
                )
                for day in DAYS
            ),
            *(
                both(f"{day!r} in one slice", elements(put(text(ACQUIRED, "DA", day))), "FLAG", "bad_date")[1:]
                for day in DAYS
            ),
        ),
        also=("acquire/dicom/test_days.py::test_an_impossible_or_partial_date_is_no_date_and_not_replaced",),
    ),
    Card(
        "D15",
        "how grey is shown, and padding",
        trials(
            in_folder("bright is low", each(inverted), "KEEP"),
            in_folder("a padding value", each(padded), "KEEP"),
        ),
    ),
    Card(
        "D16",
        "another kernel or unit at the second visit",
        (
            Trial("the same kernel", two_visits("SOFT"), "KEEP"),
            Trial("another kernel: wider limits, or none", two_visits("SHARP"), "NO-RESULT", "not_comparable"),
        ),
        also=(
            "track/test_comparable.py::test_another_unit_or_kind_of_image_is_never_compared",
            "track/test_comparable.py::test_another_method_is_not_the_same",
        ),
    ),
)
