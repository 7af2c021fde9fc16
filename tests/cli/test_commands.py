"""The list of all commands, which imports none of them."""

import pytest

from app.cli.root import COMMANDS
from tests.cli.support import burnish, says


def test_all_commands_are_listed_with_what_they_are_for() -> None:
    shown = " ".join(burnish("--help").output.replace("\u2502", " ").split())
    for name, command in COMMANDS.items():
        assert f"{name} {command.help}" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_list_says_of_it(name: str) -> None:
    command = COMMANDS[name].load(name)
    assert command.name == name
    assert command.help is not None
    assert command.help.startswith(COMMANDS[name].help)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_asked_what_it_takes(name: str) -> None:
    asked = burnish(name, "--help")
    assert asked.exit_code == 0, asked.output
    assert f" {name} " in asked.output


def test_a_command_that_there_is_not_is_said_with_the_nearest() -> None:
    assert "No such command 'rule'. Did you mean 'rules'?" in says(burnish("rule"))
