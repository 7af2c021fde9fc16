"""Which issues flow over a board: what its saved filter finds, as at the instant of a report."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.domain.flow.path import put_away
from app.domain.jql.as_of import as_of
from app.domain.jql.board_filter import FilterUnanswered, FlowFilter, read_flow_filter
from app.domain.jql.memory import matches
from app.domain.jql.plan import Plan
from app.domain.jql.then import then
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import linked_keys, public
from app.errors import NotPossible
from app.services.jql import UTC_ZONE, subjects_of
from app.services.restricted import hidden_issues, hidden_words
from app.store import board_issues, boards, jql, jql_facts, sites
from app.store.sites import Site

_ATTEMPTS = (
    (True, True, ""),
    (True, False, "so it is asked of the issues as they are now"),
    (False, True, "so nothing is hidden that its filter finds"),
    (False, False, "so nothing is hidden that its filter finds among the issues as they are now"),
)
"""Whether the sub-query hides something, whether the past is asked, and what is said of it."""


@dataclass(frozen=True, slots=True)
class OnBoard:
    """The issues of a board.

    Attributes:
        ids: of the issues.
        issues: with their histories, as readers may see them; restricted ones count for nothing.
        done_elsewhere: by key since when other issues, to which these are linked, are done.
        closed: ids of statuses that no column shows and that are called done.
        why: what of the board's filter cannot be asked, and which issues count instead; in a sentence without
            its end.
    """

    ids: tuple[str, ...]
    issues: tuple[Issue, ...]
    done_elsewhere: dict[str, datetime]
    closed: frozenset[str]
    why: str = ""


def on_board(
    connection: Connection,
    site: Site,
    board: Board,
    *,
    since: datetime,
    at: datetime,
    calendar: Calendar,
    show_restricted: bool,
    leave_out: Collection[str] = (),
) -> OnBoard:
    """What is on a board and not done at an instant, and what was finished there since another one.

    A statement finds them by the present of the issues; those that changed after the instant are asked as
    they were then. What was put away without being done is neither. `leave_out` has keys of issues that
    carry reports.

    Raises:
        NotPossible: neither the board's filter nor its project tells which they are.
    """
    said = str if show_restricted else partial(hidden_words, connection, site)
    called_done = frozenset(sites.done_status_ids(connection, site))
    closed = called_done - board.mapped_status_ids
    find = partial(_found, connection, site, since=since, at=at, calendar=calendar)
    ids, why = _asked(connection, site, board, at=at, closed=closed, find=find, said=said)
    found = board_issues.of_ids(connection, site, board, sorted(ids))
    issues = [one for one in found if one.key not in leave_out and not put_away(one, board, closed, at=at)]
    every = issues if show_restricted else hidden_issues(connection, site, issues)
    shown = public(every)
    others = linked_keys(shown) - {one.key for one in shown}
    statuses = called_done | board.done_status_ids
    done = board_issues.done_at(connection, site, others, statuses=statuses, at=at)
    return OnBoard(tuple(one.id for one in shown), tuple(shown), done, closed, why)


def _asked(
    connection: Connection,
    site: Site,
    board: Board,
    *,
    at: datetime,
    closed: frozenset[str],
    find: Callable[..., set[str]],
    said: Callable[[str], str],
) -> tuple[set[str], str]:
    """Ids of the issues, and what of the filter could not be asked: its sub-query, or all of it.

    `said` turns that into what readers may see: clauses may name restricted issues.
    """
    changed = [*board_issues.changed_since(connection, site, at)]
    why = ""
    for hides, past, instead in _ATTEMPTS:
        if (not hides and not board.sub_query) or (not past and not changed):
            continue
        try:
            wanted = read_flow_filter(board, closed=closed, hides=hides)
            found = find(wanted=wanted, changed=changed if past else ())
        except FilterUnanswered as error:
            why = why or said(str(error))
        else:
            return found, why and f"{why}; {instead}"
    project = boards.project_of(connection, site, board.id)
    if project is None:
        raise NotPossible(
            f"{why[0].upper()}{why[1:]}, and Jira does not tell which project board {board.id} is of. "
            "Share the filter with Burnish's account, and run `burnish sync`."
        )
    found = find(wanted=read_flow_filter(board, closed=closed, project=project), changed=changed)
    return found, f"{why}; so all issues of {project} count"


def _found(
    connection: Connection,
    site: Site,
    *,
    wanted: FlowFilter,
    since: datetime,
    at: datetime,
    calendar: Calendar,
    changed: Sequence[Sequence[str]],
) -> set[str]:
    """Ids of the issues; those that `changed` after the instant are asked as they were then."""
    zone = calendar.zone if isinstance(calendar.zone, ZoneInfo) else UTC_ZONE
    known = jql_facts.catalogue(
        connection, site, now=at, zone=zone, query=wanted.query, past=bool(changed), account=None
    )
    if changed:
        known = then(known, at, boards.all_sprints(connection, site), open_at_close=True)
    condition = wanted.condition(known, since)
    found = set(jql.search(connection, site, Plan(condition, ()), column="id"))
    subjects = subjects_of(known)
    for ids in changed:
        found.difference_update(ids)
        past = (as_of(each, at, subjects) for each in jql_facts.facts_of(connection, site, ids).values())
        found |= {each.id for each in past if each is not None and matches(condition, each)}
    return found
