"""Searches of the past and replays know which sprints were open then, and which versions released."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from app.domain.jql.errors import JqlRefused
from app.domain.rules.decide import Outcome
from app.domain.rules.event import Event, Happened, changed
from app.domain.rules.reading import read
from app.domain.rules.triggers import Active, Index
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.services.jql import UTC_ZONE, search, subjects_of
from app.services.past import Issues, keys_at
from app.services.ruling import catalogue_of, judge
from app.store import boards, issues, jira_tables, sites
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_change, a_sprint, day
from tests.jobs.ruled import STATUSES
from tests.payloads import issue, sprint_object
from tests.stores import a_site

CLOSE, LATER = day(12, 17), day(40)


def a_past(tx: Connection) -> tuple[Site, dict[str, list[Change]]]:
    """An issue of a sprint that was closed since; before and after that it changed its status."""
    site = a_site(tx)
    sites.replace_statuses(tx, site.id, STATUSES)
    boards.save_sprint(tx, site.id, a_sprint(completed=CLOSE), heard_at=CLOSE)
    told = issue(1, status=DONE, sprints=[sprint_object(7)], fixVersions=[{"id": "5", "name": "1.0"}])
    record = read_issue(told, site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    moves = [
        a_change("status", day(6), TO_DO, IN_PROGRESS),
        a_change("status", day(20), IN_PROGRESS, DONE),
    ]
    history = {record.id: moves}
    issues.save_changes(tx, site, history, final=True)
    return site, history


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ("sprint in openSprints()", True, False),
        ("sprint in closedSprints()", False, True),
        ("fixVersion in unreleasedVersions()", True, False),
        ("fixVersion in releasedVersions()", False, True),
    ],
)
def test_a_search_of_the_past_has_the_lists_of_then(
    tx: Connection, query: str, before: bool, after: bool
) -> None:
    site, _ = a_past(tx)
    released = {"id": "5", "project_id": "10000", "name": "1.0", "released": True, "archived": False}
    rest = {"site_id": site.id, "description": "", "released_on": f"{day(12):%Y-%m-%d}", "heard_at": LATER}
    tx.execute(insert(jira_tables.versions), released | rest)

    def found(at: datetime | None) -> bool:
        return search(tx, site, query, now=LATER, zone=UTC_ZONE, at=at) == ["BURN-1"]

    assert (found(day(8)), found(day(20)), found(None)) == (before, after, after)


def test_a_replay_asks_for_the_sprints_that_were_open_at_each_event(tx: Connection) -> None:
    site, history = a_past(tx)
    rule = {
        "name": "r",
        "projects": ["BURN"],
        "trigger": {"type": "issue_transitioned"},
        "when": "sprint in openSprints()",
        "actions": [{"type": "log", "text": "x"}],
    }
    events = [
        event
        for issue_id, moves in history.items()
        for move in moves
        for event in changed(issue_id, "BURN-1", [move])
    ]
    decisions = judge(tx, site, Index([Active(1, 1, read(rule))]), events)
    assert [(one.event.at, one.outcome) for one in decisions] == [
        (day(6), Outcome.NOTHING),
        (day(20), Outcome.NOT_MATCHED),
    ]


@pytest.mark.parametrize("is_live", [True, False])
def test_a_sprint_is_closed_to_whoever_hears_of_its_close(tx: Connection, is_live: bool) -> None:
    site, history = a_past(tx)
    rule = {
        "name": "r",
        "projects": ["BURN"],
        "trigger": {"type": "sprint_closed"},
        "when": "sprint in closedSprints()",
        "actions": [{"type": "log", "text": "x"}],
    }
    event = Event(Happened.SPRINT_CLOSED, next(iter(history)), "BURN-1", CLOSE, "k", data={"id": 7})
    (decision,) = judge(tx, site, Index([Active(1, 1, read(rule))]), [event], is_live=is_live)
    assert decision.outcome == Outcome.NOTHING


def test_a_rule_that_is_late_over_a_close_asks_for_the_sprints_of_its_instant(tx: Connection) -> None:
    site, history = a_past(tx)
    due = CLOSE - timedelta(minutes=1)
    around = Issues(tx, site, subjects_of(catalogue_of(tx, site, now=due)))
    assert keys_at(around, "sprint in openSprints()", due) == ["BURN-1"]
    assert keys_at(around, "sprint in openSprints()", LATER) == []
    rule = {
        "name": "r",
        "projects": ["BURN"],
        "trigger": {"type": "manual"},
        "when": "sprint in openSprints()",
        "actions": [{"type": "log", "text": "x"}],
    }
    event = Event(Happened.ASKED, next(iter(history)), "BURN-1", due, "k")
    (decision,) = judge(tx, site, Index([Active(1, 1, read(rule))]), [event], is_live=True)
    assert decision.outcome == Outcome.NOTHING


def test_a_replay_finds_an_issue_by_the_key_that_it_had_then(tx: Connection) -> None:
    site, history = a_past(tx)
    ((issue_id, moves),) = history.items()
    record = read_issue(issue(1, status=DONE, project="SHOP"), site.fields)
    assert record is not None
    renamed = a_change("Key", day(30), None, None)._replace(before_text="BURN-1", after_text="SHOP-1")
    issues.save_changes(tx, site, {issue_id: [*moves, renamed]}, final=True)
    issues.save_issues(tx, site, [record], history_complete=True)
    rule = {
        "name": "r",
        "projects": ["BURN"],
        "trigger": {"type": "issue_transitioned"},
        "actions": [
            {
                "type": "branch",
                "jql": "key = BURN-1",
                "actions": [{"type": "comment", "text": "{{ issue.key }}"}],
            }
        ],
    }
    (event,) = changed(issue_id, "BURN-1", moves[:1])
    (decision,) = judge(tx, site, Index([Active(1, 1, read(rule))]), [event])
    assert [wanted.effect.issue_key for wanted in decision.wanted] == ["BURN-1"]


def test_a_site_without_versions_has_none_that_are_unreleased(tx: Connection) -> None:
    """Jira's own Kanban boards ask for them."""
    site, _ = a_past(tx)
    query = "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"
    with pytest.raises(JqlRefused, match="no versions of the site were read"):
        search(tx, site, query, now=LATER, zone=UTC_ZONE)
    kind = {"site_id": site.id, "id": "1", "name": "Story", "is_subtask": False, "heard_at": LATER}
    tx.execute(insert(jira_tables.issue_types), kind)
    assert search(tx, site, query, now=LATER, zone=UTC_ZONE) == []
