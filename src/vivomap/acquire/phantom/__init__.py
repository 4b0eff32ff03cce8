"""Digital patients with known truth, written as real DICOM: `NAMES` lists those of the demo, `write` makes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vivomap.acquire.phantom.truth import Call, Known, Lesion, Patient, Truth, Visit
from vivomap.core import Refusal, discover

__all__ = ["NAMES", "Call", "Known", "Lesion", "Patient", "Truth", "Visit", "patients", "write"]

NAMES: dict[str, str]  # a patient's name, and the pathway that it is made for; found when first asked for


def __getattr__(name: str) -> Any:
    if name == "NAMES":
        return {card.name: card.pathway for card in patients().values() if card.pathway}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def patients() -> dict[str, Patient]:
    """The cards of every digital patient, by name: adding a file with a card adds one."""
    return discover(__name__, Patient)


def write(name: str, folder: Path | str, seed: int = 0) -> Truth:
    """Make a digital patient in a new or empty folder and say its truth, which also lies there as truth.json.

    Raises Refusal if there is no patient of that name, or if the folder holds anything.
    """
    cards = patients()
    if name not in cards:
        raise Refusal("unknown_name", f"there is no digital patient {name!r}", expected=", ".join(cards))
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(
            "folder_not_empty",
            f"the folder for the digital patient {name} holds something already",
            where=str(folder),
            expected="a new or an empty folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return cards[name].write(folder, seed)
