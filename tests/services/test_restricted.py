"""Issues with a security level count in totals, and no report tells more of them, unless it may."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, update

from app.domain.reports.kinds import Kind
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import ASSIGNEE, LINKS, PRIORITY
from app.domain.sprint_health.health import SprintHealth
from app.services import flow, velocity
from app.services.rendering import FORMATS, render
from app.services.sprint_health import as_comment, as_messages, as_property, before, described, sprint_health
from app.store import boards, issues, reports, tables
from app.store.sites import Site
from tests.benchmarks.reports import start_of
from tests.factories import DONE, END, FLAG_FIELD, IN_PROGRESS, TO_DO, a_board, a_change, a_sprint, day
from tests.services.test_closed_sprints import SPRINTS, filled
from tests.services.test_sprint_health import fill

BASE = "https://burnish.test"
SECRETS = ("BURN-2", "Issue number 2", "Grace Hopper", "BURN-77")


def some_restricted(tx: Connection) -> Site:
    """Of the team's five issues the second; the first is blocked by a restricted one of another sprint."""
    site = fill(tx)
    own = tables.issues.c.site_id == site.id
    told = {"security_id": "10100", "summary": "Issue number 2", "assignee": "Grace Hopper"}
    tx.execute(tables.issues.update().where(own, tables.issues.c.key == "BURN-2").values(**told))
    ids = dict(
        tx.execute(tables.issues.select().with_only_columns(tables.issues.c.key, tables.issues.c.id)).all()
    )
    words = "This issue is blocked by BURN-77"
    link = a_change(LINKS, day(3), None, "BURN-77")._replace(after_text=words, history_id=77)
    flag = a_change("assignee", day(4), "grace", "grace")._replace(before_text="Grace Hopper", history_id=78)
    issues.save_changes(tx, site, {ids["BURN-3"]: [link], ids["BURN-2"]: [flag]}, final=True)
    row = dict(
        tx.execute(tables.issues.select().where(own, tables.issues.c.key == "BURN-5")).mappings().one()
    )
    tx.execute(tables.issues.insert().values(**{**row, "id": "99977", "key": "BURN-77", "security_id": "1"}))
    return site


def health_of(tx: Connection, site: Site, kind: Kind = Kind.DAILY, **asked: Any) -> SprintHealth:
    return sprint_health(
        tx, site, board_id=1, sprint_id=7, at=day(9), calendar=Calendar(), kind=kind, **asked
    )


def everything(tx: Connection, site: Site, **asked: Any) -> Iterator[str]:
    """All that anybody could read of it."""
    for kind in Kind:
        health = health_of(tx, site, kind, **asked)
        told = described(health, before(tx, site, health, day(9), **asked), kind)
        drawn: list[Any] = []

        def draw(spec: Any, drawn: list[Any] = drawn) -> str:
            drawn.append(json.dumps(spec))
            return "<svg></svg>"

        yield from (render(told, style=style, base_url=BASE, draw=draw) for style in FORMATS)
        yield from drawn
        yield repr(as_comment(health, site, "BURN-1", kind=kind))
        yield repr(as_property(health, "burnish", kind=kind))
        yield repr(as_messages(health, site, "BURN-1", kind=kind, channels=["team"]))


def test_nothing_names_them_and_all_numbers_stay(tx: Connection) -> None:
    site = some_restricted(tx)
    for text in everything(tx, site):
        for secret in SECRETS:
            assert f"{secret}\n" not in text + "\n"
            assert not [one for one in text.split(secret)[1:] if not one[:1].isdigit()]
    hidden, shown = health_of(tx, site), health_of(tx, site, show_restricted=True)
    assert (hidden.verdict, hidden.ratios) == (shown.verdict, shown.ratios)
    for line in ("commitment", "added", "removed", "re_estimated", "burned", "remaining"):
        mine, theirs = getattr(hidden.ledger, line), getattr(shown.ledger, line)
        assert (mine.points, mine.issues) == (theirs.points, theirs.issues)


def test_of_them_it_is_told_how_many_they_are_and_what_they_come_to(tx: Connection) -> None:
    site = some_restricted(tx)
    told = described(health_of(tx, site))
    text = render(told, style="markdown", base_url=BASE, draw=lambda _: "")
    assert "A restricted issue with 8 points is counted in the totals only." in text
    assert "In burndown and burn-up a restricted issue has no steps: it stands as at the end." in text
    document = told.document()
    assert (document["restricted_issues"], document["restricted_points"]) == (1, 8)
    keys = {one["key"] for one in document["issues"]}
    assert keys == {"BURN-1", "BURN-3", "BURN-4", "BURN-5"}
    assert {one["key"] for one in document["events"]} == keys
    lines = document["ledger"]
    receipts = sum(one["points"] for one in lines["remaining"]["receipts"])
    assert lines["remaining"]["points"] == receipts + document["restricted_points"]
    assert document["burndown"][-1]["remaining"] == lines["remaining"]["points"]


