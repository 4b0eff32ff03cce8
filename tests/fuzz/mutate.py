"""How a DICOM object is changed: element by element, with words that no honest header holds, or at random.

The parts of an explicit little endian data set are cut apart, so that most changes leave an object that is read on.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT")
WORDS = (
    *(b"", b" ", b"NaN", b"inf", b"-1", b"0", b"1e999", b"1,5", b"1\\2", b"\\\\\\", b"1e-320", b"99999999999999999999"),
    *(
        b"20240231",
        b"2024",
        b"246060",
        b"00000000",
        b"+9900",
        b"1.2.3",
        b"..",
        b"\x1b$B",
        b"\xff\xfe",
        b"\0",
        b"A" * 70,
    ),
    *(
        b"1.2.840.10008.5.1.4.1.1.2",
        b"1.2.840.10008.5.1.4.1.1.128",
        b"1.2.840.10008.5.1.4.1.1.66.4",
        b"CT",
        b"PT",
        b"MR",
    ),
    *(b"BQML", b"GML", b"CNTS", b"START", b"ADMIN", b"NONE", b"DECY\\ATTN", b"MONOCHROME1", b"PALETTE COLOR", b"RGB"),
    *(b"\xff\xff", b"\0\0", b"\x01\0", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\0\0\xc0\x7f", b"\0\0\0\0\0\0\xf8\x7f"),
)
SYNTAXES = (b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0", b"1.2.840.10008.1.2.5\0")
ITEM = b"\xfe\xff\x00\xe0"
Part = tuple[bytes, bytes]  # head of an element without its length, and its value


def cut(data: bytes) -> tuple[bytes, list[Part]]:
    """What comes before the data set, and its elements; the last one may be the rest."""
    start = 132 if data[128:132] == b"DICM" else 0
    at, parts = start, []
    while at + 8 <= len(data):
        vr = data[at + 4 : at + 6]
        wide = vr in LONG
        head = 12 if wide else 8
        if at + head > len(data) or not vr.isalpha():
            break
        (length,) = struct.unpack_from("<I" if wide else "<H", data, at + head - (4 if wide else 2))
        if at + head + length > len(data):
            break
        parts.append((data[at : at + head - (4 if wide else 2)], data[at + head : at + head + length]))
        at += head + length
    return data[:start], [*parts, *([(b"", data[at:])] if at < len(data) else [])]


def joined(before: bytes, parts: list[Part]) -> bytes:
    """The same as bytes, every length right."""
    made = [before]
    for head, value in parts:
        size = (
            b""
            if not head
            else struct.pack("<I" if len(head) == 8 else "<H", len(value) & (0xFFFFFFFF if len(head) == 8 else 0xFFFF))
        )
        made += [head, size, value]
    return b"".join(made)


def mutated(data: bytes, most: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """A changed object of at most so many bytes; `plain` is the change of a fuzzer that knows no format."""
    dice = random.Random(seed)
    if dice.random() < 0.2:
        return plain(data, most)
    before, parts = cut(data)
    if len(parts) < 2:
        return plain(data, most)
    for _ in range(dice.choice((1, 1, 2, 3))):
        _change(parts, dice, plain)
    return joined(before, parts)[:most]


def _items(value: bytes) -> list[bytes]:
    """The items of a sequence that has lengths; none if it is built otherwise."""
    at, found = 0, []
    while value[at : at + 4] == ITEM and len(value) >= at + 8:
        (length,) = struct.unpack_from("<I", value, at + 4)
        found.append(value[at + 8 : at + 8 + length])
        at += 8 + length
    return found if at == len(value) else []


def _within(value: bytes, dice: random.Random, plain: Callable[[bytes, int], bytes]) -> bytes:
    """A sequence with one of its items changed, left out or doubled."""
    items = _items(value)
    k = dice.randrange(len(items))
    if dice.random() < 0.1:
        items = items[:k] + items[k + 1 :] if dice.random() < 0.5 else [*items, items[k]]
    else:
        _, parts = cut(items[k])
        if parts:
            _change(parts, dice, plain)
        items[k] = joined(b"", parts)
    return b"".join(ITEM + struct.pack("<I", len(i)) + i for i in items)


def _change(parts: list[Part], dice: random.Random, plain: Callable[[bytes, int], bytes]) -> None:
    k = dice.randrange(len(parts))
    head, value = parts[k]
    if head[4:6] == b"SQ" and _items(value) and dice.random() < 0.8:
        parts[k] = (head, _within(value, dice, plain))
        return
    kind = dice.randrange(8)
    if kind == 0 and len(parts) > 2:
        del parts[k]
    elif kind == 1:
        parts.insert(dice.randrange(len(parts)), parts[k])
    elif kind == 2 and head:
        parts[k] = (head[:4] + dice.choice((b"DS", b"IS", b"US", b"UL", b"FD", b"LO", b"SS")), value)
    elif kind == 3:
        parts[k] = (head, plain(value, len(value) + 64))
    elif kind == 4:
        j = dice.randrange(len(parts))
        parts[k], parts[j] = (head, parts[j][1]), (parts[j][0], value)
    elif kind == 5 and head[:4] == b"\x02\0\x10\0":
        parts[k] = (head, dice.choice(SYNTAXES))
    elif kind == 6:
        parts[k] = (head, value[: dice.randrange(len(value) + 1)])
    else:
        word = dice.choice(WORDS)
        parts[k] = (head, word + b" " * (len(word) % 2))
