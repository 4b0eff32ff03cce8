"""A site's own table: repeatability of real test-retest data, bias and linearity of phantoms, and claims."""

import csv

import numpy as np
import pytest
from scipy import stats

from vivomap.core import Refusal
from vivomap.verify.site import site_report


def table(path, rows, head="subject,scan,value,unit"):
    path.write_text("\n".join([head, *(",".join(map(str, r)) for r in rows)]) + "\n", "utf-8")
    return path


def said(report, scanner=""):
    return {f.quantity: f for f in report.findings if f.scanner == scanner}


def prostate(data, structure, feature="original_shape_Volume"):
    with (data / "qin_prostate_repeatability" / "qin_prostate_t2_original_features.csv").open() as lines:
        rows = [r for r in csv.DictReader(lines) if r["segmentedStructure"] == structure]
    return [(r["study"].split("_")[0], r["study"].split("_")[1], float(r[feature]) / 1000, "mL") for r in rows]


@pytest.mark.parametrize("structure", ["WholeGland", "PeripheralZone"])
def test_the_prostate_repeats_as_computed_with_other_means(data, tmp_path, structure):
    rows = prostate(data, structure)
    assert len(rows) >= 20
    found = said(site_report(table(tmp_path / "t.csv", rows)))
    pairs = {}
    for subject, _, value, _ in rows:
        pairs.setdefault(subject, []).append(value)
    first, second = np.array([p for p in pairs.values() if len(p) == 2]).T
    n = len(first)
    sd = np.sqrt(np.mean((first - second) ** 2) / 2)
    cv = np.sqrt(np.expm1(np.mean(np.log(first / second) ** 2) / 2))
    low, high = 2.77 * sd * np.sqrt(n / stats.chi2.ppf((0.975, 0.025), n))
    assert found["wSD"].value == pytest.approx(sd)
    assert (found["RC"].value, found["RC"].low, found["RC"].high) == pytest.approx((2.77 * sd, low, high))
    assert found["wCV"].value == pytest.approx(100 * cv)
    assert found["RC"].count == n


def test_cardiac_output_of_two_methods_has_the_published_bias(data, tmp_path):
    """Bland and Altman 1999: RV - IC 0.709 l/min; here IC stands as the truth, by the mean of each person."""
    means = {}
    with (data / "repeatability_cardiac" / "ejection_fraction_rv_ic.csv").open() as lines:
        for r in csv.DictReader(lines):
            means.setdefault((r["item"], r["meth"]), []).append(float(r["y"]))
    people = sorted({k for k, _ in means})
    rows = [(k, 1, 1000 * np.mean(means[k, "RV"]), "mL/min", 1000 * np.mean(means[k, "IC"])) for k in people]
    found = said(site_report(table(tmp_path / "t.csv", rows, "subject,scan,value,unit,truth")))
    assert round(found["bias"].value) == 709


def phantom(slope, noise=0.05):
    rng = np.random.default_rng(2)
    levels = np.repeat([2.0, 5.0, 10.0, 20.0], 3)
    return [(f"v{k}", s, slope * t + rng.normal(0, noise), "mm", t) for k, t in enumerate(levels) for s in (1, 2)]


@pytest.mark.parametrize(("slope", "met"), [(1.01, True), (1.08, False)])
def test_the_claim_of_linearity_is_met_or_not(tmp_path, slope, met):
    report = site_report(table(tmp_path / "t.csv", phantom(slope), "subject,scan,value,unit,truth"))
    assert said(report)["slope"].ok is met
    assert report.ok is met
    assert said(report)["squared term, p"].value > 0.05
    assert ("TDI, 95 % of numbers" in said(report)) is not met


def repeats(cv, n):
    rng = np.random.default_rng(4)
    return [(k, s, 0.0011 * np.exp(rng.normal(0, cv)), "mm2/s", "mean_adc", "brain") for k in range(n) for s in (1, 2)]


@pytest.mark.parametrize(
    ("cv", "n", "met"), [(0.01, 20, True), (0.028, 20, None), (0.025, 60, True), (0.06, 60, False)]
)
def test_the_claim_of_the_card_is_held_against_the_upper_limit_of_a_small_site(tmp_path, cv, n, met):
    head = "subject,scan,value,unit,biomarker,organ"
    report = site_report(table(tmp_path / "t.csv", repeats(cv, n), head))
    found = said(report)["RC against the card"]
    assert found.ok is met
    assert found.claim == f"{'its upper limit' if n < 35 else 'it'} at most 8 %"


def test_two_scanners_give_the_coefficient_across_them(tmp_path):
    rows = [(k, f"{m}{s}", 10 + k + (m == "B") * 0.5 + s / 10, "mm", m) for k in range(9) for m in "AB" for s in (0, 1)]
    report = site_report(table(tmp_path / "t.csv", rows, "subject,scan,value,unit,scanner"))
    across = said(report, "across")["RDC"].value
    assert across > 2 * said(report)["RC"].value
    pairs = [(0.5 + (b - a) / 10) ** 2 / 2 for a in (0, 1) for b in (0, 1)]
    assert across == pytest.approx(2.77 * np.sqrt(np.mean(pairs)))


def test_what_the_table_is_too_small_for_is_said(tmp_path):
    rows = [("a", 1, 3.0, "mm", 3.1), ("b", 1, 4.0, "mm", 4.0), ("c", 1, 0, "mm", "")]
    report = site_report(table(tmp_path / "t.csv", rows, "subject,scan,value,unit,truth"))
    assert report.findings == ()
    assert report.lacking == ("no subject was measured twice", "a line needs three numbers at two true values")


def test_zeros_have_no_coefficient_of_variation(tmp_path):
    report = site_report(table(tmp_path / "t.csv", [("a", 1, 0.0, "mm"), ("a", 2, 1.0, "mm")]))
    assert set(said(report)) == {"wSD", "RC"}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", 1, 1.0, "mm"), ("a", 1, 1.1, "mm")], "bad_table"),
        ([("a", 1, 1.0, "mm"), ("a", 2, 1.1, "cm")], "wrong_unit"),
        ([("a", 1, "high", "mm")], "bad_table"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path, rows, code):
    with pytest.raises(Refusal) as refused:
        site_report(table(tmp_path / "t.csv", rows))
    assert refused.value.code == code


def test_a_line_without_a_number_is_left_out_by_its_own_number(tmp_path):
    rows = [("a", 1, 1.0, "mm"), ("a", 2, "?", "mm"), ("a", 3, 1.2, "furlong"), ("a", 4, 1.1, "mm")]
    report = site_report(table(tmp_path / "t.csv", rows))
    assert [h.reason.split(":")[0] for h in report.held] == ["line 3", "line 4"]
    assert said(report)["RC"].count == 1


def test_readers_of_one_scanner_each_leave_the_parts_out_and_say_so(tmp_path):
    rng = np.random.default_rng(5)
    rows = [(k, s, 10 + rng.normal(), "mm", f"CT {s}", f"reader {s}") for k in range(9) for s in (1, 2)]
    report = site_report(table(tmp_path / "t.csv", rows, "subject,scan,value,unit,scanner,reader"))
    assert "scanners and readers cannot be told apart" in report.lacking
    assert "RDC" in said(report, "across")
    assert "SD of scanners" not in said(report, "across")
