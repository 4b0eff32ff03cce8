"""The queue's lanes to the record: the same message each time, tried again while the record is away."""

from pathlib import Path

import pytest

from vivomap.cli.delivering import Sending, deliver, enqueue
from vivomap.cli.pacs import Way
from vivomap.cli.posting import checked, item, lane
from vivomap.cli.report import filed
from vivomap.cli.stage import record
from vivomap.core import Refusal
from vivomap.store import Project, open_project
from vivomap.store.outbox import Outbox, Patience, open_outbox, run


@pytest.fixture
def project(run, small, tmp_path: Path) -> Project:
    """A project with two visits on record, which is the one of the commands."""
    assert run("assess", "lung_response", small.folder, "--out", tmp_path / "out").code == 0
    return open_project(tmp_path / ".vivomap")


def queued(project: Project, to: str, folder: Path) -> Outbox:
    """Every assessment for one destination, in the queue."""
    box = open_outbox(project.path)
    items = [item(filed(project, e.id), to, folder) for e in project.assessments()]
    enqueue(box, Sending(tuple(items), to, Way(silence=5.0)))
    return box


def states(box: Outbox) -> list[tuple[str, str]]:
    return [(d.state, d.code) for d in box.deliveries()]


def emptied(box: Outbox) -> None:
    run(box, lambda them: deliver(box, them), force=True)


@pytest.mark.parametrize("way", ["mllp", "fhir"])
def test_what_is_queued_reaches_the_record_once_and_twice_queued_is_queued_once(
    project: Project, tmp_path: Path, way: str
) -> None:
    with record.running(tmp_path / "record") as there:
        for _ in range(2):
            box = queued(project, getattr(there, way), tmp_path / "forms")
            emptied(box)
        kept = there.messages() if way == "mllp" else there.bundles()
        assert len(kept) == len(box.deliveries()) == 2
    assert states(box) == [("sent", "AA" if way == "mllp" else "200")] * 2


@pytest.mark.parametrize("way", ["mllp", "fhir"])
def test_while_the_record_is_away_it_waits_with_its_reason_and_goes_when_it_is_back(
    project: Project, tmp_path: Path, way: str
) -> None:
    """T8: the ports are those of a record that has ended."""
    with record.running(tmp_path / "first") as there:
        address = getattr(there, way)
    box = queued(project, address, tmp_path / "forms")
    emptied(box)
    assert states(box) == [("waiting", "receiver_away")] * 2
    assert all(d.next_at > d.queued_at for d in box.deliveries()[:1])
    assert Patience().wait(3, 0.5) > Patience().wait(1, 0.5)


def test_a_bundle_is_sent_by_the_command_through_the_queue(run, project: Project, tmp_path: Path) -> None:
    first = project.assessments()[0].id
    with record.running(tmp_path / "record") as there:
        assert run("send", first[:12], "--to", there.fhir).code == 0
        assert run("send", first[:12], "--to", there.fhir).code == 0
        assert len(there.bundles()) == 1
    assert "fhir+http" in run("send", first[:12], "--to", there.fhir, "--dry-run").out


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("mllp://record.example:2575", "not_encrypted"),
        ("fhir+http://record.example/fhir", "not_encrypted"),
        ("fhir+https://", "bad_setting"),
        ("mllp://127.0.0.1", "bad_setting"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_before_anything_is_queued(address: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(address)
    assert refused.value.code == code


def test_each_destination_has_its_lane() -> None:
    assert [lane(a) for a in ("mllps://a:1", "fhir+https://a", "dicoms://A@a:1", "dicomweb+https://a/b")] == [
        "mllp",
        "fhir",
        "pacs",
        "pacs",
    ]
