"""The health of a sprint, from its issues alone."""

from typing import Any

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from tests.factories import SPRINT_FIELD, a_board, a_sprint, day


def health_of(*issues: Issue, **arguments: Any) -> SprintHealth:
    """Of the usual sprint and board on the sixth day; `sprint`, `board` and all that `assess` takes besides
    may be given.
    """
    sprint, board = arguments.pop("sprint", a_sprint()), arguments.pop("board", a_board())
    usual = {"now": day(6), "calendar": Calendar(), "sprint_field": SPRINT_FIELD}
    return assess(sprint, board, issues, **{**usual, **arguments})
