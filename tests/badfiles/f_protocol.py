"""F01 to F07: senders that misbehave, answers that lie, words that would lead a program elsewhere."""

from __future__ import annotations

from .card import NO_ENTRANCE, Card, Trial
from .deeds import beside, in_folder, trials
from .house import ELSEWHERE, LARGEST_MB
from .making_protocol import (
    ACK,
    DEEP,
    ENTITIES,
    PRIVATE,
    TWICE,
    aborted,
    address,
    answered,
    answers,
    contexts,
    many,
    nothing_kept,
    oversize,
    silent,
    told,
)

CARDS = (
    Card(
        "F01",
        "slow, endless, oversize and aborted associations",
        (
            Trial(
                "stopping before, in and after the request and in 4 GB of data; a web browser; noise",
                silent,
                "REFUSE",
                slow="silent senders are waited for",
            ),
            Trial(f"an object of {LARGEST_MB + 1} MB where {LARGEST_MB} are allowed", nothing_kept(oversize), "REFUSE"),
            Trial("cut in the middle of an object", nothing_kept(aborted), "REFUSE"),
        ),
        also=("acquire/receive/test_scp.py::test_a_sender_that_falls_silent_in_mid_object_is_let_go",),
    ),
    Card(
        "F02",
        "500 associations",
        (
            Trial("39 that say nothing, and one that sends", many(40), "KEEP", slow="forty connections"),
            Trial("499 that say nothing, and one that sends", many(500), "KEEP", long=True, slow="500 connections"),
        ),
        also=("acquire/receive/test_scp.py::test_idle_associations_do_not_keep_a_new_one_waiting",),
    ),
    Card(
        "F03",
        "a wrong title, address or certificate",
        (
            Trial("a wrong title of ours", answered(-1, called="OTHER"), "REFUSE"),
            Trial("an unknown title of the sender", answered(-1, title="STRANGER"), "REFUSE"),
            Trial("a known title at another address", answered(0x0124, title=ELSEWHERE), "REFUSE"),
        ),
        also=("acquire/receive/test_tls.py::test_only_a_sender_with_a_certificate_of_the_house_gets_in",),
    ),
    Card(
        "F04",
        "an unknown class, 200 presentation contexts",
        (
            Trial("a class that stores nothing", answered(0x0122, sop_class=PRIVATE), "REFUSE"),
            Trial("200 contexts, of which ids come twice", contexts(200), "REFUSE"),
            Trial("no context at all", contexts(0), "REFUSE"),
        ),
    ),
    Card(
        "F05",
        "hostile answers of a peer",
        (
            Trial("an endless answer to a message", answers(b"\x0b", endless=True), "REFUSE"),
            Trial("an answer to another message", answers(ACK), "REFUSE"),
            Trial("a web page", answers(b"HTTP/1.1 200 OK\r\n\r\n<html>"), "REFUSE"),
        ),
        also=(
            "report/test_mllp.py::test_any_other_answer_is_tried_again_and_the_same_message_is_taken_then",
            "acquire/pacs/test_query.py::test_whatever_a_pacs_says_only_answers_to_the_question_are_believed",
            "acquire/pacs/web/test_find.py::test_hostile_rows_are_left_out_and_odd_elements_are_silence",
            "acquire/pacs/web/test_find.py::test_pages_without_end_are_too_many",
            "acquire/pacs/web/test_fetch.py::test_objects_without_end_are_too_many",
            "acquire/pacs/web/test_fetch.py::test_a_part_that_is_too_large_leaves_nothing",
            "acquire/pacs/web/test_exchange.py::test_headers_that_trickle_in_do_not_hold_us_up",
        ),
    ),
    Card(
        "F06",
        "addresses that lead elsewhere, forged requests, guessed ids, other tenants",
        tuple(
            Trial(f"{NO_ENTRANCE}: {scheme} given as a folder", address(scheme), "REFUSE", "file_absent")
            for scheme in ("http://", "ftp://", "file://")
        ),
        also=("acquire/pacs/web/test_exchange.py::test_a_redirect_is_not_followed_and_the_login_stays",),
        note="Pages, sessions and tenants come with the worklist. Only the PACS that a user names is ever asked.",
    ),
    Card(
        "F07",
        "deep JSON, XML entities, keys that come twice",
        trials(
            in_folder("100,000 brackets beside a volume", told(DEEP), "HOLD", "bad_sidecar"),
            in_folder("a patient said twice beside a volume", told(TWICE), "HOLD", "bad_sidecar"),
            in_folder("an XML that names a file", beside(lambda n: ENTITIES.encode(), "a.xml"), "HOLD", "not_an_image"),
        ),
        note="vivomap reads no XML from outside.",
    ),
)
