"""The consensus values of the digital phantom, family by family."""

from vivomap.verify.published import of_set
from vivomap.verify.references.ibsi import FAMILIES, IBSI


def test_every_consensus_value_merged_in_space_is_met(data):
    rows = of_set(IBSI, data)
    assert [r.biomarker for r in rows if not r.ok] == []
    assert len(rows) == len(FAMILIES) == 7
    assert sum(int(r.biomarker.split("worst of ")[1].split()[0]) for r in rows) == 113


def test_a_table_that_lacks_a_feature_is_no_proof(data, tmp_path):
    (tmp_path / "ibsi1_digital_phantom").mkdir()
    (tmp_path / "ibsi1_digital_phantom" / "nifti").symlink_to(data / "ibsi1_digital_phantom" / "nifti")
    table = (data / "ibsi1_digital_phantom" / "ibsi_1_dig_phantom.csv").read_text("utf-8").splitlines()
    short = [line for line in table if "stat_mean" not in line]
    assert len(short) < len(table)
    (tmp_path / "ibsi1_digital_phantom" / "ibsi_1_dig_phantom.csv").write_text("\n".join(short), "utf-8")
    (row,) = of_set(IBSI, tmp_path)
    assert (row.ok, row.verdict) == (False, "unproven")
    assert "statistics" in row.reason
