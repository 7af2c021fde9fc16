"""Weeks of random changes in the store: a run that goes on finds and keeps what a run from nothing does."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from app.domain.reports.backlog_as_json import to_json
from app.domain.scrum.issue import Change
from app.domain.scrum.sprint import SprintState
from app.services.grooming_wish import read_wish
from app.store import boards, issues, jira_tables, sites, tables, things
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_change, a_sprint, day, moved
from tests.jobs.telling import applied
from tests.payloads import (
    as_jira_writes,
    issue,
    issue_event,
    item,
    sprint_object,
    status_item,
)
from tests.services.stored_backlog import (
    NOW,
    STATUSES,
    from_nothing,
    goes_on_as_from_nothing,
    looked,
    save,
    say,
    standing,
)
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture

ISSUES, STEPS, CHANGES = 40, 8, 15
TEXT = "Customers pay by invoice, and see it in their basket.\nh3. Acceptance criteria\n* it works"
TYPES = {
    "1": ("Epic", 1),
    "2": ("Story", 0),
    "3": ("Bug", 0),
    "4": ("Sub-task", -1),
}
ELSEWHERE = (501, 512)
"""Numbers of the issues of another team."""
RANK = "customfield_10019"
DAYS = (0, 1, 3, 7, 7, 7, 12, 30, 50)
"""Between two runs; the last is beyond what is worked out in advance."""


class Weeks:
    """A site that lives on: every method is something that happens there."""

    def __init__(self, tx: Connection, site: Site, chance: Random) -> None:
        self.tx, self.site, self.chance, self.now = tx, site, chance, NOW
        self.fields: dict[int, dict[str, Any]] = {}
        self.changes: dict[int, list[Change]] = {}
        self.said, self.links = 0, 0
        self.sprints = {number: a_sprint(id=number, name=f"Sprint {number}") for number in (7, 8, 9)}
        for number in (8, 9):
            self.sprints[number] = replace(self.sprints[number], state=SprintState.FUTURE, activated=None)
        self._lists()
        for number in range(1, ISSUES + 1):
            self.made(number)
        for _ in range(ISSUES // 2):
            self.linked()

    def _lists(self) -> None:
        at = day(0)
        kinds = [
            {"id": one, "name": name, "is_subtask": level < 0, "hierarchy_level": level}
            for one, (name, level) in TYPES.items()
        ]
        things.replace_all(self.tx, self.site, jira_tables.issue_types, kinds, at=at)
        priorities = [{"id": str(place), "name": f"P{place}", "position": place} for place in range(4)]
        things.replace_all(self.tx, self.site, jira_tables.priorities, priorities, at=at)
        sites.replace_statuses(self.tx, self.site.id, STATUSES)
        for sprint in self.sprints.values():
            boards.save_sprint(self.tx, self.site.id, sprint, heard_at=at)
        for one in ("1", "2"):
            self._version(one, released=False, archived=False)
        for account in ("dana", "eve"):
            self._person(account, active=True)

    def _version(self, one: str, **values: bool) -> None:
        row = {"id": one, "project_id": "1", "name": f"{one}.0", "released_on": "2026-04-01", **values}
        things.save(self.tx, self.site, jira_tables.versions, [row], self.now)

    def _person(self, account: str, *, active: bool) -> None:
        row = {"account_id": account, "name": account.title(), "active": active}
        things.save_users(self.tx, self.site, [row], self.now)

    def _saved(self, number: int, *new: Change) -> None:
        self.changes.setdefault(number, []).extend(new)
        save(self.tx, self.site, number, *self.changes[number], updated=self.now, **self.fields[number])

    def _one(self) -> int:
        return self.chance.choice(sorted(self.fields))

    def _parent(self) -> dict[str, Any] | None:
        epics = [one for one in sorted(self.fields) if one % 16 == 0]  # others have children elsewhere
        one = self.chance.choice([*epics, 999, None, None])
        return None if one is None else {"id": f"1{one}", "key": f"BURN-{one}"}

    def made(self, number: int) -> None:
        """A new issue: every eighth is an epic, some are sub-tasks."""
        chance, kind = self.chance, "1" if number % 8 == 0 else self.chance.choice("2223334")
        at = self.now - timedelta(days=chance.randint(0, 400))
        self.fields[number] = {
            "created": as_jira_writes(at),
            "issuetype": {"id": kind, "name": TYPES[kind][0], "subtask": kind == "4"},
            "status": chance.choice([TO_DO, TO_DO, IN_PROGRESS]),
            "parent": None if kind == "1" else self._parent(),
            "summary": chance.choice(["Pay by invoice", "Search in the basket", f"Return {number}"]),
        }
        for _ in range(4):
            self._another_value(number)
        self._saved(number)

    def _another_value(self, number: int) -> None:
        chance, named = self.chance, lambda name: {"id": name[-1], "name": name}
        sprint = chance.choice([None, 7, 8, 9])
        self.fields[number] |= chance.choice(
            [
                {"points": chance.choice([None, 1, 3, 40])},
                {"priority": chance.choice([None, *(named(f"P{place}") for place in range(4))])},
                {"duedate": chance.choice([None, "2026-03-01", "2026-03-20", "2026-04-20", "2026-06-01"])},
                {"labels": chance.sample(["needs-info", "web", "debt"], chance.randint(0, 2))},
                {"description": chance.choice([None, "Short.", TEXT, f"{TEXT} {number}"])},
                {"components": chance.choice([[], [{"id": "1", "name": "Shop"}]])},
                {"fixVersions": chance.choice([[], [{"id": "1"}], [{"id": "1"}, {"id": "2"}]])},
                {"assignee": chance.choice([None, {"accountId": "dana", "displayName": "Dana"}])},
                {"sprints": None if sprint is None else [sprint_object(sprint)]},
                {RANK: f"0|{chance.randint(0, 30):03}:"},
            ]
        )

    def edited(self) -> None:
        number = self._one()
        self._another_value(number)
        if self.chance.random() < 0.3 and self.fields[number]["issuetype"]["id"] != "1":
            self.fields[number]["parent"] = self._parent()
        self._saved(
            number, a_change("labels", self.now, None, "x", author=self.chance.choice(["dana", None]))
        )

    def moved(self) -> None:
        number, to = self._one(), self.chance.choice([TO_DO, IN_PROGRESS, IN_PROGRESS, DONE])
        change = moved(self.now, self.fields[number]["status"], to)
        self.fields[number]["status"] = to
        self._saved(number, change)

    def elsewhere(self) -> None:
        """A child or a blocker that another team has, made or changed."""
        number = self.chance.randint(*ELSEWHERE)
        parent = f"1{self.chance.randint(1, ISSUES // 8) * 8}"
        values = {"status": self.chance.choice([TO_DO, DONE]), "parent": {"id": parent, "key": "x"}}
        save(self.tx, self.site, number, project="OPS", updated=self.now, **values)

    def ranked(self) -> None:
        """To another place, of which Jira tells by the rank alone."""
        one = (tables.issues.c.site_id == self.site.id) & (tables.issues.c.id == f"1{self._one()}")
        self.tx.execute(update(tables.issues).where(one).values(rank=f"0|{self.chance.randint(0, 30):03}:"))

    def linked(self) -> None:
        """Of two issues, neither of which changes with it."""
        self.links += 1
        blocker = self.chance.choice([self._one(), self.chance.randint(*ELSEWHERE)])
        row = {"id": str(self.links), "type_id": "1", "source_id": f"1{blocker}"}
        row["target_id"] = f"1{self._one()}"
        things.save(self.tx, self.site, jira_tables.issue_links, [row], self.now)

    def unlinked(self) -> None:
        row = {"id": str(self.chance.randint(1, max(self.links, 1))), "type_id": "1"}
        row |= {"source_id": "11", "target_id": "12"}
        things.bury(self.tx, self.site, jira_tables.issue_links, [row], self.now)

    def commented(self) -> None:
        number = self._one()
        words = self.chance.choice(
            ["Agreed.", "/keep", "/snooze 1w", "/snooze 2w", "/not-stale", "/duplicate BURN-3"]
        )
        self.said += 1
        at = self.now + timedelta(microseconds=self.said)
        say(self.tx, self.site, number, words, at=at, by=self.chance.choice(["dana", "eve"]))
        self._saved(number)

    def told_late(self) -> None:
        """A comment or a change of which an event tells when the issue was read already, or will be later."""
        number, dates = (
            self._one(),
            {"created": as_jira_writes(self.now), "updated": as_jira_writes(self.now)},
        )
        self.said += 1
        words = self.chance.choice(["Agreed.", "/keep", "/snooze 2w"])
        comment = {"id": str(self.said), "author": {"accountId": "eve"}, "body": words, **dates}
        name = self.chance.choice(["comment_created", "comment_deleted"])
        said = {"webhookEvent": name, "issue": {"id": f"1{number}"}, "comment": comment}
        at = self.now - timedelta(days=self.chance.randint(0, 60))
        picture = issue(number, updated=at, **{"sprints": None, **self.fields[number]})
        items = [status_item(TO_DO, IN_PROGRESS), item("labels", "labels", "", "x")]
        change = issue_event("jira:issue_updated", picture, at=at, history=10**6 + self.said, items=items)
        applied(self.tx, self.site, self.chance.choice([said, change]))

    def sprint_went_on(self) -> None:
        """The oldest one that is not closed begins, or closes."""
        going = [one for one in self.sprints.values() if one.state is not SprintState.CLOSED]
        if not going:
            return
        sprint = going[0]
        if sprint.state is SprintState.FUTURE:
            sprint = replace(sprint, state=SprintState.ACTIVE, activated=self.now)
        else:
            sprint = replace(sprint, state=SprintState.CLOSED, completed=self.now)
        self.sprints[sprint.id] = sprint
        boards.save_sprint(self.tx, self.site.id, sprint, heard_at=self.now)

    def deleted(self) -> None:
        number = self._one()
        del self.fields[number]
        issues.bury_issues(self.tx, self.site, {f"1{number}": self.now})

    def came(self) -> None:
        self.made(max(self.fields) + 1)

    def of_the_site(self) -> None:
        """A version is released or archived; somebody leaves, or comes back."""
        chance = self.chance
        if chance.random() < 0.5:
            some = chance.choice([(True, False), (False, True), (False, False)])
            self._version(chance.choice("12"), released=some[0], archived=some[1])
        else:
            self._person(chance.choice(["dana", "eve"]), active=chance.random() < 0.5)

    def restricted(self) -> None:
        """With a parent's security level, which Jira tells without changing the issue."""
        level, table = self.chance.choice([None, "1"]), tables.issues
        one = (table.c.site_id == self.site.id) & (table.c.id == f"1{self._one()}")
        self.tx.execute(update(table).where(one).values(security_id=level))

    def passed(self) -> None:
        """Some days with what happens on them."""
        happens = [self.edited, self.edited, self.edited, self.moved, self.moved]
        happens += [self.linked, self.linked, self.unlinked, self.commented, self.sprint_went_on]
        happens += [self.elsewhere, self.elsewhere, self.deleted, self.came, self.of_the_site]
        happens += [self.restricted, self.ranked, self.told_late, self.told_late]
        begun, days = self.now, self.chance.choice(DAYS)
        for place in range(1, 1 + self.chance.choice([0, CHANGES, CHANGES])):
            self.now = begun + timedelta(days=days * place / CHANGES, seconds=place)
            self.chance.choice(happens)()
        self.now = begun + timedelta(days=days, minutes=1)


