"""Issues like one: its probable duplicates, and the estimate that the team would probably give it.

What was learnt is kept in memory and brought up to date before every answer, so that nothing older than the
store is ever told: new, edited and deleted issues change an index one by one. Only what other teams make of a
text, which hardly changes from one day to the next, may be as old as the day of the site's newest change.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection

from app.domain.scrum.board import Board
from app.domain.similarity.estimates import (
    FEWEST_PAST,
    MOST_TEAMS,
    Estimated,
    Estimator,
    Neighbour,
    NoSuggestion,
    Suggestion,
    learn,
)
from app.domain.similarity.index import Likeness
from app.domain.similarity.reason import Reason, explain
from app.errors import NotFound
from app.services.estimating_board import board_of, has_points
from app.services.similarity_index import Index, bring_up_to_date
from app.store import issues, other_teams, similarity
from app.store.database import rest
from app.store.similarity import Shown
from app.store.sites import Site

if TYPE_CHECKING:
    from app.domain.similarity.other_teams import OtherTeam

T = TypeVar("T")
MOST_KEPT = 8
"""Indexes and estimators; the one that was not asked for longest goes."""
FEWEST_LIKENESS = 0.15
"""Below, two issues have hardly more in common than any two of a project."""
MOST_FAMILY = 20
"""So many more are looked at, as sub-tasks of one issue are often like each other before all others."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A probable duplicate.

    Attributes:
        likeness: from 0 to 1.
        linked: whether both are linked with each other already.
        done_at: since when it is done; None while it is not.
    """

    key: str
    summary: str
    status: str
    done: bool
    linked: bool
    likeness: float
    reason: Reason
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """An issue and the issues most like it, best first.

    Attributes:
        family: keys of those that are like it and no duplicates: its parents, its parts, and beside a
            sub-task the others.
    """

    key: str
    summary: str
    compared_with: int
    candidates: tuple[Candidate, ...]
    family: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeighbourShown:
    """A done issue that says much of the same."""

    key: str
    summary: str
    estimate: float
    similarity: float


@dataclass(frozen=True, slots=True)
class SuggestedEstimate:
    """What the team would probably estimate, or why nothing is said.

    Attributes:
        present: the estimate that the issue has; None for an unestimated one.
        unit: the field's name.
        neighbours: of a suggestion, as people know them.
    """

    key: str
    summary: str
    board: int
    unit: str
    present: float | None
    answer: Suggestion | NoSuggestion
    neighbours: tuple[NeighbourShown, ...] = ()


class Learnt:
    """What was learnt of sites, for as long as the process lives.

    Indexes answer one question at a time, and one team at a time is learnt from; neither waits for the other.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._learning = Lock()
        self._shelf = Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def duplicates(
        self,
        connection: Connection,
        site: Site,
        key: str,
        *,
        limit: int,
        everywhere: bool = False,
        hidden: Collection[str] = (),
    ) -> Duplicates:
        """The issues most like one.

        Args:
            connection: reading.
            site: whose.
            key: of the issue, as it is or was.
            limit: at most so many.
            everywhere: compare with all projects of the site, not only its own.
            hidden: ids of issues that are not there for who asks: to be like one tells what it says.

        Raises:
            NotFound: the store has no such issue.
        """
        asked = _asked(connection, site, key)
        scope = None if everywhere else asked.project_key
        with self._lock:
            # Of its own: how often issues say a word weighs it.
            index = self._keep(("index", site.id, scope, bool(hidden)), Index)
            bring_up_to_date(connection, site, scope, index, hidden=hidden)
            found = index.issues.like(asked.text, limit=limit + MOST_FAMILY)
            size = len(index.issues)
        likely = [each for each in found if each.score >= FEWEST_LIKENESS]
        told = similarity.shown(connection, site, [each.id for each in likely])
        here = [each for each in likely if _is_here(each, told)]
        linked = similarity.linked(connection, site, asked.id)
        near = _families(connection, site, {asked.id: here})[asked.id]
        others = [each for each in here if each.id not in near][:limit]
        candidates = [_candidate(asked, told[each.id], each, linked) for each in others]
        compared = size - (asked.id in index.updated)
        family = tuple(told[each.id].key for each in here if each.id in near)
        return Duplicates(asked.key, asked.text.summary, compared, tuple(candidates), family)

    def alike(
        self,
        connection: Connection,
        site: Site,
        project_key: str,
        ids: Sequence[str],
        *,
        limit: int,
        hidden: Collection[str] = (),
    ) -> dict[str, tuple[Candidate, ...]]:
        """By id the issues of the same project that are most like each, the likeliest first.

        Left out is what is linked with it, what it is a part of or has as a part, and sub-tasks beside it.
        So is what is `hidden`, by id. The project's texts are brought up to date once, however many
        are asked about.
        """
        with self._lock:
            index = self._keep(("index", site.id, project_key, bool(hidden)), Index)
            bring_up_to_date(connection, site, project_key, index, hidden=hidden)
            asked = similarity.shown(connection, site, ids)
            most = limit + MOST_FAMILY
            found = {one: index.issues.like(asked[one].text, limit=most) for one in ids if one in asked}
        likely = {
            one: [each for each in every if each.score >= FEWEST_LIKENESS] for one, every in found.items()
        }
        near, left = _families(connection, site, likely), {}
        for one, every in likely.items():
            linked = similarity.linked(connection, site, one)
            left[one] = [each for each in every if each.id not in linked and each.id not in near[one]][:limit]
        told = similarity.shown(connection, site, {each.id for every in left.values() for each in every})
        return {
            one: tuple(
                _candidate(asked[one], told[each.id], each, ()) for each in every if _is_here(each, told)
            )
            for one, every in left.items()
        }

    def suggestions(
        self,
        connection: Connection,
        site: Site,
        board: Board,
        project_key: str,
        ids: Sequence[str],
        *,
        hidden: Collection[str] = (),
    ) -> dict[str, tuple[Suggestion, tuple[NeighbourShown, ...]]]:
        """By id what the team would probably estimate; nothing where its past does not tell.

        Nothing is learnt from issues that are `hidden`, by id.
        """
        if not ids or not has_points(board) or not board.done_status_ids:
            return {}
        every = similarity.estimated(connection, site, board, project_key)
        past = [one for one in every if one.text.id not in hidden]
        learnt = self._estimator(connection, site, board, project_key, past)
        if not isinstance(learnt, Estimator):
            return {}
        texts = similarity.shown(connection, site, ids)
        found = {one: learnt.suggest(texts[one].text) for one in ids if one in texts}
        near = {each.id for one in found.values() for each in one.neighbours}
        told = similarity.shown(connection, site, near)
        return {one: (answer, _as_shown(answer.neighbours, told)) for one, answer in found.items()}

    def _estimator(
        self, connection: Connection, site: Site, board: Board, project_key: str, past: Sequence[Estimated]
    ) -> Estimator | NoSuggestion:
        """What such a past teaches; learnt anew when it has changed, and on the next day of the site."""
        newest = similarity.newest(connection, site)
        of = (site.id, newest and newest.date())
        mine = ("estimates", *of, project_key, board.id, board.estimation_field, hash(tuple(past)))

        def others() -> list["OtherTeam"]:
            every = self._keep(("teams", *of), lambda: _teams(connection, site))
            rest(connection)
            return [team for key, team in every.items() if key != project_key][:MOST_TEAMS]

        if (known := self._found(mine)) is not None:
            return cast("Estimator | NoSuggestion", known)
        rest(connection)
        with self._learning:
            return self._keep(mine, lambda: learn(past, others() if len(past) >= FEWEST_PAST else ()))

    def estimate(
        self,
        connection: Connection,
        site: Site,
        key: str,
        *,
        board_id: int | None = None,
        hidden: Collection[str] = (),
    ) -> SuggestedEstimate:
        """The estimate that the team would probably give an issue, from its own done issues.

        Args:
            connection: reading.
            site: whose.
            key: of the issue, as it is or was.
            board_id: whose estimates and whose last column count; None: those of the project's first board
                that estimates.
            hidden: ids of issues that are not there for who asks: nothing is learnt from them.

        Raises:
            NotFound: the store has no such issue or board.
            NotPossible: no board tells what is estimated, or what is done.
        """
        asked = _asked(connection, site, key)
        board = board_of(connection, site, asked.project_key, board_id)
        every = similarity.estimated(connection, site, board, asked.project_key)
        past = [one for one in every if one.text.id != asked.id and one.text.id not in hidden]
        learnt = self._estimator(connection, site, board, asked.project_key, past)
        answer = learnt.suggest(asked.text) if isinstance(learnt, Estimator) else learnt
        near = answer.neighbours if isinstance(answer, Suggestion) else ()
        told = similarity.shown(connection, site, [each.id for each in near])
        present = asked.fields.get(board.estimation_field or "")
        return SuggestedEstimate(
            key=asked.key,
            summary=asked.text.summary,
            board=board.id,
            unit=board.estimation_name or "points",
            present=float(present) if isinstance(present, int | float) else None,
            answer=answer,
            neighbours=_as_shown(near, told),
        )

    def _keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under the key, made if need be; whoever makes it holds a lock of his own meanwhile."""
        found: T | None = self._found(key)
        if found is not None:
            return found
        made = make()
        with self._shelf:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _found(self, key: Hashable) -> Any:
        with self._shelf:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)


def _teams(connection: Connection, site: Site) -> dict[str, "OtherTeam"]:
    """The site's teams by project; one more than are heard, since none hears itself."""
    # scikit-learn takes seconds to import; who asks for no estimate need not wait for it.
    from app.domain.similarity import other_teams as listening  # noqa: PLC0415

    return {
        key: listening.OtherTeam(
            [one.text for one in every], [one.estimate for one in every], [one.done for one in every]
        )
        for key, every in other_teams.teams(connection, site, MOST_TEAMS + 1)
    }


