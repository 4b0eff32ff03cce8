"""The test data of OSIPI are reached within its tolerances."""

from vivomap.verify.published import of_set
from vivomap.verify.references.osipi import ARTERIES, TISSUE


def test_every_tissue_curve_gives_its_truth(data):
    rows = of_set(TISSUE, data)
    assert [r.reason for r in rows if not r.ok] == []
    assert {r.biomarker for r in rows} == {
        "Ktrans of tofts, worst of 25",
        "ve of tofts, worst of 25",
        "Ktrans of extended tofts, worst of 15",
        "ve of extended tofts, worst of 15",
        "vp of extended tofts, worst of 15",
    }


def test_both_arteries_give_their_reference(data):
    rows = of_set(ARTERIES, data)
    assert [(r.ok, r.biomarker.split("'")[0]) for r in rows] == [(True, "Parker"), (True, "Georgiou")]