WISHES = (
    {},
    {
        "show_restricted": True,
        "checks": {"stale": {"exempt": {"labels": ["web"]}, "days": 20}, "overdue": {"days": 2}},
    },
)


@pytest.mark.parametrize("seed", range(6))
def test_runs_that_go_on_keep_what_runs_from_nothing_keep(tx: Connection, site: Site, seed: int) -> None:
    site = replace(site, fields=replace(site.fields, rank=RANK))
    weeks, wish = Weeks(tx, site, Random(seed)), read_wish(WISHES[seed % len(WISHES)])
    _, before = looked(tx, site, weeks.now, wish)
    assert len(before) > ISSUES
    for step in range(STEPS):
        weeks.passed()
        anew, whole = from_nothing(tx, site, weeks.now, wish)
        found, kept = looked(tx, site, weeks.now, wish)
        where = f"seed {seed}, step {step}, {weeks.now}"
        assert kept.keys() == whole.keys(), where
        assert to_json(replace(found, stood=anew.stood)) == to_json(anew), where
        one, other = found.review, anew.review
        assert (one.ready, one.left_alone, one.exempted) == (other.ready, other.left_alone, other.exempted)
        assert (dict(one.marks), dict(one.proposed)) == (dict(other.marks), dict(other.proposed)), where
        # What stood goes on standing since then, and what is new stands since now.
        assert {one: at for one, (at, _) in kept.items()} == {
            one: before[one][0] if one in before else weeks.now for one in kept
        }, where
        before = kept


