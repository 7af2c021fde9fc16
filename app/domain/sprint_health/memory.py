"""Closed sprints with what was worked out of them, in memory and as bytes for the store.

A closed sprint hardly ever changes, and reading it is most of the work of a report. What comes back from
bytes is equal to what went in: issues with their histories, the sprint as a forecast sees it, its result,
and the paths of its issues.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from app.domain.flow.path import Block, Path, Stay
from app.domain.forecast.record import SprintRecord, Trace
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.velocity import SprintResult

Past = Sequence[tuple[Sprint, Sequence[Issue]]]
"""Closed sprints, each with every issue that ever was in it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Closed sprints with what was worked out of them; see `app.services.closed_sprints`.

    Attributes:
        boards: by sprint id the board as it was when that one was closed; where none is given, today's.
        records, results: by sprint.
        paths: by issue.
    """

    past: Past
    histories: Histories
    boards: Mapping[int, Board] = field(default_factory=dict)
    records: dict[int, SprintRecord | None] = field(default_factory=dict)
    results: dict[int, SprintResult | None] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many issues it holds, about."""
        return sum(len(every) for _, every in self.past)

    def board_of(self, sprint: Sprint, today: Board) -> Board:
        """The board as it was when the sprint was closed."""
        return self.boards.get(sprint.id, today)


def remember(past: Past, fields: Fields, boards: Mapping[int, Board] | None = None) -> Memory:
    """The beginning of a memory."""
    return Memory(past, Histories(fields), boards or {})


class _Record(msgspec.Struct, frozen=True, array_like=True):
    """A `SprintRecord` without its calendar, which whoever asks knows."""

    name: str
    start: datetime
    planned_end: datetime
    closed_at: datetime | None
    planned_days: float
    final: float
    traces: tuple[Trace, ...]
    burned_at: tuple[datetime, ...]
    burned: tuple[float, ...]


class _Path(msgspec.Struct, frozen=True, array_like=True):
    """A `Path` with its issue's id for the issue."""

    issue_id: str
    stays: tuple[Stay, ...]
    blocks: tuple[Block, ...]
    started_at: datetime | None
    done_at: datetime | None
    cycle_time: timedelta | None
    lead_time: timedelta | None
    blocked_time: timedelta
    flow_efficiency: float | None
    assignee: str | None
    seen_at: datetime
    estimate: Decimal | None


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """Attributes: results: the sprint's one, None included; empty where it was not asked for yet."""

    issues: tuple[Issue, ...]
    record: _Record | None
    results: tuple[SprintResult | None, ...]
    paths: tuple[_Path, ...]


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Kept).decode


def pack(memory: Memory, sprint: Sprint, issues: Sequence[Issue]) -> bytes | None:
    """One closed sprint of a memory with its issues; None where it was not worked out yet."""
    if sprint.id not in memory.records:
        return None
    paths = (memory.paths.get(issue.id) for issue in issues)
    record = memory.records[sprint.id]
    results = (memory.results[sprint.id],) if sprint.id in memory.results else ()
    kept = _Kept(
        issues=tuple(issues),
        record=None if record is None else _without_calendar(record),
        results=results,
        paths=tuple(_without_issue(path) for path in paths if path is not None),
    )
    return _write(kept)


def unpack(
    body: bytes, memory: Memory, sprint: Sprint, calendar: Calendar, known: dict[str, Issue]
) -> tuple[Issue, ...] | None:
    """Put what was packed of a sprint into a memory.

    Args:
        body: made from what the store says now.
        memory: gets record, result and paths.
        sprint: whose they are.
        calendar: with which they were made.
        known: issues by id; gets more. An issue of several sprints stays one object.

    Returns:
        Its issues; None where the bytes are damaged.
    """
    try:
        kept = _read(body)
    except msgspec.DecodeError:
        return None
    issues = tuple(known.setdefault(issue.id, issue) for issue in kept.issues)
    memory.records[sprint.id] = None if kept.record is None else _with_calendar(kept.record, sprint, calendar)
    if kept.results:
        memory.results[sprint.id] = kept.results[0]
    for path in kept.paths:
        memory.paths[path.issue_id] = _with_issue(path, known[path.issue_id])
    return issues


def _without_calendar(record: SprintRecord) -> _Record:
    return _Record(*(getattr(record, name) for name in _Record.__struct_fields__))


def _with_calendar(kept: _Record, sprint: Sprint, calendar: Calendar) -> SprintRecord:
    values = {name: getattr(kept, name) for name in _Record.__struct_fields__}
    return SprintRecord(sprint_id=sprint.id, calendar=calendar, **values)


def _without_issue(path: Path) -> _Path:
    return _Path(path.issue.id, *(getattr(path, name) for name in _OF_PATH))


def _with_issue(kept: _Path, issue: Issue) -> Path:
    return Path(issue, *(getattr(kept, name) for name in _OF_PATH))


_OF_PATH = _Path.__struct_fields__[1:]
