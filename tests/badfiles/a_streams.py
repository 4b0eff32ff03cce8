"""A12 to A20: decoders that die, odd fragments and syntaxes, wrong bits, programs, archives, files that point out."""

from __future__ import annotations

import gzip
import struct

from .card import Card, Trial
from .deeds import among, beside, both, in_folder, send, trials
from .making_bytes import fragments
from .making_streams import (
    GE_PRIVATE,
    HALF,
    NOBODYS,
    PROGRAMS,
    ROWS,
    archive,
    as_syntax,
    beginning,
    decoder,
    detached,
    directory,
    forged_archive,
    in_two,
    inflating,
    linked,
    nifti,
    numbers,
    rle,
    strange_meta,
    swapped,
)
from .objects import (
    EXPLICIT,
    IMPLICIT,
    RLE,
    SHAPE,
    before_pixels,
    edited,
    element,
    elements,
    encoded,
    good,
    put,
    whole,
)

CARDS = (
    Card(
        "A12",
        "a decoder that aborts or hangs",
        (
            Trial("it aborts", decoder("os.abort()"), "HOLD", "decoder_failed"),
            Trial("it hangs", decoder("time.sleep(600)"), "HOLD", "decoder_failed", slow="it is waited for"),
            Trial("it aborts in mid answer", decoder(HALF), "HOLD", "decoder_failed"),
        ),
        also=("acquire/dicom/test_decode.py::test_a_decoder_that_dies_holds_its_file_alone",),
    ),
    Card(
        "A13",
        "odd fragments, no offset table",
        trials(
            both("RLE without an offset table", rle(), "KEEP"),
            both("a codestream in two fragments", in_two, "KEEP"),
            both("an offset table that points outside", rle(table=struct.pack("<I", 2**31)), "KEEP"),
            both("RLE cut short", rle(lambda b: b[:1000]), "HOLD", "undecodable_pixels", ("KEEP", "")),
            both(
                "RLE with a segment outside",
                rle(lambda b: b[:8] + b"\xff\xff\xff\x7f" + b[12:]),
                "HOLD",
                "undecodable_pixels",
                ("KEEP", ""),
            ),
            both(
                "no fragment at all",
                lambda n: whole(good(n), before_pixels(good(n)) + fragments(), RLE),
                "HOLD",
                "undecodable_pixels",
                ("KEEP", ""),
            ),
            both("fragments that do not end", lambda n: rle()(n)[:-8], "HOLD", "undecodable_pixels", ("KEEP", "")),
        ),
    ),
    Card(
        "A14",
        "dimensions as UL, an unknown VR in the file head",
        trials(
            both("rows as UL", elements(put((ROWS, element(ROWS, "UL", struct.pack("<I", SHAPE[0]))))), "KEEP"),
            both("rows as text", elements(put((ROWS, element(ROWS, "IS", b"40")))), "KEEP"),
            both("rows as UL of 2^32 - 1", elements(put((ROWS, element(ROWS, "UL", b"\xff" * 4)))), "HOLD"),
            in_folder("an unknown VR in the file head", among(strange_meta), "KEEP"),
        ),
    ),
    Card(
        "A15",
        "big-endian, implicit and private syntaxes",
        trials(
            both("big-endian", swapped, "KEEP"),
            both("implicit", lambda n: whole(good(n), syntax=IMPLICIT), "KEEP"),
            both(
                "implicit data that are said to be explicit",
                lambda n: whole(good(n), encoded(good(n), IMPLICIT), EXPLICIT),
                "KEEP",
            ),
            both(
                "explicit data that are said to be implicit",
                lambda n: whole(good(n), encoded(good(n)), IMPLICIT),
                "HOLD",
                "header_cut",
            ),
            both(
                "a private one of GE, whose pixels are big-endian",
                as_syntax(GE_PRIVATE),
                "HOLD",
                "undecodable_pixels",
                ("KEEP", ""),
            ),
            both("one that nobody knows", as_syntax(NOBODYS), "HOLD", "undecodable_pixels", ("KEEP", "")),
        ),
    ),
    Card(
        "A16",
        "bits and sign that do not fit each other",
        trials(
            both("more bits stored than allocated", numbers(BitsStored=17), "HOLD", "bad_header"),
            both("no bit allocated", numbers(BitsAllocated=0, BitsStored=0), "HOLD"),
            both("12 bits allocated", numbers(BitsAllocated=12, BitsStored=12, HighBit=11), "HOLD"),
            both("the highest bit above the allocated ones", numbers(HighBit=40), "HOLD", "bad_header"),
            both("a sign of 2", numbers(PixelRepresentation=2), "HOLD", "bad_header"),
            both(
                "no word on the sign",
                edited(lambda ds: ds.__delattr__("PixelRepresentation")),
                "HOLD",
                "attribute_missing",
            ),
            both("no word on the depth", edited(lambda ds: ds.__delattr__("BitsStored")), "HOLD", "attribute_missing"),
        ),
        also=("acquire/dicom/test_pixels.py::test_bits_beyond_the_stored_ones_are_no_part_of_a_value",),
    ),
    Card(
        "A17",
        "preambles that begin as programs do",
        trials(
            *(
                in_folder(name, among(beginning(magic)), "HOLD", "executable_preamble")
                for name, magic in PROGRAMS.items()
            ),
            in_folder("a TIFF preamble, which is legal", among(beginning(b"II*\0")), "KEEP"),
        ),
        note="C-STORE carries no preamble: the receiver writes its own, of zeros.",
    ),
    Card(
        "A18",
        "archives: traversal, symbolic link, bomb, forged size",
        trials(
            in_folder(
                "a ZIP that climbs", beside(archive("../../outside/etc/passwd"), "a.zip"), "HOLD", "not_an_image"
            ),
            in_folder("a ZIP bomb", beside(archive("a.dcm", bytes(50 << 20)), "a.zip"), "HOLD", "not_an_image"),
            in_folder("a ZIP with a forged size", beside(forged_archive, "a.zip"), "HOLD", "not_an_image"),
            in_folder("a TAR with a link", beside(linked, "a.tar.gz"), "HOLD", "not_an_image"),
        ),
        note="vivomap opens no archive: it is held unopened. A folder's own links to folders are not followed.",
        also=("acquire/test_source.py::test_a_link_that_is_not_followed_is_held_and_not_passed_over",),
    ),
    Card(
        "A19",
        "a gzip bomb, a huge length that is announced",
        trials(
            in_folder("a volume with 5 GB behind it", beside(nifti(inflating), "v.nii.gz"), "HOLD", "unreadable_file"),
            in_folder(
                "a volume of 30000 cubed in 500 bytes",
                beside(nifti(gzip.compress, (30000,) * 3), "v.nii.gz"),
                "HOLD",
                "too_large",
            ),
            in_folder(
                "a packed volume cut short",
                beside(nifti(lambda b: gzip.compress(b)[:-20]), "v.nii.gz"),
                "HOLD",
                "unreadable_file",
            ),
        ),
    ),
    Card(
        "A20",
        "files that point outside of their folder",
        trials(
            in_folder("a DICOMDIR", beside(directory, "DICOMDIR"), "HOLD", "no_identity"),
            (Trial("a DICOMDIR, sent", send(directory), "REFUSE"),),
            in_folder("a NRRD whose voxels lie outside", detached, "HOLD", "unreadable_file"),
        ),
    ),
)
