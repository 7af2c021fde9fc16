"""What like issues tell about a backlog: probable duplicates of what is new, estimates for what comes next.

Both are asked for few issues a run, and what was told stays told until it is linked, closed or changed. Where
restricted issues are not told, nothing is learnt from them: a likeness tells what an issue says.
"""

from collections.abc import Collection
from itertools import islice

from sqlalchemy import Connection

from app.domain.grooming.checks import duplicate, missing_estimate
from app.domain.grooming.facts import Alike, Backlog, Suggested
from app.domain.grooming.memory import Memory
from app.domain.scrum.scope import issue_order
from app.services.similarity import Candidate, Learnt
from app.store import similarity
from app.store.backlog_scope import restricted
from app.store.sites import Site

MOST_NEW, MOST_ESTIMATED = 200, 30
"""New issues that are compared with all others, and unestimated ones at the top of the backlog."""
MOST_ALIKE = 5


def with_like_issues(
    connection: Connection,
    site: Site,
    backlog: Backlog,
    *,
    memory: Memory | None,
    learnt: Learnt | None,
    checks: Collection[str],
) -> Backlog:
    """The backlog with what like issues tell.

    Args:
        connection: reading.
        site: whose.
        backlog: as the store has it.
        memory: what the last run left; what it knows is not asked again.
        learnt: of the site; without, only what is remembered is told.
        checks: names of those that are asked; nothing is learnt for others.
    """
    told = backlog.knowing(duplicate_link=similarity.duplicate_link(connection, site))
    if duplicate.CHECK.name in checks:
        told = told.knowing(alike=_alike(connection, site, backlog, memory, learnt))
    if missing_estimate.CHECK.name in checks:
        told = told.knowing(suggested=_suggested(connection, site, backlog, memory, learnt))
    return told


def _hidden(connection: Connection, site: Site, backlog: Backlog) -> frozenset[str]:
    """Ids of issues from which nothing is learnt."""
    return frozenset() if backlog.show_restricted else restricted(connection, site)


def _alike(
    connection: Connection, site: Site, backlog: Backlog, memory: Memory | None, learnt: Learnt | None
) -> dict[str, tuple[Alike, ...]]:
    remembered = dict[str, tuple[Alike, ...]]()
    if memory is not None:
        gone = backlog.around
        remembered = {one: of for one, of in memory.alike.items() if one in backlog.by_id and one not in gone}
    found = similarity.still_unlinked(connection, site, remembered)
    if learnt is None:
        return found
    known = {} if memory is None else memory.overview.places
    places = range(len(backlog.kept.places), len(backlog.issues))
    new = [item for item in map(backlog.issues.__getitem__, places) if item.id not in known]
    new.sort(key=lambda item: item.created, reverse=True)
    recent, hidden = new[:MOST_NEW], _hidden(connection, site, backlog)
    for project in sorted({item.project_key for item in recent}):
        items = [item for item in recent if item.project_key == project]
        ids = [item.id for item in items]
        answers = learnt.alike(connection, site, project, ids, limit=MOST_ALIKE, hidden=hidden)
        for item in items:
            older = [one for one in answers.get(item.id, ()) if issue_order(one.key) < issue_order(item.key)]
            if older:
                found[item.id] = tuple(_of(one) for one in older)
    return found


def _of(one: Candidate) -> Alike:
    words = tuple(each.word for each in one.reason.words)
    return Alike(one.key, one.summary, one.status, one.likeness, words, one.reason.phrases, one.done_at)


def _suggested(
    connection: Connection, site: Site, backlog: Backlog, memory: Memory | None, learnt: Learnt | None
) -> dict[str, Suggested]:
    asked = list(islice((item for item in backlog.ranked if item.estimate is None), MOST_ESTIMATED))
    if learnt is None:
        there = {item.id for item in asked}
        return {} if memory is None else {one: of for one, of in memory.suggested.items() if one in there}
    found, hidden = dict[str, Suggested](), _hidden(connection, site, backlog)
    for project in sorted({item.project_key for item in asked}):
        ids = [item.id for item in asked if item.project_key == project]
        told = learnt.suggestions(connection, site, backlog.board, project, ids, hidden=hidden)
        for one, (answer, near) in told.items():
            found[one] = Suggested(
                answer.estimate,
                answer.low,
                answer.high,
                tuple((each.key, each.estimate) for each in near),
                answer.record.error,
                answer.record.median_error,
            )
    return found
