"""A rule tried out: over what happened in the last days, as the site was then; and on the issues of today."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from app.cron import next_after
from app.domain.jql.parser import parse
from app.domain.jql.printing import printed
from app.domain.rules import event as events
from app.domain.rules.condition_parts import JqlCondition
from app.domain.rules.decide import Decision, Outcome
from app.domain.rules.document import Limits, Rule
from app.domain.rules.event import Event, Happened, is_with_results
from app.domain.rules.once_parts import is_once
from app.domain.rules.trigger_parts import (
    Manual,
    MetricCrossed,
    Scheduled,
    SprintProgress,
    ThingHappened,
    Trigger,
)
from app.domain.rules.triggers import Active, Alone, Index, happened_for
from app.errors import NotPossible, NotUnderstood
from app.services import happenings, jql, once
from app.services.board_habits import Teams, usual
from app.services.firings import Look, fired, times_of
from app.services.past import Issues
from app.services.replay_differences import Difference, differences
from app.services.ruling import catalogue_of, judge
from app.store import related, rule_decisions, rule_history
from app.store.sites import Site

LONGEST = timedelta(days=366)
MOST_FIRINGS = 1000
MOST_ISSUES = 1000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a rule would have done.

    Attributes:
        events: that its trigger is about.
        decisions: on these, and after waits, in their order.
        busiest_hour: the most effects in any hour.
        paused: where its limits would have stopped it: the instant and the reason; None for nowhere.
        differences: to what the live rule did; None where there is none to compare with.
    """

    since: datetime
    until: datetime
    events: int
    decisions: Sequence[Decision]
    busiest_hour: int
    paused: tuple[datetime, str] | None
    differences: Sequence[Difference] | None = None

    @property
    def outcomes(self) -> dict[str, int]:
        """Decisions by how they ended."""
        return dict(sorted(Counter(each.outcome.value for each in self.decisions).items()))

    @property
    def effects(self) -> int:
        """All that it would have done."""
        return sum(len(each.wanted) for each in self.decisions)

    @property
    def effects_per_day(self) -> float:
        """On average."""
        return self.effects / max((self.until - self.since) / timedelta(days=1), 1 / 24)


def replay(
    connection: Connection,
    site: Site,
    rule: Rule,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    stored_id: int | None = None,
    teams: Teams = usual,
) -> Replayed:
    """What the rule would have done about all that happened in a span of time; it sees nothing of later.

    Bodies of comments are those of today, as Jira tells no older ones.

    Args:
        connection: reading.
        site: whose.
        rule: held against the site before.
        since: the beginning.
        until: the end, which is not part of it.
        now: the instant of the question.
        stored_id: of the rule that it is a draft of: what that did is compared.
        teams: how those of boards work.

    Raises:
        NotUnderstood: the span is none, ahead, or too long.
        NotPossible: the rule is for hand only, or fires too often.
    """
    if not since < until <= now + timedelta(minutes=1):
        raise NotUnderstood("`from` must be before `to`, and `to` not ahead of now.", field="/body/from")
    if until - since > LONGEST:
        raise NotUnderstood(f"At most {LONGEST.days} days can be replayed at once.", field="/body/from")
    if isinstance(rule.trigger, Manual):
        raise NotPossible(
            "The rule is carried out by hand only: nothing that happened concerns it. Try preview."
        )
    active = Active(stored_id or 0, 0, rule)
    index = Index([active])
    found: list[Decision] = []
    seen = 0
    for some in _in_parts(_events(connection, site, rule, since, until, teams)):
        decided = judge(connection, site, index, some)
        seen += len(decided)
        found += decided
    found += _after_waits(connection, site, index, found, until)
    found.sort(key=lambda each: (each.event.at, each.issue_key, each.event.key))
    replayed = Replayed(since, until, seen, found, _busiest_hour(found), first_beyond(found, rule.limits))
    if stored_id is None:
        return replayed
    done = rule_decisions.between(connection, stored_id, since, until)
    return Replayed(
        since,
        until,
        seen,
        found,
        replayed.busiest_hour,
        replayed.paused,
        tuple(differences(found, [dict(row) for row in done if not is_with_results(row["event_key"])])),
    )


def _after_waits(
    connection: Connection, site: Site, index: Index, begun: Sequence[Decision], until: datetime
) -> Iterator[Decision]:
    """What is decided when waits are over, of those that are over in time."""
    waiting = [each.waits_for for each in begun if each.waits_for is not None]
    while waiting:
        over = [event for event in waiting if event.at < until]
        decided = judge(connection, site, index, over)
        yield from decided
        waiting = [each.waits_for for each in decided if each.waits_for is not None]


