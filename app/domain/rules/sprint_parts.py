"""What a rule does with sprints themselves."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.rules.parts import Part, Template

LONGEST_NAME = 30
"""Characters, as Jira takes it over its API."""

Board = Annotated[int, Field(ge=1, description="Number of the board that the sprint belongs to.")]


class CreateSprint(Part):
    """Create a sprint on a board; nothing where the board has, or had, one of that name."""

    type: Literal["create_sprint"]
    board: Board
    name: Annotated[
        Template, Field(description=f"On one line; at most {LONGEST_NAME} characters.", examples=["Sprint 8"])
    ]
    goal: Annotated[Template | None, Field(description="What it is for.")] = None
    start: Annotated[
        Template | None,
        Field(description="Planned, such as 2026-11-30 or 2026-11-30T09:00; UTC where no zone is named."),
    ] = None
    end: Annotated[Template | None, Field(description="Likewise.")] = None


class StartSprint(Part):
    """Start a sprint at the instant of the event; nothing where it runs already or was closed.

    It ends when it was planned to, or else after so many days.
    """

    type: Literal["start_sprint"]
    board: Board
    sprint: Annotated[
        Template,
        Field(
            description="next (of the board's sprints that have not begun the one that is planned to begin "
            "first, or else is the oldest), or one by name or id; by name also one that the rule creates.",
        ),
    ] = "next"
    goal: Annotated[Template | None, Field(description="Instead of the one that it has.")] = None
    end: Annotated[Template | None, Field(description="Instead of its planned end, likewise.")] = None
    days: Annotated[int, Field(ge=1, le=60, description="Until its end, where none is planned.")] = 14


class CompleteSprint(Part):
    """Complete a sprint; nothing where none runs.

    Open issues are those that the last column of the board does not hold; sub-tasks go with their parents.
    They keep the sprint in their histories, as if somebody had completed it by hand.
    """

    type: Literal["complete_sprint"]
    board: Board
    sprint: Annotated[
        Template,
        Field(description="active (the one that runs on the board), or one by name or id."),
    ] = "active"
    open_issues: Annotated[
        Template,
        Field(
            description="Where they go: backlog, next (as for `start_sprint`), or a sprint by name or id; by "
            "name also one that the rule creates."
        ),
    ] = "backlog"
