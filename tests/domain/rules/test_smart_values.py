"""What texts of rules say of an issue: whoever told its fields, a document, a webhook or a changelog."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.jql.as_of import as_of
from app.domain.jql.catalogue import Catalogue, CustomField, IssueType, Named, Release
from app.domain.jql.memory import Facts
from app.domain.rules.asking import Around
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event, Happened
from app.domain.rules.rendering import render, render_each, render_query
from app.domain.rules.smart_values import World, values_of
from app.domain.scrum.issue import Change
from app.domain.scrum.person import Person
from app.domain.scrum.sprint import Sprint, SprintState
from app.services.jql import subjects_of

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SPRINT, WHEN, CITY, BOXES = "customfield_1", "customfield_2", "customfield_3", "customfield_4"
CATALOGUE = Catalogue(
    now=NOW,
    zone=ZoneInfo("UTC"),
    fields=(
        CustomField(SPRINT, "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
        CustomField(WHEN, "Go live", "datetime", "x:datetime"),
        CustomField(CITY, "City", "option-with-child", "x:cascadingselect"),
        CustomField(BOXES, "Checks", "array", "x:multicheckboxes"),
        CustomField("customfield_5", "Story Points", "number", "x:float"),
        CustomField("customfield_6", "Notes", "string", "x:textarea"),
    ),
    statuses=(Named("1", "To Do", "new"), Named("3", "Doing", "indeterminate"), Named("5", "Done", "done")),
    sprint_field=SPRINT,
    priorities=(Named("2", "Low"), Named("1", "High")),
    projects=(Named("100", "The Shop", "software", "SHOP"),),
    releases=(
        Release("20", "100", True, False, 1, "2.0", "2026-03-01"),
        Release("10", "100", False, False, 0, "1.0"),
    ),
    issue_types=(IssueType("7", is_subtask=False, level=0, name="Story"),),
    components=(Named("30", "Payments"), Named("31", "Checkout")),
)
SPRINTS = {
    4: Sprint(
        4, "Fourth", SprintState.CLOSED, 1, "Pay", NOW, datetime(2026, 3, 20, tzinfo=UTC), completed=NOW
    )
}
PEOPLE = {"ann": Person("ann", "Ann Lee"), "JIRAUSER1": Person("JIRAUSER1", "Bo Fox", "bfox")}
ADF = {
    "type": "doc",
    "version": 1,
    "content": [
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "Pay by "}, {"type": "text", "text": "invoice"}],
        },
        {"type": "paragraph", "content": [{"type": "text", "text": "Soon"}]},
    ],
}
SPRINT_TEXT = (
    "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=4,rapidViewId=1,state=CLOSED,name=Old name,"
    "startDate=2026-03-02T09:00:00.000Z,endDate=<null>,completeDate=<null>,sequence=4,goal=]"
)


def an_issue(*changes: Change, **fields: Any) -> Facts:
    return Facts("11", "SHOP-1", "SHOP", "3", "Pay", NOW, NOW, fields, changes)


def values(issue: Facts, *, parent: Facts | None = None, **event: Any) -> dict[str, Any]:
    around = Around(issue, CATALOGUE, past=None, base_url="https://x.test", is_cloud=True)  # type: ignore[arg-type]
    around = replace(around, people=PEOPLE, sprints=SPRINTS)
    happened = {"happened": Happened.ASKED, "issue_id": "11", "issue_key": "SHOP-1", "at": NOW, "key": "x"}
    world = World(around.things, "https://x.test", lambda each: parent if each is issue else None)
    return values_of(Event(**{**happened, **event}), issue, issue, world, rule_name="R")


def said(text: str, issue: Facts | None = None, **more: Any) -> str:
    return render(text, values(issue or an_issue(), **more))


def read(field: str, issue: Facts) -> Any:
    return values(issue)["issue"][field]


@pytest.mark.parametrize(
    ("fields", "text", "says"),
    [
        ({"description": ADF}, "{{ issue.description }}", "Pay by invoice\nSoon"),
        ({"environment": ADF}, "{{ issue.environment }}", "Pay by invoice\nSoon"),
        ({"customfield_6": ADF}, "{{ issue.Notes }}", "Pay by invoice\nSoon"),
        ({"description": "As it is"}, "{{ issue.description }}", "As it is"),
        ({SPRINT: [SPRINT_TEXT]}, "{{ issue.sprint }}", "Fourth"),
        ({SPRINT: [{"id": 4}]}, "{{ issue.sprint[0].state }} {{ issue.sprint[0].goal }}", "closed Pay"),
        ({SPRINT: [{"id": 9, "name": "Ninth"}]}, "{{ issue.sprint | last }}", "Ninth"),
        ({"labels": ["payments", "web"]}, "{{ issue.labels }}", "payments, web"),
        (
            {"labels": ["payments"]},
            "{{ issue.labels | sort }} {{ issue.labels | map('upper') }}",
            "payments PAYMENTS",
        ),
        ({"fixVersions": [{"id": "20"}, {"id": "10"}]}, "{{ issue.fixVersions }}", "1.0, 2.0"),
        ({"fixVersions": [{"id": "20"}]}, "{{ issue.fixVersions[0].releaseDate.plusDays(1) }}", "2026-03-02"),
        ({"components": [{"id": "30"}, {"id": "31"}]}, "{{ issue.components }}", "Checkout, Payments"),
        (
            {"status": {"id": "5"}},
            "{{ issue.status.statusCategory.name }}/{{ issue.statusCategory.key }}",
            "Done/done",
        ),
        ({"priority": {"id": "1"}}, "{{ issue.priority.name }}", "High"),
        ({"issuetype": {"id": "7"}}, "{{ issue.type }} {{ issue.issuetype.hierarchyLevel }}", "Story 0"),
        (
            {"duedate": "2026-03-06"},
            "{{ issue.duedate.plusDays(2) }} {{ issue.due.format('d MMM') }}",
            "2026-03-08 6 Mar",
        ),
        ({"duedate": "2026-03-06"}, "{{ issue.duedate.plusBusinessDays(1) }}", "2026-03-09"),
        ({"duedate": "2026-03-06"}, "{{ now.diff(issue.duedate).hours }}", "12"),
        ({"duedate": "2026-03-06"}, "{% if issue.duedate > '2026-03-05' %}later{% endif %}", "later"),
        ({WHEN: "2026-03-06T10:00:00.000+0100"}, "{{ issue.goLive.plusHours(1) }}", "2026-03-06T10:00:00Z"),
        (
            {CITY: {"id": "1", "value": "Spain", "child": {"id": "2", "value": "Cadiz"}}},
            "{{ issue.city.child }}",
            "Cadiz",
        ),
        ({"customfield_5": 3.0}, "{{ issue.storyPoints }} {{ issue.storyPoints + 0.5 }}", "3 3.5"),
        ({"assignee": {"key": "JIRAUSER1", "name": "bfox"}}, "{{ issue.assignee.accountId }}", "JIRAUSER1"),
        (
            {"assignee": {"key": "JIRAUSER1", "name": "bfox"}},
            "{{ issue.assignee.name }}, {{ issue.assignee }}",
            "bfox, Bo Fox",
        ),
        ({"assignee": {"accountId": "who"}}, "{{ issue.assignee }} {{ issue.assignee.active }}", "who "),
        (
            {},
            "{{ issue.project.name }} {{ issue.project }} {{ issue.project.key }}",
            "The Shop The Shop SHOP",
        ),
        ({}, "{{ issue.fields.summary }}", "Pay"),
    ],
)
def test_fields_say_what_jira_shows_of_them(fields: dict[str, Any], text: str, says: str) -> None:
    assert said(text, an_issue(**fields)) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[{{ issue.assignee.displayName }}]", "[]"),
        ("[{{ issue.parent.key }}{{ issue.parent.status.statusCategory.name }}]", "[]"),
        ("[{{ issue.duedate.plusDays(2).format('d MMM') }}]", "[]"),
        ("[{{ issue.description.upper() }}{{ issue.description | trim | lower }}]", "[]"),
        ("{{ issue.assignee.displayName | default('nobody') }}", "nobody"),
        ("{% if issue.assignee %}{{ issue.assignee }}{% else %}nobody{% endif %}", "nobody"),
        ("{% if issue.assignee == '' and issue.duedate is undefined %}none{% endif %}", "none"),
        ("{% if issue.duedate < now or issue.duedate > now %}x{% else %}neither{% endif %}", "neither"),
        ("{% if now.isBefore(issue.duedate) %}x{% else %}no{% endif %}", "no"),
        (
            "[{{ issue.fixVersions[0].name }}{{ (issue.components | first).name }}{{ issue.labels | last }}]",
            "[]",
        ),
        ("{% for each in issue.sprint %}x{% else %}none{% endfor %}", "none"),
        ("{{ issue.labels | length }}{{ issue.storyPoints | int }}{{ issue.storyPoints | float }}", "000.0"),
        ("{{ issue.environment ~ '!' }}{{ 'a' + issue.environment }}", "!a"),
        (
            "[{{ sprint.name }}{{ version.releaseDate }}{{ comment.author.displayName }}{{ webhook.a.b }}]",
            "[]",
        ),
        ("[{{ fieldChange.toString }}{{ changelog }}{{ initiator.displayName }}]", "[]"),
        ("[{{ createdIssue.key }}{{ createdIssue.status.name }}]", "[]"),
    ],
)
def test_what_is_empty_is_an_empty_text_and_so_are_its_parts(text: str, says: str) -> None:
    assert said(text) == says


def test_what_is_empty_is_no_item_of_a_list_and_no_part_of_a_query() -> None:
    seen = values(an_issue())
    assert render_each("{{ issue.labels }}", seen) == render_each("{{ issue.assignee }}", seen) == []
    assert render_query("labels IN ({{ issue.labels }})", seen) == 'labels IN ("[]")'
    assert render_query("assignee = {{ issue.assignee }}", seen) == 'assignee = ""'


def test_there_is_no_reckoning_with_what_is_empty() -> None:
    with pytest.raises(TemplateRefused, match=r"is empty; `\| default"):
        said("{{ issue.storyPoints + 1 }}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{{ issue.kye }}", "no value 'kye'"),
        ("{{ issue.status.nmae }}", "no value 'nmae' here; there are: id, name, statusCategory"),
        ("{{ issue['Stroy Points'] }}", "no value 'Stroy Points'"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_by_its_name(text: str, fault: str) -> None:
    with pytest.raises(TemplateRefused, match=fault):
        said(text, an_issue(status={"id": "3"}))


def test_the_parent_is_an_issue_with_all_that_is_known_of_it() -> None:
    story = an_issue(parent={"id": "9", "key": "SHOP-9"})
    epic = replace(an_issue(priority={"id": "1"}, labels=["q1"]), id="9", key="SHOP-9", summary="Checkout")
    names = ("summary", "priority", "labels", "key")
    text = ", ".join(f"{{{{ issue.parent.{name} }}}}" for name in names)
    assert said(text, story, parent=epic) == "Checkout, High, q1, SHOP-9"
    assert said("{{ issue.parent.key }}", story) == "SHOP-9"


def test_no_internals_are_told() -> None:
    change = Change(1, 0, NOW, "status", "1", "To Do", "3", "Doing", None)
    assert said("{{ changelog }}; {{ fieldChange }}", changes=(change, change)).startswith(
        "status: To Do to Doing, "
    )
    everything = an_issue(
        **{SPRINT: [SPRINT_TEXT], "votes": {"votes": 1}, "status": {"id": "3"}, BOXES: [{"id": "1"}]}
    )
    for name in (
        "issue",
        "issue.sprint",
        "issue.votes",
        "issue.status",
        "issue.checks",
        "changelog",
        "rule",
        "sprint",
    ):
        assert " object" not in said(f"{{{{ {name} }}}} {{{{ [{name}] }}}}", everything)


BEFORE: list[tuple[str, Any, Any, tuple[str | None, str | None, str | None, str | None]]] = [
    ("status", {"id": "1", "name": "To Do"}, {"id": "5"}, ("1", "To Do", "5", "Done")),
    ("priority", {"id": "2", "name": "Low"}, {"id": "1"}, ("2", "Low", "1", "High")),
    ("assignee", {"accountId": "ann", "active": True}, None, ("ann", "Ann", None, None)),
    ("labels", ["a", "b"], [], (None, "a b", None, None)),
    ("fixVersions", [{"id": "10", "name": "1.0", "released": False}], [], ("10", "1.0", None, None)),
    ("components", [{"id": "30", "name": "Payments"}], [], ("30", "Payments", None, None)),
    (SPRINT, [{"id": 4, "name": "Fourth", "state": "active"}], None, ("4", "Fourth", "", "")),
    ("duedate", "2026-03-06", None, ("2026-03-06", "2026-03-06 00:00:00.0", None, None)),
    (WHEN, "2026-03-06T10:00:00.000+0000", None, ("2026-03-06T11:00:00+0100", "06/Mar/26", None, None)),
    ("customfield_5", 3.0, 5.0, (None, "3", None, "5")),
    (
        BOXES,
        [{"id": "1", "value": "Law"}, {"id": "2", "value": "Tax"}],
        [],
        ("[1, 2]", "Law,Tax", None, None),
    ),
    (BOXES, [{"id": "1", "value": "Law"}], [], ("[1]", "Law", None, None)),
    (
        CITY,
        {"id": "1", "value": "Spain", "child": {"id": "2", "value": "Cadiz (old)"}},
        None,
        ("Parent values: Spain(1)Level 1 values: Cadiz (old)(2)",) * 2 + (None, None),
    ),
    ("description", "As it was", "As it is", (None, "As it was", None, "As it is")),
    ("resolution", None, {"id": "1", "name": "Done"}, (None, None, "1", "Done")),
]


@pytest.mark.parametrize(("field", "was", "became", "told"), BEFORE, ids=[each[0] for each in BEFORE])
def test_a_value_taken_back_has_all_the_parts_that_it_had(
    field: str, was: Any, became: Any, told: Any
) -> None:
    """Every path that can be read, before the change and taken back after it."""
    earlier = replace(an_issue(**{field: was} if was is not None else {}), created=NOW.replace(day=1))
    later = NOW.replace(day=9)
    change = Change(7, 0, later, field, *told, None)
    now = replace(
        earlier, fields={field: became} if became is not None else {}, changes=(change,), updated=later
    )
    then = as_of(now, NOW, subjects_of(CATALOGUE))
    assert then is not None
    assert tree(read(field, then)) == tree(read(field, earlier))


def tree(value: Any) -> Any:
    """All that can be read of a value, path by path."""
    if isinstance(value, Mapping):
        return str(value), {name: tree(value[name]) for name in value}
    return [str(value), *map(tree, value)] if isinstance(value, list) else str(value)
