"""Spectra at the door: DICOM, Siemens rda and CSA, Philips SDAT, NIfTI-MRS."""

from vivomap.acquire.spectroscopy.door import admitted, loose, read_loose

__all__ = ["admitted", "loose", "read_loose"]
