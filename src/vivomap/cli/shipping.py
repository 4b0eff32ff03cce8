"""What an assessment has for a tier: its forms from the record, and its raw images, de-identified where they leave."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vivomap.cli.talk import counted, manner, say
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.report.forms import Filed
    from vivomap.store import Project
    from vivomap.store.tiers import Content, Sent, Shipment, Tier

PARTLY, AWAY = 4, 5  # exit codes: something asked for is missing; a service is away (rule U3)
NO_RAW = "no_raw"
Objects = dict[tuple[str, str], "Content"]
Refused = tuple[tuple[str, str], ...]


class Done(NamedTuple):
    """What became of each tier: sent, away, or barred because the patient does not allow its purpose."""

    sent: list[Sent]
    away: list[Refusal]
    barred: list[str]


def wanted(tier: Tier) -> tuple[str, ...]:
    """The raw images in words, where a tier wants them."""
    return (f"raw{' de-identified' if tier.deidentify else ''}",) if tier.raw else ()


@contextmanager
def aboard(project: Project, tier: Tier, told: Filed, raw: Path | None, who: str) -> Iterator[Shipment]:
    """The shipment of an assessment for a tier; what was made for it on disk is gone afterwards.

    Raises Refusal what the key or the folder of raw images is refused for.
    """
    from vivomap.core import identify
    from vivomap.store.tiers import Shipment

    study, recorded = told.assessment.study, told.recorded
    if recorded is None:
        raise Refusal("no_date", "the ledger does not say when this assessment was recorded")
    with tempfile.TemporaryDirectory(prefix=".tiers-", dir=project.path) as folder:
        objects, refused = _forms(tier, told)
        if tier.raw:
            more, held = _raw(project, tier, told, raw, (Path(folder) / "raw", who))
            objects, refused = {**objects, **more}, (*refused, *held)
        day = study.day.isoformat() if study.day else ""
        yield Shipment(identify(told.assessment), day, recorded.date(), objects, refused, manner().force)


def _forms(tier: Tier, told: Filed) -> tuple[Objects, Refused]:
    """The files of each form; one that cannot hold this assessment is told with its code, and the others go."""
    from vivomap.report.forms import forms
    from vivomap.store.tiers import Content

    known, objects = forms(), Objects()
    refused: list[tuple[str, str]] = []
    for form in tier.forms:
        try:
            files = known[form].write(told)
        except Refusal as refusal:
            refused.append((form, refusal.code))
            continue
        taken = {name for _, name in objects}  # two forms may call their files alike
        named = {f"{form}/{name}" if name in taken else name: body for name, body in files.items()}
        objects |= {(form, name): Content(body) for name, body in named.items()}
    return objects, tuple(refused)


def _raw(
    project: Project, tier: Tier, told: Filed, folder: Path | None, stage: tuple[Path, str]
) -> tuple[Objects, Refused]:
    """The raw images of the visit as they may lie in a tier."""
    from vivomap.core import identify
    from vivomap.store.tiers import RAW, kept
    from vivomap.store.tiers import raw as images

    studies = told.assessment.study.uid
    paths = images.in_folder(folder, studies) if folder else images.received(project, studies)
    held: tuple[str, ...] = ()
    if not paths:
        before = None if manner().force else kept(project, tier.name, identify(told.assessment))
        return {}, () if before is not None and before.of(RAW) else ((RAW, NO_RAW),)
    if tier.deidentify:
        paths, held = _without_patient(tier, paths, *stage)
    objects = {(RAW, name): content for name, content in images.named(paths).items()}
    return objects, tuple((RAW, code) for code in held)


def _without_patient(
    tier: Tier, paths: tuple[Path, ...], out: Path, who: str
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The same images without the patient, and the codes of those that are held back."""
    from vivomap.acquire.deidentify import Order, deidentify, read_key

    key = Path(tier.key)
    order = Order(paths, out, read_key(key, tier.purpose), key, approved_by=who or getpass.getuser())
    summary = deidentify(order)
    if summary.held:
        say(f"{tier.name}: {counted(len(summary.held), 'raw object')} held back by de-identification")
    return tuple(sorted(out.rglob("*.dcm"))), tuple(dict.fromkeys(h.code for h in summary.held))
