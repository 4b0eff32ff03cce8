"""The MRRT file, held against the structure that the IHE profile and its connectathon test ask for."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from vivomap.core import UNITS, Assessment, Refusal, Region
from vivomap.report.forms import Filed
from vivomap.report.templates.choose import chosen
from vivomap.report.templates.fill import fill
from vivomap.report.templates.mrrt import SCHEMES, mrrt
from vivomap.report.templates.syntax import Template

Case = tuple[Assessment, tuple[Assessment, ...]]
DUBLIN = {"title", "identifier", "description", "type", "language", "publisher", "rights", "license", "date", "creator"}
VOID = {"meta", "input"}


class Reader(HTMLParser):
    """Elements with their parents, in order; holds that each is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.said: dict[str, str] = {}
        self.declared: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_decl(self, decl: str) -> None:
        self.declared.append(decl)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {k: v or "" for k, v in attrs}, tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.said[self.open[-1]] = self.said.get(self.open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs, _ in self.found if name == tag]


def written(filed: Filed, template: Template | None = None) -> Reader:
    return Reader(mrrt(fill(template or chosen("lung_response"), filed)))


@pytest.fixture(scope="module")
def page(filed: Filed) -> Reader:
    return written(filed)


def test_the_head_is_as_the_profile_asks(page: Reader) -> None:
    assert page.declared == ["DOCTYPE html"]
    for once in ("html", "head", "title", "body", "script"):
        assert len(page.all(once)) == 1
    assert [m["charset"] for m in page.all("meta") if "charset" in m] == ["UTF-8"]
    said = {m["name"].removeprefix("dcterms."): m["content"] for m in page.all("meta") if "name" in m}
    assert set(said) == DUBLIN
    assert all(said.values())
    assert said["title"] == page.said["title"]
    assert said["type"] == "IMAGE_REPORT_TEMPLATE"
    assert said["identifier"].startswith("2.25.")
    assert page.all("html")[0]["lang"] == said["language"] == "en"


def attributes(page: Reader) -> ET.Element:
    assert page.all("script")[0]["type"] == "text/xml"
    return ET.fromstring(page.said["script"].strip())  # our own file, written here


def test_the_coded_content_names_fields_that_are_there_with_known_schemes(page: Reader) -> None:
    root = attributes(page)
    assert root.tag == "template_attributes"
    assert [root.findtext("top-level-flag"), root.findtext("status")] == ["true", "ACTIVE"]
    schemes = {s.get("name"): s.get("designator") for s in root.findall("coding_schemes/coding_scheme")}
    assert schemes
    assert set(schemes.items()) <= set(SCHEMES.values())
    idents = [a["id"] for _, a, _ in page.found if "id" in a]
    assert len(idents) == len(set(idents))
    entries = root.findall("coded_content/entry")
    assert entries
    for entry in entries:
        assert entry.get("ORIGTXT") in idents
        codes = entry.findall("term/code")
        assert codes
        assert all(c.get("meaning") and c.get("value") and c.get("scheme") in schemes for c in codes)


def test_sections_have_name_class_header_and_lie_in_each_other(page: Reader, filed: Filed) -> None:
    sections = [(a, parents) for tag, a, parents in page.found if tag == "section"]
    assert [a["data-section-name"] for a, _ in sections] == ["Report", "Findings", "Lesion A", "Lesion B", "Impression"]
    for a, parents in sections:
        assert a["class"] == f"level{parents.count('section') + 1}"
    assert len(page.all("header")) == len(sections)
    assert len(filed.story.marks) == 2


def test_every_field_has_a_type_a_name_and_a_number_its_ucum_unit(page: Reader) -> None:
    fields = page.all("input")
    assert {f["data-field-type"] for f in fields} == {"TEXT", "NUMBER"}
    assert all(f["id"] and f["name"] and "value" in f for f in fields)
    numbers = [f for f in fields if f["data-field-type"] == "NUMBER"]
    assert numbers
    for f in numbers:
        assert f["type"] == "number"
        assert f["data-field-units"] in UNITS
        exact, error = float(f["data-vivomap-value"]), float(f["data-vivomap-uncertainty"])
        assert abs(float(f["value"]) - exact) <= max(1.96 * error, 1e-9)


def test_a_radelement_id_stands_only_where_the_site_gave_it(filed: Filed, made: Callable[..., Template]) -> None:
    body = "[lesion]\n{long_axis mm} {volume mL}\n[end]\n{research}"
    head = "title: T\npathway: lung_response\nradelement: long_axis = RDE1302\n---\n"
    root = attributes(written(filed, made(body, head)))
    codes = [c.get("value") for c in root.iter("code") if c.get("scheme") == "RADELEMENT"]
    assert codes == ["RDE1302"] * len(filed.story.marks)
    assert not [c for c in attributes(written(filed)).iter("code") if c.get("scheme") == "RADELEMENT"]


def test_what_is_missing_is_a_text_field_with_its_reason(four_visits: Case, made: Callable[..., Template]) -> None:
    page = written(Filed(*four_visits), made("[lesion]\n{density HU}\n[end]"))
    lost = [f for f in page.all("input") if "too_few_voxels" in f["value"]]
    assert [f["data-field-type"] for f in lost] == ["TEXT"]


def test_hostile_text_opens_no_element(two_visits: Case, made: Callable[..., Template]) -> None:
    now = two_visits[0]
    evil = '"><script>x</script></script>]]>&<input>'
    regions = tuple(Region(r.name, r.mask, evil, evil, r.affine, r.lesion) for r in now.study.regions)
    hostile: Any = replace(now, study=replace(now.study, patient=evil, regions=regions))
    page = written(Filed(hostile), made("{patient}\n[lesion]\n{finding} {long_axis mm}\n[end]"))
    assert len(page.all("script")) == 1
    assert all("data-field-type" in f for f in page.all("input"))
    assert page.all("input")[0]["value"] == evil
    attributes(page)


def test_without_any_date_it_is_refused(undated: Case) -> None:
    with pytest.raises(Refusal) as refused:
        written(Filed(*undated))
    assert refused.value.code == "no_date"
