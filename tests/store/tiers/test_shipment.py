"""Objects first, the manifest last: what was interrupted goes on, and no manifest says more than is there."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store import Project
from vivomap.store.tiers import RAW, Content, Folder, Shipment, Tier, kept, put
from vivomap.store.tiers.manifest import NAME, written


def silent(done: int, total: int) -> None:
    assert 0 < done <= total


def shipment(whole: str, *names: str) -> Shipment:
    objects = {("csv", name): Content(name.encode()) for name in names}
    return Shipment(whole, "2026-03-04", date(2026, 3, 5), objects)


def test_everything_is_there_and_the_manifest_says_so(project: tuple[Project, str], folder_tier: Tier) -> None:
    store, whole = project
    place = Folder(Path(folder_tier.to))
    sent = put(store, folder_tier, place, shipment(whole, "b.csv", "a.csv"), silent)
    assert sent.written == tuple(f"2026-03-04/{whole}/{n}" for n in ("a.csv", "b.csv"))
    assert place.names(sent.manifest.folder) == tuple(sorted((*sent.written, f"{sent.manifest.folder}/{NAME}")))
    assert b"".join(place.read(f"{sent.manifest.folder}/{NAME}") or ()) == written(sent.manifest)
    assert sent.manifest.keep_until == date(2036, 3, 5)
    assert kept(store, "record", whole) == sent.manifest


def test_the_second_time_nothing_is_sent(project: tuple[Project, str], folder_tier: Tier) -> None:
    store, whole = project
    place = Folder(Path(folder_tier.to))
    first = put(store, folder_tier, place, shipment(whole, "a.csv"), silent)
    second = put(store, folder_tier, place, shipment(whole, "a.csv"), silent)
    assert (second.written, second.there, second.manifest) == ((), first.written, first.manifest)
    again = replace(shipment(whole, "a.csv"), again=True)
    assert put(store, folder_tier, place, again, silent).written == first.written


def test_an_interrupted_run_leaves_no_manifest_and_the_next_goes_on(
    project: tuple[Project, str], folder_tier: Tier, monkeypatch
) -> None:
    store, whole = project
    place, sent = Folder(Path(folder_tier.to)), []
    real = Folder.put

    def cut(self: Folder, name: str, content: Content, again: bool = False) -> bool:
        if len(sent) == 2:
            raise Refusal("place_away", "the line was cut")
        sent.append(name)
        return real(self, name, content, again)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", cut)
        with pytest.raises(Refusal):
            put(store, folder_tier, place, shipment(whole, "a.csv", "b.csv", "c.csv"), silent)
    assert kept(store, "record", whole) is None
    assert len(place.names(f"2026-03-04/{whole}")) == 2
    after = put(store, folder_tier, place, shipment(whole, "a.csv", "b.csv", "c.csv"), silent)
    assert [Path(n).name for n in after.written] == ["c.csv"]
    assert [Path(n).name for n in after.there] == ["a.csv", "b.csv"]


def test_raw_images_of_an_earlier_time_stay_on_the_manifest(project: tuple[Project, str], folder_tier: Tier) -> None:
    store, whole = project
    place, bare = Folder(Path(folder_tier.to)), shipment(whole, "a.csv")
    whole_one = replace(bare, objects={**bare.objects, (RAW, "raw/1.dcm"): Content(b"scan")})
    put(store, folder_tier, place, whole_one, silent)
    assert put(store, folder_tier, place, bare, silent).manifest.of(RAW)[0].name == "raw/1.dcm"
