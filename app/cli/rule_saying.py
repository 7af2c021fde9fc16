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
    """An effect on one line; None is none."""
    if effect is None:
        return "nothing"
    said = {name: value for name, value in effect["payload"].items() if value not in ({}, None, [])}
    return f"{effect['kind']} {json.dumps(said, ensure_ascii=False)}"
