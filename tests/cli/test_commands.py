"""The list of all commands, which imports none of them."""

import socket
from importlib.metadata import version
from pathlib import Path

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


def test_the_version_is_told_before_anything_is_read() -> None:
    told = burnish("--version")
    assert (told.exit_code, told.output) == (0, f"burnish {version('burnish')}\n")


def test_a_command_that_there_is_not_is_said_with_the_nearest() -> None:
    assert "No such command 'rule'. Did you mean 'rules'?" in says(burnish("rule"))


@pytest.mark.parametrize("name", ["serve", "work"])
def test_where_the_port_is_taken_nothing_is_begun(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the store is made: a second service must not work until it finds that nobody can reach it."""
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = says(burnish(name, "--port", str(port)))
    assert f"Port {port} of 127.0.0.1 cannot be had: another process has it." in said
    assert "--port" in said
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_none_stops_the_start_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BURNISH_SECRET_KEY", "planted-key")
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = says(burnish("serve", "--port", str(port)))
    assert "secret_key: a key is 32 random bytes" in said
    assert "burnish secrets new-key" in said


def test_an_address_that_this_machine_does_not_have_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = says(burnish("serve", "--host", "192.0.2.1"))
    assert "Nothing can listen at 192.0.2.1: Cannot assign requested address." in said
    assert "--host" in said
