"""Proposals of lesions: nodules, lesions of white matter, and what has changed between two visits. A person accepts."""

from vivomap.acquire.propose.candidate import Candidate, outline_of
from vivomap.acquire.propose.changes import changed
from vivomap.acquire.propose.nodules import lung_nodules, nodules_inside
from vivomap.acquire.propose.white_matter import white_matter_lesions

__all__ = ["Candidate", "changed", "lung_nodules", "nodules_inside", "outline_of", "white_matter_lesions"]
