"""What happens to versions, projects and people, from the webhook to the issues that a rule asks for."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.errors import NotUnderstood
from app.store.database import Database
from tests.factories import day
from tests.jobs.ruled import Ruled
from tests.payloads import issue, issue_event, millis

VERSION = {"id": "7", "name": "1.9", "projectId": 10000, "released": False, "archived": False}
PROJECT = {
    "id": 10000,
    "key": "BURN",
    "name": "Burndown",
    "self": "https://x/10000",
    "avatarUrls": {"16": "x"},
}
PERSON = {"accountId": "5f0:new", "displayName": "Nova", "emailAddress": "nova@x.test", "active": True}


def thing(name: str, **body: Any) -> dict[str, Any]:
    return {"timestamp": millis(day(2)), "webhookEvent": name, **body}


def says(text: str) -> list[dict[str, Any]]:
    return [{"type": "log", "text": text}]


OF_VERSIONS = "{{ version.name }} {{ version.mergedTo.name | default('-') }} {{ project }}"
OF_PROJECTS = "{{ project.key }} {{ project }} {{ project.avatarUrls | default('-') }} {{ user }}"
OF_PEOPLE = "{{ user }} {{ user.accountId }} {{ user.emailAddress | default('-') }} {{ user.active }}"
MERGED = {"version": VERSION, "mergedTo": {"id": "8", "name": "2.0", "self": "https://x/8"}}
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("version_moved", thing("jira:version_moved", version=VERSION), OF_VERSIONS, "1.9 - "),
    ("version_merged", thing("jira:version_merged", **MERGED), OF_VERSIONS, "1.9 2.0 "),
    ("version_merged", thing("jira:version_deleted", **MERGED), OF_VERSIONS, "1.9 2.0 "),
    ("version_deleted", thing("jira:version_deleted", **MERGED), OF_VERSIONS, "1.9 2.0 "),
    ("version_deleted", thing("jira:version_deleted", version=VERSION), OF_VERSIONS, "1.9 - "),
    ("project_updated", thing("project_updated", project=PROJECT), OF_PROJECTS, "BURN Burndown - "),
    ("user_created", thing("user_created", user=PERSON), OF_PEOPLE, "Nova 5f0:new - True"),
    ("user_updated", thing("user_updated", user=PERSON), OF_PEOPLE, "Nova 5f0:new - True"),
]


@pytest.mark.parametrize(("trigger", "event", "text", "said"), CASES)
async def test_a_rule_fires_for_the_issues_of_its_query(
    database: Database, trigger: str, event: Mapping[str, Any], text: str, said: str
) -> None:
    ruled = Ruled(database, at=day(5))
    await ruled.tell(thing("project_created", project=PROJECT))
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    ruled.rule(trigger={"type": trigger, "jql": "key = BURN-1"}, when=None, actions=says(text))
    await ruled.tell(event)
    await ruled.tell(event)
    await ruled.pass_time(to=day(6))
    (decision,) = ruled.decisions
    assert decision["issue_key"] == "BURN-1"
    assert decision["steps"][0]["says"] == said


async def test_a_version_that_was_only_deleted_was_not_merged(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    await ruled.tell(thing("project_created", project=PROJECT))
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    ruled.rule(trigger={"type": "version_merged", "jql": "key = BURN-1"}, when=None, actions=says("x"))
    await ruled.tell(thing("jira:version_deleted", version=VERSION))
    await ruled.pass_time(to=day(6))
    assert ruled.decisions == []


async def test_a_project_that_goes_and_comes_back_is_told_in_its_words(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    words = {
        "project_soft_deleted": "project_trashed",
        "project_restored_deleted": "project_restored",
        "project_archived": "project_archived",
        "project_restored_archived": "project_unarchived",
        "project_deleted": "project_deleted",
    }
    other = {"id": 10000, "key": "BURN", "name": "Burndown"}
    away = {**other, "id": 10001, "key": "AWAY", "name": "Away"}
    await ruled.tell(thing("project_created", project=other), thing("project_created", project=away))
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    for name in words.values():
        rule = {"name": name, "trigger": {"type": name, "jql": "key = BURN-1"}}
        ruled.rule(**rule, when=None, actions=says("{{ rule.name }} {{ project.key }}"))
    for number, name in enumerate(words):
        await ruled.tell({**thing(name, project=away), "timestamp": millis(day(2)) + number})
    await ruled.pass_time(to=day(6))
    told = [one["steps"][0]["says"] for one in ruled.decisions]
    assert sorted(told) == sorted(f"{name} AWAY" for name in words.values())


async def test_a_variable_that_is_called_like_a_newer_value_still_says_its_own(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(
        trigger={"type": "issue_created"},
        when=None,
        actions=[{"type": "create_variable", "name": "project", "value": "mine"}, *says("{{ project }}")],
    )
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    assert ruled.decisions[0]["steps"][-1]["says"] == "mine"


@pytest.mark.parametrize(("trigger", "event", "text", "said"), CASES)
async def test_a_rule_without_an_issue_is_decided_once(
    database: Database, trigger: str, event: Mapping[str, Any], text: str, said: str
) -> None:
    ruled = Ruled(database, at=day(5))
    await ruled.tell(thing("project_created", project=PROJECT))
    projects = {} if trigger.startswith("user_") else {"projects": ["BURN"]}
    rule = {"name": "Once", "trigger": {"type": trigger, "once": True}, **projects}
    ruled.rule(rule, when=None, actions=says(text))
    await ruled.tell(event)
    await ruled.tell(event)
    await ruled.pass_time(to=day(6))
    (decision,) = ruled.decisions
    assert (decision["issue_key"], decision["steps"][0]["says"]) == ("", said)


async def test_what_happens_to_another_project_is_none_of_a_rule_for_one(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    away = {**PROJECT, "id": 10001, "key": "AWAY", "name": "Away"}
    await ruled.tell(thing("project_created", project=PROJECT), thing("project_created", project=away))
    rule = {"name": "Once", "trigger": {"type": "project_updated", "once": True}, "projects": ["BURN"]}
    ruled.rule(rule, when=None, actions=says("{{ project.key }}"))
    await ruled.tell(thing("project_updated", project=away))
    await ruled.tell(thing("project_updated", project=PROJECT))
    await ruled.pass_time(to=day(6))
    assert [one["steps"][0]["says"] for one in ruled.decisions] == ["BURN"]


async def test_nobody_is_in_a_project(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = {"name": "Once", "trigger": {"type": "user_created", "once": True}, "projects": ["BURN"]}
    with pytest.raises(NotUnderstood, match="happens in no project"):
        ruled.rule(rule, when=None, actions=says("x"))
