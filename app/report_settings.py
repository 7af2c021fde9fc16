"""What the settings say of a board's reports: when they are made, where they go, who may read them."""

from datetime import date
from string import Formatter
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.cron import checked_cron as _cron
from app.cron import checked_time_zone as _time_zone
from app.habit_settings import HabitSettings, WorkSettings

ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=24)]

_PLACES = ("sprint", "board")


def _template(text: str) -> str:
    """A summary with names in it."""
    there = " and ".join(f"{{{name}}}" for name in _PLACES)
    try:
        named = [(name, form, how) for _, name, form, how in Formatter().parse(text) if name is not None]
    except ValueError:
        named = [("", "", None)]
    if not text.strip() or any(name not in _PLACES or form or how for name, form, how in named):
        message = f"it is no summary; write words, in which only {there} stand in braces"
        raise ValueError(message)
    return text


ReportIssue = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*-[1-9][0-9]*$")]


class SprintIssueSettings(BaseModel):
    """The issue that is created for the reports of each sprint.

    Attributes:
        project: key of the project that it is created in.
        issue_type: name of a type of that project; no sub-task.
        summary: `{sprint}` and `{board}` stand for their names.
        close_as: name of the status that it is brought to when the end of its sprint is told; true for
            the one that its board ends with, if its workflow has a step there, false leaves it open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=255)
    issue_type: str = Field(default="Task", min_length=1, max_length=255)
    summary: Annotated[str, AfterValidator(_template)] = "Sprint reports: {sprint}"
    close_as: bool | Annotated[str, Field(min_length=1, max_length=255)] = True


class VisibleToSettings(BaseModel):
    """Who alone may read comments: `{role = "Developers"}`, or `{group = "leads"}`.

    Attributes:
        role: name of a role of the issue's project.
        group: name of a group; on Cloud, or its id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str | None = Field(default=None, min_length=1, max_length=255)
    group: str | None = Field(default=None, min_length=1, max_length=255)

    @property
    def document(self) -> dict[str, str]:
        """As runs keep it."""
        return {"role": self.role} if self.role is not None else {"group": self.group or ""}

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.role is None) == (self.group is None):
            message = "name either a `role` or a `group`"
            raise ValueError(message)
        return self


