"""A report as DICOM JSON (PS3.18 Annex F), as archives answer over the web and as examples are published."""

from __future__ import annotations

import json
from typing import Any

from pydicom.dataset import Dataset

from vivomap.acquire.harvest.complaints import Book
from vivomap.core import Refusal

DEEPEST = 3 * 32  # a level of items is three levels of JSON


def dataset(data: bytes, book: Book) -> Dataset:
    """The data set of a JSON text, one or the first of a list. Raises Refusal `not_an_image` if it is none."""
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refusal("not_an_image", "the file is no DICOM JSON", found=type(error).__name__) from error
    if isinstance(plain, list) and plain:
        plain = plain[0]
    if not isinstance(plain, dict) or not _is_tagged(plain):
        raise Refusal("not_an_image", "the file is JSON, but no DICOM object")
    _arrays(plain, book)
    return Dataset.from_json(plain, bulk_data_uri_handler=lambda tag, vr, uri: b"")


def _is_tagged(plain: dict[str, Any]) -> bool:
    return bool(plain) and all(len(k) == 8 and isinstance(v, dict) for k, v in plain.items())


def _arrays(plain: dict[str, Any], book: Book) -> None:
    """Make an array of every value that stands alone. Raises Refusal `nested_too_deep`."""
    waiting: list[tuple[dict[str, Any], int]] = [(plain, 1)]
    while waiting:
        holder, depth = waiting.pop()
        if depth > DEEPEST:
            raise Refusal("nested_too_deep", "items are nested deeper than can be read")
        for tag, element in holder.items():
            value = element.get("Value") if isinstance(element, dict) else None
            if value is not None and not isinstance(value, list):
                book.note("json_scalar", tag)
                element["Value"] = [value]
            waiting += [
                (v, depth + 1) for v in element.get("Value") or () if element.get("vr") == "SQ" and isinstance(v, dict)
            ]
