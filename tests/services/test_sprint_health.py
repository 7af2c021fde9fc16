import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Connection

from app.domain.flow.path import Policy
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.board import Column
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import SiteFields, read_issue, read_sprint
from app.domain.scrum.issue import Change, Issue
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.health import SignalName, SprintHealth
from app.domain.sprint_health.outlook import look_ahead
from app.domain.sprint_health.signals import Thresholds
from app.errors import NotFound, NotPossible
from app.services.rendering import FORMATS, render
from app.services.sprint_health import described, sprint_health
from app.services.velocity import board_velocity
from app.services.velocity import described as velocity_described
from app.store import boards, issues, jira_tables, sites, sprint_issues, things
from app.store.sites import Site
from tests.factories import (
    DONE,
    END,
    FLAG_FIELD,
    IN_PROGRESS,
    SPRINT_FIELD,
    START,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)
from tests.payloads import issue, sprint_object
from tests.stores import a_site

CALENDAR = Calendar()
AT = day(8)
BASE = "https://burnish.test"

# number, its present status and points, whether it is in the sprint now, and how it came to that
STORIES: tuple[tuple[int, str, float | None, bool, tuple[Change, ...]], ...] = (
    (1, DONE, 3, True, (moved(day(2), TO_DO, IN_PROGRESS), moved(day(4), IN_PROGRESS, DONE))),
    (2, IN_PROGRESS, 8, True, (estimated(day(3), 5, 8), moved(day(5), TO_DO, IN_PROGRESS))),
    (3, TO_DO, 2.5, True, (sprint_changed(day(4), "", "7"),)),
    (4, TO_DO, 1, False, (sprint_changed(day(6), "7", ""),)),
    (5, TO_DO, None, True, ()),
)


