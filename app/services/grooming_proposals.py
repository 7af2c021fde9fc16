"""Proposals of a backlog report that somebody accepts: what they do becomes effects that we owe."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.domain.effects import RankIssues
from app.domain.grooming.finding import Proposal
from app.domain.grooming.review import review
from app.domain.reports.priority import BacklogPriority
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotFound, NotPossible
from app.services.backlog_grooming import backlog_review
from app.services.grooming_wish import Wish
from app.store import boards, grooming, outbox
from app.store.sites import Site


def accept(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    check: str,
    key: str,
    wish: Wish,
    calendar: Calendar,
    now: datetime,
    by: str,
    habits: BoardHabits | None = None,
) -> Proposal:
    """Owe what a finding proposes, if it still stands; asking twice in a day changes nothing.

    Raises:
        NotFound: nothing of the kind is found on that issue.
        NotPossible: the finding proposes nothing.
    """
    board = boards.get_board(connection, site, board_id)
    asked = tuple(each for each in wish.wanted if each.check.name == check)
    if not asked:
        raise NotFound("check", check, f"There are: {', '.join(each.check.name for each in wish.wanted)}.")
    memory = grooming.memory(connection, site.id, board_id)
    only = replace(wish, wanted=asked)
    found = backlog_review(
        connection, site, board, only, at=now, calendar=calendar, memory=memory, habits=habits
    )
    here = [one.finding for one in found.judged if one.finding.item.key == key]
    if found.backlog.apart is not None:  # what is done is done to the real issue
        alone = review(replace(found.backlog.apart, show_restricted=True), asked)
        here += [one.finding for one in alone.judged if one.finding.item.key == key]
    if not here:
        raise NotFound("finding", f"{check} on {key}", "It may have been mended; look at the report.")
    proposal = next((finding.proposal for finding in here if finding.proposal is not None), None)
    if proposal is None:
        raise NotPossible(f"Burnish proposes nothing for {check} on {key}. {here[0].todo}")
    owed = f"accepted:{board_id}:{check}:{here[0].item.id}:{now:%Y-%m-%d}"
    for place, effect in enumerate(proposal.effects):
        outbox.put(
            connection,
            site.id,
            effect,
            key=f"{owed}:{place}" if place else owed,
            cause=f"proposal of check {check}, accepted by {by}",
            correlation=f"accepted:{key}",
            now=now,
        )
    return proposal


def accept_ranks(connection: Connection, site: Site, told: BacklogPriority, proposal: str, *, by: str) -> int:
    """Owe the moves that a report on priority proposed, if they are the same still; says of how many issues.

    Each is an effect of its own, so that one that Jira refuses is seen and the others go on.

    Raises:
        NotPossible: the backlog or its scores are not what they were, or nothing is to be moved.
    """
    if told.proposal != proposal or not told.moves:
        message = (
            f"Proposal {proposal} is not what the scores say now: the backlog has changed since. "
            "Look at the report on priority again; it has the new one."
        )
        raise NotPossible(message if told.moves else "The backlog stands as its scores say.")
    by_version = "" if told.version is None else f" by version {told.version.number} of the scoring"
    for place, move in enumerate(told.moves):
        outbox.put(
            connection,
            site.id,
            RankIssues(move.keys[0], move.keys, move.before, move.after),
            key=f"ranked:{told.backlog.board.id}:{proposal}:{told.backlog.now:%Y-%m-%d}:{place}",
            cause=f"proposed ranks {proposal}{by_version}, accepted by {by}",
            correlation=f"ranked:{proposal}",
            now=told.backlog.now,
        )
    return sum(len(move.keys) for move in told.moves)