def test_where_the_board_may_show_them_they_stand_like_others(tx: Connection) -> None:
    site = some_restricted(tx)
    text = "\n".join(everything(tx, site, show_restricted=True))
    assert "BURN-2" in text
    assert "Issue number 2" in text
    assert "restricted issue" not in text


def test_what_an_earlier_report_named_is_not_named_again_once_it_is_restricted(tx: Connection) -> None:
    site = fill(tx)
    document = {
        "timing": {"as_of": day(5).isoformat()},
        "verdict": "at risk",
        "blocked": ["BURN-2"],
    }
    reports.save(
        tx,
        site_id=site.id,
        run_id=None,
        kind="sprint_health",
        board_id=1,
        sprint_id=7,
        at=day(5),
        now=day(5),
        document=document,
    )

    def told() -> str:
        health = health_of(tx, site)
        earlier = before(tx, site, health, day(9))
        return render(described(health, earlier), style="markdown", base_url="", draw=lambda _: "")

    assert "No longer blocked: BURN-2" in told()
    tx.execute(tables.issues.update().where(tables.issues.c.key == "BURN-2").values(security_id="1"))
    assert "No longer blocked" not in told()
    document["blocked"] = ["restricted-0123456789"]  # what stood for it until 2026
    tx.execute(tables.reports.update().values(document=document))
    assert "No longer blocked" not in told()


def test_velocity_names_none(tx: Connection) -> None:
    site = some_restricted(tx)
    boards.save_sprint(tx, site.id, a_sprint(completed=END), heard_at=END)
    figures = velocity.board_velocity(tx, site, board_id=1, at=END, calendar=Calendar(), last=7)
    assert figures.velocity.streaks
    texts = [
        render(velocity.described(figures), style=style, base_url=BASE, draw=lambda _: "")
        for style in FORMATS
    ]
    assert not [text for text in texts if '"BURN-2"' in text or "BURN-2]" in text or "BURN-2|" in text]
    assert "A restricted issue is counted in the totals only." in texts[0]


# --- two stores that differ in what hidden issues say -----------------------------------------------

HIDDEN = ("7003", "7004", "6002", "5002")
"""One that is open and one that is done in the running sprint, and two of closed ones."""
NOW = start_of(SPRINTS) + timedelta(days=4)
Look = Mapping[str, Any]
LOOKS: Sequence[Look] = (
    {"who": "Ada", "priority": "1", "type": "Bug", "flagged": True, "hours": 1, "linked": True},
    {"who": "Bob", "priority": None, "type": "Story", "flagged": False, "hours": 30, "linked": False},
)


def dressed(tx: Connection, site: Site, look: Look) -> None:
    """The hidden issues as one or the other has them; what totals are made of is the same."""
    ours, changes, numbers = tables.issues.c.site_id == site.id, tables.changes, count(10_000_000)

    def happened(issue: str, field: str, before: str | None, after: str | None, at: datetime) -> None:
        own = {"site_id": site.id, "issue_id": issue, "field": field, "history_id": next(numbers)}
        values = {"before": before, "before_text": before, "after": after, "after_text": after}
        tx.execute(insert(changes).values(**own, **values, position=0, at=at, author=look["who"]))

    for issue in HIDDEN:
        own = changes.c.issue_id == issue
        tx.execute(delete(changes).where(own, changes.c.field == "status"))
        row = tx.execute(tables.issues.select().where(ours, tables.issues.c.id == issue)).mappings().one()
        said = {
            "summary": f"What {look['who']} wants",
            "assignee": look["who"],
            "assignee_id": look["who"],
            "priority_id": look["priority"],
            "type_name": look["type"],
            "flagged": look["flagged"],
            "fields": {**row["fields"], "labels": [look["who"]], "duedate": f"2026-01-{look['hours']:02}"},
            "due_on": f"2026-01-{look['hours']:02}",
            "security_id": "1",
            "updated": NOW - timedelta(hours=look["hours"]),
        }
        is_done = issue != "7003"
        status = {"status_id": DONE if is_done else IN_PROGRESS, "status_name": "Done"}
        tx.execute(update(tables.issues).where(ours, tables.issues.c.id == issue).values(**said, **status))
        begun = start_of(int(issue[0])) + timedelta(hours=look["hours"])
        happened(issue, "status", TO_DO, IN_PROGRESS, begun)
        if is_done:
            happened(issue, "status", IN_PROGRESS, DONE, start_of(int(issue[0])) + timedelta(days=3))
        happened(issue, ASSIGNEE, None, look["who"], begun)
        happened(issue, PRIORITY, "2", look["priority"], begun)
        happened(issue, FLAG_FIELD, None, "Impediment" if look["flagged"] else None, begun)
        if look["linked"]:
            happened(issue, LINKS, None, "BURN-7001", begun)
            happened("7001", LINKS, None, f"BURN-{issue}", begun)
            happened("6001", LINKS, None, f"BURN-{issue}", begun)


