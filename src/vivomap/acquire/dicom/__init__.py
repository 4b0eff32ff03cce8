"""DICOM files as studies: images with unit, place, day and settings; regions and plans beside them; the rest held."""

from vivomap.acquire.dicom.intake import Intake, take
from vivomap.acquire.dicom.study import studies

__all__ = ["Intake", "studies", "take"]
