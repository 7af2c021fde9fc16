"""What a rule does that logs work, copies and watches issues, releases versions, sends mails and messages."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.domain.rules.parts import Name, Names, Part, Template

SPENT = re.compile(r"(\d+(\.\d+)?[wdhm])( \d+(\.\d+)?[wdhm])*")
"""A time spent, with one space between its parts."""


class LogWork(Part):
    """Log work on the issue, by Burnish's own account."""

    type: Literal["log_work"]
    time: Annotated[Template, Field(description="As Jira writes it.", examples=["1h 30m"])]
    text: Annotated[Template | None, Field(description="What was done.")] = None


class Clone(Part):
    """Create a copy of the issue and link both."""

    type: Literal["clone"]
    project: Annotated[
        str | None, Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="Key; that of the issue if left out.")
    ] = None
    summary: Annotated[Template, Field(description="Of the copy.")] = "CLONE - {{ issue.summary }}"
    copy_fields: Annotated[
        Names | None,
        Field(
            alias="copy",
            description="Which fields are copied, by name or id; description, priority, labels, components, "
            "due date and parent if left out.",
        ),
    ] = None
    set: Annotated[
        dict[str, Any],
        Field(max_length=50, description="What is different, as in `edit`.", default_factory=dict),
    ]
    link_type: Annotated[
        str | None, Field(max_length=255, description="The copy clones the issue; null for no link.")
    ] = "Cloners"


class ReleaseVersion(Part):
    """Release versions that the issue fixes."""

    type: Literal["release_version"]
    version: Annotated[
        Template | None, Field(description="By name; all that the issue fixes if left out.", examples=["1.4"])
    ] = None


class Notify(Part):
    """Have Jira send a mail about the issue."""

    type: Literal["notify"]
    to: Annotated[
        list[Template],
        Field(
            max_length=50,
            description="reporter, assignee, watchers, voters, creator, initiator, lead, or account ids.",
            examples=[["assignee", "watchers"]],
            default_factory=list,
        ),
    ]
    groups: Annotated[list[Name], Field(max_length=20, description="By name.", default_factory=list)]
    subject: Annotated[Template, Field(description="On one line.")] = "{{ issue.key }}: {{ issue.summary }}"
    text: Annotated[Template, Field(description="What the mail says.")]

    @model_validator(mode="after")
    def _somebody(self) -> "Notify":
        if not (self.to or self.groups):
            message = "a mail needs `to` or `groups`"
            raise ValueError(message)
        return self


class Message(Part):
    """Send a message to chats or mailboxes: Slack, Teams, e-mail and whatever else channels can be.

    Jira knows nothing of it. After a crash it may come twice.
    """

    type: Literal["message"]
    channels: Annotated[
        Names, Field(description="By their names in `channels` of the site's settings.", examples=[["team"]])
    ]
    title: Annotated[Template, Field(description="On one line.")] = "{{ rule.name }}"
    text: Annotated[
        Template,
        Field(
            description="Markdown; values in it are shown as they are.",
            examples=["**{{ issue.key }}** is done: {{ issue.url }}"],
        ),
    ]


class Watch(Part):
    """Make people watch the issue, or stop."""

    type: Literal["watch", "unwatch"]
    who: Annotated[
        Template | list[Template],
        Field(
            description="reporter, creator, assignee, initiator, commenter, previous, lead, an account id, "
            "or a list of these. A value that is a list of account ids is each of them.",
            examples=["reporter", ["assignee", "{{ issue.Reviewers | map(attribute='accountId') }}"]],
        ),
    ]


class SetProperty(Part):
    """Set an entity property of the issue, for other apps."""

    type: Literal["set_property"]
    key: Annotated[str, Field(min_length=1, max_length=255, description="Name of the property.")]
    value: Annotated[Any, Field(description="Texts in it are rendered.")]