def of_the_board(tx: Connection, site: Site) -> Iterator[str]:
    """All that anybody could read of its sprints and of its flow, and the machines' half apart."""
    asked: Any = {"board_id": 1, "at": NOW, "calendar": Calendar()}
    drawn: list[str] = []

    def draw(spec: Any) -> str:
        drawn.append(json.dumps(spec))
        return "<svg></svg>"

    told = [
        *(
            described(sprint_health(tx, site, sprint_id=SPRINTS, kind=kind, **asked), None, kind)
            for kind in Kind
        ),
        velocity.described(velocity.board_velocity(tx, site, last=7, **asked)),
        flow.described(flow.board_flow(tx, site, **asked)),
    ]
    for one in told:
        yield from (render(one, style=style, base_url=BASE, draw=draw) for style in FORMATS)
    yield from drawn


def as_dressed(tx: Connection, site: Site, look: Look, *more: Any) -> list[str]:
    with tx.begin_nested() as aside:
        dressed(tx, site, look)
        for statement in more:
            tx.execute(statement)
        texts = list(of_the_board(tx, site))
        aside.rollback()
    return texts


@pytest.fixture
def team(tx: Connection) -> Site:
    site = filled(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=start_of(0), project_key="BURN")
    return site


def test_whatever_they_say_every_report_is_the_same_letter_by_letter(tx: Connection, team: Site) -> None:
    one, other = (as_dressed(tx, team, look) for look in LOOKS)
    assert len(one) == len(other) > 30
    for mine, theirs in zip(one, other, strict=True):
        assert mine == theirs
    whole = "\n".join(one)
    assert "2 restricted issues with" in whole
    assert "2 restricted issues are counted in the totals only." in whole
    assert "4 restricted issues are not counted here." in whole
    for told in ("Ada", "Bob", "restricted-", *(f"BURN-{issue}" for issue in HIDDEN)):
        assert told not in whole
    shown = {"show_restricted": True, "board_id": 1, "at": NOW, "calendar": Calendar(), "sprint_id": SPRINTS}
    with tx.begin_nested() as aside:
        dressed(tx, team, LOOKS[0])
        assert "Ada" in json.dumps(described(sprint_health(tx, team, **shown)).document())
        aside.rollback()


def test_what_becomes_of_them_changes_totals_and_nothing_else(tx: Connection, team: Site) -> None:
    """That one was not done, or was estimated otherwise, is no news of any day, person or status."""
    own = tables.changes.c.issue_id == "7004"
    reopened = (
        delete(tables.changes).where(own, tables.changes.c.after == DONE),
        update(tables.issues).where(tables.issues.c.id == "7004").values(status_id=IN_PROGRESS),
    )
    one, other = (
        [
            json.loads(text)
            for text in as_dressed(tx, team, LOOKS[0], *more)
            if text.startswith('{\n  "sprint"')
        ]
        for more in ((), reopened)
    )
    assert len(one) == len(other) == len(Kind)
    parts = ("issues", "events", "carry_over", "blocked", "unestimated", "flow", "notes", "differences")
    for mine, theirs in zip(one, other, strict=True):
        assert [mine[part] for part in parts] == [theirs[part] for part in parts]
        for measure in ("types", "priorities", "statuses", "unassigned", "reopened", "defects"):
            assert mine["measures"][measure] == theirs["measures"][measure]
        steps = [{(point["at"], point["key"]) for point in each["burndown"]} for each in (mine, theirs)]
        assert steps[0] == steps[1]
    assert one[-1]["ledger"]["burned"] != other[-1]["ledger"]["burned"]