# --- what changes without that Jira updates the issue -----------------------------------------------


def test_a_child_whose_epic_was_deleted_is_looked_at_again(tx: Connection, site: Site) -> None:
    sites.replace_statuses(tx, site.id, STATUSES)
    save(tx, site, 1, parent={"id": "19", "key": "BURN-9"})
    save(tx, site, 9, issuetype={"id": "1", "name": "Epic", "subtask": False})
    looked(tx, site, NOW, read_wish({}))
    issues.bury_issues(tx, site, {"19": NOW})
    save(tx, site, 1, parent=None)
    assert goes_on_as_from_nothing(tx, site)


def test_the_first_sprint_of_a_site_asks_what_is_in_none(tx: Connection, site: Site) -> None:
    tx.execute(delete(tables.sprints))
    sites.replace_statuses(tx, site.id, STATUSES)
    save(tx, site, 1, status=IN_PROGRESS)
    looked(tx, site, NOW, read_wish({}))
    boards.save_sprint(tx, site.id, a_sprint(), heard_at=NOW)
    assert goes_on_as_from_nothing(tx, site)
    assert "in_progress_no_sprint" in {check for check, _ in standing(tx)}


def test_a_type_that_was_renamed_and_a_history_that_was_cut_are_seen(tx: Connection, site: Site) -> None:
    sites.replace_statuses(tx, site.id, STATUSES)
    for number in (1, 2):
        save(tx, site, number, issuetype={"id": "2", "name": "Story", "subtask": False})
    looked(tx, site, NOW, read_wish({}))
    save(tx, site, 1, issuetype={"id": "2", "name": "User story", "subtask": False})
    issues.mark_incomplete(tx, site, ["12"])
    assert goes_on_as_from_nothing(tx, site)


def test_a_number_beyond_all_bounds_stops_no_run(tx: Connection, site: Site) -> None:
    sites.replace_statuses(tx, site.id, STATUSES)
    save(tx, site, 1, customfield_10077=10**30)
    field = {"id": "customfield_10077", "name": "Big", "custom": True, "schema": {"type": "number"}}
    sites.replace_fields(tx, site.id, [field], site.fields)
    wish = read_wish({"priority": {"formula": "big", "fields": {"big": "Big"}}})
    found, _ = looked(tx, site, NOW, wish)
    assert len(found.backlog.items) == 1
