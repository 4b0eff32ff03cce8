"""What the tests of tiers ask for: a store for buckets, and a project with one assessment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from vivomap.core import Assessment, Measurement, Provenance, Recommendation, Study
from vivomap.store import Project, open_project
from vivomap.store.tiers import Tier

from ...bucket import BUCKET, bucket_store, s3_endpoint

__all__ = ["bucket_store", "s3_endpoint"]


@pytest.fixture
def bucket_tier(s3_endpoint: str) -> Tier:
    """A tier in the bucket of the store."""
    place = f"s3://{BUCKET}/vivomap"
    return Tier("research", place, ("csv",), 10, "A", date(2026, 1, 31), inside=True, endpoint=s3_endpoint)


@pytest.fixture
def folder_tier(tmp_path: Path) -> Tier:
    """A tier in a folder of this machine."""
    return Tier("record", str(tmp_path / "record"), ("csv",), 10, "A", date(2026, 1, 31), inside=True)


def assessment(value: float) -> Assessment:
    """A visit with one number."""
    made = Provenance("size:long_axis", "0.1.0")
    number = Measurement("long_axis", value, "mm", 0.5, "", date(2026, 3, 4), made)
    study = Study("P", date(2026, 3, 4))
    return Assessment("lung_response", "e" * 64, study, (number,), Recommendation((), None))


@pytest.fixture
def project(tmp_path: Path) -> tuple[Project, str]:
    """A project, and the id of its one assessment."""
    made = open_project(tmp_path / "project")
    first = assessment(12.0)
    return made, made.record(first, first.study)
