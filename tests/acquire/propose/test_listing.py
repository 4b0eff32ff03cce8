import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from vivomap.acquire.phantom import nodules
from vivomap.acquire.propose.candidate import Candidate, round_region
from vivomap.acquire.propose.listing import Accepted, Listing, dumps, listing, loads
from vivomap.core import Refusal, Study

DAY = date(2026, 3, 1)
SAID = Accepted("Dr A", DAY, "nodule_1")


@pytest.fixture(scope="module")
def made() -> Listing:
    image = replace(nodules.liver(0).image, settings=(("series_uid", "1.2.3"),))
    found = [
        Candidate(
            "nodule", 2.0 + k, "round", (float(9 * k), 0.0, 0.0), 8.0, round_region(image, (9.0 * k, 0, 0), 4.0, "x")
        )
        for k in range(3)
    ]
    return listing(Study("P1", DAY, uid=("1.2",)), image, "lung_nodules", found)


def test_a_list_is_read_as_it_was_written(made: Listing) -> None:
    again = loads(dumps(made))
    assert dumps(again) == dumps(made)
    for one, other in zip(made.proposals, again.proposals, strict=True):
        assert np.array_equal(one.found.region.mask.array, other.found.region.mask.array)
        assert one.id == other.id


def test_nobody_gets_the_region_of_what_nobody_accepted(made: Listing) -> None:
    with pytest.raises(Refusal) as refused:
        made.region(made.proposals[0].id)
    assert refused.value.code == "not_accepted"


def test_what_was_accepted_is_a_region_that_names_who_and_when(made: Listing) -> None:
    one = made.proposals[1]
    now = loads(dumps(made.accept(one.id[:10], SAID)))
    region = now.region(one.id)
    assert (region.name, region.series) == ("nodule_1", "1.2.3")
    assert region.source[1] == f"accepted:{one.id}:2026-03-01:Dr A"
    assert np.array_equal(region.mask.array, one.found.region.mask.array)
    with pytest.raises(Refusal):
        now.region(made.proposals[0].id)


@pytest.mark.parametrize(
    ("wanted", "said", "code"),
    [
        ("ffff", SAID, "unknown_name"),
        ("", SAID, "unknown_name"),
        ("first", Accepted(" ", DAY, "x"), "bad_setting"),
        ("first", Accepted("Dr A", DAY, ""), "bad_setting"),
    ],
)
def test_an_acceptance_without_a_name_or_of_nothing_is_refused(
    wanted: str, said: Accepted, code: str, made: Listing
) -> None:
    wanted = made.proposals[0].id if wanted == "first" else wanted
    with pytest.raises(Refusal) as refused:
        made.accept(wanted, said)
    assert refused.value.code == code


def test_nothing_is_accepted_twice_or_under_a_name_that_is_taken(made: Listing) -> None:
    first, second = (p.id for p in made.proposals[:2])
    now = made.accept(first, SAID)
    for wanted in (first, second):
        with pytest.raises(Refusal):
            now.accept(wanted, SAID)


@pytest.mark.parametrize("part", ["schema", "shape", "affine", "proposals", "date"])
def test_a_file_that_is_no_list_is_refused(part: str, made: Listing) -> None:
    told = json.loads(dumps(made))
    told[part] = "?"
    with pytest.raises(Refusal) as refused:
        loads(json.dumps(told))
    assert refused.value.code == "bad_proposals"


@pytest.mark.parametrize(
    "fault", [{"box": [[0, 1]]}, {"box": [[0, 9999], [0, 1], [0, 1]]}, {"bits": "AAAA"}, {"bits": ""}]
)
def test_an_outline_that_does_not_fit_is_refused(fault: dict[str, object], made: Listing) -> None:
    told = json.loads(dumps(made))
    told["proposals"][0] |= fault
    with pytest.raises(Refusal):
        loads(json.dumps(told))
