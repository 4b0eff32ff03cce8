"""The patterns that a site declares: all checked before one is used, none with more than its share of time."""

import threading
import time
from pathlib import Path

import pytest

from vivomap.acquire.harvest.pattern import Pattern, matches, patterns
from vivomap.core import Refusal

GOOD = """
[[pattern]]
name = "long_axis"
match = '(?P<lesion>lesion \\d+)[^.\\n]{0,80}?(?P<value>\\d+(?:[.,]\\d+)?) ?(?P<unit>mm|cm)'
code = "103339001"
scheme = "SCT"
meaning = "Long axis"
"""


def declared(folder: Path, text: str) -> tuple[Pattern, ...]:
    (folder / "patterns.toml").write_text(text, "utf-8")
    return patterns(folder / "patterns.toml")


def test_a_good_pattern_is_taken(tmp_path: Path) -> None:
    (one,) = declared(tmp_path, GOOD)
    assert (one.name, one.unit, one.code) == ("long_axis", "", ("103339001", "SCT", "Long axis"))
    assert [m["value"] for m in matches(one, "Lesion 1 measures 23.5 mm, Lesion 2 4 cm.")] == ["23.5", "4"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing = 1",
        "[[pattern]]\nname = 'a'",
        "[[pattern]]\nname = 'Long axis'\nmatch = '(?P<value>1)'\nunit = 'mm'",
        "[[pattern]]\nname = 'a'\nmatch = '(?P<value>1)'",
        "[[pattern]]\nname = 'a'\nmatch = '(1)'\nunit = 'mm'",
        "[[pattern]]\nname = 'a'\nmatch = '(?P<value>'\nunit = 'mm'",
        "[[pattern]]\nname = 'a'\nmatch = '(?P<value>1)(?P<name>2)'\nunit = 'mm'",
        "[[pattern]]\nname = 'a'\nmatch = '(?P<value>1)'\nunit = 'mm'\ncolour = 'red'",
        "[[pattern]]\nname = 'a'\nmatch = '(?P<value>1)'\nunit = 5",
        f"[[pattern]]\nname = 'a'\nmatch = '(?P<value>{'1' * 1001})'\nunit = 'mm'",
        "[[pattern",
        GOOD + "[site]\nname = 'x'",
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_when_loaded(text: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        declared(tmp_path, text)
    assert refused.value.code == "bad_pattern"


def test_a_unit_that_nobody_knows_is_refused_when_loaded(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        declared(tmp_path, "[[pattern]]\nname = 'a'\nmatch = '(?P<value>1)'\nunit = 'furlong'")
    assert refused.value.code == "unknown_unit"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        patterns(tmp_path / "none.toml")
    assert refused.value.code == "unreadable_file"


def test_a_pattern_that_needs_for_ever_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threading.current_thread() is threading.main_thread()
    monkeypatch.setattr("vivomap.acquire.harvest.pattern.SECONDS_MOST", 0.1)
    (one,) = declared(tmp_path, "[[pattern]]\nname = 'a'\nmatch = '(?P<value>(x+x+)+y)'\nunit = 'mm'")
    start = time.monotonic()
    with pytest.raises(Refusal) as refused:
        matches(one, "x" * 60)
    assert refused.value.code == "pattern_too_slow"
    assert time.monotonic() - start < 5
    assert [m["value"] for m in matches(one, "xxy")] == ["xxy"]
