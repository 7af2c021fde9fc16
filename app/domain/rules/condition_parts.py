"""On which condition a rule acts."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from app.domain.rules.parts import Jql, Names, Part, Template

Kin = Annotated[
    Literal["parent", "epic", "children", "subtasks", "siblings", "linked"],
    Field(
        description="parent: one level up, also an epic. epic: the epic above, of a sub-task that of its "
        "parent. children: also sub-tasks. siblings: other children of the parent. linked: in either "
        "direction."
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

    all: Annotated[list["Condition"], Field(min_length=1, max_length=20, description="Conditions.")]


class AnyOf(Part):
    """Any of these."""

    any: Annotated[list["Condition"], Field(min_length=1, max_length=20, description="Conditions.")]


class NotOf(Part):
    """The opposite."""

    negated: Annotated["Condition", Field(alias="not", description="What must not hold.")]


class JqlCondition(Part):
    """The issue matches, as it was at the instant of the event; WAS and CHANGED look back from there."""

    jql: Annotated[Jql, Field(description="A JQL alone, without `jql:`, is the same.")]


class Compared(Part):
    """Two rendered texts are compared; numbers as numbers.

    A number is neither less nor greater than what is none: an empty estimate, or `nan`, is not below 5.
    """

    left: Annotated[Template, Field(description="What is compared.", examples=["{{ issue.StoryPoints }}"])]
    operator: Annotated[
        Literal["=", "!=", "<", "<=", ">", ">=", "contains", "matches"],
        Field(
            description="Numbers as numbers, texts letter by letter. contains: the right text stands in the "
            "left one, in whatever case; matches: the regular expression on the right finds something in it."
        ),
    ]
    right: Annotated[Template, Field(description="With what.", examples=["5"])]


class CompareCondition(Part):
    """A comparison of values."""

    compare: Compared


class InitiatorCondition(Part):
    """Who did it is one of these account ids, or has that part."""

    initiator: Annotated[
        list[str],
        Field(
            min_length=1,
            description="assignee, reporter or creator of the issue, or account ids.",
            examples=[["assignee", "reporter", "5b10a2844c20165700ede21g"]],
        ),
    ]


Who = Annotated[
    str,
    Field(
        min_length=1,
        description="initiator, assignee, reporter, creator, commenter (who wrote the comment that the event "
        "is about), or an account id.",
    ),
]


class InGroup(Part):
    """Somebody is in one of some groups, by who is in them today: Jira does not tell who was."""

    who: Who = "initiator"
    groups: Annotated[Names, Field(description="By name.", examples=[["support"]])]


class InGroupCondition(Part):
    """Whether somebody is in a group. Groups that rules name are read from Jira once a day."""

    in_group: InGroup


class InRole(Part):
    """Somebody has one of some roles in the issue's project, by who has them today, also through a group."""

    who: Who = "initiator"
    roles: Annotated[Names, Field(description="By name.", examples=[["Administrators"]])]


class InRoleCondition(Part):
    """Whether somebody has a role in the project. Roles that rules name are read from Jira once a day."""

    in_role: InRole


class TimeInStatus(Part):
    """The issue stands in its status for longer than this."""

    days: Annotated[float, Field(gt=0, le=3650, description="Of 24 hours; parts of one, too: 0.5.")]
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
        Field(
            description="How many of them match `jql`; exist: that there are any. all and none also hold "
            "where there are no such issues."
        ),
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


_KINDS: Mapping[str, type[Part]] = {
    "all": AllOf,
    "any": AnyOf,
    "not": NotOf,
    "jql": JqlCondition,
    "compare": CompareCondition,
    "initiator": InitiatorCondition,
    "in_group": InGroupCondition,
    "in_role": InRoleCondition,
    "in_status_longer_than": TimeInStatusCondition,
    "related": RelatedCondition,
}


def _kind(given: Any) -> str | None:
    """Which condition is meant, so that a fault is told of that one and not of all that it is not."""
    if isinstance(given, str):
        return "Text"
    if isinstance(given, Mapping):
        return next((kind.__name__ for key, kind in _KINDS.items() if key in given), None)
    return type(given).__name__ if type(given) in _KINDS.values() else None


Condition = Annotated[
    Annotated[Jql, Tag("Text")]
    | Annotated[AllOf, Tag("AllOf")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[NotOf, Tag("NotOf")]
    | Annotated[JqlCondition, Tag("JqlCondition")]
    | Annotated[CompareCondition, Tag("CompareCondition")]
    | Annotated[InitiatorCondition, Tag("InitiatorCondition")]
    | Annotated[InGroupCondition, Tag("InGroupCondition")]
    | Annotated[InRoleCondition, Tag("InRoleCondition")]
    | Annotated[TimeInStatusCondition, Tag("TimeInStatusCondition")]
    | Annotated[RelatedCondition, Tag("RelatedCondition")],
    Discriminator(
        _kind,
        custom_error_type="no_condition",
        custom_error_message=f"is no condition: write a JQL, or an object with one of {', '.join(_KINDS)}",
    ),
    Field(description="A JQL, or an object."),
]
