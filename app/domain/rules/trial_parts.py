"""Tests of a rule, kept beside it: given an issue and an event, expect effects."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.rules.parts import Part
from app.domain.scrum.sprint import Sprint, SprintState

Value = str | int | float | bool | None | list[Any] | dict[str, Any]
Shown = Annotated[
    dict[str, Value],
    Field(
        description="Fields by name. `status`, `type`, `assignee` and their like by name or id.",
        examples=[{"key": "BURN-1", "type": "Bug", "status": "In Progress", "Story Points": 5}],
    ),
]


class Changed(Part):
    """A field was changed; names as shown."""

    field: Annotated[str, Field(description="By name or id.")]
    before: Annotated[str | None, Field(alias="from", description="What it was; empty if left out.")] = None
    after: Annotated[str | None, Field(alias="to", description="What it is since.")] = None


class Entry(Changed):
    """A change of the past."""

    at: Annotated[datetime, Field(description="When.")]
    author: Annotated[str | None, Field(description="Account id of who did it.")] = None


class Said(Part):
    """A comment."""

    body: Annotated[str, Field(description="Its text.")]
    author: Annotated[str | None, Field(description="Account id; who did it if left out.")] = None


class Worked(Part):
    """Logged work."""

    seconds: Annotated[int, Field(ge=0, description="How long.")] = 3600
    comment: Annotated[str, Field(description="Its text.")] = ""
    author: Annotated[str | None, Field(description="Account id; who did it if left out.")] = None
    started: Annotated[datetime | None, Field(description="When; that of the event if left out.")] = None


class Answer(Part):
    """What a server answers."""

    status: Annotated[int, Field(ge=100, le=599, description="Of HTTP.")] = 200
    headers: Annotated[dict[str, str], Field(description="By name.", default_factory=dict)]
    body: Annotated[Value, Field(description="JSON, or a text.")] = ""


class ShownSprint(Part):
    """A sprint of the site."""

    id: Annotated[int, Field(ge=1, description="Its number.")]
    name: Annotated[str, Field(description="How it is called.")]
    state: Annotated[
        Literal["future", "active", "closed"], Field(description="At the instant of the event.")
    ] = "future"
    board: Annotated[int, Field(ge=1, description="On which it was made.")] = 1
    start: Annotated[datetime | None, Field(description="Planned, or since when it runs.")] = None

    def as_is(self) -> Sprint:
        """As rules see it."""
        return Sprint(self.id, self.name, SprintState(self.state), self.board, start=self.start)


class Given(Part):
    """The situation.

    The event is one that the trigger waits for: with these changes, or this comment, by this person. Where
    the rule waits, the time passes and nothing else happens.
    """

    issue: Annotated[
        Shown | None,
        Field(
            description="That the event is about: fields by name; `status`, `assignee` … by name or id. "
            "Needed, but for a rule that is decided `once`: that has none."
        ),
    ] = None
    sprint: Annotated[Value, Field(description="That a trigger `sprint_…` is about.")] = None
    version: Annotated[Value, Field(description="That a trigger `version_…` is about.")] = None
    board: Annotated[Value, Field(description="That a trigger `board_…` is about.")] = None
    project: Annotated[Value, Field(description="That a trigger `project_…` is about.")] = None
    user: Annotated[Value, Field(description="That a trigger `user_…` is about.")] = None
    webhook: Annotated[Value, Field(description="The body of an `incoming_webhook`.")] = None
    metric: Annotated[Value, Field(description="Of `metric_crossed`: `name`, `value` and `limit`.")] = None
    at: Annotated[datetime, Field(description="The instant of the event.")] = datetime.fromisoformat(
        "2026-01-05T12:00:00+00:00"
    )
    author: Annotated[str | None, Field(description="Account id of who did it.")] = "somebody"
    changes: Annotated[list[Changed], Field(default_factory=list, description="What the event changed.")]
    comment: Annotated[Said | None, Field(description="What the event is about.")] = None
    worklog: Annotated[Worked | None, Field(description="Likewise: work that was logged.")] = None
    history: Annotated[list[Entry], Field(default_factory=list, description="What was changed before.")]
    parent: Annotated[Shown | None, Field(description="Of the issue, likewise.")] = None
    epic: Annotated[
        Shown | None, Field(description="Above the issue; the parent if left out and of the type Epic.")
    ] = None
    children: Annotated[list[Shown], Field(default_factory=list, description="Likewise.")]
    siblings: Annotated[list[Shown], Field(default_factory=list, description="Likewise.")]
    linked: Annotated[list[Shown], Field(default_factory=list, description="Likewise.")]
    sprints: Annotated[
        list[ShownSprint],
        Field(default_factory=list, description="Of the site, for actions that name sprints."),
    ]
    groups: Annotated[dict[str, list[str]], Field(default_factory=dict, description="Account ids by group.")]
    roles: Annotated[
        dict[str, list[str]],
        Field(default_factory=dict, description="Account ids by role in the project of the issue."),
    ]
    inactive: Annotated[
        list[str], Field(default_factory=list, description="Account ids that are not active any more.")
    ]
    found: Annotated[
        list[Shown], Field(default_factory=list, description="What the `jql` of a branch or a lookup finds.")
    ]
    answers: Annotated[
        list[Answer],
        Field(
            max_length=100,
            default_factory=list,
            description="To the web requests with `then`, in the order in which they are sent; to later ones "
            "there is none.",
        ),
    ]


BROUGHT: Mapping[str, Literal["sprint", "version", "board", "project", "user", "webhook", "metric"]] = {
    "sprint": "sprint",
    "version": "version",
    "board": "board",
    "project": "project",
    "user": "user",
    "incoming": "webhook",
    "metric": "metric",
}
"""What an event brings, by the first word of its trigger's type."""


class ExpectedEffect(Part):
    """An effect; what is left out of its payload is not looked at."""

    kind: str = Field(description="As `burnish rules decision` names it.", examples=["edit_issue"])
    payload: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Parts of it that must be so.")
    ]
    says: Annotated[str | None, Field(description="Words that stand in the body of a comment.")] = None


class Trial(Part):
    """A test of a rule."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="What it shows.")]
    given: Annotated[Given, Field(description="The situation.")]
    outcome: Annotated[
        Literal["acted", "nothing to do", "not matched", "own change", "held", "failed", "not asked"],
        Field(description="How it ends; not asked: the trigger is not about the event."),
    ] = "acted"
    effects: Annotated[
        list[ExpectedEffect] | None, Field(description="All of them, in order; not looked at if left out.")
    ] = None
