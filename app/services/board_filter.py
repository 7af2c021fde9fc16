"""Which issues of a sprint are not on the board, because its saved filter does not find them.

Asked of the issues as they were at the instant of a report, so that a closed sprint keeps its numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial, reduce
from operator import or_
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.domain.jql.as_of import as_of
from app.domain.jql.board_filter import (
    BoardFilter,
    FilterUnanswered,
    Reads,
    read_filter,
    reads,
    words_of,
)
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.memory import Facts, matches
from app.domain.jql.plan import Condition, Subject
from app.domain.jql.then import then
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Change
from app.domain.scrum.sprint import Sprint
from app.services.jql import UTC_ZONE, subjects_of
from app.store import boards, jql_facts, sprint_issues
from app.store.sites import Site
from app.store.sprint_issues import Member

_OF_SPRINTS = frozenset({"sprint", "opensprints", "closedsprints", "futuresprints"})
_ANY = datetime.min.replace(tzinfo=UTC)


class Asked(NamedTuple):
    """A sprint that a board is asked about, as the board was set up at that instant."""

    sprint: Sprint
    board: Board
    at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """What the filter of a board asks of the issues of a sprint, at the instant of the report.

    Attributes:
        condition: None where all are on the board.
        why: the filter cannot be asked, so all count; in a sentence without its end.
        projects: where the project of an issue decides, keys of those that the filter finds.
        subjects: the fields of the site by each name that changelogs write them under.
    """

    asked: Asked
    condition: Condition | None = None
    why: str = ""
    projects: frozenset[str] | None = None
    subjects: Mapping[str, Subject] = field(default_factory=dict, repr=False)

    @property
    def reads(self) -> Reads:
        """What of the issues decides."""
        return Reads() if self.condition is None else reads(self.condition)


def plan_filters(
    connection: Connection, site: Site, asked: Collection[Asked], calendar: Calendar
) -> dict[int, Planned]:
    """By sprint what decides which of its issues are on the board; dates are read where the team is."""
    zone = calendar.zone if isinstance(calendar.zone, ZoneInfo) else UTC_ZONE
    alike: defaultdict[tuple[str | None, ...], list[Asked]] = defaultdict(list)
    for one in asked:
        alike[one.board.filter_id, one.board.filter_jql, one.board.sub_query].append(one)
    found = {one.sprint.id: Planned(one) for one in asked}
    for every in alike.values():
        try:
            wanted = read_filter(every[0].board)
            if wanted is not None:
                plans = _of_projects if wanted.is_of_projects else _of_facts
                found |= {each.asked.sprint.id: each for each in plans(connection, site, wanted, every, zone)}
        except FilterUnanswered as error:
            found |= {one.sprint.id: Planned(one, why=str(error)) for one in every}
    return found


def _of_projects(
    connection: Connection, site: Site, wanted: BoardFilter, asked: Sequence[Asked], zone: ZoneInfo
) -> Iterator[Planned]:
    """No document of an issue is read for that."""
    projects = jql_facts.projects_of(connection, site)
    condition = wanted.condition(Catalogue(asked[0].at, zone, projects=projects))
    found = frozenset(each.key for each in projects if _is_of(condition, each.key))
    return (Planned(one, condition, projects=found) for one in asked)


def _is_of(condition: Condition, project: str) -> bool:
    """Whether a filter that asks for nothing else finds the issues of a project."""
    return matches(condition, Facts("", "", project, "", "", created=_ANY, updated=_ANY, fields={}))


def _of_facts(
    connection: Connection, site: Site, wanted: BoardFilter, asked: Sequence[Asked], zone: ZoneInfo
) -> list[Planned]:
    known = jql_facts.catalogue(connection, site, now=asked[0].at, zone=zone, query=wanted.query, past=True)
    sprints = boards.all_sprints(connection, site) if wanted.needs.names & _OF_SPRINTS else []
    subjects = subjects_of(known)
    at = partial(then, known, sprints=sprints, open_at_close=True)
    return [Planned(one, wanted.condition(at(one.at)), subjects=subjects) for one in asked]


def reads_of(planned: Iterable[Planned]) -> Reads:
    """What of the issues of all these sprints decides."""
    return reduce(or_, (each.reads for each in planned), Reads())


def marks(connection: Connection, site: Site, planned: Collection[Planned]) -> dict[int, str]:
    """By sprint what tells its filter from others, beside what the store says of its issues (`reads_of`)."""
    dated = [one for one in planned if one.reads.last_change]
    last = sprint_issues.last_changes(connection, site, {one.asked.sprint.id: one.asked.at for one in dated})
    return {
        one.asked.sprint.id: repr(
            (words_of(one.condition), sorted(last.get(one.asked.sprint.id, {}).items()))
        )
        for one in planned
    }


@dataclass(frozen=True, slots=True)
class Outside:
    """What of a sprint is not on the board.

    Attributes:
        ids: of its issues; none where the filter cannot be asked.
        why: it cannot, in a sentence without its end; empty where it can.
    """

    ids: frozenset[str] = frozenset()
    why: str = ""


def outside(connection: Connection, site: Site, planned: Collection[Planned]) -> dict[int, Outside]:
    """By sprint what of all that is or ever was in it its board does not show.

    A sub-task is on the board with its parent, through which it counts. Few statements, however many sprints
    and issues are asked about.
    """
    found = {one.asked.sprint.id: Outside(why=one.why) for one in planned}
    alike: defaultdict[frozenset[str] | None, list[Planned]] = defaultdict(list)
    for one in planned:
        if one.condition is not None:
            alike[one.projects].append(one)
    for projects, every in alike.items():
        members = _members(connection, site, every, projects)
        find = _lost_by_facts if projects is None else _lost_by_projects
        for number, lost in find(connection, site, every, members).items():
            found[number] = Outside(_without_children(members.get(number, ()), lost))
    return found


_Members = Mapping[int, Sequence[Member]]


def _members(
    connection: Connection, site: Site, planned: Sequence[Planned], projects: frozenset[str] | None
) -> _Members:
    """Issues that may be outside, by sprint."""
    numbers = [one.asked.sprint.id for one in planned]
    found: defaultdict[int, list[Member]] = defaultdict(list)
    for member in sprint_issues.members(connection, site, numbers, outside=projects):
        found[member.sprint_id].append(member)
    return found


def _without_children(members: Sequence[Member], lost: frozenset[str]) -> frozenset[str]:
    """Without sub-tasks of what is on the board."""
    there = {member.issue_id for member in members} - lost
    return lost - {member.issue_id for member in members if member.parent_id in there}


def _lost_by_projects(
    connection: Connection, site: Site, planned: Sequence[Planned], members: _Members
) -> dict[int, frozenset[str]]:
    """By sprint the issues that were in none of the filter's projects."""
    numbers = [one.asked.sprint.id for one in planned]
    former = sprint_issues.former_keys(connection, site, numbers) if members else {}

    def is_lost(member: Member, one: Planned) -> bool:
        keys = (key for until, key in former.get(member.issue_id, ()) if until > one.asked.at)
        project = next(keys, member.key).rpartition("-")[0]
        assert one.condition is not None
        return not _is_of(one.condition, project)

    return _each(planned, members, is_lost)


