"""What a team may say of its board in the settings, beside when it is reported on."""

from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

LONGEST_ABSENCE = timedelta(days=366)


def _text(value: Any) -> Any:
    """Ids of statuses are numbers that Jira writes as text; either is meant."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=255)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=1000)]


class ThresholdSettings(BaseModel):
    """From where on a signal of a sprint's health is no longer on track. Shares are from 0 to 1.

    Attributes:
        behind: so far the share of work done may lag behind the share of working time that is gone.
        far_behind: the same, for off track.
        scope_change: relative to the commitment; more is at risk.
        blocked: this many blocked issues are at risk.
        carried_over: an unfinished issue that was in this many earlier sprints is at risk.
        unestimated: share of the sprint's issues without an estimate; more is at risk.
        not_on_board: this many issues that the board does not show are at risk.
        goal: with a lower chance to complete as much as was committed, the sprint goal is at risk.
        one_person: more than this share of what was added while the sprint ran, with one person, is told.
        too_little: so many sprints running in which more was completed than committed are told.
        high_priority: a lower share of issues with a priority of the upper half of the site's is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    behind: Share = 0.20
    far_behind: Share = 0.40
    scope_change: Annotated[float, Field(ge=0, le=100)] = 0.25
    blocked: Count = 1
    carried_over: Count = 2
    unestimated: Share = 0.20
    not_on_board: Count = 1
    goal: Share = 0.50
    one_person: Share = 0.30
    too_little: Count = 3
    high_priority: Share = 0.30

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.behind > self.far_behind:
            message = (
                f"behind ({self.behind:g}) is beyond far_behind ({self.far_behind:g}), so nothing would be "
                "at risk before it is off track; lower behind or raise far_behind"
            )
            raise ValueError(message)
        return self


class AbsenceSettings(BaseModel):
    """Part of the team is away: written `{from = 2026-12-24, to = 2026-12-31, share = 0.5}`.

    Attributes:
        first: `from`, the first day.
        last: `to`, the last day.
        share: of the team that is away on each of them, above 0; 1 is everybody.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True, validate_by_alias=True
    )

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    share: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first <= self.last <= self.first + LONGEST_ABSENCE:
            message = (
                f"from {self.first} to {self.last} is no absence; "
                f"`to` is the last day, at most {LONGEST_ABSENCE.days} days after `from`"
            )
            raise ValueError(message)
        return self


class WorkSettings(BaseModel):
    """What a team calls work on its board.

    Attributes:
        started_in: names of the columns in which work has begun; without, all between the first and the last.
        blocked_statuses: names or ids of statuses that say "we cannot go on".
        waiting_statuses: likewise, of those in progress in which nobody works, such as "Ready for review".
        stalled_after: working days without a move after which started work is named.
        most_per_person: issues in progress that one person can have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    started_in: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)] | None = None
    blocked_statuses: tuple[Name, ...] = Field(default=(), max_length=100)
    waiting_statuses: tuple[Name, ...] = Field(default=(), max_length=100)
    stalled_after: Count = 3
    most_per_person: Count = 2


class HabitSettings(WorkSettings):
    """How a team works in its sprints.

    Attributes:
        thresholds: limits of the verdict.
        absences: when part of the team is away; those of one day add up.
        ignore_board_filter: issues of a sprint count whether the board's filter finds them or not; without,
            as in Jira, only those that are on the board.
        defect_types: names of the issue types that are defects, as people see them.
    """

    thresholds: ThresholdSettings = Field(default_factory=ThresholdSettings)
    absences: tuple[AbsenceSettings, ...] = Field(default=(), max_length=500)
    ignore_board_filter: bool = False
    defect_types: tuple[Name, ...] = Field(default=("Bug", "Defect"), max_length=100)
