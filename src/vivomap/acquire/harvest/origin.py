"""Where a harvested number comes from: who made the object, with what, when, of whom; told alike for every kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydicom.dataset import Dataset

from vivomap.acquire.element import said
from vivomap.acquire.moments import day
from vivomap.acquire.regions.labels import label
from vivomap.core import Provenance, Settings, __version__


@dataclass(frozen=True)
class Origin:
    """One object and its maker; `day` is its study's, `digest` the hash of its bytes."""

    kind: str
    uid: str
    patient: str
    day: date | None
    settings: Settings
    digest: str

    @classmethod
    def of(cls, ds: Dataset, kind: str, digest: str) -> Origin:
        """What the header of an object says of its making."""
        named = (
            ("manufacturer", label(ds, "Manufacturer")),
            ("model", label(ds, "ManufacturerModelName")),
            ("serial", label(ds, "DeviceSerialNumber")),
            ("software", label(ds, "SoftwareVersions")),
            ("series_description", label(ds, "SeriesDescription")),
            ("sop_class", said(ds, "SOPClassUID")),
        )
        settings = tuple((k, v) for k, v in named if v)
        when = day(said(ds, "StudyDate"))
        return cls(kind, said(ds, "SOPInstanceUID"), label(ds, "PatientID"), when, settings, digest)

    @property
    def maker(self) -> str:
        """Manufacturer, model and software as far as they are named."""
        known = dict(self.settings)
        return " ".join(str(known[k]) for k in ("manufacturer", "model", "software") if k in known)

    @property
    def ours(self) -> bool:
        """Whether vivomap wrote the object."""
        return dict(self.settings).get("manufacturer") == "vivomap"

    def provenance(
        self, path: str, more: Sequence[tuple[str, str | float]] = (), refers: Sequence[str] = ()
    ) -> Provenance:
        """Of a number at a place in the object; `refers` are the objects that it was measured on."""
        told: Settings = (*self.settings, ("item", path), *((k, v) for k, v in more if v != ""))
        source = tuple(dict.fromkeys(u for u in (self.uid, *refers) if u))
        maker = f"vivomap.acquire.harvest.{self.kind}"
        return Provenance(maker, __version__, (self.digest,) if self.digest else (), told, source)