def fill(tx: Connection) -> Site:
    site = a_site(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")
    boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(1))
    for number, status, points, inside, history in STORIES:
        sprints = [sprint_object()] if inside else None
        document = issue(number, status=status, points=points, sprints=sprints, updated=day(7))
        record = read_issue(document, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
        numbered = {record.id: [_numbered(change, number) for change in history]}
        issues.save_changes(tx, site, numbered, final=True)
    return site


def _numbered(change: Change, number: int) -> Change:
    """History ids are unique on a site; those of the factories grow with time alone."""
    return Change(
        change.history_id * 10 + number,
        change.position,
        change.at,
        change.field,
        change.before or None,
        change.before_text or None,
        change.after or None,
        change.after_text or None,
        change.author,
    )


def in_memory() -> list[Issue]:
    return [
        an_issue(
            f"BURN-{number}",
            status=status,
            points=points,
            sprints={7} if inside else set(),
            updated=day(7),
            assignee="Dana",
            changes=tuple(_numbered(change, number) for change in history),
        )
        for number, status, points, inside, history in STORIES
    ]


def from_store(tx: Connection, site: Site, sprint_id: int | None = 7) -> SprintHealth:
    return sprint_health(tx, site, board_id=1, sprint_id=sprint_id, at=AT, calendar=CALENDAR)


def test_a_report_from_the_store_is_the_one_of_the_same_facts_in_memory(tx: Connection) -> None:
    site = fill(tx)
    assessed = assess(
        a_sprint(),
        a_board(),
        in_memory(),
        now=AT,
        calendar=CALENDAR,
        sprint_field=SPRINT_FIELD,
        flag_field=FLAG_FIELD,
    )
    expected = look_ahead(
        assessed,
        a_sprint(),
        a_board(),
        in_memory(),
        [],
        sprint_field=SPRINT_FIELD,
        policy=Policy(flag_field=FLAG_FIELD),
    )
    assert from_store(tx, site) == expected
    assert to_json(from_store(tx, site)) == to_json(expected)


def test_priorities_go_by_the_sites_order_and_are_those_of_the_instant(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")
    boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(1))
    listed = [{"id": one, "name": name, "position": place} for one, name, place in _PRIORITIES]
    things.replace_all(tx, site, jira_tables.priorities, listed, at=day(0))
    for number, one in enumerate(("7", "2", "2", "2", "9"), 1):
        document = issue(number, priority={"id": one, "name": "as it was called"}, updated=day(7))
        record = read_issue(document, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
    raised = _numbered(a_change("priority", day(9), "2", "7"), 1)
    issues.save_changes(tx, site, {"11": [raised]}, final=True)
    health = from_store(tx, site)
    (signal,) = (one for one in health.signals if one.name is SignalName.LOW_PRIORITIES)
    assert (signal.value, signal.hint, signal.keys) == (0, True, ())
    assert signal.fact == "0 of 5 issues with priority Sofort (0 %)."
    assert [one["priority"] for one in to_json(health)["issues"]] == ["Egal"] * 4 + ["Normal"]
    habits = BoardHabits(thresholds=Thresholds(high_priority=Decimal(0)))
    content = sprint_health(tx, site, board_id=1, sprint_id=7, at=day(10), calendar=CALENDAR, habits=habits)
    (signal,) = (one for one in content.signals if one.name is SignalName.LOW_PRIORITIES)
    assert (signal.hint, signal.keys) == (False, ("BURN-1",))


_PRIORITIES = (("7", "Sofort", 0), ("9", "Normal", 1), ("2", "Egal", 2))


def test_without_a_number_the_running_sprint_is_meant(tx: Connection) -> None:
    site = fill(tx)
    assert from_store(tx, site, None) == from_store(tx, site)


def test_a_sprint_that_was_opened_again_runs(tx: Connection) -> None:
    """Jira may leave the date of its first close on it."""
    site = closed_board(tx)
    again = {
        "id": 7,
        "name": "Sprint 7",
        "state": "active",
        "originBoardId": 1,
        "startDate": START.isoformat(),
        "endDate": END.isoformat(),
        "completeDate": day(8, 17).isoformat(),
    }
    boards.save_sprint(tx, site.id, read_sprint(again), heard_at=day(9))
    health = sprint_health(tx, site, board_id=1, sprint_id=None, at=day(10), calendar=CALENDAR)
    assert (health.sprint_id, health.closed, health.timing.as_of) == (7, False, day(10))


def test_what_the_store_lacks_is_named_with_the_way_out(tx: Connection) -> None:
    site = a_site(tx)
    with pytest.raises(NotFound, match="burnish sync"):
        from_store(tx, site)
    boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")
    with pytest.raises(NotFound, match="burnish sync"):
        from_store(tx, site)


def test_a_site_whose_sprint_field_is_hidden_gets_no_report(tx: Connection) -> None:
    site = fill(tx)
    sites.replace_fields(tx, site.id, [], SiteFields())
    with pytest.raises(NotPossible, match="no Sprint field"):
        from_store(tx, sites.get_site(tx, "demo"))


@pytest.mark.parametrize("style", sorted(FORMATS))
def test_every_format_is_rendered(tx: Connection, style: str) -> None:
    text = render(described(from_store(tx, fill(tx))), style=style, base_url=BASE, draw=drawn)
    assert "BURN" in text
    if style in {"json", "adf"}:
        json.loads(text)


def test_another_format_is_refused_with_those_that_there_are(tx: Connection) -> None:
    with pytest.raises(NotFound, match="markdown, json, adf, wiki, html"):
        render(described(from_store(tx, fill(tx))), style="pdf", base_url=BASE, draw=drawn)


def test_a_closed_sprint_of_the_board_is_read_as_history(tx: Connection) -> None:
    site = fill(tx)
    boards.save_sprint(tx, site.id, a_sprint(id=8, name="Sprint 8", start=day(7)), heard_at=day(7))
    boards.save_sprint(tx, site.id, a_sprint(completed=day(6, 17)), heard_at=day(6, 17))
    closed = boards.closed_sprints(tx, site, 1, at=AT, last=5)
    assert [one.id for one in closed] == [7]
    assert boards.closed_sprints(tx, site, 1, at=day(5), last=5) == []
    [(_, every)] = sprint_issues.of_sprints(tx, site, a_board(), closed)
    assert [issue.key for issue in every] == [f"BURN-{number}" for number in range(1, 6)]
    assert every == sprint_issues.of_sprint(tx, site, a_board(), a_sprint())
    health = from_store(tx, site, 8)
    assert health.outlook is not None
    assert [path.issue.key for path in health.outlook.flow.finished] == ["BURN-1"]


def test_sub_tasks_and_sprints_of_other_boards_are_known_where_issues_contradict_the_board(
    tx: Connection,
) -> None:
    """BURN-1 is done with a sub-task open, BURN-3 waits while one is begun, BURN-2 is in two sprints."""
    site = fill(tx)
    kind = {"id": "10003", "name": "Sub-task", "subtask": True}
    for number, status, parent in ((11, TO_DO, 1), (12, IN_PROGRESS, 3)):
        above = {"id": f"1{parent}", "key": f"BURN-{parent}"}
        record = read_issue(issue(number, status=status, issuetype=kind, parent=above), site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
    boards.save_sprint(tx, site.id, a_sprint(id=9, name="Other", board_id=2), heard_at=day(2))
    both = issue(
        2, status=IN_PROGRESS, points=8, sprints=[sprint_object(), sprint_object(9)], updated=day(7, 13)
    )
    record = read_issue(both, site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    told = {note.flaw: note.keys for note in from_store(tx, site).notes}
    assert told[Flaw.SUBTASKS_OPEN] == ("BURN-1",)
    assert told[Flaw.SUBTASKS_STARTED] == ("BURN-3",)
    assert told[Flaw.SEVERAL_BOARDS] == ("BURN-2",)
    boards.save_sprint(
        tx, site.id, a_sprint(id=9, name="Other", board_id=2, completed=day(4)), heard_at=day(4)
    )
    assert Flaw.SEVERAL_BOARDS not in {note.flaw for note in from_store(tx, site).notes}


def drawn(spec: object) -> str:
    return f"<svg>{len(str(spec))}</svg>"


def test_columns_that_were_changed_later_do_not_change_a_closed_sprint(tx: Connection) -> None:
    """After the close a column Released comes behind Done: what was done then was done."""
    site = closed_board(tx)
    before = from_store_at(tx, site, day(9))
    sums = board_velocity(tx, site, board_id=1, at=day(9), calendar=CALENDAR, last=7).velocity
    boards.save_sprint(tx, site.id, a_sprint(id=8, name="Sprint 8", start=day(9)), heard_at=day(9))
    longer = replace(a_board(), columns=(*a_board().columns, Column("Released", ("77",))))
    boards.save_board(tx, site.id, longer, heard_at=day(10), project_key="BURN")
    after = from_store_at(tx, site, day(11))
    assert after.ledger == before.ledger
    assert after.ledger.burned.points == 3
    assert board_velocity(tx, site, board_id=1, at=day(11), calendar=CALENDAR, last=7).velocity == sums
    running = sprint_health(tx, site, board_id=1, sprint_id=8, at=day(11), calendar=CALENDAR)
    assert running.outlook is not None
    assert [one.completed for one in running.outlook.velocity.sprints] == [3]


def from_store_at(tx: Connection, site: Site, at: datetime) -> SprintHealth:
    return sprint_health(tx, site, board_id=1, sprint_id=7, at=at, calendar=CALENDAR)


def closed_board(tx: Connection) -> Site:
    site = fill(tx)
    boards.save_sprint(tx, site.id, a_sprint(completed=day(8, 17)), heard_at=day(8, 17))
    return site


def test_velocity_is_read_from_the_closed_sprints(tx: Connection) -> None:
    site = closed_board(tx)
    told = board_velocity(tx, site, board_id=1, at=day(9), calendar=CALENDAR, last=7)
    (result,) = told.velocity.sprints
    # 3 and 5 of them in the sprint at its start, 1 taken out, 2.5 put in; the first one done.
    assert (result.commitment, result.added, result.removed, result.completed) == (9, 2.5, 1, 3)
    assert result.left_over == ("BURN-2", "BURN-3", "BURN-5")
    assert told.velocity.mean == 3
    before = board_velocity(tx, site, board_id=1, at=day(8), calendar=CALENDAR, last=7)
    assert before.velocity.sprints == ()
    assert "No closed sprint" in render(
        velocity_described(before), style="markdown", base_url=BASE, draw=drawn
    )


@pytest.mark.parametrize("style", sorted(FORMATS))
def test_velocity_is_rendered_in_every_format(tx: Connection, style: str) -> None:
    site = closed_board(tx)
    told = board_velocity(tx, site, board_id=1, at=day(9), calendar=CALENDAR, last=7)
    text = render(velocity_described(told), style=style, base_url=BASE, draw=drawn)
    assert "Sprint 7" in text
    if style == "json":
        assert json.loads(text)["sprints"][0]["commitment"] == 9
