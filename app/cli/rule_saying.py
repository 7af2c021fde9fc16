"""What rules would do, in the terminal."""

import json
from collections.abc import Mapping
from typing import Any

import typer

from app.domain.scrum.wording import counted


def say_previewed(found: Mapping[str, Any]) -> None:
    """All that a preview found."""
    more = " (there are more)" if found["left_out"] else ""
    without = not found["issues"] and any(each["issue"] is None for each in found["decisions"])
    what = "Without an issue" if without else f"{counted(found['issues'], 'issue')}{more}"
    typer.echo(f"{what}, {counted(found['effects'], 'effect')}. Nothing was done.")
    for decision in found["decisions"]:
        say_decision(decision)


def say_decision(decision: Mapping[str, Any]) -> None:
    """A decision with its effects, and what the rule logs."""
    reason = f": {decision['reason']}" if decision["reason"] else ""
    typer.echo(
        f"{decision['at']} {decision['issue'] or '-'} {decision['event']} {decision['outcome']}{reason}"
    )
    for step in decision["steps"]:
        if step["step"] == "log":
            typer.echo(f"  log: {step['says']}")
    for effect in decision["effects"]:
        typer.echo(f"  {short({'kind': effect['kind'], 'payload': effect['payload']})}")


def short(effect: Mapping[str, Any] | None) -> str:
    """An effect on one line, documents (ADF) in words; None is none."""
    if effect is None:
        return "nothing"
    said = {name: _plain(value) for name, value in effect["payload"].items() if value not in ({}, None, [])}
    return f"{effect['kind']} {json.dumps(said, ensure_ascii=False)}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get("type") == "doc":
            return _words(value).strip()
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _words(node: Mapping[str, Any]) -> str:
    """What people read of a document, a line for each paragraph."""
    if node["type"] == "mention":
        return str(node["attrs"]["text"])
    inner = str(node.get("text", "")) + "".join(_words(each) for each in node.get("content", ()))
    return inner + "\n" if node["type"] in {"paragraph", "hardBreak"} else inner