def _in_parts(found: Iterator[Event]) -> Iterator[list[Event]]:
    """Some issues after the other, so that not all need to be held at once."""
    part: list[Event] = []
    for _, theirs in groupby(found, key=lambda event: event.issue_id):
        part += theirs
        if len(part) >= _AT_ONCE:
            yield part
            part = []
    yield part


def _events(
    connection: Connection, site: Site, rule: Rule, since: datetime, until: datetime, teams: Teams
) -> Iterator[Event]:
    """What happened that the trigger may be about, issue by issue."""
    kinds = happened_for(rule.trigger)
    happened = kinds[0]  # of several, all are kinds of what happens to issues
    if happened is Happened.VERSION_RELEASED:
        raise NotPossible("Jira does not tell when a version was released, so this cannot be replayed.")
    if isinstance(rule.trigger, ThingHappened):
        raise NotPossible(
            "When sprints, versions and boards were changed is not kept, so this cannot be replayed."
        )
    if happened is Happened.WEBHOOK:
        raise NotPossible("What webhooks brought is not kept, so this cannot be replayed.")
    if times_of(rule.trigger) is not None:
        yield from _firings(connection, site, rule.trigger, since, until, teams)
    elif happened in {Happened.SPRINT_STARTED, Happened.SPRINT_CLOSED}:
        if is_once(rule.trigger):
            yield from once.of_sprints_between(connection, site, happened, since, until)
            return
        issues = Issues(connection, site, jql.subjects_of(catalogue_of(connection, site, now=until)))
        yield from happenings.of_sprints_between(issues, happened, since, until)
    else:
        for kind in kinds:
            yield from _of_issues(kind, (connection, site, rule.projects, since, until))


def _of_issues(
    happened: Happened, asked: tuple[Connection, Site, Sequence[str], datetime, datetime]
) -> Iterator[Event]:
    match happened:
        case Happened.CREATED:
            for row in rule_history.created_between(*asked):
                yield events.created(row["id"], row["key"], row["created"], row["creator_id"])
        case Happened.CHANGED:
            for issue_id, key, changes in rule_history.changed_between(*asked):
                yield from events.changed(issue_id, key, changes)
        case Happened.DELETED:
            for row in rule_history.deleted_between(*asked):
                yield events.deleted(row["id"], row["key"], row["deleted_at"])
        case Happened.COMMENT_ADDED | Happened.COMMENT_EDITED | Happened.COMMENT_DELETED:
            yield from _of_comments(happened, asked)
        case _:
            yield from _of_worklogs(happened, asked)


def _of_comments(
    happened: Happened, asked: tuple[Connection, Site, Sequence[str], datetime, datetime]
) -> Iterator[Event]:
    *_, since, until = asked
    if happened is Happened.COMMENT_DELETED:
        for row in rule_history.uncommented_between(*asked):
            yield events.uncommented(row["issue_id"], row["issue_key"], dict(row), row["deleted_at"])
        return
    for row in rule_history.commented_between(*asked):
        told = events.of_comment(row["issue_id"], row["issue_key"], dict(row))
        yield from (each for each in told if each.happened is happened and since <= each.at < until)


def _of_worklogs(
    happened: Happened, asked: tuple[Connection, Site, Sequence[str], datetime, datetime]
) -> Iterator[Event]:
    *_, since, until = asked
    if happened is Happened.WORK_LOG_DELETED:
        for row in rule_history.unlogged_between(*asked):
            yield happenings.of_worklog(dict(row), row["issue_key"], happened, gone_at=row["deleted_at"])
        return
    for row in rule_history.logged_between(*asked):
        told = happenings.of_shown_worklog(dict(row), row["issue_key"])
        yield from (each for each in told if each.happened is happened and since <= each.at < until)


def _firings(
    connection: Connection, site: Site, trigger: Trigger, since: datetime, until: datetime, teams: Teams
) -> Iterator[Event]:
    """As if it had been looked at at all its times."""
    times = times_of(trigger)
    assert times is not None
    before, at = since - timedelta(microseconds=1), next_after(*times, since - timedelta(microseconds=1))
    if isinstance(trigger, SprintProgress):
        # When it is looked at makes no difference to when a sprint is so far.
        look = Look(until - timedelta(microseconds=1), before, is_live=False)
        yield from fired(connection, site, trigger, look, teams)
        return
    firings = 0
    while at is not None and at < until:
        firings += 1
        if firings > MOST_FIRINGS:
            raise NotPossible(
                f"The rule fires more than {MOST_FIRINGS} times in that span; name a shorter one."
            )
        yield from fired(connection, site, trigger, Look(at, before, is_live=False), teams)
        before, at = at, next_after(*times, at)


