"""A01 to A11: bytes that are empty, foreign, cut, forged, nested or inflated."""

from __future__ import annotations

from .card import Card, Trial
from .deeds import among, beside, both, in_folder, send, trials
from .making_bytes import (
    FOREIGN,
    SEQUENCE,
    bare,
    bomb,
    deep,
    forged,
    jpeg_bomb,
    longer,
    no_syntax,
    sized,
    stream,
    within,
)
from .objects import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    PIXELS,
    SHAPE,
    data_of,
    element,
    elements,
    good,
    raw,
    whole,
)

A01 = Card(
    "A01",
    "an empty file or data set",
    trials(
        in_folder("a file without bytes beside a series", beside(lambda n: b""), "HOLD", "empty_file"),
        in_folder("a folder of nothing", lambda folder, number: None, "REFUSE", "empty_folder"),
        in_folder("a head and nothing behind it", beside(lambda n: whole(good(n), b"")), "HOLD", "no_identity"),
        (
            Trial(
                "a data set without elements, sent (the sender is waited for, then let go)",
                send(lambda n: whole(good(n), b"")),
                "REFUSE",
                slow="the sender is waited for",
            ),
        ),
    ),
)
A02 = Card(
    "A02",
    "other kinds of file in the folder",
    trials(
        *(in_folder(name, beside(lambda n, d=data: d), "HOLD", "not_an_image") for name, data in FOREIGN.items()),
        (Trial("noise as a data set, sent", send(lambda n: whole(good(n), FOREIGN["noise"])), "HOLD"),),
    ),
)
A03 = Card("A03", "no preamble and no file head", in_folder("a bare data set", among(bare), "KEEP"))
A04 = Card(
    "A04",
    "no transfer syntax in the file head",
    trials(
        *(
            in_folder(f"{name} data", among(no_syntax(syntax)), "KEEP")
            for name, syntax in (("explicit", EXPLICIT), ("implicit", IMPLICIT), ("big-endian", BIG))
        )
    ),
)
A05 = Card(
    "A05",
    "the file ends in its pixels",
    trials(
        *(
            both(f"{cut} bytes cut off", raw(lambda b, cut=cut: b[:-cut]), "HOLD", "pixels_cut")
            for cut in (1, 2, 300, 2880)
        )
    ),
)
A06 = Card(
    "A06",
    "the file ends in its header",
    trials(
        *(
            both(
                f"cut at {share:.0%}",
                raw(lambda b, share=share: b[: len(b) - int(len(data_of(b)) * (1 - share))]),
                "HOLD",
            )
            for share in (0.3, 0.5, 0.7, 0.85)
        )
    ),
    also=("acquire/dicom/test_header.py::test_a_cut_header_is_held_at_every_length",),
)
A07 = Card(
    "A07",
    "a length of 2 GB",
    trials(
        both("of a text", longer(0x00204000, "UT", b"ab", 2**31 - 2), "HOLD", "header_cut"),
        both("of bytes of no known kind", longer(0x00204000, "UN", b"ab", 2**31 - 2), "HOLD", "header_cut"),
        both("of a sequence", longer(SEQUENCE, "SQ", b"", 2**31 - 2), "HOLD", "header_cut"),
        both("of an element within an item", within(element(0x00204000, "UT", b"ab", 2**31 - 2)), "HOLD", "header_cut"),
        both(
            "of the pixels",
            elements(lambda e: [*e[:-1], (PIXELS, element(PIXELS, "OW", e[-1][1][12:], 2**31 - 2))]),
            "HOLD",
            "pixels_cut",
        ),
    ),
)
A08 = Card(
    "A08",
    "sequences within sequences",
    trials(
        *(
            both(
                f"{depth} deep, {'with lengths' if defined else 'with ends'}",
                deep(depth, defined),
                "HOLD",
                "nested_too_deep",
            )
            for depth in (33, 300, 5000)
            for defined in (True, False)
        ),
        both("20 deep, which is allowed", deep(20, False), "KEEP"),
        both("20 deep with lengths, which is allowed", deep(20, True), "KEEP"),
    ),
)
A09 = Card(
    "A09",
    "a deflate bomb",
    both("80 MB of zeros", bomb(80 << 20), "HOLD", "inflates_too_far"),
)
A10 = Card(
    "A10",
    "a size that no image has",
    trials(
        both("65535 x 65535", sized(65535, 65535), "HOLD"),
        both("2^31 - 1 frames", sized(*SHAPE, 2**31 - 1), "HOLD"),
        both("no rows", sized(0, 36), "HOLD", "bad_header"),
    ),
)
A11 = Card(
    "A11",
    "a codestream that says another size than the header",
    trials(
        both("the right one, to compare with", stream(), "KEEP"),
        both(
            "JPEG 2000 of 2^31 - 1 squared",
            stream(forged(2**31 - 1, 2**31 - 1)),
            "HOLD",
            "undecodable_pixels",
            ("KEEP", ""),
        ),
        both("JPEG 2000 of 30000 squared", stream(forged(30000, 30000)), "HOLD", "undecodable_pixels", ("KEEP", "")),
        both("JPEG 2000 with one row less", stream(forged(36, 39)), "HOLD", "undecodable_pixels", ("KEEP", "")),
        both("JPEG of 65500 squared", jpeg_bomb, "HOLD", "undecodable_pixels", ("KEEP", "")),
    ),
    note="The receiver decodes nothing (rule R1): it keeps the object, and the door holds it when it is read.",
)
CARDS = (A01, A02, A03, A04, A05, A06, A07, A08, A09, A10, A11)