def _lost_by_facts(
    connection: Connection, site: Site, planned: Sequence[Planned], members: _Members
) -> dict[int, frozenset[str]]:
    """By sprint the issues of which the filter was not true."""
    needed, ends = reads_of(planned), {one.asked.sprint.id: one.asked.at for one in planned}
    ids = sprint_issues.ids_in(site, list(ends))
    facts = jql_facts.facts_among(connection, site, ids, fields=needed.fields, texts=needed.texts)
    last = sprint_issues.last_changes(connection, site, ends) if needed.last_change else {}

    def is_lost(member: Member, one: Planned) -> bool:
        found = facts[member.issue_id]
        changed = last.get(member.sprint_id, {}).get(member.issue_id)
        if changed is not None:  # of any field
            found = replace(found, changes=(*found.changes, _something(changed)))
        issue = as_of(found, one.asked.at, one.subjects)
        assert one.condition is not None
        return issue is not None and not matches(one.condition, issue)

    return _each(planned, members, is_lost)


def _something(at: datetime) -> Change:
    return Change(0, 0, at, "", None, None, None, None)


def _each(
    planned: Sequence[Planned], members: _Members, is_lost: Callable[[Member, Planned], bool]
) -> dict[int, frozenset[str]]:
    return {
        one.asked.sprint.id: frozenset(
            member.issue_id for member in members.get(one.asked.sprint.id, ()) if is_lost(member, one)
        )
        for one in planned
    }
