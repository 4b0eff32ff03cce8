"""An event lacks nothing that PS3.15 A.5.3 asks for, or is refused before it is written."""

import json
from dataclasses import replace

import pytest

from vivomap.core import Refusal
from vivomap.store.audit.event import KINDS, Event, check, event, plain


def test_every_event_that_we_make_has_all_that_the_standard_asks(each: Event) -> None:
    check(each)


def test_every_event_that_rule_s8_names_is_made(every: dict[str, Event]) -> None:
    asked = {"110100", "110102", "110103", "110104", "110105", "110106", "110107", "110108", "110110"}
    assert {e.code for e in every.values()} == asked | {"110101", "110112", "110113", "110114"} == set(KINDS)


def test_an_event_reads_back_equal_from_json(each: Event) -> None:
    assert event(json.loads(json.dumps(plain(each)))) == each


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("accessed", {"things": ()}),
        ("accessed", {"action": "E"}),
        ("accessed", {"code": "110999"}),
        ("accessed", {"outcome": 3}),
        ("transferred", {"actors": ()}),
        ("start", {"type": ""}),
        ("start", {"type": "110122"}),
        ("record", {"type": "110122"}),
    ],
)
def test_an_event_that_lacks_something_is_refused(
    every: dict[str, Event], name: str, change: dict[str, object]
) -> None:
    with pytest.raises(Refusal) as refused:
        check(replace(every[name], **change))
    assert refused.value.code == "bad_setting"


def test_two_patients_in_one_access_and_an_empty_id_are_refused(every: dict[str, Event]) -> None:
    one = every["accessed"]
    with pytest.raises(Refusal, match="2 × patient"):
        check(replace(one, things=(*one.things, one.things[-1])))
    with pytest.raises(Refusal, match="without an id"):
        check(replace(one, actors=(replace(one.actors[0], user=""),)))
