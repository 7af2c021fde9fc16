"""What rules decide about events, from what the store holds: the same for live ones, drafts and replays."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from app import log
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.plan import Subject
from app.domain.jql.then import Lists, Period
from app.domain.rules.asking import Around
from app.domain.rules.decide import Decision, Outcome, decide
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import Event, Happened
from app.domain.rules.once import no_issue
from app.domain.rules.reading import read
from app.domain.rules.triggers import Active, Index
from app.domain.scrum.person import Person
from app.domain.scrum.sprint import Sprint
from app.errors import NotFound
from app.services.jql import UTC_ZONE, subjects_of
from app.services.missing import Missing
from app.services.past import Issues, Past
from app.store import boards, groups, jql_facts, partial_data, project_roles, rules, site_lists, things
from app.store.partial_data import Partial
from app.store.rule_decisions import Key
from app.store.sites import Site
from app.store.store_faults import is_store_fault

_log = log.get(__name__)


@dataclass(frozen=True)
class Ground:
    """What rules of a site are held against.

    Attributes:
        catalogue: of the site; its `now` is any instant.
        missing: what Jira did not let us read whole.
        sprints: all of the site.
        plans: of queries, whatever the instant; see `app.domain.rules.clauses`.
    """

    catalogue: Catalogue
    missing: tuple[Partial, ...] = ()
    sprints: tuple[Sprint, ...] = ()
    plans: dict[Any, Any] = field(default_factory=dict)
    _plans_then: defaultdict[Period, dict[Any, Any]] = field(default_factory=lambda: defaultdict(dict))

    @cached_property
    def subjects(self) -> Mapping[str, Subject]:
        """The fields by each name that changelogs write them under."""
        return subjects_of(self.catalogue)

    @cached_property
    def lists(self) -> Lists:
        """What is known by its names, at any instant."""
        return Lists(self.catalogue, self.sprints)

    def at(self, at: datetime, *, is_live: bool) -> tuple[Catalogue, dict[Any, Any]]:
        """The names at the instant of an event, and the plans that hold for them.

        Of what happened just now they are as they are, unless something is known to have changed since.
        """
        if is_live and not self.lists.changed_since(at):
            return replace(self.catalogue, now=at), self.plans
        return self.lists.at(at), self._plans_then[self.lists.period(at)]

    @cached_property
    def sprints_by_id(self) -> Mapping[int, Sprint]:
        """All of the site."""
        return {each.id: each for each in self.sprints}

    @cached_property
    def leads(self) -> Mapping[str, str]:
        """Account ids by project key."""
        return {each.key: each.lead for each in self.catalogue.projects if each.lead}


class RuleBook:
    """The rules of each site that may fire, and its names; read again only when one of them changed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[int, int], Index]] = {}
        self._grounds: dict[int, tuple[tuple[Any, ...], Ground]] = {}

    def of(self, connection: Connection, site_id: int) -> Index:
        """Those of a site."""
        signature = rules.signature(connection, site_id)
        known = self._known.get(site_id)
        if known is None or known[0] != signature:
            known = self._known[site_id] = (signature, Index(active(connection, site_id)))
        return known[1]

    def ground(self, connection: Connection, site: Site, *, now: datetime) -> Ground:
        """The names of a site, with what is worked out about queries so far."""
        fingerprint = site_lists.fingerprint(connection, site)
        known = self._grounds.get(site.id)
        if known is None or known[0] != fingerprint:
            ground = ground_of(connection, site, now=now)
            known = self._grounds[site.id] = (fingerprint, ground)
        return known[1]


def active(connection: Connection, site_id: int) -> list[Active]:
    """All rules of a site that may fire."""
    found = []
    for row in rules.active(connection, site_id):
        try:
            rule = read(row["document"])
        except RuleNotUnderstood as error:  # written by another version of Burnish
            _log.error("rule.not_readable", rule=row["id"], version=row["number"], reason=str(error))
            continue
        found.append(
            Active(
                row["id"], row["number"], rule, bool(row["shadow"]), since=row["since"], paused=row["paused"]
            )
        )
    return found


def waited(connection: Connection, rule_id: int, number: int, *, shadow: bool) -> Active | None:
    """A rule that goes on after it waited, in the version that began; None where it was switched off."""
    try:
        stored = rules.get(connection, rule_id)
        rule = read(rules.version(connection, rule_id, number)["document"])
    except (NotFound, RuleNotUnderstood):
        return None
    if (stored.shadow_version if shadow else stored.live_version) is None:
        return None
    return Active(rule_id, number, rule, shadow, paused=stored.paused_at is not None)


