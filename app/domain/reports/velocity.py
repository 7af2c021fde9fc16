"""What a board's closed sprints came to: velocity, commitments kept, and what keeps being carried over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.forecast.forecast import Score
from app.domain.reports import naming
from app.domain.reports.charts.pictures import of_velocity
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.incomplete import incomplete
from app.domain.reports.json_values import estimating_board, instant, plain_number, share
from app.domain.reports.notes import noted, notes_as_json
from app.domain.reports.predictability import predictability, predictability_as_json
from app.domain.reports.restricted import in_totals_only
from app.domain.reports.words import bars, counted, day, minute, number, percent, sized
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.units import unit_of
from app.domain.sprint_health.board_filter import filter_notes
from app.domain.sprint_health.data_quality import Note
from app.domain.sprint_health.hints import too_little_running
from app.domain.sprint_health.signals import DEFAULT_THRESHOLDS
from app.domain.sprint_health.velocity import SprintResult, Velocity

UNRELIABLE, RELIABLE = Decimal("0.6"), Decimal("0.8")
"""Shares of commitments kept below and from which a plan says little and much."""
MOST_CARRIED = Decimal("0.2")
"""Share of a commitment carried over above which teams are advised to look into it."""
LONG_STREAK = 2
MOST_STREAKS = 10
SHORTEN = 1


@dataclass(frozen=True, slots=True)
class OffBoard:
    """What of a sprint does not count, because the board's filter did not find it at its close.

    Attributes:
        keys: of issues.
        why: the filter could not be asked, so all count; in a sentence without its end.
    """

    sprint_id: int
    keys: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class BoardVelocity:
    """The velocity of a board at an instant.

    Attributes:
        scores: by share of a sprint's time gone, how good blind forecasts of its last sprints were.
        missing: what it rests on and could not be read, in sentences without their end.
        off_board: by sprint, oldest first.
        too_little: from so many sprints running on, in which more was completed than committed, it is told.
        restricted: issues that count in the sums and are not told.
    """

    board: Board
    at: datetime
    calendar: Calendar
    velocity: Velocity
    scores: Mapping[float, Score | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    off_board: tuple[OffBoard, ...] = ()
    too_little: int = DEFAULT_THRESHOLDS.too_little
    restricted: int = 0

    @property
    def notes(self) -> list[Note]:
        """What is told of the board's filter."""
        keys = dict.fromkeys(key for one in self.off_board for key in one.keys)
        whys = dict.fromkeys(one.why for one in self.off_board)
        named = filter_notes(tuple(keys), "", what="these sprints")
        return [note for why in whys for note in filter_notes((), why, what="the sprints")] + [*named]

    @property
    def unit(self) -> str:
        """What is counted."""
        return unit_of(self.board.estimation_field)


def velocity_sentence(velocity: Velocity, unit: str) -> str:
    """The figures in one sentence; nothing where no sprint counts."""
    if velocity.mean is None or velocity.median is None:
        return ""
    spread = f"from {number(velocity.lowest or Decimal(0))} to {number(velocity.highest or Decimal(0))}"
    sprints = "sprint" if len(velocity.counted) == 1 else f"{len(velocity.counted)} sprints"
    kept = ""
    if velocity.say_do is not None:
        kept = f" Of what was committed, {percent(velocity.say_do)} was done"
        if velocity.carry_over is not None:
            kept += f"; what carried over, added work included, came to {percent(velocity.carry_over)} of it"
        kept += "."
    return (
        f"{number(round(velocity.mean, 1))} {unit} a sprint, the mean of the last {sprints} as Jira has it "
        f"(median {number(velocity.median)}, {spread}).{kept}"
    )


def report(told: BoardVelocity) -> Report:
    """The whole report."""
    return Report(f"Velocity: {quote(told.board.name, 120)}", tuple(_blocks(told)))


def _blocks(told: BoardVelocity) -> Iterator[Block]:
    velocity = told.velocity
    yield from incomplete(told.missing)
    sentence = velocity_sentence(velocity, told.unit)
    if not sentence:
        yield Paragraph(say("No closed sprint with dates and complete data is known on this board yet."))
        return
    kind = PanelKind.INFO if velocity.say_do is None else _kind(velocity.say_do)
    yield Panel(kind, (Paragraph((Text(sentence, strong=True),)), *_findings(told)))
    counts = told.board.estimation_field is None
    yield from of_velocity(velocity, told.unit)
    yield Heading(3, say("Sprints"))
    yield Table(
        ("Sprint", "Closed", "Committed", "Added", "Removed", "Completed", "Kept", "Carried over"),
        tuple(_row(one, told) for one in reversed(velocity.sprints)),
        shorten=SHORTEN,
    )
    if drawn := bars([one.completed for one in velocity.counted]):
        yield Paragraph(say(f"Completed, oldest first: {drawn}"), drawn=True)
    if velocity.streaks:
        yield Heading(3, say("Carried over from the last sprint"))
        yield BulletList(
            tuple(say(IssueLink(key), f": unfinished {_streak(length)}") for key, length in velocity.streaks),
            shorten=SHORTEN,
        )
    if rest := in_totals_only(told.restricted):
        yield Paragraph(say(rest))
    yield from predictability(told.scores, told.unit)
    if told.notes:
        yield noted(told.notes)
    unit = "number of issues" if counts else quote(told.board.estimation_name or "its estimate", 60)
    yield Paragraph(
        say(
            f"As of {minute(told.at, told.calendar)}, by {unit}. Committed, added and completed are the "
            "ledger's: what was in the sprint at its start, came in later, and was done in it, each at its "
            "estimate of that moment. The mean is of Jira's own sums, with the estimates at the close. "
            "Kept: what of the commitment was done."
        )
    )


