"""The priority of a board's backlog, from the store: its order by scores beside today's ranks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import unified_diff
from itertools import zip_longest
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping

from app import yaml_documents
from app.domain.grooming.facts import Backlog
from app.domain.grooming.priority import NOT_LINKED, Linked, Scoring, ScoringVersion, rank
from app.domain.reports import priority as report
from app.domain.reports.priority import BacklogPriority
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotFound, NotPossible
from app.services.backlog_grooming import backlog_of
from app.services.grooming_wish import Wish
from app.services.rendering import Described
from app.store import boards, linked_issues, scorings
from app.store.sites import Site


def backlog_priority(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    at: datetime,
    calendar: Calendar,
    wish: Wish,
    habits: BoardHabits | None = None,
    version: int | None = None,
) -> BacklogPriority:
    """The board's backlog in the order of its scores, beside today's; nothing is moved.

    Args:
        connection: to the store.
        site: whose.
        board_id: which board.
        at: the instant of the question.
        calendar: of its team.
        wish: what the settings say of its grooming.
        habits: of its team.
        version: of the scoring; the one that the settings say, if none is named.

    Raises:
        NotFound: the store has no such board, or the board never had that version.
        NotPossible: nobody said how priority is worked out; see `backlog_review`, too.
    """
    scoring, known = _scoring(wish, scorings.of_board(connection, site.id, board_id), version)
    if scoring is None:
        message = (
            f"Nobody has said how the priority of board {board_id} is worked out. "
            'Set `priority` in the settings of its grooming, such as {formula = "wsjf", fields = {…}}.'
        )
        raise NotPossible(message)
    board = boards.get_board(connection, site, board_id)
    asked = replace(wish, scoring=scoring)
    backlog = backlog_of(connection, site, board, asked, at=at, calendar=calendar, habits=habits)
    linked = _linked(connection, site, backlog, scoring)
    ranking = rank(backlog, scoring, linked)
    return BacklogPriority(backlog, ranking, known, is_present=scoring == wish.scoring)


def _scoring(
    wish: Wish, versions: Sequence[RowMapping], wanted: int | None
) -> tuple[Scoring | None, ScoringVersion | None]:
    """What is asked for, and which version that is."""
    if wanted is None:
        newest = versions[0] if versions and _read(versions[0]) == wish.scoring else None
        return wish.scoring, None if newest is None else _named(newest)
    found = next((row for row in versions if row["version"] == wanted), None)
    if found is None:
        there = f"There are 1 to {versions[0]['version']}." if versions else "It never had one."
        raise NotFound("version of the scoring", str(wanted), there)
    return _read(found), _named(found)


def _read(row: RowMapping) -> Scoring | None:
    """None where an older Burnish took what this one does not understand."""
    try:
        return msgspec.convert(row["document"], Scoring)
    except msgspec.ValidationError:
        return None


def _named(row: RowMapping) -> ScoringVersion:
    return ScoringVersion(row["version"], row["since"], row["made_by"])


def versions_told(versions: Sequence[RowMapping]) -> list[dict[str, Any]]:
    """Each version of a board's scoring, the newest first, with how it differs from the one before."""
    told = []
    for row, before in zip_longest(versions, versions[1:]):
        lines = ("" if one is None else yaml_documents.dump(one["document"]) for one in (before, row))
        old, new = (one.splitlines(keepends=True) for one in lines)
        names = ("", "") if before is None else (f"version {before['version']}", f"version {row['version']}")
        told.append({**row, "diff": "" if before is None else "".join(unified_diff(old, new, *names))})
    return told


def _linked(
    connection: Connection, site: Site, backlog: Backlog, scoring: Scoring
) -> Mapping[str, tuple[Linked, ...]]:
    """What the issues are linked with, where the formula asks for it.

    Raises:
        NotPossible: it names a type of links that the site does not have.
    """
    if not scoring.links:
        return NOT_LINKED
    known = linked_issues.link_words(connection, site)
    there = {word.casefold() for said in known.values() for word in said}
    for name, links in sorted(scoring.links.items()):
        if links.type is not None and links.type.casefold() not in there:
            types = ", ".join(sorted(said[0] for said in known.values()))
            raise NotPossible(
                f"priority: {name!r} counts links {links.type!r}, and Jira has none. There are: {types}."
            )
    asked = {links.sum for links in scoring.links.values() if links.sum is not None}
    ids = [item.id for item in backlog.items]
    return linked_issues.linked_with(connection, site, ids, asked, restricted=backlog.show_restricted)


def described_priority(told: BacklogPriority) -> Described:
    """For people and for machines."""
    return Described(report.report(told), lambda: report.to_json(told))
