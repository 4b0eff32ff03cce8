"""Results go into a tier: object by object, the manifest last, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from vivomap.store.project import Project
from vivomap.store.tiers import manifest
from vivomap.store.tiers.content import Content
from vivomap.store.tiers.manifest import NAME, RAW, Entry, Manifest
from vivomap.store.tiers.place import Place
from vivomap.store.tiers.policy import Tier

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Shipment:
    """What one assessment has for one tier: its objects by form and name, and the forms that could not be written.

    `again` sends what is there already too.
    """

    assessment: str
    day: str
    recorded: date
    objects: Mapping[tuple[str, str], Content] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    again: bool = False

    def manifest(self, tier: Tier) -> Manifest:
        """The manifest that its objects make."""
        found = ((form, name, content) for (form, name), content in sorted(self.objects.items()))
        entries = tuple(Entry(name, form, c.size, c.digest) for form, name, c in found)
        return Manifest(tier.name, self.assessment, self.day, tier.until(self.recorded), entries, self.refused)


@dataclass(frozen=True)
class Sent:
    """What was done: objects that were written, and those that were there already, with the manifest that says so."""

    manifest: Manifest
    written: tuple[str, ...]
    there: tuple[str, ...]


def put(project: Project, tier: Tier, place: Place, shipment: Shipment, told: Told) -> Sent:
    """Put a shipment into its tier; raw images of an earlier time stay on the manifest where none come now,
    unless everything is sent again.

    Raises Refusal `cannot_write`, `disk_full` or `place_away`; then what was written stays, and no manifest says more.
    """
    made = shipment.manifest(tier)
    before = None if shipment.again else manifest.kept(project, tier.name, shipment.assessment)
    if before is not None and not made.of(RAW):
        made = replace(made, objects=(*made.objects, *before.of(RAW)))
    written: list[str] = []
    there: list[str] = []
    for done, ((_, name), content) in enumerate(sorted(shipment.objects.items()), 1):
        path = f"{made.folder}/{name}"
        (written if place.put(path, content, shipment.again) else there).append(path)
        told(done, len(shipment.objects))
    place.put(f"{made.folder}/{NAME}", Content(manifest.written(made)), shipment.again)
    manifest.keep(project, made)
    return Sent(made, tuple(written), tuple(there))
