"""What a person wrote into a header: names in the writer's own letters, which need the character set of the file."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from vivomap.acquire.element import UNREADABLE


def label(holder: Dataset, *keywords: str) -> str:
    """The first of some text attributes that is not empty; "" if all are, or cannot be read."""
    return next((text for keyword in keywords if (text := _text(holder, keyword))), "")


def _text(holder: Dataset, keyword: str) -> str:
    try:
        value: Any = holder.get(keyword)
    except UNREADABLE:
        return ""
    return value.strip(" \x00") if isinstance(value, str) else ""
