"""A site's table under any names of its columns; and the real sets, read as they are."""

import csv
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.verify.site import site_report
from vivomap.verify.site_table import Reading, read_table, reading

FAT = ("subject=Id", "scan=Rep", "reader=Obs", "unit:=cm")


def of(report, quantity, scanner):  # type: ignore[no-untyped-def]
    return next(f for f in report.findings if f.quantity == quantity and f.scanner == scanner)


@pytest.mark.parametrize(("column", "within", "bias"), [("Sub", 0.075, 0.045), ("Vic", 0.183, -0.155)])
def test_fat_by_ultrasound_gives_the_numbers_that_came_with_it(
    data: Path, column: str, within: float, bias: float
) -> None:
    """43 people, two observers, three readings: SD within an observer, and what the observers differ by."""
    path = data / "repeatability_ultrasound_fat" / "fat.csv"
    report = site_report(path, reading((*FAT, f"value={column}")))
    assert of(report, "wSD", "").value == pytest.approx(within, abs=0.0006)
    assert -of(report, "difference from KL", "SL").value == pytest.approx(bias, abs=0.0006)
    assert of(report, "SD of readers", "across").count == 2
    parts, pairs = (of(report, q, "across").value for q in ("RDC, by its parts", "RDC"))
    assert parts == pytest.approx(pairs, rel=0.02)
    assert of(report, "RC", "").high > of(report, "RC", "").value


def test_cardiac_output_of_two_methods_differs_as_published(data: Path) -> None:
    """Bland and Altman 1999: RV - IC is 0.709 l/min; means of each person, as here."""
    path = data / "repeatability_cardiac" / "ejection_fraction_rv_ic.csv"
    words = ("subject=item", "scan=repl", "scanner=meth", "value=y", "unit:=L/min")
    report = site_report(path, reading(words))
    assert -of(report, "difference from RV", "IC").value == pytest.approx(0.709, abs=0.02)
    assert of(report, "RC", "").count == 24


def test_kidney_shares_of_two_tracers_have_no_repeats_and_so_no_rc(data: Path) -> None:
    path = data / "repeatability_scint" / "scint_dtpa_dmsa.csv"
    words = ("subject=item", "scan:=1", "scanner=meth", "value=y", "unit:=%")
    report = site_report(path, reading(words))
    assert not [f for f in report.findings if f.quantity in ("RC", "wSD")]
    assert any("measured twice" in line for line in report.lacking)
    assert of(report, "RDC", "across").value > 0
    assert {f.scanner for f in report.findings if f.quantity.startswith("difference")} >= {"DTPA"} or report.findings


def test_the_prostates_volume_is_held_against_the_claim_of_a_named_card(data: Path, tmp_path: Path) -> None:
    with (data / "qin_prostate_repeatability" / "qin_prostate_t2_original_features.csv").open() as lines:
        rows = [r for r in csv.DictReader(lines) if r["segmentedStructure"] == "WholeGland"]
    path = tmp_path / "t.csv"
    body = [
        f"{r['study'].split('_')[0]},{r['study'].split('_')[1]},{float(r['original_shape_Volume']) / 1000},mL"
        for r in rows
    ]
    path.write_text("\n".join(["subject,scan,value,unit", *body]), encoding="utf-8")
    claims = {c: of_claim(path, c) for c in ("volume", "volume:lung", "mtv_41")}
    assert claims["volume"] == "met"  # 43.7 % anywhere
    assert claims["volume:lung"] in ("not met", "undecided")  # 12.7 % in the lung
    assert claims["mtv_41"] == ""  # a card without limits claims nothing


def of_claim(path: Path, claim: str) -> str:
    report = site_report(path, Reading(claim=claim))
    return next((f.verdict for f in report.findings if f.quantity == "RC against the card"), "")


def test_a_claim_between_its_limits_is_undecided_and_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{k},{n},{10 + (0.4 if n else -0.4)},g/ml{{SUVbw}}" for k in range(12) for n in (0, 1)]
    path.write_text("\n".join(["subject,scan,value,unit", *rows]), encoding="utf-8")
    found = {}
    for size in (0.4, 0.75, 3.0):
        body = [r.replace("10.4", str(10 + size)).replace("9.6", str(10 - size)) for r in rows]
        path.write_text("\n".join(["subject,scan,value,unit", *body]), encoding="utf-8")
        report = site_report(path, Reading(claim="suv_max"))
        found[size] = (of_claim(path, "suv_max"), report.ok, report.undecided)
    assert found == {0.4: ("met", True, False), 0.75: ("undecided", True, True), 3.0: ("not met", False, False)}


@pytest.mark.parametrize("word", ["colour=red", "subject", "subject=", "=Id"])
def test_a_word_that_names_no_column_of_ours_is_refused(word: str) -> None:
    with pytest.raises(Refusal) as refused:
        reading((word,))
    assert refused.value.code == "bad_setting"


def test_a_claim_of_no_card_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        reading((), "beauty:liver")
    assert refused.value.code == "unknown_name"


def test_two_readings_of_one_scan_by_two_readers_are_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("subject,scan,reader,value,unit\na,1,x,2,mm\na,1,y,3,mm\n", encoding="utf-8")
    assert [s.reader for s in read_table(path)[0]] == ["x", "y"]
    path.write_text("subject,scan,reader,value,unit\na,1,x,2,mm\na,1,x,3,mm\n", encoding="utf-8")
    with pytest.raises(Refusal):
        read_table(path)


def test_a_table_of_which_no_line_can_be_read_says_why(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("subject,scan,value,unit\na,1,2.5,furlong\na,2,2.6,furlong\n", encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read_table(table)
    assert "line 2: 'furlong' is not a unit" in str(refused.value.found)
