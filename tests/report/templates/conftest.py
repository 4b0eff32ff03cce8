"""Templates in a line or two, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vivomap.core import Refusal
from vivomap.report.templates.check import faults
from vivomap.report.templates.syntax import Template, parse

HEAD = "title: T\npathway: lung_response\n---\n"


@pytest.fixture(scope="session")
def made() -> Callable[..., Template]:
    """A template with this body; its first line is line 4 of the file."""
    return lambda body, head=HEAD: parse(head + body, "mysite.txt")


@pytest.fixture(scope="session")
def wrong(made: Callable[..., Template]) -> Callable[..., tuple[Refusal, ...]]:
    """The faults of a template with this body, which has its line on research use."""
    return lambda body, head=HEAD: faults(made(body + "\n{research}", head))
