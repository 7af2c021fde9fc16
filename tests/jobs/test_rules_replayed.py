"""A rule that is replayed decides what it decided live: any rule, over any history that webhooks told."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.rules.reading import read
from app.services.rule_replay import replay
from app.store import tables
from app.store.database import Database
from tests.factories import BEFORE_START, DONE, IN_PROGRESS, POINTS_FIELD, START, STATUS_NAMES, TO_DO
from tests.jobs.ruled import Ruled
from tests.payloads import comment, comment_event, issue, issue_event, item, status_item
from tests.stores import rows

ISSUES = (1, 2, 3)
_names = count(1)

CONDITIONS = st.sampled_from(
    [
        "status = Done",
        '"Story Points" > 3',
        "status WAS 'In Progress'",
        "status CHANGED AFTER -2d",
        '"Story Points" CHANGED',
        {"not": "status = 'To Do'"},
        {"in_status_longer_than": {"days": 1}},
        {"related": {"to": "children", "match": "some", "jql": "status = Done"}},
        {"related": {"to": "siblings", "match": "all", "jql": "status != Done"}},
        {"compare": {"left": "{{ issue.status.name }}", "operator": "=", "right": "Done"}},
    ]
)
LEAVES = st.sampled_from(
    [
        {"type": "comment", "text": "{{ issue.key }}: {{ issue.status.name }}, {{ fieldChange.toString }}"},
        {"type": "edit", "add": {"labels": ["seen"]}},
        {"type": "edit", "set": {"summary": "{{ issue.summary }} at {{ now }}"}},
        {"type": "transition", "to": "Done"},
        {"type": "assign", "to": "nobody"},
        {"type": "log_work", "time": "1h"},
        {"type": "clone", "copy": ["Story Points"]},
        {"type": "wait", "hours": 20},
        {"type": "wait", "days": 1, "working": True, "when": "status != Done"},
    ]
)


MADE = [
    {"type": "create_variable", "name": "was", "value": "{{ issue.status.name }} of {{ issue.key }}"},
    {"type": "lookup_issues", "jql": "status = Done AND key != {{ issue.key }} ORDER BY key DESC"},
]
TOLD = {"type": "comment", "text": "{{ was }}: {{ lookupIssues | join(', ') }}"}


def _around(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(leaves, min_size=1, max_size=2)
    quick = st.lists(leaves.filter(lambda one: "wait" not in str(one)), min_size=1, max_size=2)
    return st.one_of(
        st.builds(lambda jql, then: {"type": "branch", "jql": jql, "actions": then}, QUERIES, quick),
        st.builds(lambda when, then: {"type": "if", "when": when, "then": then}, CONDITIONS, some),
        st.builds(lambda to, then: {"type": "branch", "to": to, "actions": then}, KIN, quick),
    )


KIN = st.sampled_from(["parent", "epic", "children", "siblings"])
QUERIES = st.sampled_from(["status != Done", '"Story Points" > 3', "updated > -1d", "status WAS Done"])
SOME = st.lists(st.one_of(LEAVES, _around(LEAVES)), min_size=1, max_size=3)
RULES = st.fixed_dictionaries(
    {
        "trigger": st.sampled_from(
            [
                {"type": "issue_created"},
                {"type": "issue_updated"},
                {"type": "issue_transitioned", "to": ["Done"]},
                {"type": "field_changed", "fields": ["Story Points"]},
                {"type": "field_changed", "fields": ["status"], "from": ["To Do"], "to": ["Done"]},
                {"type": "comment_added"},
                {
                    "type": "any_of",
                    "triggers": [
                        {"type": "issue_created"},
                        {"type": "issue_transitioned", "to": ["Done"]},
                        {"type": "field_changed", "fields": ["Story Points"], "to": ["8"]},
                        {"type": "comment_added"},
                    ],
                },
            ]
        ),
        "actions": st.one_of(SOME, SOME.map(lambda some: [*MADE, *some, TOLD])),
        "limits": st.just({"per_issue_per_day": 1000}),
    },
    optional={"when": CONDITIONS},
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ISSUES),
        st.sampled_from([TO_DO, IN_PROGRESS, DONE, 1.0, 5.0, 8.0, "a comment"]),
        st.integers(min_value=0, max_value=30),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


@dataclass
class Team:
    """Three issues, the first the parent of the others; what is done to them as Jira tells it."""

    fields: dict[int, dict[str, Any]] = field(
        default_factory=lambda: {number: {"status": TO_DO, "points": 3.0} for number in ISSUES}
    )
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def document(self, number: int, at: Any) -> dict[str, Any]:
        parent = {} if number == 1 else {"parent": {"id": "11", "key": "BURN-1"}}
        return issue(number, updated=at, **self.fields[number], **parent)

    def does(self, number: int, what: Any, at: Any) -> Mapping[str, Any]:
        """One step."""
        history = next(self.numbers)
        if what == "a comment":
            said = {**comment(history, at=at, body=f"Comment {history}")}
            return comment_event("comment_created", {**said, "created": said["updated"]}, at=at)
        name = "status" if what in STATUS_NAMES else "points"
        before, self.fields[number][name] = self.fields[number][name], what
        told = (
            status_item(before, what)
            if name == "status"
            else item("Story Points", POINTS_FIELD, f"{before:g}", f"{what:g}")
        )
        document = self.document(number, at)
        return issue_event("jira:issue_updated", document, at=at, history=history, items=[told])


async def _lived(ruled: Ruled, steps: list[tuple[int, Any, int, bool]]) -> None:
    """Webhooks are heard at once; what is due at a time is late where nobody worked before a step."""
    team, at = Team(), START
    created = [team.document(number, BEFORE_START) for number in ISSUES]
    await ruled.tell(*(issue_event("jira:issue_created", each, at=BEFORE_START) for each in created))
    for number, what, hours, works in steps:
        at += timedelta(hours=hours, minutes=1)
        if works:
            await ruled.pass_time(to=at)
        ruled.clock.at = at
        await ruled.tell(team.does(number, what, at))
    await ruled.pass_time(to=at + timedelta(days=30))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=RULES, steps=STEPS)
def test_what_was_decided_live_is_decided_again(
    database: Database, rule: dict[str, Any], steps: list[tuple[int, Any, int, bool]]
) -> None:
    name = f"site-{next(_names)}"
    document = {"name": "Any", **rule}
    ruled = Ruled(database, at=BEFORE_START, name=name)
    rule_id = ruled.rule(document)
    asyncio.run(_lived(ruled, steps))
    until = ruled.clock.now() + timedelta(days=1)
    span = {"since": BEFORE_START, "until": until, "now": until}
    with database.read() as tx:
        again = replay(tx, ruled.site, read(document), **span, stored_id=rule_id)
        live = [row for row in rows(tx, tables.rule_decisions) if row["rule_id"] == rule_id]
    assert again.differences == ()
    assert sorted((one["issue_key"], one["event_key"], one["outcome"]) for one in live) == sorted(
        (one.issue_key, one.event.key, one.outcome.value) for one in again.decisions
    )