def _kind(kept: Decimal) -> PanelKind:
    if kept >= RELIABLE:
        return PanelKind.SUCCESS
    return PanelKind.WARNING if kept >= UNRELIABLE else PanelKind.ERROR


def _streak(length: int) -> str:
    return "for the first time" if length == 1 else f"in {length} sprints in a row"


def _findings(told: BoardVelocity) -> Iterator[BulletList]:
    velocity = told.velocity
    found: list[Inlines] = []
    low = [one for one in velocity.counted if one.say_do is not None and one.say_do < RELIABLE]
    if low:
        kept = f"less than {percent(RELIABLE)} of the commitment was done"
        found.append(say(f"In {len(low)} of {len(velocity.counted)} sprints {kept}."))
    much = [
        one
        for one in velocity.counted
        if one.commitment > 0 and one.carried_over / one.commitment > MOST_CARRIED
    ]
    if much:
        found.append(say(f"{counted(len(much), 'sprint')} carried over more than {percent(MOST_CARRIED)}."))
    if velocity.median and all(one.commitment > velocity.median for one in velocity.counted[-3:]):
        found.append(say("The last commitments were all above the median of what gets done."))
    row = too_little_running([(one.commitment, one.completed) for one in velocity.counted])
    if row >= told.too_little:
        found.append(say(f"The last {row} sprints completed more than was committed: commit to more."))
    long = [key for key, length in velocity.streaks if length >= LONG_STREAK]
    if long:
        found.append(
            say("Carried over again and again, so split or drop: ", *naming.keys(long, MOST_STREAKS), ".")
        )
    left_out = len(velocity.sprints) - len(velocity.counted)
    if left_out:
        found.append(say(f"{counted(left_out, 'sprint')} with incomplete histories count in no figure."))
    if found:
        yield BulletList(tuple(found))


def _row(one: SprintResult, told: BoardVelocity) -> tuple[tuple[Any, ...], ...]:
    name = quote(one.name, 60) + (" (incomplete)" if one.incomplete else "")
    return (
        say(name),
        say(day(one.closed_at, told.calendar)),
        say(sized(one.commitment, told.unit)),
        say(sized(one.added, told.unit)),
        say(sized(one.removed, told.unit)),
        say(sized(one.completed, told.unit)),
        say(percent(one.say_do)),
        say(sized(one.carried_over, told.unit)),
    )


def to_json(told: BoardVelocity) -> dict[str, Any]:
    """For machines; numbers and instants as in the sprint report."""
    return {
        "board": estimating_board(told.board, told.unit),
        "at": instant(told.at),
        "missing": list(told.missing),
        "restricted_issues": told.restricted,
        "notes": notes_as_json(told.notes),
        **velocity_as_json(told.velocity),
        "backtest": predictability_as_json(told.scores),
    }


def velocity_as_json(velocity: Velocity) -> dict[str, Any]:
    """The figures, with the sprints that they are made of."""
    return {
        "mean": None if velocity.mean is None else plain_number(round(velocity.mean, 4)),
        "median": plain_number(velocity.median),
        "lowest": plain_number(velocity.lowest),
        "highest": plain_number(velocity.highest),
        "say_do": share(velocity.say_do),
        "carry_over": share(velocity.carry_over),
        "streaks": [{"key": key, "sprints": length} for key, length in velocity.streaks],
        "sprints": [
            {
                "id": one.sprint_id,
                "name": one.name,
                "closed_at": instant(one.closed_at),
                "commitment": plain_number(one.commitment),
                "added": plain_number(one.added),
                "removed": plain_number(one.removed),
                "completed": plain_number(one.completed),
                "completed_in_jira": plain_number(one.completed_in_jira),
                "carried_over": plain_number(one.carried_over),
                "completed_issues": one.issues,
                "say_do": share(one.say_do),
                "left_over": list(one.left_over),
                "incomplete": one.incomplete,
            }
            for one in velocity.sprints
        ],
    }