def _busiest_hour(decisions: Sequence[Decision]) -> int:
    """The most effects in any 60 minutes."""
    most = number = begin = 0
    for each in decisions:
        number += len(each.wanted)
        while decisions[begin].event.at <= each.event.at - timedelta(hours=1):
            number -= len(decisions[begin].wanted)
            begin += 1
        most = max(most, number)
    return most


def first_beyond(decisions: Sequence[Decision], limits: Limits) -> tuple[datetime, str] | None:
    """Where the limits would have paused the rule: the instant and the reason.

    Args:
        decisions: in the order of their events.
        limits: of the rule.
    """
    acted: list[Decision] = []
    for each in decisions:
        if each.outcome is Outcome.HELD:
            return each.event.at, each.reason or ""
        if each.outcome is not Outcome.ACTED:
            continue
        acted.append(each)
        day = [one for one in acted if one.event.at > each.event.at - timedelta(days=1)]
        hour = [one for one in day if one.event.at > each.event.at - timedelta(hours=1)]
        issue = [one for one in day if one.event.issue_id == each.event.issue_id]
        spans = (
            ("per_issue_per_day", limits.per_issue_per_day, issue),
            ("per_hour", limits.per_hour, hour),
            ("per_day", limits.per_day, day),
        )
        for name, most, some in spans if each.event.has_issue else spans[1:]:
            number = sum(len(one.wanted) for one in some)
            if number > most:
                return each.event.at, f"{number} effects with {each.about}; `limits.{name}` is {most}."
        acted = day
    return None


# --- today ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a rule would do if it fired for issues now.

    Attributes:
        issues: that were looked at.
        decisions: on each.
        left_out: whether there are more.
    """

    issues: int
    decisions: Sequence[Decision] = field(default=())
    left_out: bool = False


def preview(connection: Connection, site: Site, rule: Rule, *, query: str | None, now: datetime) -> Previewed:
    """What the rule would do if it fired now, for each issue that a query finds.

    Args:
        connection: reading.
        site: whose.
        rule: held against the site before.
        query: JQL; the rule's own where it has one, else all issues of its projects.
        now: the instant of the question.

    A rule that is decided without an issue is tried once, one about sprints with the newest of them.

    Raises:
        JqlNotUnderstood: the query is none.
        NotUnderstood: there is a query, and the rule is decided without an issue.
    """
    if is_once(rule.trigger):
        if query is not None:
            raise NotUnderstood(
                "The rule is decided once, without an issue: leave `jql` out.", field="/body/jql"
            )
        event = once.sample(connection, site, rule.trigger, now)
        return Previewed(0, tuple(judge(connection, site, Alone(Active(0, 0, rule)), [event])))
    asked = _query_of(rule, query)
    keys = jql.search(connection, site, asked, now=now, zone=jql.UTC_ZONE, account=site.account_id)
    ids = related.ids_of(connection, site, set(keys[:MOST_ISSUES]))
    by_hand = rule.model_copy(update={"trigger": Manual(type="manual"), "projects": []})
    found = [Event(Happened.ASKED, ids[key], key, now, "preview") for key in keys[:MOST_ISSUES] if key in ids]
    decisions = judge(connection, site, Index([Active(0, 0, by_hand)]), found)
    return Previewed(len(found), tuple(decisions), len(keys) > MOST_ISSUES)


def _query_of(rule: Rule, query: str | None) -> str:
    if query is not None:
        return query
    if isinstance(rule.trigger, Scheduled | MetricCrossed | ThingHappened) and rule.trigger.jql is not None:
        return rule.trigger.jql
    listed = ", ".join(f'"{key}"' for key in rule.projects)
    within = f"project IN ({listed})" if listed else ""
    own = (
        rule.when.jql
        if isinstance(rule.when, JqlCondition)
        else rule.when
        if isinstance(rule.when, str)
        else ""
    )
    where = parse(own).where if own else None
    both = [part for part in (within, f"({printed(where)})" if where is not None else "") if part]
    return " AND ".join(both)
