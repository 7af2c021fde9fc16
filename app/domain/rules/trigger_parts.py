"""When a rule fires. The words are Jira Automation's where it has one."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.rules.once_parts import JqlThen, Once
from app.domain.rules.parts import Jql, Names, Part

TimeZone = Annotated[
    str,
    Field(
        max_length=64,
        description="In which the times of `cron` are, by its name.",
        examples=["Europe/Berlin"],
    ),
]


class IssueCreated(Part):
    """An issue was created."""

    type: Literal["issue_created"]


class IssueUpdated(Part):
    """Anything of an issue was changed."""

    type: Literal["issue_updated"]


class IssueTransitioned(Part):
    """The status of an issue was changed."""

    type: Literal["issue_transitioned"]
    before: Annotated[
        Names | None, Field(alias="from", description="Statuses by name or id; any if left out.")
    ] = None
    after: Annotated[Names | None, Field(alias="to", description="Likewise.")] = None


class IssueAssigned(Part):
    """An issue got another assignee, or none."""

    type: Literal["issue_assigned"]


class FieldChanged(Part):
    """One of some fields was changed."""

    type: Literal["field_changed"]
    fields: Annotated[Names, Field(description="By name or id.", examples=[["priority", "Story Points"]])]
    change: Annotated[
        Literal["any", "set", "cleared"],
        Field(description="set: it was empty, and no longer is; cleared: it is empty now."),
    ] = "any"
    before: Annotated[
        Names | None,
        Field(
            alias="from",
            description="Values that it had, by name or id, as the history writes them; of labels, one that "
            "was taken away. Any if left out.",
            examples=[["Low", "Lowest"]],
        ),
    ] = None
    after: Annotated[
        Names | None,
        Field(alias="to", description="Values that it got, likewise; of labels, one that was added."),
    ] = None


class IssueDeleted(Part):
    """An issue was deleted."""

    type: Literal["issue_deleted"]


class CommentAdded(Part):
    """Somebody commented on an issue."""

    type: Literal["comment_added"]


class CommentEdited(Part):
    """Somebody edited a comment."""

    type: Literal["comment_edited"]


class CommentDeleted(Part):
    """A comment was deleted; Jira does not say by whom."""

    type: Literal["comment_deleted"]


class AttachmentAdded(Part):
    """A file was attached to an issue."""

    type: Literal["attachment_added"]


class AttachmentRemoved(Part):
    """A file was taken from an issue."""

    type: Literal["attachment_removed"]


class IssueLinked(Part):
    """An issue was linked with another, or a link was removed."""

    type: Literal["issue_linked"]
    change: Annotated[Literal["any", "added", "removed"], Field(description="What happened to the link.")] = (
        "any"
    )
    link_types: Annotated[
        Names | None,
        Field(
            description="Words of the link, as they stand on this issue; any if left out.",
            examples=[["is blocked by"]],
        ),
    ] = None


class IssueMoved(Part):
    """An issue got another key: it was moved to another project."""

    type: Literal["issue_moved"]


class WorkLogged(Part):
    """Somebody logged work on an issue."""

    type: Literal["work_logged"]


class WorkLogEdited(Part):
    """Somebody edited work that was logged."""

    type: Literal["work_log_edited"]


class WorkLogDeleted(Part):
    """Work that was logged was deleted; Jira does not say by whom."""

    type: Literal["work_log_deleted"]


class SprintStarted(Part):
    """A sprint was started: for each issue in it, or `once`."""

    type: Literal["sprint_started"]
    once: Once = False


class SprintClosed(Part):
    """A sprint was closed: for each issue in it, or `once`."""

    type: Literal["sprint_closed"]
    once: Once = False


class VersionReleased(Part):
    """A version was released: for each issue that it fixes, or `once`."""

    type: Literal["version_released"]
    once: Once = False


class Scheduled(Part):
    """At times: for each issue that a JQL finds then, or `once`."""

    type: Literal["schedule"]
    cron: Annotated[
        str,
        Field(
            max_length=100,
            description="When: minute, hour, day of the month, month, day of the week.",
            examples=["0 8 * * mon-fri"],
        ),
    ]
    time_zone: TimeZone = "UTC"
    jql: JqlThen = None
    once: Once = False


class IncomingWebhook(Part):
    """Somebody calls the rule's own address with the rule's token; texts see the body as {{ webhook }}."""

    type: Literal["incoming_webhook"]
    jql: Annotated[
        Jql | None,
        Field(
            description="The issues that it fires for, with values of the body; the keys in the body's list "
            "`issues` if left out, unless it is `once`.",
            examples=['"Order number" = {{ webhook.order }}'],
        ),
    ] = None
    once: Once = False

    @property
    def names_issues(self) -> bool:
        """Whether it is the body that names them."""
        return self.jql is None and not self.once


class ThingHappened(Part):
    """A webhook told that something happened to a sprint, a version, a board, a project or a person.

    For each issue that a JQL finds then, or `once`; texts see {{ sprint.name }}, {{ version.name }},
    {{ board.name }}, {{ project.key }} or {{ user.displayName }} and all else that Jira says of it, such as
    {{ sprint.goal }} and {{ version.releaseDate }}. A version that was merged is also one that was deleted,
    and {{ version.mergedTo.name }} says into which. Trashed projects can be restored, archived ones
    unarchived.
    """

    type: Literal[
        "sprint_created",
        "sprint_updated",
        "sprint_deleted",
        "version_created",
        "version_updated",
        "version_unreleased",
        "version_deleted",
        "version_moved",
        "version_merged",
        "project_created",
        "project_updated",
        "project_trashed",
        "project_deleted",
        "project_restored",
        "project_archived",
        "project_unarchived",
        "user_created",
        "user_updated",
        "user_deleted",
        "board_created",
        "board_updated",
        "board_configured",
        "board_deleted",
    ]
    jql: JqlThen = None
    once: Once = False


class SprintProgress(Part):
    """So much of the planned time of a sprint is over: for each issue in it, or `once`.

    Looked at every ten minutes.
    """

    type: Literal["sprint_progress"]
    percent: Annotated[int, Field(ge=1, le=99, description="Of the time from start to planned end.")]
    working: Annotated[bool, Field(description="Count the working days of its board only.")] = True
    boards: Annotated[
        list[int], Field(max_length=100, description="Of sprints made there; any.", default_factory=list)
    ]
    once: Once = False


class MetricCrossed(Part):
    """A figure of the sprint that runs on a board went beyond a value: once for each time it does.

    `remaining` is in what the board estimates with: points, hours for time, or issues.
    For each issue that a JQL finds then, or `once`; texts see {{ metric.name }}, {{ metric.value }},
    {{ metric.limit }}.
    """

    type: Literal["metric_crossed"]
    board: Annotated[int, Field(ge=1, description="Number of the board.")]
    metric: Annotated[
        Literal[
            "remaining",
            "work_done_percent",
            "scope_change_percent",
            "time_elapsed_percent",
            "blocked_issues",
            "unestimated_issues",
            "open_issues",
        ],
        Field(description="Which figure of the sprint."),
    ]
    above: Annotated[float | None, Field(description="It fires when the figure gets greater.")] = None
    below: Annotated[
        float | None, Field(description="It fires when the figure gets less. One of both is needed.")
    ] = None
    cron: Annotated[
        str, Field(max_length=100, description="When it is looked at.", examples=["0 * * * mon-fri"])
    ] = "0 * * * *"
    time_zone: TimeZone = "UTC"
    jql: JqlThen = None
    once: Once = False

    @model_validator(mode="after")
    def _one_limit(self) -> "MetricCrossed":
        if (self.above is None) == (self.below is None):
            message = "a metric needs `above` or `below`, one of both"
            raise ValueError(message)
        return self

    @property
    def limit(self) -> float:
        """The value that is crossed."""
        return self.above if self.above is not None else self.below or 0.0

    def is_beyond(self, value: float) -> bool:
        """Whether the value is on the far side."""
        return value > self.limit if self.above is not None else value < self.limit


_IssueEvents = (
    IssueCreated
    | IssueUpdated
    | IssueTransitioned
    | IssueAssigned
    | FieldChanged
    | IssueDeleted
    | CommentAdded
    | CommentEdited
    | CommentDeleted
    | AttachmentAdded
    | AttachmentRemoved
    | IssueLinked
    | IssueMoved
    | WorkLogged
    | WorkLogEdited
    | WorkLogDeleted
)
"""What happens to one issue. Plain, so that joined with others it stays one flat list in the schema."""

IssueEvent = Annotated[_IssueEvents, Field(discriminator="type")]


class AnyOfEvents(Part):
    """One of several things happened to an issue; once for each event, whichever of them it is."""

    type: Literal["any_of"]
    triggers: Annotated[
        list[IssueEvent],
        Field(
            min_length=1,
            max_length=10,
            description="Triggers that are about one issue.",
            examples=[[{"type": "issue_created"}, {"type": "field_changed", "fields": ["priority"]}]],
        ),
    ]


class Manual(Part):
    """When somebody asks for it: for the issues that are named then, or `once` without any."""

    type: Literal["manual"]
    once: Once = False


Trigger = Annotated[
    _IssueEvents
    | SprintStarted
    | SprintClosed
    | VersionReleased
    | Scheduled
    | IncomingWebhook
    | ThingHappened
    | SprintProgress
    | MetricCrossed
    | AnyOfEvents
    | Manual,
    Field(discriminator="type"),
]
