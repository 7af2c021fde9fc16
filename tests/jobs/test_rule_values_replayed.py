"""Whatever value a rule reads, a replay reads the same that the live rule did."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.rules.reading import read
from app.domain.rules.things import PARTS
from app.services.rule_replay import Replayed, replay
from app.store import jira_tables, tables, things
from app.store.database import Database
from tests.factories import (
    BEFORE_START,
    DONE,
    IN_PROGRESS,
    POINTS_FIELD,
    SPRINT_FIELD,
    START,
    STATUS_NAMES,
    TO_DO,
)
from tests.jobs.ruled import STATUSES, Ruled
from tests.payloads import issue, issue_event, item, sprint_event, sprint_string
from tests.stores import rows

_names = count(1)
CATEGORIES = {
    each["id"]: {**each["statusCategory"], "id": 9, "name": "As Jira calls it"} for each in STATUSES
}
PEOPLE = {
    name: {
        "accountId": f"5f0:{name}",
        "displayName": name.title(),
        "active": True,
        "accountType": "atlassian",
    }
    for name in ("ann", "bo")
}
PRIORITIES = {"1": "High", "2": "Low"}
VERSIONS = {"10": "1.0", "20": "2.0"}
PARENTS = {"11": "BURN-1", "12": "BURN-2"}
SPRINTS = {7: "Sprint 7", 8: "Sprint 8"}

CHANGES: Mapping[str, list[Any]] = {
    "status": [TO_DO, IN_PROGRESS, DONE],
    "priority": [None, *PRIORITIES],
    "assignee": [None, *PEOPLE],
    "fixVersions": [(), ("10",), ("20",), ("10", "20")],
    "labels": [(), ("a",), ("a", "b")],
    SPRINT_FIELD: [(), (7,), (7, 8)],
    "duedate": [None, "2026-03-06", "2026-04-01"],
    POINTS_FIELD: [None, 1.0, 2.5],
    "parent": [None, *PARENTS],
    "summary": ["Pay", "Ship"],
    "description": [None, "As it was", "As it is"],
}
STEPS = st.lists(
    st.sampled_from(list(CHANGES)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(CHANGES[name]))
    ),
    min_size=1,
    max_size=6,
)


def _paths() -> list[str]:
    kinds = {"status": "status", "priority": "priority", "assignee": "person", "issuetype": "issuetype"}
    found = [f"issue.{name}.{part}" for name, kind in kinds.items() for part in PARTS[kind]]
    found += [f"issue.status.statusCategory.{part}" for part in PARTS["statusCategory"]]
    lists = {"fixVersions": "version", "sprint": "sprint"}
    found += [f"(issue.{name} | last).{part}" for name, kind in lists.items() for part in PARTS[kind]]
    found += [f"issue.project.{part}" for part in PARTS["project"]]
    for each in ("issue", "issue.parent", "triggerIssue"):
        names = (
            "key",
            "summary",
            "updated",
            "status",
            "priority",
            "assignee",
            "labels",
            "duedate",
            "storyPoints",
        )
        found += [f"{each}.{name}" for name in (*names, "fixVersions", "sprint", "description")]
    found += [
        "issue.duedate.plusDays(2)",
        "issue.statusCategory",
        "issue.statuscategorychangedate",
        "issue.parent",
    ]
    return [
        *found,
        *(f"sprint.{part}" for part in PARTS["sprint"]),
        "changelog",
        "fieldChange",
        "initiator",
        "now",
    ]


READS = "; ".join(f"{path}={{{{ {path} }}}}" for path in _paths())
RULE: dict[str, Any] = {
    "name": "Reads everything",
    "trigger": {"type": "issue_updated"},
    "actions": [{"type": "comment", "text": READS}],
    "limits": {"per_issue_per_day": 1000},
}


class _Site:
    """An issue and what is done to it, as webhooks tell it: sprints are texts, categories have names."""

    def __init__(self, database: Database) -> None:
        self.ruled = Ruled(database, at=BEFORE_START, name=f"site-{next(_names)}")
        self.values: dict[str, Any] = {name: some[0] for name, some in CHANGES.items()}
        self._numbers = count(100)
        with database.write() as tx:
            site, at = self.ruled.site, BEFORE_START
            listed = [{"id": each, "name": name, "position": int(each)} for each, name in PRIORITIES.items()]
            things.replace_all(tx, site, jira_tables.priorities, listed, at=at)
            known = {"project_id": "10000", "description": "", "released": False, "archived": False}
            versions = [
                {
                    "id": each,
                    "name": name,
                    "position": int(each),
                    "start_on": None,
                    "released_on": "2026-03-30",
                    **known,
                }
                for each, name in VERSIONS.items()
            ]
            things.replace_versions(tx, site, "10000", versions, at=at)

    def document(self, at: Any, *, number: int = 3) -> dict[str, Any]:
        values = self.values
        named = {"priority": PRIORITIES, "fixVersions": VERSIONS}
        status = values["status"]
        fields = {
            "priority": values["priority"]
            and {"id": values["priority"], "name": named["priority"][values["priority"]]},
            "assignee": values["assignee"] and PEOPLE[values["assignee"]],
            "fixVersions": [
                {"id": each, "name": VERSIONS[each], "released": False} for each in values["fixVersions"]
            ],
            "labels": list(values["labels"]),
            "sprints": [sprint_string(each, SPRINTS[each]) for each in values[SPRINT_FIELD]],
            "points": values[POINTS_FIELD],
            "parent": values["parent"] and {"id": values["parent"], "key": PARENTS[values["parent"]]},
            **{name: values[name] for name in ("duedate", "summary", "description")},
        }
        made = issue(number, updated=at, status=status, **(fields if number == 3 else {}))
        made["fields"]["status"]["statusCategory"] = CATEGORIES[status if number == 3 else TO_DO]
        return made

    def change(self, name: str, value: Any, at: Any) -> dict[str, Any]:
        before, self.values[name] = self.values[name], value
        document = self.document(at)
        items = list(_items(name, before, value))
        return issue_event("jira:issue_updated", document, at=at, history=next(self._numbers), items=items)


def _items(name: str, before: Any, after: Any) -> Any:
    """As changelogs tell it."""
    if name == "fixVersions":
        for each in sorted({*before} - {*after}):
            yield item("Fix Version", name, (each, VERSIONS[each]), None)
        for each in sorted({*after} - {*before}):
            yield item("Fix Version", name, None, (each, VERSIONS[each]))
        return
    said = {
        "status": lambda one: (one, STATUS_NAMES[one]),
        "priority": lambda one: one and (one, PRIORITIES[one]),
        "assignee": lambda one: one and (f"5f0:{one}", one.title()),
        "labels": lambda one: (None, " ".join(one)),
        SPRINT_FIELD: lambda one: (", ".join(map(str, one)), ", ".join(SPRINTS[each] for each in one)),
        "duedate": lambda one: one and (one, f"{one} 00:00:00.0"),
        POINTS_FIELD: lambda one: None if one is None else (None, f"{one:g}"),
        "parent": lambda one: one and (one, PARENTS[one]),
    }.get(name, lambda one: one)
    called = {SPRINT_FIELD: "Sprint", POINTS_FIELD: "Story Points", "parent": "IssueParentAssociation"}
    yield item(called.get(name, name), name, said(before), said(after))


async def _live(site: _Site, steps: list[tuple[str, Any]]) -> None:
    ruled, at = site.ruled, START
    born = [site.document(BEFORE_START, number=number) for number in (1, 2, 3)]
    await ruled.tell(*(issue_event("jira:issue_created", each, at=BEFORE_START) for each in born))
    for each, name in SPRINTS.items():
        event = sprint_event("sprint_created", at=BEFORE_START, id=each, state="future")
        event["sprint"]["name"] = name
        await ruled.tell(event)
    for name, value in steps:
        at += timedelta(hours=5)
        ruled.clock.at = at
        if site.values[name] != value:
            await ruled.tell(site.change(name, value, at))


def _replayed(
    ruled: Ruled, rule_id: int, document: Mapping[str, Any]
) -> tuple[Replayed, list[dict[str, Any]]]:
    until = ruled.clock.now() + timedelta(days=1)
    with ruled.database.read() as tx:
        asked = {"since": BEFORE_START, "until": until, "now": until, "stored_id": rule_id}
        again = replay(tx, ruled.site, read(document), **asked)
        live = [row for row in rows(tx, tables.rule_decisions) if row["rule_id"] == rule_id]
    return again, live


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_value_that_a_rule_reads_is_read_again(
    database: Database, steps: list[tuple[str, Any]]
) -> None:
    site = _Site(database)
    rule_id = site.ruled.rule(RULE)
    asyncio.run(_live(site, steps))
    again, live = _replayed(site.ruled, rule_id, RULE)
    assert {row["outcome"] for row in live} <= {"acted"}, [row["reason"] for row in live]
    assert len(again.decisions) == len(live)
    assert again.differences == ()


async def test_the_category_of_a_status_that_the_issue_left_is_known(database: Database) -> None:
    site = _Site(database)
    document = {**RULE, "trigger": {"type": "issue_transitioned"}}
    document["actions"] = [{"type": "comment", "text": "{{ issue.status.statusCategory.name }}"}]
    rule_id = site.ruled.rule(document)
    await _live(site, [("status", IN_PROGRESS), ("status", DONE), ("status", TO_DO)])
    again, live = _replayed(site.ruled, rule_id, document)
    texts = [str(each.wanted[0].effect) for each in again.decisions]
    assert [name in text for name, text in zip(("In Progress", "Done", "To Do"), texts, strict=True)] == [
        True
    ] * 3
    assert [row["outcome"] for row in live] == ["acted"] * 3
    assert again.differences == ()


async def test_a_sprint_is_what_it_was_when_it_was_started_and_closed(database: Database) -> None:
    site, ruled = (made := _Site(database)), made.ruled
    says = "{{ sprint.name }} {{ sprint.state }} {{ sprint.completeDate }}; {{ (issue.sprint | last).state }}"
    document = {**RULE, "trigger": {"type": "sprint_closed"}, "actions": [{"type": "comment", "text": says}]}
    started = {**document, "name": "Starts", "trigger": {"type": "sprint_started"}}
    ids = [ruled.rule(each) for each in (document, started)]
    await _live(site, [(SPRINT_FIELD, (7,))])
    for name, state, hours in (("sprint_started", "active", 9), ("sprint_closed", "closed", 99)):
        at = START + timedelta(hours=hours)
        ruled.clock.at = at
        done = {"completeDate": f"{at:%Y-%m-%dT%H:%M:%S.000Z}"} if state == "closed" else {}
        planned = {"startDate": f"{START + timedelta(hours=9):%Y-%m-%dT%H:%M:%S.000Z}"}
        await ruled.tell(sprint_event(name, at=at, state=state, **planned, **done))
    await ruled.tell(site.change(SPRINT_FIELD, (), ruled.clock.at + timedelta(hours=1)))
    for each, rule_id, says in (
        (document, ids[0], "Sprint 7 closed 2026-03-06"),
        (started, ids[1], "Sprint 7 active "),
    ):
        again, live = _replayed(ruled, rule_id, each)
        assert [row["outcome"] for row in live if row["outcome"] != "not matched"] == ["acted"] * len(live)
        assert live
        assert says in str(again.decisions[0].wanted[0].effect)
        assert again.differences == ()


async def test_a_draft_that_fails_where_the_live_rule_did_not_is_told_with_its_reason(
    database: Database,
) -> None:
    site = _Site(database)
    rule_id = site.ruled.rule({**RULE, "actions": [{"type": "log", "text": "x"}]})
    await _live(site, [("summary", "Ship")])
    draft = {**RULE, "actions": [{"type": "log", "text": "{{ issue.kye }}"}]}
    (one,) = _replayed(site.ruled, rule_id, draft)[0].differences or ()
    assert one.live == {"outcome": "nothing to do", "reason": None}
    assert one.draft is not None
    assert one.draft["outcome"] == "failed"
    assert "kye" in one.draft["reason"]
