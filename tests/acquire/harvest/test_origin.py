"""Who made an object, with what, when; the provenance of its numbers."""

from typing import Any

from vivomap.acquire.harvest.origin import Origin
from vivomap.core import __version__


def test_the_maker_and_the_place_are_in_the_provenance(made: Any) -> None:
    ds = made.report()
    origin = Origin.of(ds, "sr", "d" * 64)
    said = origin.provenance("1.4", (("algorithm", "x"), ("nothing", "")), ("1.2", str(ds.SOPInstanceUID)))
    assert said.maker == "vivomap.acquire.harvest.sr"
    assert said.version == __version__
    assert said.inputs == ("d" * 64,)
    assert said.source == (str(ds.SOPInstanceUID), "1.2")
    settings = dict(said.settings)
    assert (settings["manufacturer"], settings["software"], settings["item"]) == ("Acme", "4.1", "1.4")
    assert "nothing" not in settings
    assert origin.maker == "Acme Reader 4.1"
    assert not origin.ours


def test_a_date_that_is_none_gives_no_day(made: Any) -> None:
    ds = made.report()
    ds.StudyDate = ""
    assert Origin.of(ds, "sr", "").day is None
    assert Origin.of(ds, "sr", "").provenance("1").inputs == ()
