"""What Burnish may do outside. A closed union: to add a kind is to add a class and its handler.

All but comments, new issues, logged work, mails, messages and web requests do nothing if done again: they
are simply repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Literal, get_args

import msgspec

from app.domain.comments import CommentBody, LivingComment
from app.domain.rule_effects import RuleEffect

CREATED_PROPERTY = "burnish.created"
"""Issue property that carries `{"id": mark}`."""


@dataclass(frozen=True, slots=True)
class EditIssue:
    """Fields are set, or changed by Jira's verbs; see `JiraClient.edit_issue`."""

    kind: ClassVar[str] = "edit_issue"

    issue_key: str
    fields: Mapping[str, Any]
    update: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TransitionIssue:
    """An issue is brought to one of some statuses of one name, if it is not there.

    Attributes:
        status_ids: Jira may have several statuses of one name, of which a project's workflow knows one.
        if_possible: where the workflow has no step to any of them, the issue is left as it is.
        fields: that are set with the step, as Jira takes them.
        comment: that is written with it, as Jira takes it.
    """

    kind: ClassVar[str] = "transition_issue"

    issue_key: str
    status_ids: tuple[str, ...]
    if_possible: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    comment: CommentBody | None = None


@dataclass(frozen=True, slots=True)
class AssignIssue:
    """An issue gets an assignee; None for nobody."""

    kind: ClassVar[str] = "assign_issue"

    issue_key: str
    account: str | None


@dataclass(frozen=True, slots=True)
class LinkIssues:
    """Two issues are linked: `issue_key` shows the outward words ("blocks"), `other_key` the inward ones."""

    kind: ClassVar[str] = "link_issues"

    issue_key: str
    link_type: str
    other_key: str


@dataclass(frozen=True, slots=True)
class CreateIssue:
    """A new issue. It carries `mark` as a property, so that it is found again after a crash.

    Attributes:
        issue_key: because of which it is created.
        fields: as Jira takes them.
        mark: which creation it is.
        link_type: how it is linked with `issue_key`; None for not at all.
        is_inward: whether `issue_key` shows the inward words of the link.
        follow: what rules do once it is there: `rule`, `version`, and the `event` that they go on with.
    """

    kind: ClassVar[str] = "create_issue"

    issue_key: str
    fields: Mapping[str, Any]
    mark: str
    link_type: str | None = None
    is_inward: bool = False
    follow: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class MoveToSprint:
    """An issue is put into a sprint; None is the backlog."""

    kind: ClassVar[str] = "move_to_sprint"

    issue_key: str
    sprint_id: int | None


