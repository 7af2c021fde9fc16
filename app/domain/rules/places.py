"""Where among its actions a rule goes on, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.rules.action_parts import Action, Wait
from app.domain.rules.dates import When

Place = tuple[int | str, ...]


def action_at(actions: Sequence[Action], place: Place) -> Action:
    """The action at a place, such as `(2, "then", 0)`."""
    number, *inner = place
    assert isinstance(number, int)
    found = actions[number]
    return action_at(getattr(found, str(inner[0])), tuple(inner[1:])) if inner else found


def end_of(wait: Wait, since: datetime) -> datetime:
    """When a wait is over."""
    if wait.working:
        return When(since).plusBusinessDays(wait.days or 0).at
    return since + timedelta(days=wait.days or 0, hours=wait.hours or 0, minutes=wait.minutes or 0)
