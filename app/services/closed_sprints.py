"""Closed sprints, read and worked out once for whoever asks for a report on their board again and again.

A report looks at one running sprint and at two dozen closed ones, whose histories hardly ever change. What
was read and worked out of these stays in the process, and in the store for the next process, for as long as
the store says the same of them: which issues they had, what each is like, what its history says. Of a
sprint for which anything differs, all is read again.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection

from app.domain.flow.path import Policy
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.memory import Memory, pack, remember, unpack
from app.services.board_filter import Asked, Planned, outside, plan_filters, reads_of
from app.services.board_filter import marks as filter_marks
from app.services.restricted import hidden
from app.services.sprint_issues import Past, on_board
from app.store import board_configurations, sprint_issues
from app.store import closed_sprints as store
from app.store.closed_sprints import KeptSprint
from app.store.sites import Site

if TYPE_CHECKING:
    from app.domain.scrum.issue import Issue

MOST_ISSUES = 6_000
"""Some 10 KB each."""
_DOMAIN = Path(__file__).parents[1] / "domain"
_WORKED_OUT_BY = ("scrum", "jql", "flow", "forecast", "sprint_health")


@dataclass(frozen=True, slots=True)
class _Asked:
    """All besides the store that what is kept was made from."""

    site_id: int
    flag_field: str | None
    board: Board
    fields: Fields
    policy: Policy
    calendar: Calendar
    sprints: tuple[Sprint, ...]
    boards: tuple[Board, ...]
    show_restricted: bool

    def digests(self, marks: Mapping[int, bytes]) -> dict[int, str]:
        """By sprint id a digest of all that what is worked out of that sprint is made from."""
        alike = msgspec.json.encode(replace(self, sprints=(), boards=()), enc_hook=str, order="sorted")
        found: dict[int, str] = {}
        for sprint, then in zip(self.sprints, self.boards, strict=True):
            own = msgspec.json.encode((sprint, then), order="sorted")
            whole = b"".join((_code(), alike, own, marks[sprint.id]))
            found[sprint.id] = blake2b(whole, digest_size=16).hexdigest()
        return found


@cache
def _code() -> bytes:
    """Digest of the code that works it out: what another version kept is not believed."""
    found = blake2b(digest_size=16)
    for part in _WORKED_OUT_BY:
        for path in sorted((_DOMAIN / part).glob("*.py")):
            found.update(path.read_bytes())
    return found.digest()


@dataclass(frozen=True, slots=True)
class _Lent:
    """A memory with what is needed to keep it.

    Attributes:
        marks: by sprint id what the store said when it was read.
        stored: ids of sprints that the store keeps, each with whether their result is kept, too.
        storable: nothing in it was hidden from readers, which is not of the sprint alone.
    """

    memory: Memory
    marks: Mapping[int, bytes]
    stored: set[tuple[int, bool]]
    storable: bool


class ClosedSprints:
    """Keeps those of the boards that were asked for last.

    What is kept is lent to one report at a time; another one that asks meanwhile reads for itself.

    Args:
        most_issues: of all boards together; 0 keeps nothing.
        saves: whether somebody asks for what is `unsaved`.
    """

    def __init__(self, most_issues: int = MOST_ISSUES, *, saves: bool = False) -> None:
        self._most_issues = most_issues
        self._saves = saves
        self._turn = threading.Lock()
        self._kept: OrderedDict[_Asked, _Lent] = OrderedDict()
        self._unsaved: list[KeptSprint] = []

    @contextmanager
    def lend(
        self,
        connection: Connection,
        site: Site,
        board: Board,
        sprints: list[Sprint],
        *,
        fields: Fields,
        policy: Policy,
        calendar: Calendar,
        show_restricted: bool,
        ignore_board_filter: bool = False,
    ) -> Iterator[Memory]:
        """The sprints with what is known of them; it gets more while a report is made from it."""
        then = board_configurations.at_closes(connection, site, board, sprints)
        if ignore_board_filter:
            then = {number: one.shows_all for number, one in then.items()}
        asked = _Asked(
            site_id=site.id,
            flag_field=site.fields.flagged,
            board=board,
            fields=fields,
            policy=policy,
            calendar=calendar,
            sprints=tuple(sprints),
            boards=tuple(then[one.id] for one in sprints),
            show_restricted=show_restricted,
        )
        closes = [_at_close(one, then[one.id]) for one in sprints]
        filters = plan_filters(connection, site, closes, calendar)
        marks = _marks(connection, site, board, sprints, filters)
        with self._turn:
            lent = self._kept.pop(asked, None)
        if lent is None or lent.marks != marks:
            lent = _gather(connection, site, asked, marks, filters)
        yield lent.memory
        unsaved = _unsaved(asked, lent) if self._saves and lent.storable else []
        with self._turn:
            self._unsaved += unsaved
            self._kept[asked] = lent
            self._forget()

    def unsaved(self) -> list[KeptSprint]:
        """What was worked out since this was asked last and is not in the store; see `save`."""
        with self._turn:
            found, self._unsaved = self._unsaved, []
        return found

    def _forget(self) -> None:
        """The oldest go until the rest has room."""
        total = sum(lent.memory.size for lent in self._kept.values())
        while total > self._most_issues:
            _, lent = self._kept.popitem(last=False)
            total -= lent.memory.size


def save(connection: Connection, unsaved: Sequence[KeptSprint]) -> None:
    """For the next process that is asked about the board."""
    store.keep(connection, unsaved)


def _at_close(sprint: Sprint, board: Board) -> Asked:
    assert sprint.completed is not None  # it is closed
    return Asked(sprint, board, sprint.completed)


def _marks(
    connection: Connection,
    site: Site,
    board: Board,
    sprints: Sequence[Sprint],
    filters: Mapping[int, Planned],
) -> dict[int, bytes]:
    """What the store says of the sprints, that included which decides what of them is on the board."""
    read = reads_of(filters.values())
    found = sprint_issues.marks(connection, site, board, sprints, also=read.fields, texts=read.texts)
    asks = filter_marks(connection, site, filters.values())
    return {number: mark + _digest(asks[number].encode()) for number, mark in found.items()}


def _digest(whole: bytes) -> bytes:
    return blake2b(whole, digest_size=16).digest()


def _gather(
    connection: Connection,
    site: Site,
    asked: _Asked,
    marks: Mapping[int, bytes],
    filters: Mapping[int, Planned],
) -> _Lent:
    """What the store keeps of the sprints; the rest is read."""
    then = dict(zip((one.id for one in asked.sprints), asked.boards, strict=True))
    memory = remember((), asked.fields, then)
    bodies = store.kept(connection, site.id, asked.board.id, asked.digests(marks))
    known: dict[str, Issue] = {}
    inside: dict[int, Sequence[Issue]] = {}
    for sprint in asked.sprints:
        body = bodies.get(sprint.id)
        issues = None if body is None else unpack(body, memory, sprint, asked.calendar, known)
        if issues is not None:
            inside[sprint.id] = issues
    stored = {(number, number in memory.results) for number in inside}
    missing = [one for one in asked.sprints if one.id not in inside]
    if missing:
        read = _read(connection, site, asked.board, missing, filters)
        inside |= {one.id: [known.get(issue.id, issue) for issue in every] for one, every in read}
    past = [(one, list(inside[one.id])) for one in asked.sprints]
    shown = past if asked.show_restricted else hidden(connection, site, past)
    if shown is past:
        return _Lent(replace(memory, past=past), marks, stored, storable=True)
    if stored:  # an issue that these name became restricted after they were kept
        past = _read(connection, site, asked.board, asked.sprints, filters)
        shown = hidden(connection, site, past)
    return _Lent(remember(shown, asked.fields, then), marks, set(), storable=False)


def _read(
    connection: Connection,
    site: Site,
    board: Board,
    sprints: Sequence[Sprint],
    filters: Mapping[int, Planned],
) -> Past:
    lost = outside(connection, site, [filters[one.id] for one in sprints])
    return on_board(sprint_issues.of_sprints(connection, site, board, sprints), lost)


def _unsaved(asked: _Asked, lent: _Lent) -> list[KeptSprint]:
    """Sprints that the store does not keep, or of which more was worked out since."""
    memory = lent.memory
    now = [(sprint, issues, (sprint.id, sprint.id in memory.results)) for sprint, issues in memory.past]
    wanted = [each for each in now if each[2] not in lent.stored]
    digests = asked.digests(lent.marks) if wanted else {}
    found: list[KeptSprint] = []
    for sprint, issues, state in wanted:
        body = pack(memory, sprint, issues)
        if body is not None:
            found.append(KeptSprint(asked.site_id, asked.board.id, sprint.id, digests[sprint.id], body))
            lent.stored.add(state)
    return found
