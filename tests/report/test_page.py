"""The page as a whole: whole in itself, inert to hostile text, and true to the JSON."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from vivomap.core import Assessment, Finding, Flag, Missing, Region
from vivomap.report.page import RESEARCH, render
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")
HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}\\\u202e\x00"
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and holds that every element is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def read(case: Case) -> tuple[str, Reader]:
    page = render(Story.of(*case), "ab" * 32)
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return page, reader


@pytest.mark.parametrize("name", CASES)
def test_the_page_stands_alone_without_script_or_network(name: str, request: pytest.FixtureRequest) -> None:
    page, reader = read(request.getfixturevalue(name))
    assert not {"script", "link", "iframe", "img"} & {tag for tag, _ in reader.tags}
    addresses = [v for _, attrs in reader.tags for k, v in attrs.items() if k in ("href", "src", "xlink:href") and v]
    assert all(a.startswith("data:image/png;base64,") for a in addresses)
    assert not re.search(r"url\((?!#)|@import|https?://", page)
    assert len(page) < 3_000_000
    assert not any(k.startswith("on") or k == "style" for _, attrs in reader.tags for k in attrs)


@pytest.mark.parametrize("name", CASES)
def test_every_figure_has_title_and_description_and_ids_are_unique(name: str, request: pytest.FixtureRequest) -> None:
    _, reader = read(request.getfixturevalue(name))
    ids = [a["id"] for _, a in reader.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    figures = [a for tag, a in reader.tags if tag == "svg" and a.get("aria-hidden") != "true"]
    for attrs in figures:
        assert attrs["role"] == "img"
        assert all(i in ids for i in (attrs["aria-labelledby"] or "?").split())


@pytest.mark.parametrize("name", CASES)
def test_the_page_says_research_patient_edition_version_and_hash(name: str, request: pytest.FixtureRequest) -> None:
    case = request.getfixturevalue(name)
    _, reader = read(case)
    said = " ".join(reader.text)
    assert said.count(RESEARCH) >= 3
    assert said.count(case[0].study.patient) >= 3
    assert "ab" * 32 in said
    assert case[0].edition[:12] in said
    assert "What is missing, and why" in said


def test_the_policy_allows_this_style_and_nothing_else(two_visits: Case) -> None:
    page, _ = read(two_visits)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r"default-src 'none'; img-src data:; style-src 'sha256-([^']+)'", page.replace("&#39;", "'"))
    assert style
    assert policy
    assert base64.b64decode(policy[1]) == hashlib.sha256(style[1].encode()).digest()


def hostile(case: Case) -> Case:
    """The same case with hostile text in every field that comes from outside."""
    now = case[0]
    image = replace(now.study.images[0], settings=(("series_description", HOSTILE),), flags=(Flag("odd", HOSTILE),))
    regions = tuple(Region(HOSTILE, r.mask, HOSTILE, HOSTILE, r.affine, r.lesion) for r in now.study.regions)
    study = replace(now.study, patient=HOSTILE, images=(image,), regions=regions)
    lost = Missing("volume", HOSTILE, now.study.day, "odd", HOSTILE)
    claims = (*now.claims, lost, Finding(HOSTILE, HOSTILE, HOSTILE, now.study.day, HOSTILE))
    proposals = tuple(replace(p, option=HOSTILE, source=HOSTILE, gain=HOSTILE) for p in now.recommendation.proposals)
    advice = replace(now.recommendation, proposals=proposals)
    return replace(now, pathway=HOSTILE, study=study, claims=claims, recommendation=advice), ()


def test_hostile_text_is_inert(two_visits: Case) -> None:
    page, reader = read(hostile(two_visits))
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert page.count("<style>") == page.count("</style>") == 1
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "49" not in [t.strip() for t in reader.text]
    assert "alert(1)" in " ".join(reader.text)


def test_the_patient_in_the_margins_is_written_by_code_points(two_visits: Case) -> None:
    now = two_visits[0]
    page = render(Story.of(replace(now, study=replace(now.study, patient='A"; } body { x')), ()), "ab" * 32)
    style = page.split("<style>")[1].split("</style>")[0]
    assert 'A\\000022 \\00003b  \\00007d  body \\00007b  x"' in style


def test_no_patient_in_the_title(two_visits: Case) -> None:
    page, _ = read(two_visits)
    title = re.search(r"<title>([^<]*)</title>", page)
    assert title
    assert "P-0417" not in title[1]


def test_no_type_is_smaller_than_eleven_pixels(two_visits: Case) -> None:
    page, _ = read(two_visits)
    style = page.split("<style>")[1].split("</style>")[0]
    sizes = [float(s) for s in re.findall(r"(?:font(?:-size)?:[^;}]*?|--t-\w+: )(\d+(?:\.\d+)?)px", style)]
    assert sizes
    assert min(sizes) >= 11


def test_every_meaning_that_is_coloured_has_its_shape_and_word(four_visits: Case) -> None:
    page, _ = read(four_visits)
    for word in ("worse", "better"):
        for found in re.finditer(rf'<svg class="g {word}".*?</svg> ([\w ]+)', page):
            assert found[1].strip()
