"""Groups of commands: each help page, also that of the group, ends with two examples (rule U7)."""

import pytest
import typer

from vivomap.cli import app
from vivomap.cli.group import examples, group

GROUPS = [each.name or "" for each in app.registered_groups]


def test_a_group_has_its_commands_and_shows_the_first_example_of_two() -> None:
    made = group("Things.", (("one", print, ("a one", "a one -x")), ("two", repr, ("a two", "a two -x"))))
    assert [c.name for c in made.registered_commands] == ["one", "two"]
    assert made.info.epilog == examples(("a one", "a two"))
    assert made.registered_commands[1].epilog == "Examples:  a two   |   a two -x"


@pytest.mark.parametrize("name", GROUPS)
def test_the_help_of_each_group_has_two_examples(run, name: str) -> None:
    shown = run(name, "--help").out
    assert typer.main.get_command(app).commands[name].epilog  # type: ignore[attr-defined]
    assert shown.partition("Examples:")[2].count(f"vivomap {name} ") == 2
