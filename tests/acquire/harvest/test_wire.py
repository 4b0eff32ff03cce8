"""A sheet as plain data and back, equal."""

import json
from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.wire import back, plain


def test_a_sheet_comes_back_equal(broken: tuple[Dataset, str, bool], read_back: Callable[..., Sheet]) -> None:
    found = read_back(broken[0])
    assert back(json.loads(json.dumps(plain(found)))) == found


def test_a_refusal_comes_back_equal(made: Any) -> None:
    refused = Sheet("a.dcm", refused=("bad_header", "no"))
    assert back(json.loads(json.dumps(plain(refused)))) == refused