def catalogue_of(connection: Connection, site: Site, *, now: datetime) -> Catalogue:
    """What names in a rule can mean; currentUser() is Burnish's own account."""
    return jql_facts.catalogue(connection, site, now=now, zone=UTC_ZONE, account=site.account_id)


def ground_of(connection: Connection, site: Site, *, now: datetime) -> Ground:
    """The names of a site, and what is missing of it, read anew."""
    missing = tuple(partial_data.of_site(connection, site))
    sprints = tuple(boards.all_sprints(connection, site))
    # A live rule goes on as it did when it was saved; whoever saves one now is told.
    known = replace(catalogue_of(connection, site, now=now), allows_empty_texts=True)
    return Ground(known, missing, sprints)


def judge(
    connection: Connection,
    site: Site,
    index: Index,
    events: Sequence[Event],
    *,
    taken: Collection[Key] = (),
    is_live: bool = False,
    book: RuleBook | None = None,
) -> list[Decision]:
    """What the rules decide about events, in the order of their instants.

    Args:
        connection: reading.
        site: whose.
        index: the rules.
        events: what happened. Each is seen with the issues as they were at its instant.
        taken: decisions that were taken already.
        is_live: whether they happened not long ago: queries in rules need not read all issues then, and what
            has no history is seen as it is.
        book: knows the names of the site already.
    """
    waiting = list(_waiting(index, events, taken))
    if not waiting:
        return []
    now = waiting[0][0].at
    ground = ground_of(connection, site, now=now) if book is None else book.ground(connection, site, now=now)
    issues = Issues(connection, site, ground.subjects)
    issues.get({event.issue_id for event, _ in waiting if event.has_issue})
    people = _People(connection, site)
    in_groups = _Read(partial(groups.members, connection, site))
    in_roles = _Read(partial(project_roles.members_of_each, connection, site))
    missing = Missing(issues, ground.missing)
    decisions = []
    for event, candidates in waiting:
        found = issues.when(event) if event.has_issue else no_issue(event.at)
        if found is None:
            continue
        catalogue, plans = ground.at(event.at, is_live=is_live)
        around = Around(
            issue=found,
            catalogue=catalogue,
            past=Past(issues, event.at, is_live=is_live),
            base_url=site.base_url,
            is_cloud=site.is_cloud,
            people=people,
            sprints=ground.sprints_by_id,
            leads=ground.leads,
            own_account=site.account_id,
            plans=plans,
            groups=in_groups,
            roles=in_roles,
            lacking=missing.at_birth if event.happened is Happened.CREATED else missing.of,
        )
        decisions += [made for each in candidates if (made := _decided(each, event, around)) is not None]
    return decisions


def _waiting(
    index: Index, events: Sequence[Event], taken: Collection[Key]
) -> Iterator[tuple[Event, Sequence[Active]]]:
    """Events in the order of their instants, with the rules that are to decide on them."""
    for event in sorted(events, key=lambda event: event.at):
        candidates = [
            each
            for each in index.candidates(event)
            if (each.id, each.shadow, event.issue_id, event.key) not in taken
        ]
        if candidates:
            yield event, candidates


class _People(Mapping[str, Person]):
    """By account id, each read when a text asks for one."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self._connection = connection
        self._site = site
        self._known: dict[str, Person | None] = {}

    def __getitem__(self, account: str) -> Person:
        if account not in self._known:
            self._known[account] = things.person_of(self._connection, self._site, account)
        found = self._known[account]
        if found is None:
            raise KeyError(account)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


_Name = TypeVar("_Name")


class _Read(Mapping[_Name, frozenset[str]]):
    """Account ids of people by what they are in, read when a rule asks."""

    def __init__(self, read: Callable[[], Mapping[_Name, frozenset[str]]]) -> None:
        self._read = read

    @cached_property
    def _members(self) -> Mapping[_Name, frozenset[str]]:
        return self._read()

    def __getitem__(self, name: _Name) -> frozenset[str]:
        return self._members[name]

    def __iter__(self) -> Iterator[_Name]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def _decided(rule: Active, event: Event, around: Around) -> Decision | None:
    """A fault of ours must neither stop the other rules nor go unseen; where the store fails, all wait."""
    try:
        return decide(rule, event, around)
    except Exception as error:
        if is_store_fault(error):
            raise
        # An error may quote values, and what a server answered is in no log.
        trace = None if event.kept.is_private else error
        ids = {"rule": rule.id, "version": rule.version, "issue": event.issue_key}
        _log.error("rule.fault", **ids, kind=type(error).__name__, exc_info=trace)
        reason = f"A fault in Burnish ({type(error).__name__}); its log has the reason."
        return Decision(rule, event, around.issue.key, Outcome.FAILED, reason=reason)
