"""On which condition a rule acts."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.rules.parts import Jql, Names, Part, Template

Kin = Annotated[
    Literal["parent", "children", "subtasks", "siblings", "linked"],
    Field(
        description="parent: also an epic. children: also sub-tasks. siblings: other children of the parent. "
        "linked: in either direction."
    ),
]
LinkType = Annotated[
    str | None,
    Field(
        max_length=255, description="Of linked: only of this kind, by its name or words.", examples=["blocks"]
    ),
]


class AllOf(Part):
    """All of these."""

    all: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class AnyOf(Part):
    """Any of these."""

    any: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class NotOf(Part):
    """The opposite."""

    negated: Annotated["Condition", Field(alias="not")]


class JqlCondition(Part):
    """The issue matches, as it was at the instant of the event; WAS and CHANGED look back from there."""

    jql: Jql


class Compared(Part):
    """Two rendered texts are compared; numbers as numbers."""

    left: Template
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "contains", "matches"]
    right: Template


class CompareCondition(Part):
    """A comparison of values."""

    compare: Compared


class InitiatorCondition(Part):
    """Who did it is one of these account ids, or has that part."""

    initiator: Annotated[
        list[str], Field(min_length=1, examples=[["assignee", "reporter", "5b10a2844c20165700ede21g"]])
    ]


class InGroup(Part):
    """Somebody is in one of some groups, by who is in them today: Jira does not tell who was."""

    who: Annotated[
        str,
        Field(min_length=1, description="initiator, assignee, reporter, creator, or an account id."),
    ] = "initiator"
    groups: Names


class InGroupCondition(Part):
    """Whether somebody is in a group. Groups that rules name are read from Jira once a day."""

    in_group: InGroup


class TimeInStatus(Part):
    """The issue stands in its status for longer than this."""

    days: Annotated[float, Field(gt=0, le=3650)]
    working: Annotated[bool, Field(description="Count Monday to Friday only.")] = False


class TimeInStatusCondition(Part):
    """For how long the issue stands in its status, at the instant of the event."""

    in_status_longer_than: TimeInStatus


class Related(Part):
    """Issues around the issue, as they were at the instant of the event."""

    to: Kin
    link_type: LinkType = None
    match: Annotated[
        Literal["some", "all", "none", "exist"],
        Field(description="all and none also hold where there are no such issues."),
    ]
    jql: Annotated[Jql | None, Field(description="What they match; needed but for `exist`.")] = None

    @model_validator(mode="after")
    def _has_a_query(self) -> "Related":
        if (self.jql is None) != (self.match == "exist"):
            message = "`exist` goes without `jql`, the others need it"
            raise ValueError(message)
        return self


class RelatedCondition(Part):
    """Whether other issues match."""

    related: Related


Condition = Annotated[
    Jql
    | AllOf
    | AnyOf
    | NotOf
    | JqlCondition
    | CompareCondition
    | InitiatorCondition
    | InGroupCondition
    | TimeInStatusCondition
    | RelatedCondition,
    Field(description="A JQL, or an object."),
]