@dataclass(frozen=True, slots=True)
class RankIssue:
    """An issue is ranked right before or right after another one."""

    kind: ClassVar[str] = "rank_issue"

    issue_key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RankIssues:
    """Issues, `issue_key` the first of them, are ranked in this order right before or right after another."""

    kind: ClassVar[str] = "rank_issues"

    issue_key: str
    keys: tuple[str, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class WatchIssue:
    """Somebody watches an issue, or stops."""

    kind: ClassVar[str] = "watch_issue"

    issue_key: str
    account: str
    watches: bool


@dataclass(frozen=True, slots=True)
class SetIssueProperty:
    """An entity property of an issue, for other apps."""

    kind: ClassVar[str] = "set_issue_property"

    issue_key: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class LogWork:
    """Work is logged on an issue.

    Attributes:
        time_spent: as Jira writes it: "1h 30m".
        started: the instant, to the millisecond; no other of our worklogs on the issue has it, so that it is
            found again after a crash.
        comment: the body as Jira takes it; None for none.
    """

    kind: ClassVar[str] = "log_work"

    issue_key: str
    time_spent: str
    started: datetime
    comment: CommentBody | None = None


@dataclass(frozen=True, slots=True)
class ReleaseVersion:
    """A version becomes a released one, if it is none yet.

    Attributes:
        issue_key: because of which.
        version_id: Jira's id.
        day: of the release.
    """

    kind: ClassVar[str] = "release_version"

    issue_key: str
    version_id: str
    day: date


@dataclass(frozen=True, slots=True)
class Notify:
    """Jira sends a mail about an issue.

    Jira keeps no list of its mails, so one that may have been sent is not sent again.

    Attributes:
        subject: of the mail.
        text: plain.
        roles: of `reporter`, `assignee`, `watchers` and `voters`.
        accounts: of people.
        groups: by name.
    """

    kind: ClassVar[str] = "notify"

    issue_key: str
    subject: str
    text: str
    roles: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request to a host that an admin allowed, because of an issue; it may arrive more than once.

    Attributes:
        headers: secrets are names in them, as in `body`; see `app.domain.rules.secrets`.
        body: JSON.
        accept: which answers are taken as one: those of success, or also one that says no.
        follow: what rules do with the answer: `rule`, `version`, and the `event` that they go on with.
        private: whether the address, the headers or the body hold what another server answered.
        sealed: the address, the headers and the body of a private one, encrypted; in the store these three
            say nothing then.
    """

    kind: ClassVar[str] = "web_request"

    issue_key: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    accept: Literal["success", "any"] = "success"
    follow: tuple[Mapping[str, Any], ...] = ()
    private: bool = False
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message to a chat or a mailbox; it may arrive more than once.

    Attributes:
        issue_key: where all of it stands; empty where that is no issue.
        channel: its name in the settings; its address is a secret, and is looked up when it is sent.
        title: one line.
        body: Markdown.
    """

    kind: ClassVar[str] = "announcement"

    issue_key: str
    channel: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class SetSprintProperty:
    """An entity property of a sprint, for other apps.

    Attributes:
        value: JSON of at most 32,768 characters.
    """

    kind: ClassVar[str] = "set_sprint_property"

    sprint_id: int
    key: str
    value: Any

    @property
    def marker(self) -> str:
        """Tells it from all other properties of sprints."""
        return f"sprint-property:{self.sprint_id}:{self.key}"


@dataclass(frozen=True, slots=True)
class OpenReportIssue:
    """A sprint's report issue is found or created; then what is to be told on it is owed.

    It carries `marker` as a property, so that a sprint has one on its board, whatever crashes.

    Attributes:
        fields: as Jira takes them.
        since: it was not created before then.
        comments: to stand on it; they name no issue yet.
        messages: to link to it, likewise.
        closing: what brings it to its last status, likewise; None leaves it open.
    """

    kind: ClassVar[str] = "open_report_issue"

    board_id: int
    sprint_id: int
    fields: Mapping[str, Any]
    since: datetime
    comments: tuple[LivingComment, ...] = ()
    messages: tuple[Announcement, ...] = ()
    closing: TransitionIssue | None = None

    @property
    def marker(self) -> str:
        """Which sprint's it is."""
        return f"sprint-report:{self.board_id}:{self.sprint_id}"


IssueEffect = (
    EditIssue
    | TransitionIssue
    | AssignIssue
    | LinkIssues
    | CreateIssue
    | MoveToSprint
    | RankIssue
    | RankIssues
    | WatchIssue
    | SetIssueProperty
)
WorkEffect = LogWork | ReleaseVersion
SprintEffect = SetSprintProperty | OpenReportIssue
Effect = (
    LivingComment | IssueEffect | WorkEffect | RuleEffect | Notify | WebRequest | Announcement | SprintEffect
)
KINDS: Mapping[str, type[Effect]] = {each.kind: each for each in get_args(Effect)}


def payload_of(effect: Effect) -> dict[str, Any]:
    """What it does, for people and to be compared; what a rule does afterwards is no part of it."""
    return shown_payload(stored_payload_of(effect))


def shown_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a payload that was stored; what is encrypted is nothing for people, either."""
    return {name: value for name, value in payload.items() if name not in {"follow", "sealed"}}


def stored_payload_of(effect: Effect) -> dict[str, Any]:
    """As it is stored; `effect_of` reads it."""
    payload: dict[str, Any] = msgspec.to_builtins(effect)
    if isinstance(effect, CreateIssue) and not effect.follow:
        del payload["follow"]
    if isinstance(effect, WebRequest):
        usual = {"accept": effect.accept == "success", "private": not effect.private}
        usual |= {"follow": not effect.follow, "sealed": not effect.sealed}
        payload = {name: value for name, value in payload.items() if not usual.get(name)}
    if isinstance(effect, LivingComment):
        usual = {"pictures": effect.pictures == (), "audience": effect.audience is None}
        usual |= {"edition": effect.edition == 1, "internal": not effect.internal}
        payload = {name: value for name, value in payload.items() if not usual.get(name)}
    if isinstance(effect, TransitionIssue):
        usual = {"if_possible": not effect.if_possible, "fields": not effect.fields}
        usual["comment"] = effect.comment is None
        payload = {name: value for name, value in payload.items() if not usual.get(name)}
    if isinstance(effect, OpenReportIssue) and effect.closing is None:
        del payload["closing"]
    return payload


def effect_of(kind: str, payload: Mapping[str, Any]) -> Effect:
    """As `stored_payload_of` wrote it."""
    return msgspec.convert(payload, KINDS[kind])


def subject_of(effect: Effect, line: str = "") -> str:
    """What an effect waits for: others on its issue, or to its channel; a silent chat delays no comment.

    `line` is what it waits for where it is about no issue.
    """
    match effect:
        case Announcement(channel=channel):
            return f"channel:{channel}"
        case SetSprintProperty(sprint_id=sprint_id):
            return f"sprint:{sprint_id}"
        case OpenReportIssue(marker=marker):
            return marker
        case _:
            return f"issue:{effect.issue_key}" if effect.issue_key or not line else line


def issue_of(effect: Effect) -> str:
    """Key of the issue that it is about; empty where it is about none."""
    return "" if isinstance(effect, SprintEffect) else effect.issue_key


def project_of(effect: Effect) -> str:
    """Key of the project in whose turn it is carried out; empty where it is about no issue."""
    if isinstance(effect, OpenReportIssue) or (isinstance(effect, CreateIssue) and not effect.issue_key):
        return str(effect.fields["project"]["key"])
    return issue_of(effect).rpartition("-")[0]