class ScheduledReport(BaseModel):
    """What is said of every report that is posted by a schedule, whose `cron` each kind has of its own.

    Attributes:
        timezone: in which `cron` is evaluated.
        when_missed: whether a report that was due while Burnish did not run is made up, by one for all that
            were missed, or left out.
        visible_to: a role of the project or a group, who alone may read the comments; the account has to be
            among them. Such comments show no charts: attachments are seen by whoever sees the issue.
        picture: whether the comment shows its chart. Jira mails watchers of the issue about a new file, and
            knows no way to be asked not to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    when_missed: Literal["once", "skip"] = "once"
    visible_to: VisibleToSettings | None = None
    picture: bool = True

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)


class SprintHealthSettings(HabitSettings, ScheduledReport):
    """One scheduled sprint report of one board, and how its team works.

    Attributes:
        board: Jira's board id (the number in the board's address).
        report_issue: key of the issue that carries the living comment.
        sprint_issue: instead, each sprint gets an issue of its own for its reports, created with the first.
        new_comment: the daily report is told in a new comment, of which watchers hear, when its verdict is
            another one (`verdict`), or when it got `worse`, or `never`; all else is edited in place.
        sprint_property: begins the keys of the sprint's properties that hold what the reports found, for
            other apps; there can be an issue, too. Everybody who sees the sprint can read them.
        cron: five fields; Jira's teams think in working days, hence the default.
        working_days: ISO weekdays, Monday is 1.
        holidays: dates on which nobody works, `YYYY-MM-DD`.
        reports: which reports are posted: the daily one by `cron`; those of the start, the middle and the
            end of a sprint, and velocity after each sprint, once at their moment.
        channels: names of the site's channels that are told the beginning of each of them.
        show_restricted: name issues that have a security level; whoever can read the report then sees their
            keys and summaries. Without, they count in the sprint's totals only.
    """

    board: int = Field(gt=0)
    report_issue: ReportIssue | None = None
    sprint_issue: SprintIssueSettings | None = None
    new_comment: Literal["verdict", "worse", "never"] = "verdict"
    sprint_property: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]+$", max_length=200)
    cron: Annotated[str, AfterValidator(_cron)] = "0 8 * * mon-fri"
    working_days: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(default=(1, 2, 3, 4, 5), min_length=1)
    holidays: tuple[date, ...] = ()
    reports: tuple[Literal["daily", "start", "middle", "end", "velocity"], ...] = Field(
        default=("daily",), min_length=1
    )
    channels: tuple[ChannelName, ...] = ()
    show_restricted: bool = False

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.visible_to is not None and self.sprint_property is not None:
            some = self.visible_to.role or self.visible_to.group
            message = (
                f"the reports of board {self.board} are only for {some}, but everybody who sees a "
                "sprint can read its properties; leave out `visible_to` or `sprint_property`"
            )
            raise ValueError(message)
        if self.report_issue is not None and self.sprint_issue is not None:
            message = (
                f"board {self.board} has a `report_issue` for all sprints and a `sprint_issue` for each; "
                "leave one of them out"
            )
            raise ValueError(message)
        if (self.report_issue, self.sprint_issue, self.sprint_property) == (None, None, None):
            message = (
                f"the report of board {self.board} goes nowhere; set `report_issue` to the key of an issue, "
                "`sprint_issue` to have one created for each sprint, or `sprint_property` to the beginning "
                "of the keys of a sprint's properties"
            )
            raise ValueError(message)
        return self


class BacklogGroomingSettings(ScheduledReport):
    """The scheduled grooming of one board's backlog.

    Attributes:
        board: Jira's board id.
        report_issue: key of the issue that carries the living comment.
        query: JQL of the issues that the backlog has; without, the open ones of the board's project.
        checks: options by the name of a check, or false to leave it out; see `burnish grooming checks`.
        ready: the team's definition of ready.
        priority: a formula, and which fields hold its values.
        bots: account ids, besides our own, whose doings are no person's.
        command_roles: names of project roles whose members' commands in comments count; without, everybody's.
        digest: whether a second comment mentions who has something to mend: `live`; in `shadow` the run tells
            whom it would mention; `off`.
        show_restricted: name issues that have a security level, as of a sprint report.
    """

    board: int = Field(gt=0)
    report_issue: ReportIssue
    query: str | None = Field(default=None, min_length=1)
    checks: dict[str, Any] = Field(default_factory=dict)
    ready: dict[str, Any] = Field(default_factory=dict)
    priority: dict[str, Any] = Field(default_factory=dict)
    bots: tuple[str, ...] = ()
    command_roles: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    digest: Literal["off", "shadow", "live"] = "shadow"
    cron: Annotated[str, AfterValidator(_cron)] = "0 7 * * mon"
    show_restricted: bool = False

    @property
    def wish(self) -> dict[str, Any]:
        """What is wanted of it, as a run keeps it."""
        wanted = {
            "query": self.query,
            "checks": self.checks,
            "ready": self.ready,
            "priority": self.priority,
            "bots": list(self.bots),
            "command_roles": list(self.command_roles),
            "digest": self.digest if self.digest != "shadow" else None,
            "show_restricted": self.show_restricted,
            "visible_to": self.visible_to and self.visible_to.document,
        }
        return {name: value for name, value in wanted.items() if value}


class FlowSettings(WorkSettings, ScheduledReport):
    """One scheduled report on the flow of one board, and how its team works.

    Attributes:
        board: Jira's board id, of any kind of board.
        report_issue: key of the issue that carries the living comment.
        weeks: whole weeks before the running one in which is measured what was finished.
        channels, show_restricted, cron: as of a sprint report.
        working_days, holidays: likewise; of a board with sprint reports, theirs count.
    """

    board: int = Field(gt=0)
    report_issue: ReportIssue
    weeks: int = Field(default=12, ge=4, le=52)
    cron: Annotated[str, AfterValidator(_cron)] = "0 8 * * mon-fri"
    working_days: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(default=(1, 2, 3, 4, 5), min_length=1)
    holidays: tuple[date, ...] = ()
    channels: tuple[ChannelName, ...] = ()
    show_restricted: bool = False

    @property
    def of_team(self) -> list[str]:
        """Names of what was said of the team and of its board, rather than of this report."""
        own = {*WorkSettings.model_fields, "working_days", "holidays", "show_restricted"}
        return sorted(own & self.model_fields_set)


class DeliverySettings(ScheduledReport):
    """The scheduled report on when the versions and epics of a board's project are done.

    Attributes:
        board: Jira's board id; its team works as the settings of its sprint reports say.
        report_issue: key of the issue that carries the living comment.
        scopes: what is told.
        channels: names of the site's channels that are told the beginning of it.
    """

    board: int = Field(gt=0)
    report_issue: ReportIssue
    scopes: tuple[Literal["versions", "epics"], ...] = Field(default=("versions", "epics"), min_length=1)
    channels: tuple[ChannelName, ...] = ()
    cron: Annotated[str, AfterValidator(_cron)] = "0 7 * * mon"

    @property
    def wish(self) -> dict[str, Any]:
        """What is wanted of it, as a run keeps it."""
        return {
            "post_to": self.report_issue,
            "scopes": list(self.scopes),
            "channels": list(self.channels),
            "picture": self.picture,
            **({"visible_to": self.visible_to.document} if self.visible_to else {}),
        }
