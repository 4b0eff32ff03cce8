"""What each event says of whom."""

from vivomap.store.audit import kinds
from vivomap.store.audit.event import UNKNOWN, check


def test_the_person_asks_and_the_process_does() -> None:
    person, process = kinds.Doer("dr.a", "ws-7").pair()
    assert (person.user, person.requestor, person.at) == ("dr.a", True, "ws-7")
    assert (process.user, process.requestor) == ("vivomap", False)


def test_what_nobody_named_is_said_to_be_unknown() -> None:
    event = kinds.accessed(kinds.Doer(""), "", ())
    check(event)
    assert event.of("patient") == event.of("study") == (UNKNOWN,)
    assert event.actors[0].user == UNKNOWN
    check(kinds.exported(kinds.Doer("a"), "out", (), "nobody"))


def test_a_study_is_named_once() -> None:
    assert kinds.accessed(kinds.Doer("a"), "P1", ("1.2", "1.2", "1.3")).of("study") == ("1.2", "1.3")
    assert kinds.exported(kinds.Doer("a"), "out", ("P1", "P1"), "x").of("patient") == ("P1",)


def test_the_four_operational_events_have_a_code_scheme_and_meaning() -> None:
    four = (kinds.RECEIVED, kinds.MEASURED, kinds.READ, kinds.ACTED)
    assert len({code for code, _, _ in four}) == 4
    assert all(len(one) == 3 for one in four)