def _families(
    connection: Connection, site: Site, likely: Mapping[str, Sequence[Likeness]]
) -> dict[str, set[str]]:
    """By id of an issue which of those like it are of its own family, or not in the store any more."""
    asked = {*likely, *(each.id for every in likely.values() for each in every)}
    family = similarity.families(connection, site, asked)
    return {
        one: {each.id for each in every if each.id not in family or family[one].has(family[each.id])}
        for one, every in likely.items()
    }


def _is_here(likeness: Likeness, told: Mapping[str, Shown]) -> bool:
    """Whether it may be named; the index hears of what is gone later."""
    return likeness.id in told and not told[likeness.id].gone


def _candidate(asked: Shown, other: Shown, likeness: Likeness, linked: Collection[str]) -> Candidate:
    return Candidate(
        key=other.key,
        summary=other.text.summary,
        status=other.status,
        done=other.done,
        linked=other.id in linked,
        likeness=likeness.score,
        reason=explain(asked.text, other.text, likeness),
        done_at=other.done_at,
    )


def _as_shown(neighbours: Iterable[Neighbour], told: Mapping[str, Shown]) -> tuple[NeighbourShown, ...]:
    return tuple(
        NeighbourShown(told[each.id].key, told[each.id].text.summary, each.estimate, each.similarity)
        for each in neighbours
        if each.id in told
    )


def _asked(connection: Connection, site: Site, key: str) -> Shown:
    issue_id = issues.find_by_key(connection, site, key)
    found = similarity.shown(connection, site, [issue_id] if issue_id is not None else [])
    if not found:
        raise NotFound("issue", key, f"The issues of {site.name!r} come with `burnish sync`.")
    return next(iter(found.values()))
