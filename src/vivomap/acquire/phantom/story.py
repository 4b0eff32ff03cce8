"""What happens to the lesions of the serial patient: their sizes at every visit, and what RECIST 1.1 must call it.

Sizes are diameters in mm: in plane along, in plane across, and down the body. A lymph node counts by its short axis.
The calls are reckoned by hand from the sizes below (methods C1), not by the code that they test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vivomap.acquire.phantom.solids import Point, Solid
from vivomap.acquire.phantom.truth import Known
from vivomap.core import Refusal

Size = tuple[float, float, float]
Parts = tuple[Size, ...]  # () where there is nothing, more than one where it has split


@dataclass(frozen=True)
class Growth:
    """One lesion over the visits: where it is, how it is turned, its density, and its size at every visit."""

    name: str
    site: str
    centre: Point
    turn: float
    hu: float
    sizes: tuple[Parts, ...]

    def state(self, k: int) -> str:
        """What has become of it at visit k: present, new, vanished, part, or "" before it appeared."""
        if not any(self.sizes[: k + 1]):
            return ""
        if not self.sizes[k]:
            return "vanished"
        if len(self.sizes[k]) > 1:
            return "part"
        return "present" if k == 0 or any(self.sizes[:k]) else "new"

    def drawn(self, k: int) -> list[tuple[str, Solid | None]]:
        """The outlines of visit k by name: its parts, an empty one where it has vanished, none before it appeared."""
        state = self.state(k)
        if state in ("", "vanished"):
            return [(self.name, None)] if state else []
        number, _, site = self.name.partition(" ")
        split = len(self.sizes[k]) > 1
        found: list[tuple[str, Solid | None]] = []
        for part, size in enumerate(self.sizes[k]):
            away = (part * 2 - 1) * 14.0 if split else 0.0  # mm from the old centre, to either side
            centre = (self.centre[0], self.centre[1] + away, self.centre[2])
            name = f"{number}.{part + 1} {site}" if split else self.name
            found.append((name, Solid(centre, (size[0] / 2, size[1] / 2, size[2] / 2), self.turn)))
        return found

    def counted(self, k: int) -> float:
        """What it adds to the sum of diameters, mm."""
        return sum(size[1] if self.site == "node" else size[0] for size in self.sizes[k])


@dataclass(frozen=True)
class Plot:
    """A whole story: the lesions, which of them are targets, and the call of every visit with its reckoning."""

    name: str
    says: str
    lesions: tuple[Growth, ...]
    targets: tuple[str, ...]
    recist: tuple[tuple[str, str], ...]

    @property
    def visits(self) -> int:
        return len(self.recist)

    def total(self, k: int, pixel: float) -> Known:
        """The sum of diameters of the targets at visit k."""
        counted = [g for g in self.lesions if g.name in self.targets]
        value = sum(g.counted(k) for g in counted)
        return Known("sum_of_diameters", round(value, 3), "mm", round(pixel * len(counted), 3), ", ".join(self.targets))


def shorter(plot: Plot, visits: int) -> Plot:
    """The first visits of a story. Raises Refusal if it has not so many."""
    if not 1 <= visits <= plot.visits:
        raise Refusal("bad_setting", f"{plot.name} has 1 to {plot.visits} visits, not {visits}")
    return replace(plot, recist=plot.recist[:visits])


TWO = Plot(
    name="two_visit",
    says="CT before and after two cycles: a lung and a liver lesion shrink, a lymph node stays as it was.",
    lesions=(
        Growth("lesion_1 lung", "lung", (-68.0, -4.0, 32.3), 25, 42, (((32.0, 24.0, 27.0),), ((14.8, 12.2, 13.0),))),
        Growth("lesion_2 liver", "liver", (-62.0, 4.0, -65.2), -40, 62, (((30.0, 25.0, 26.0),), ((17.4, 14.0, 16.0),))),
        Growth("lesion_3 node", "node", (-19.5, 9.0, 44.8), 75, 78, (((25.0, 18.0, 24.0),), ((24.4, 17.4, 23.4),))),
    ),
    targets=("lesion_1 lung", "lesion_2 liver", "lesion_3 node"),
    recist=(
        ("baseline", "32 + 30 + 18 (short axis of the node) = 80 mm"),
        ("PR", "14.8 + 17.4 + 17.4 = 49.6 mm, 38 % under 80 mm; the node alone, -3.3 %, is within measurement error"),
    ),
)

FIVE = Plot(
    name="serial_ct",
    says="Five CTs eight weeks apart: one lesion grows, one shrinks, one vanishes, one appears, one splits; a node.",
    lesions=(
        Growth(
            "lesion_1 lung",
            "lung",
            (-68.0, -4.0, 32.3),
            25,
            42,
            tuple((size,) for size in ((16, 13, 14), (19, 15, 17), (22, 18, 20), (26, 21, 23), (32, 25, 28))),
        ),
        Growth(
            "lesion_2 lung",
            "lung",
            (72.0, 10.0, 14.8),
            -30,
            38,
            tuple((size,) for size in ((30, 23, 26), (24, 19, 20), (18, 15, 16), (14, 12, 13), (12, 10, 12))),
        ),
        Growth("lesion_3 lung", "lung", (-70.0, 26.0, 2.4), 60, 35, (((14, 11, 13),), ((11, 9, 11),), (), (), ())),
        Growth("lesion_4 lung", "lung", (68.0, -22.0, 39.9), 10, 40, ((), (), (), ((12, 11, 12),), ((18, 15, 16),))),
        Growth(
            "lesion_5 liver",
            "liver",
            (-60.0, 2.0, -65.2),
            -20,
            62,
            (
                ((34, 28, 30),),
                ((30, 25, 26),),
                ((17, 14, 16), (13, 11, 13)),
                ((15, 12, 14), (11, 9, 11)),
                ((14, 11, 13), (10, 9, 10)),
            ),
        ),
        Growth(
            "lesion_6 node",
            "node",
            (-19.5, 9.0, 44.8),
            75,
            78,
            tuple((size,) for size in ((25, 18, 24), (21, 15, 20), (17, 12, 16), (13, 9, 12), (12, 8, 12))),
        ),
    ),
    targets=("lesion_1 lung", "lesion_2 lung", "lesion_5 liver", "lesion_6 node"),
    recist=(
        (
            "baseline",
            "16 + 30 + 34 + 18 (short axis of the node) = 98 mm; lesion 3 is the third of the lung: non-target",
        ),
        ("SD", "19 + 24 + 30 + 15 = 88 mm, 10.2 % under 98 mm"),
        ("SD", "22 + 18 + (17 + 13) + 12 = 82 mm, 16.3 % under 98 mm; lesion 3 has vanished"),
        ("PD", "lesion 4 is new; the sum alone, 26 + 14 + (15 + 11) + 9 = 75 mm, 23.5 % under 98 mm, would be SD"),
        ("PD", "lesion 4 was new before and has grown; 32 + 12 + (14 + 10) + 8 = 76 mm"),
    ),
)
