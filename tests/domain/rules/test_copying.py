"""What rules copy from one issue to another, as Jira takes it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.effects import EditIssue
from app.domain.jql.catalogue import Catalogue, CustomField, Named
from app.domain.jql.memory import Facts
from app.domain.rules.asking import Around
from app.domain.rules.decide import Decision, decide
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import created
from app.domain.rules.reading import check, read
from app.domain.rules.triggers import Active

AT = datetime(2026, 3, 11, tzinfo=UTC)
SITE = Catalogue(
    now=AT,
    zone=ZoneInfo("UTC"),
    fields=(
        CustomField("customfield_1", "Region", "option-with-child", None),
        CustomField("customfield_2", "Reviewers", "array", "x:multiuserpicker"),
        CustomField("customfield_3", "Notes", "string", "x:textarea"),
        CustomField("customfield_4", "Target end", "date", None),
    ),
    statuses=(Named("1", "To Do", "new"),),
    projects=(Named("10", "Burnish", key="BURN"), Named("11", "Shop", key="SHOP")),
)
REGION = {"id": "20", "value": "Europe", "child": {"id": "21", "value": "Berlin"}}
PARENT: dict[str, Any] = {
    "priority": {"id": "2", "name": "High"},
    "labels": ["a", "b"],
    "components": [{"id": "7", "name": "API"}],
    "fixVersions": [],
    "assignee": {"accountId": "ann", "displayName": "Ann"},
    "duedate": "2026-04-01",
    "customfield_1": REGION,
    "customfield_2": [{"accountId": "ben", "displayName": "Ben"}],
    "customfield_3": {"type": "doc", "version": 1, "content": [{"type": "paragraph"}]},
}
EVERY = ["priority", "labels", "components", "assignee", "duedate", "Region", "Reviewers", "Notes"]


def facts(key: str, **fields: Any) -> Facts:
    return Facts(
        id=key,
        key=key,
        project_key=key.partition("-")[0],
        status_id="1",
        summary="S",
        created=AT,
        updated=AT,
        fields=fields,
        changes=(),
    )


class Past:
    def __init__(self, parent: Facts) -> None:
        self.parent = parent

    def around(self, issue: Facts, to: str, link_type: str | None) -> list[Facts]:  # noqa: ARG002
        return [self.parent] if to == "parent" or link_type == "blocks" else []

    def found(self, jql: str, most: int) -> list[Facts]:  # noqa: ARG002
        return [self.parent] if self.parent.key in jql else []

    listed = found

    def count(self, jql: str) -> int:  # noqa: ARG002
        return 0


def decided(action: dict[str, Any], here: Facts, parent: Facts, *, is_cloud: bool = True) -> Decision:
    rule = read({"name": "r", "trigger": {"type": "issue_created"}, "actions": [action]})
    check(rule, SITE)
    around = Around(here, SITE, Past(parent), "https://example.test", is_cloud=is_cloud)
    made = decide(Active(1, 1, rule), created(here.id, here.key, AT, "ann"), around)
    assert made is not None
    assert made.reason is None
    return made


def edit(action: dict[str, Any], here: Facts, parent: Facts, **more: Any) -> EditIssue | None:
    made = decided({"type": "copy_fields", **action}, here, parent, **more)
    return made.wanted[0].effect if made.wanted else None  # type: ignore[return-value]


@pytest.mark.parametrize("source", ["parent", "BURN-1", "{{ 'BURN-' ~ 1 }}"])
def test_things_stay_what_they_are(source: str) -> None:
    made = edit({"from": source, "fields": EVERY}, facts("BURN-2"), facts("BURN-1", **PARENT))
    assert made is not None
    assert made.fields == {
        "priority": {"id": "2"},
        "labels": ["a", "b"],
        "components": [{"id": "7"}],
        "assignee": {"accountId": "ann"},
        "duedate": "2026-04-01",
        "customfield_1": {"id": "20", "child": {"id": "21"}},
        "customfield_2": [{"accountId": "ben"}],
        "customfield_3": PARENT["customfield_3"],
    }


def test_what_is_the_same_already_is_not_written() -> None:
    here = facts("BURN-2", **{**PARENT, "labels": ["b", "a"]})
    made = decided(
        {"type": "copy_fields", "from": "parent", "fields": EVERY}, here, facts("BURN-1", **PARENT)
    )
    assert made.outcome == "nothing to do"
    assert "what those of BURN-1 do already" in str(made.steps)


def test_an_empty_field_empties_but_never_a_priority() -> None:
    here, parent = facts("BURN-2", **PARENT), facts("BURN-1")
    made = edit({"from": "parent", "fields": ["priority", "labels", "duedate"]}, here, parent)
    assert made is not None
    assert made.fields == {"labels": [], "duedate": None}
    assert edit({"from": "parent", "fields": ["labels"], "mode": "fill"}, here, parent) is None


def test_values_are_added_or_fill_what_is_empty() -> None:
    here = facts("BURN-2", labels=["b", "c"], duedate="2026-03-20")
    parent = facts("BURN-1", **PARENT)
    added = edit({"from": "parent", "fields": ["labels", "components"], "mode": "add"}, here, parent)
    assert added is not None
    assert added.update == {"labels": [{"add": "a"}], "components": [{"add": {"id": "7"}}]}
    filled = edit(
        {"from": "parent", "fields": ["duedate", "labels", "priority"], "mode": "fill"}, here, parent
    )
    assert filled is not None
    assert filled.fields == {"priority": {"id": "2"}}


def test_into_another_field_and_into_another_project() -> None:
    parent = facts("BURN-1", **PARENT)
    into = {"from": "parent", "fields": ["duedate"], "into": {"duedate": "Target end"}}
    made = edit(into, facts("BURN-2"), parent)
    assert made is not None
    assert made.fields == {"customfield_4": "2026-04-01"}
    far = edit({"from": "parent", "fields": ["components", "priority"]}, facts("SHOP-2"), parent)
    assert far is not None
    assert far.fields == {"components": [{"name": "API"}], "priority": {"id": "2"}}, (
        "components are of a project"
    )


def test_the_issue_of_the_event_is_copied_to_the_one_in_a_branch() -> None:
    back = {
        "type": "branch",
        "to": "parent",
        "actions": [
            {"type": "copy_fields", "from": "trigger", "fields": ["duedate"]},
        ],
    }
    (wanted,) = decided(back, facts("BURN-2", duedate="2026-03-20"), facts("BURN-1", **PARENT)).wanted
    assert wanted.effect == EditIssue("BURN-1", {"duedate": "2026-03-20"}, {})


def test_where_there_is_no_such_issue_nothing_is_done() -> None:
    linked = {"type": "copy_fields", "from": "linked", "link_type": "clones", "fields": ["labels"]}
    made = decided(linked, facts("BURN-2"), facts("BURN-1", **PARENT))
    assert "There is no issue that is meant by `from: linked`." in str(made.steps)


@pytest.mark.parametrize(
    ("action", "place", "said"),
    [
        ({"fields": ["nope"]}, "fields/0", "is no field"),
        ({"fields": ["labels"], "into": {"labels": "Target end"}}, "fields/0", "different kinds of values"),
        ({"fields": ["duedate"], "mode": "add"}, "fields/0", "holds one value"),
        (
            {"fields": ["labels"], "into": {"components": "labels"}},
            "into/components",
            "does not stand in `fields`",
        ),
        ({"fields": ["labels"], "from": "{{ nope }}"}, "from", "there is no value"),
    ],
)
def test_what_can_never_be_copied_is_refused(action: dict[str, Any], place: str, said: str) -> None:
    rule = {"name": "r", "trigger": {"type": "issue_created"}}
    with pytest.raises(RuleNotUnderstood) as told:
        check(read({**rule, "actions": [{"type": "copy_fields", "from": "parent", **action}]}), SITE)
    assert said in dict(told.value.faults)[f"actions/0/{place}"]


def test_an_option_and_the_one_below_it_are_set_by_their_names() -> None:
    written = {"type": "edit", "set": {"Region": "Europe > Berlin"}}
    (wanted,) = decided(written, facts("BURN-2"), facts("BURN-1")).wanted
    berlin = {"value": "Europe", "child": {"value": "Berlin"}}
    assert wanted.effect == EditIssue("BURN-2", {"customfield_1": berlin}, {})
    there = facts("BURN-2", customfield_1=REGION)
    assert decided(written, there, facts("BURN-1")).wanted == ()
    whole = {"type": "edit", "set": {"Region": "Europe"}}
    assert decided(whole, there, facts("BURN-1")).wanted[0].effect == EditIssue(
        "BURN-2", {"customfield_1": {"value": "Europe"}}, {}
    )


def test_what_has_no_short_form_is_written_as_jira_takes_it() -> None:
    raw = {
        "fields": {"timetracking": {"remainingEstimate": "{{ 1 + 1 }}h"}, "Region": REGION},
        "update": {"labels": [{"add": "{{ issue.key }}"}]},
    }
    (wanted,) = decided({"type": "edit", "raw": raw}, facts("BURN-2"), facts("BURN-1")).wanted
    fields = {"timetracking": {"remainingEstimate": "2h"}, "customfield_1": REGION}
    assert wanted.effect == EditIssue("BURN-2", fields, {"labels": [{"add": "BURN-2"}]})
    twice = {"type": "edit", "set": {"labels": ["x"]}, "raw": raw}
    with pytest.raises(RuleNotUnderstood, match="stands in `set`, too"):
        decided(twice, facts("BURN-2"), facts("BURN-1"))
