"""A site file is read as it was meant, or refused with file, table, line and the form that is expected."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vivomap.core import GRADES, UNITS, Affirmed, Limits, Refusal, Site, Threshold
from vivomap.store import site

WHOLE = """\
[site]
name = "Hospital of Ours"

[[threshold]]
name = "suv_liver_gate"
value = 2
unit = "g/ml{SUVbw}"
source = "local: phantom study"
grade = "C"
version = 3
by = "A. Physicist"
on = 2026-01-31

[[repeatability]]
biomarker = "mean_adc"
kind = "%"
site = "Liver"
same = 20.5
other = 30
subjects = 40
source = "local: 40 volunteers"
by = "A. Physicist"
on = 2026-01-31

[[repeatability]]
biomarker = "mean_adc"
kind = "%"
same = 25
subjects = 22
source = "local: 22 patients"
by = "B. Physicist"
on = 2026-02-28

[[scanner]]
manufacturer = "SIEMENS"
model = "Skyra"
software = ""
by = "A. Physicist"
on = 2026-01-31
reason = "there is only one"
"""


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = site.read(file(tmp_path, WHOLE))
    day = date(2026, 1, 31)
    gate = Threshold("suv_liver_gate", 2.0, "g/ml{SUVbw}", "local: phantom study", "C", 3, "A. Physicist", day)
    limit = Limits(
        "mean_adc",
        "%",
        "liver: local: 40 volunteers; any: local: 22 patients",
        (("liver", 20.5), ("any", 25.0)),
        (("liver", 30.0),),
        22,
        "A. Physicist, 2026-01-31; B. Physicist, 2026-02-28",
    )
    scanner = Affirmed("SIEMENS", "Skyra", "", "A. Physicist", day, "there is only one")
    assert found == Site("Hospital of Ours", (gate,), (limit,), (scanner,))
    assert found.limits[0].coefficient("Liver", True) == 20.5
    assert found.limits[0].coefficient("brain", True) == 25.0
    assert found.limits[0].coefficient("brain", False) is None


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('by = "A. Physicist"\non = 2026-01-31\n\n[[rep', "on = 2026-01-31\n\n[[rep", 4, "'by' is not said"),
        ("on = 2026-01-31\n\n[[rep", "\n[[rep", 4, "'on' is not said"),
        ("on = 2026-01-31\n\n[[rep", 'on = "2026-01-31"\n\n[[rep', 4, "'on' is not a date"),
        ("on = 2026-01-31\n\n[[rep", "on = 2026-01-31T10:00:00\n\n[[rep", 4, "'on' is not a date"),
        ('unit = "g/ml{SUVbw}"', 'unit = "g/ml(SUVbw)"', 4, "is no unit"),
        ('grade = "C"', 'grade = "Z"', 4, "is no grade"),
        ("value = 2", 'value = "2"', 4, "'value' is not a number"),
        ("value = 2", "value = true", 4, "'value' is not a number"),
        ("value = 2", "value = nan", 4, "'value' is not a number"),
        ("value = 2", "valve = 2", 4, "no key is called 'valve'"),
        ("version = 3", "version = 0", 4, "'version' is not a whole number"),
        ('by = "A. Physicist"', 'by = " "', 4, "'by' is not a text"),
        ('kind = "%"', 'kind = "percent"', 14, "is no kind"),
        ("same = 20.5", "same = -1", 14, "'same' is above 0"),
        ("same = 25", "same = 25\nother = 0", 25, "'other' is above 0"),
        ("subjects = 22", "subjects = 2.5", 25, "'subjects' is not a whole number"),
        ('kind = "%"\nsame = 25', 'kind = "mm2/s"\nsame = 25', 25, "two kinds"),
        ("same = 25", 'site = "LIVER"\nsame = 25', 25, "set twice"),
        ('reason = "there is only one"', "", 34, "'reason' is not said"),
        ('model = "Skyra"', 'model = ""', 34, "'model' is not a text"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in WHOLE
    path = file(tmp_path, WHOLE.replace(old, new, 1))
    with pytest.raises(Refusal) as refused:
        site.read(path)
    assert refused.value.code == "bad_setting"
    assert says in refused.value.summary
    assert f"{path}, line {line}, [[" in refused.value.where
    assert refused.value.expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[site\n", "no TOML"),
        ('name = "x"\n', "no table is called 'name'"),
        ('[site]\nname = "x"\n[[thresholds]]\n', "no table is called 'thresholds'"),
        ('[site]\nname = "x"\n[threshold]\nname = "y"\n', "list of tables"),
        ("", "whose it is"),
        ('[site]\nname = ""\n', "whose it is"),
        ('[site]\nname = "x"\nowner = "y"\n', "whose it is"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        site.read(file(tmp_path, text))
    assert refused.value.code == "bad_setting"
    assert says in refused.value.summary
    assert "site.toml" in refused.value.where


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "bytes.toml", tmp_path / "absent.toml", tmp_path):
        with pytest.raises(Refusal) as refused:
            site.read(path)
        assert refused.value.code == "bad_setting"


def test_one_threshold_is_set_once(tmp_path: Path) -> None:
    start = WHOLE.index("[[threshold]]")
    again = WHOLE + "\n" + WHOLE[start : WHOLE.index("[[repeatability]]")]
    with pytest.raises(Refusal) as refused:
        site.read(file(tmp_path, again))
    assert "suv_liver_gate is set twice" in refused.value.summary
    assert "number 2" in refused.value.where


def test_a_name_that_nothing_uses_is_warned_of(tmp_path: Path) -> None:
    found = site.read(file(tmp_path, WHOLE))
    assert site.unknown(found, {"suv_liver_gate"}) == ()
    [flag] = site.unknown(found, {"suv_liver_gates", "other"}, {"mean_adc"})
    assert flag.code == "unknown_name"
    assert "did you mean 'suv_liver_gates'?" in flag.reason
    assert len(site.unknown(found, {"suv_liver_gate"}, {"volume"})) == 1


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=9).filter(str.strip)
NAMES = st.sampled_from(["volume", "mean_adc", "suv_max", "mtv"])
DAYS = st.dates()
NUMBERS = st.floats(1e-9, 1e9)
THRESHOLDS = st.builds(
    Threshold,
    WORDS,
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(sorted(UNITS)),
    WORDS,
    st.sampled_from(sorted(GRADES)),
    st.integers(1, 99),
    WORDS,
    DAYS,
)
SITES = st.lists(st.sampled_from(["liver", "brain", "any"]), min_size=1, unique=True)
LIMITS = st.builds(
    lambda name, sites, same, other, subjects, by, on, source: Limits(
        name,
        "%",
        source,
        tuple((s, same) for s in sites),
        tuple((s, same * 2) for s in sites[:other]),
        subjects,
        f"{by}, {on.isoformat()}",
    ),
    NAMES,
    SITES,
    NUMBERS,
    st.integers(0, 3),
    st.none() | st.integers(1, 999),
    WORDS,
    DAYS,
    WORDS,
)
AFFIRMED = st.builds(Affirmed, WORDS, WORDS, st.just("") | WORDS, WORDS, DAYS, WORDS)
SITE = st.builds(
    Site,
    WORDS,
    st.lists(THRESHOLDS, max_size=3, unique_by=lambda t: t.name.lower()).map(tuple),
    st.lists(LIMITS, max_size=3, unique_by=lambda r: r.name).map(tuple),
    st.lists(AFFIRMED, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=SITE)
def test_a_site_written_and_read_is_the_same(tmp_path: Path, one: Site) -> None:
    path = tmp_path / "site.toml"
    path.write_text(site.written(one), encoding="utf-8", newline="")
    assert site.read(path) == one


def test_the_whole_file_written_and_read_is_the_same(tmp_path: Path) -> None:
    found = site.read(file(tmp_path, WHOLE))
    assert site.read(file(tmp_path, site.written(found))) == found


def test_the_file_of_the_how_to_page_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "site-file.md").read_text(encoding="utf-8")
    found = site.read(file(tmp_path, page.split("```toml\n")[1].split("```")[0]))
    assert found.name == "University Hospital"
    assert [len(part) for part in (found.thresholds, found.limits, found.scanners)] == [1, 1, 1]
    for table in site.TABLES.values():
        assert all(f"\n{key} = " in page for key in table)
