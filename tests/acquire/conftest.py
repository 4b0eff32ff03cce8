"""Small series for the door as a whole."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("dicom_series", Path(__file__).parent / "dicom" / "conftest.py")
assert _spec
assert _spec.loader
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)
series = _made.series
