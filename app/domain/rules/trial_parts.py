"""Tests of a rule, kept beside it: given an issue and an event, expect effects."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.rules.parts import Part

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

    field: str
    before: Annotated[str | None, Field(alias="from")] = None
    after: Annotated[str | None, Field(alias="to")] = None


class Entry(Changed):
    """A change of the past."""

    at: datetime
    author: str | None = None


class Said(Part):
    """A comment."""

    body: str
    author: str | None = None


class Answer(Part):
    """What a server answers."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    headers: Annotated[dict[str, str], Field(default_factory=dict)]
    body: Annotated[Value, Field(description="JSON, or a text.")] = ""


class Given(Part):
    """The situation.

    The event is one that the trigger waits for: with these changes, or this comment, by this person. Where
    the rule waits, the time passes and nothing else happens.
    """

    issue: Shown
    at: Annotated[datetime, Field(description="The instant of the event.")] = datetime.fromisoformat(
        "2026-01-05T12:00:00+00:00"
    )
    author: Annotated[str | None, Field(description="Account id of who did it.")] = "somebody"
    changes: Annotated[list[Changed], Field(default_factory=list)]
    comment: Said | None = None
    history: Annotated[list[Entry], Field(default_factory=list, description="What was changed before.")]
    parent: Shown | None = None
    children: Annotated[list[Shown], Field(default_factory=list)]
    siblings: Annotated[list[Shown], Field(default_factory=list)]
    linked: Annotated[list[Shown], Field(default_factory=list)]
    groups: Annotated[dict[str, list[str]], Field(default_factory=dict, description="Account ids by group.")]
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


class ExpectedEffect(Part):
    """An effect; what is left out of its payload is not looked at."""

    kind: str = Field(examples=["edit_issue"])
    payload: Annotated[dict[str, Any], Field(default_factory=dict)]
    says: Annotated[str | None, Field(description="Words that stand in the body of a comment.")] = None


class Trial(Part):
    """A test of a rule."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    given: Given
    outcome: Literal["acted", "nothing to do", "not matched", "own change", "held", "failed", "not asked"] = (
        "acted"
    )
    effects: Annotated[
        list[ExpectedEffect] | None, Field(description="All of them, in order; not looked at if left out.")
    ] = None
