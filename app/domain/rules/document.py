"""A rule as admins write it, in YAML or JSON: checked whole, and with a JSON schema for editors.

The words are Jira Automation's where it has one. No key is one that YAML reads as a boolean. Unknown keys are
refused: a rule with a typing error must not run with half of what was meant.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_ACTIONS = 50
DEEPEST = 5
LONGEST_TEXT = 20_000
LONGEST_JQL = 10_000

Jql = Annotated[
    str, Field(min_length=1, max_length=LONGEST_JQL, examples=["type = Bug AND priority = Highest"])
]
Template = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="Text with values in double braces, such as {{ issue.key }}.",
        examples=["{{ issue.key }} was moved by {{ initiator.displayName }}."],
    ),
]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=255)]], Field(min_length=1, max_length=100)
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


# --- when it fires --------------------------------------------------------------------------------


class IssueCreated(_Part):
    """An issue was created."""

    type: Literal["issue_created"]


class IssueUpdated(_Part):
    """Anything of an issue was changed."""

    type: Literal["issue_updated"]


class IssueTransitioned(_Part):
    """The status of an issue was changed."""

    type: Literal["issue_transitioned"]
    before: Annotated[
        Names | None, Field(alias="from", description="Statuses by name or id; any if left out.")
    ] = None
    after: Annotated[Names | None, Field(alias="to", description="Likewise.")] = None


class IssueAssigned(_Part):
    """An issue got another assignee, or none."""

    type: Literal["issue_assigned"]


class FieldChanged(_Part):
    """One of some fields was changed."""

    type: Literal["field_changed"]
    fields: Annotated[Names, Field(description="By name or id.", examples=[["priority", "Story Points"]])]
    change: Annotated[
        Literal["any", "set", "cleared"],
        Field(description="set: it was empty; cleared: it is empty now."),
    ] = "any"


class IssueDeleted(_Part):
    """An issue was deleted."""

    type: Literal["issue_deleted"]


class CommentAdded(_Part):
    """Somebody commented on an issue."""

    type: Literal["comment_added"]


class CommentEdited(_Part):
    """Somebody edited a comment."""

    type: Literal["comment_edited"]


class IssueLinked(_Part):
    """An issue was linked with another, or a link was removed."""

    type: Literal["issue_linked"]


class Scheduled(_Part):
    """At times: for each issue that a JQL finds then."""

    type: Literal["schedule"]
    cron: Annotated[str, Field(max_length=100, examples=["0 8 * * mon-fri"])]
    time_zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])] = "UTC"
    jql: Jql


class Manual(_Part):
    """When somebody asks for it, for the issues that are named then."""

    type: Literal["manual"]


Trigger = Annotated[
    IssueCreated
    | IssueUpdated
    | IssueTransitioned
    | IssueAssigned
    | FieldChanged
    | IssueDeleted
    | CommentAdded
    | CommentEdited
    | IssueLinked
    | Scheduled
    | Manual,
    Field(discriminator="type"),
]


# --- on which condition ---------------------------------------------------------------------------


class AllOf(_Part):
    """All of these."""

    all: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class AnyOf(_Part):
    """Any of these."""

    any: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class NotOf(_Part):
    """The opposite."""

    negated: Annotated["Condition", Field(alias="not")]


class JqlCondition(_Part):
    """The issue matches, as it was at the instant of the event; WAS and CHANGED look back from there."""

    jql: Jql


class Compared(_Part):
    """Two rendered texts are compared; numbers as numbers."""

    left: Template
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "contains", "matches"]
    right: Template


class CompareCondition(_Part):
    """A comparison of values."""

    compare: Compared


class InitiatorCondition(_Part):
    """Who did it is one of these account ids, or has that part."""

    initiator: Annotated[
        list[str], Field(min_length=1, examples=[["assignee", "reporter", "5b10a2844c20165700ede21g"]])
    ]


class TimeInStatus(_Part):
    """The issue stands in its status for longer than this."""

    days: Annotated[float, Field(gt=0, le=3650)]
    working: Annotated[bool, Field(description="Count Monday to Friday only.")] = False


class TimeInStatusCondition(_Part):
    """For how long the issue stands in its status, at the instant of the event."""

    in_status_longer_than: TimeInStatus


Condition = Annotated[
    Jql
    | AllOf
    | AnyOf
    | NotOf
    | JqlCondition
    | CompareCondition
    | InitiatorCondition
    | TimeInStatusCondition,
    Field(description="A JQL, or an object."),
]


# --- what is done ---------------------------------------------------------------------------------


class Comment(_Part):
    """Comment on the issue."""

    type: Literal["comment"]
    text: Template
    mode: Annotated[
        Literal["each", "once", "living"],
        Field(
            description="each: a comment each time; once: on an issue only once ever; living: one comment "
            "that is edited in place."
        ),
    ] = "each"
    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9-]*$",
            max_length=40,
            description="Tells several comments of a rule apart that are written once, or are living.",
        ),
    ] = ""


class Edit(_Part):
    """Change fields. They are named as in Jira or by id; texts are rendered."""

    type: Literal["edit"]
    set: Annotated[dict[str, Any], Field(max_length=50, examples=[{"priority": "Highest"}])] = {}
    add: Annotated[dict[str, list[Template]], Field(max_length=50, examples=[{"labels": ["urgent"]}])] = {}
    remove: Annotated[dict[str, list[Template]], Field(max_length=50)] = {}
    clear: Annotated[list[str], Field(max_length=50, examples=[["duedate"]])] = []

    @model_validator(mode="after")
    def _something(self) -> "Edit":
        if not (self.set or self.add or self.remove or self.clear):
            message = "an edit needs `set`, `add`, `remove` or `clear`"
            raise ValueError(message)
        return self


class Transition(_Part):
    """Bring the issue to a status, by whichever transition leads there; nothing if it is there."""

    type: Literal["transition"]
    to: Annotated[str, Field(min_length=1, max_length=255, description="Status by name or id.")]


class Assign(_Part):
    """Assign the issue."""

    type: Literal["assign"]
    to: Annotated[
        Template,
        Field(description="nobody, reporter, creator, initiator, or an account id.", examples=["reporter"]),
    ]


class Link(_Part):
    """Link the issue with another."""

    type: Literal["link"]
    link_type: Annotated[str, Field(min_length=1, max_length=255, examples=["Blocks"])]
    to: Annotated[Template, Field(examples=["BURN-1"])]
    direction: Annotated[
        Literal["outward", "inward"], Field(description="outward: this issue blocks the other.")
    ] = "outward"


class Log(_Part):
    """Say something in the explanation of the decision."""

    type: Literal["log"]
    text: Template


class Stop(_Part):
    """Do nothing more for this event."""

    type: Literal["stop"]


class If(_Part):
    """Only on a condition."""

    type: Literal["if"]
    when: Condition
    then: Annotated[list["Action"], Field(min_length=1, max_length=MOST_ACTIONS)]
    otherwise: Annotated[list["Action"], Field(max_length=MOST_ACTIONS)] = []


class Branch(_Part):
    """For other issues, one after the other, in the order of their keys."""

    type: Literal["branch"]
    to: Annotated[
        Literal["parent", "children", "linked"],
        Field(description="parent: also an epic. children: also sub-tasks. linked: in either direction."),
    ]
    link_type: Annotated[str | None, Field(max_length=255, description="Of linked: only of this type.")] = (
        None
    )
    when: Condition | None = None
    actions: Annotated[list["Action"], Field(min_length=1, max_length=MOST_ACTIONS)]


Action = Annotated[
    Comment | Edit | Transition | Assign | Link | Log | Stop | If | Branch, Field(discriminator="type")
]


# --- the whole ------------------------------------------------------------------------------------


class Limits(_Part):
    """How much a rule may do. Whoever would do more is paused, and an admin is asked."""

    per_event: Annotated[int, Field(ge=1, le=1000, description="Effects of one event.")] = 50
    per_issue_per_day: Annotated[int, Field(ge=1, le=1000)] = 20
    per_hour: Annotated[int, Field(ge=1, le=100_000)] = 200
    per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class Rule(_Part):
    """A rule: when something happens, and a condition holds, do something."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Bugs from customers are urgent"])]
    description: Annotated[str, Field(max_length=2000)] = ""
    projects: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]],
        Field(max_length=200, description="Keys; all of the site if left out."),
    ] = []
    trigger: Trigger
    when: Condition | None = None
    actions: Annotated[list[Action], Field(min_length=1, max_length=MOST_ACTIONS)]
    limits: Limits = Limits()
    own_changes: Annotated[
        bool,
        Field(description="Whether it also fires on what Burnish itself changed. Chains may be the end."),
    ] = False

    @model_validator(mode="after")
    def _not_too_deep(self) -> "Rule":
        if _depth(self.actions) > DEEPEST:
            message = f"`if` and `branch` stand in each other at most {DEEPEST} deep"
            raise ValueError(message)
        return self


def _depth(actions: "list[Action]") -> int:
    inner = [
        _depth(nested)
        for one in actions
        for nested in (
            [one.then, one.otherwise]
            if isinstance(one, If)
            else [one.actions]
            if isinstance(one, Branch)
            else []
        )
    ]
    return 1 + max(inner, default=0)


def schema() -> dict[str, Any]:
    """JSON schema of a rule, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Rule.model_json_schema(by_alias=True),
    }
