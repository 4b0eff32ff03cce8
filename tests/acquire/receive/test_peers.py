"""Who may send."""

import pytest

from vivomap.acquire.receive.peers import Peer, known, may_store, peer
from vivomap.core import Refusal


def test_a_peer_is_a_title_and_perhaps_an_address() -> None:
    assert peer("CT_1") == Peer("CT_1")
    assert peer("CT 1@192.0.2.7") == Peer("CT 1", "192.0.2.7")
    assert peer("MR@2001:db8::1").address == "2001:db8::1"


@pytest.mark.parametrize("text", ["", "@192.0.2.7", "CT@", "CT@somewhere", "A" * 17, "Tür", "a\\b", "a\nb"])
def test_what_names_no_sender_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        peer(text)
    assert refused.value.code == "bad_setting"


def test_without_a_list_anyone_may_store() -> None:
    assert known((), "ANY")
    assert may_store((), "ANY", "192.0.2.9")


def test_a_known_title_stores_only_from_its_own_address() -> None:
    allowed = (peer("CT_1@192.0.2.7"), peer("MR_1"))
    assert may_store(allowed, "CT_1 ", "192.0.2.7")
    assert may_store(allowed, "CT_1", "::ffff:192.0.2.7")
    assert not may_store(allowed, "CT_1", "192.0.2.70")
    assert may_store(allowed, "MR_1", "192.0.2.70")
    assert known(allowed, "CT_1")
    assert not known(allowed, "CT_2")
    assert not may_store(allowed, "CT_2", "192.0.2.7")
