"""What a viewer's key is shown of restricted issues: that there are some. Of all routes, also later ones."""

from typing import Any

import pytest
from sqlalchemy import Connection

from app.api.veil import WORDS, hidden_in, veiled
from app.domain.scrum.from_jira import read_issue
from app.store import issues, jira_tables, sites, tables
from app.store.comments import save_comments
from tests.api.keyed import bearer, made, operations
from tests.api.queued import DELIVERIES, EFFECTS, RUNS, delivery, effect, run
from tests.api.support import Service, is_problem
from tests.api.test_issues import ISSUES, a_store
from tests.conftest import NOW
from tests.services.test_sprint_health import fill
from tests.store.jql_world import at_day

HIDDEN = "WEB-2"
NAME = "restricted-1"
PLANTED = "planted-words"


async def a_restricted_store(service: Service) -> None:
    """WEB-2 has a security level, and something of everything is about it."""
    await a_store(service)

    def restrict(tx: Connection) -> None:
        table = tables.issues
        row = table.c.key == HIDDEN
        fields = {"summary": PLANTED, "project": {"key": "WEB"}, "status": {"id": "1", "name": "To Do"}}
        tx.execute(table.update().where(row).values(security_id="1", summary=PLANTED, fields=fields))
        linked = {
            "summary": "Issue 1",
            "issuelinks": [{"outwardIssue": {"key": HIDDEN, "fields": {"summary": PLANTED}}}],
            "parent": {"id": "2", "key": HIDDEN, "fields": {"summary": PLANTED}},
        }
        tx.execute(table.update().where(table.c.key == "WEB-1").values(fields=linked))
        tx.execute(tables.rules.insert().values(**RULE))
        tx.execute(tables.rule_decisions.insert().values(**DECISION))

    await service.database.call_write(restrict)
    await effect(service, subject=f"issue:{HIDDEN}", cause=f"rule 'x' on {HIDDEN}", payload=PAYLOAD)
    await run(service, parameters={"rule": 1, "event": {"issue_key": HIDDEN, "comment": {"body": PLANTED}}})
    await delivery(service, state="dead", reason=f"{HIDDEN}: {PLANTED}")


PAYLOAD = {"issue_key": HIDDEN, "marker": "m", "body": PLANTED}
RULE: dict[str, Any] = {
    "id": 1,
    "site_id": 1,
    "name": "x",
    "last_version": 1,
    "created_at": NOW,
    "updated_at": NOW,
    "revision": 1,
}
DECISION: dict[str, Any] = {
    "id": 1,
    "site_id": 1,
    "rule_id": 1,
    "version": 1,
    "shadow": False,
    "issue_id": "2",
    "issue_key": HIDDEN,
    "event_key": "created",
    "happened": "issue_created",
    "at": at_day(2),
    "decided_at": NOW,
    "outcome": "acted",
    "reason": PLANTED,
    "steps": [{"step": "log", "issue": HIDDEN, "says": PLANTED}],
    "effects": [{"key": "k", "kind": "living_comment", "payload": PAYLOAD}],
    "effect_count": 1,
}


def looks(service: Service) -> list[str]:
    """Every address that can be looked at."""
    there = {"{key}": "WEB-1", "{name}": "demo", "{board}": "1"}
    found = []
    for method, template in operations(service):
        if method != "GET":
            continue
        parts = (there.get(part, "1") if part.startswith("{") else part for part in template.split("/"))
        found.append("/".join(parts))
    return [*found, f"{ISSUES}/{HIDDEN}", f"{ISSUES}/{HIDDEN}/duplicates", f"{ISSUES}?fields=*all"]


async def test_no_route_tells_a_viewers_key_what_a_restricted_issue_says(service: Service) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))
    editor = bearer(await made(service, name="e", role="editor"))
    told = 0
    for path in looks(service):
        answer = await service.http.get(path, headers=viewer)
        assert answer.status_code < 500, (path, answer.text)
        assert PLANTED not in answer.text, path
        if answer.status_code == 200:
            assert HIDDEN not in answer.text, path
        told += PLANTED in (await service.http.get(path, headers=editor)).text
    assert told >= 8, "there was something to hide"


async def test_it_is_counted_where_things_are_counted(service: Service) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))
    (decision,) = (await service.http.get("/api/v1/decisions", headers=viewer)).json()["items"]
    assert (decision["issue"], decision["outcome"], decision["rule"]) == (NAME, "acted", 1)
    assert (decision["steps"], decision["effects"], decision["reason"]) == ([], [], WORDS)
    (row,) = (await service.http.get(EFFECTS, headers=viewer)).json()["items"]
    assert (row["state"], row["cause"]) == ("waiting", WORDS)
    shown = (await service.http.get(f"{RUNS}/2", headers=viewer)).json()
    assert shown["parameters"]["event"] == {"comment": {"body": WORDS}, "issue_key": NAME}
    assert shown["parameters"]["rule"] == 1
    assert (await service.http.get(f"{DELIVERIES}/1", headers=viewer)).json()["body"] is None


def test_a_name_is_of_one_answer_and_tells_issues_apart(tx: Connection) -> None:
    """Whatever it is in another answer: names that stay can be tried out by whoever guesses ids."""
    site = fill(tx)
    tx.execute(tables.issues.update().where(tables.issues.c.site_id == site.id).values(security_id="1"))
    told = hidden_in(tx, "BURN-3, BURN-1, BURN-3, BURN-99 and restricted-0123456789")
    assert told == {
        "BURN-3": "restricted-1",
        "BURN-1": "restricted-2",
        "restricted-0123456789": "restricted-3",
    }
    assert hidden_in(tx, "BURN-1") == {"BURN-1": "restricted-1"}


async def test_a_query_neither_finds_nor_counts_it_so_that_nobody_asks_what_it_says(service: Service) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))
    for query in ({}, {"asOf": at_day(9).isoformat()}):
        found = (
            await service.http.get(ISSUES, params={"jql": "ORDER BY key", **query}, headers=viewer)
        ).json()
        assert ([one["key"] for one in found["items"]], found["total"]) == (["WEB-1", "WEB-3"], 2)
    asked = {"jql": f"summary ~ {PLANTED}"}
    assert (await service.http.get(ISSUES, params=asked)).json()["total"] == 1
    assert (await service.http.get(ISSUES, params=asked, headers=viewer)).json()["total"] == 0


async def test_it_is_not_there_and_neither_is_one_that_never_was(service: Service) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))
    for key in (HIDDEN, "web-2", "WEB-99"):
        for path in (f"{ISSUES}/{key}", f"{ISSUES}/{key}/duplicates", f"{ISSUES}/{key}/estimate"):
            problem = is_problem(await service.http.get(path, headers=viewer), 404)
            assert problem["detail"].startswith(
                f"There is no issue {key!r}. Or key v does not see restricted"
            )


async def test_no_warning_tells_whether_it_is_there(service: Service) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))
    said = []
    for key in (HIDDEN, "WEB-99"):
        for query in (f"key = {key}", f"parent = {key}", f"assignee = '{key}'"):
            rule = {"name": "x", "trigger": {"type": "manual"}, "when": query, "actions": [{"type": "stop"}]}
            found = await service.http.get(ISSUES, params={"jql": query}, headers=viewer)
            checked = await service.http.post("/api/v1/rules/check", json={"document": rule}, headers=viewer)
            assert found.status_code == checked.status_code == 200, checked.text
            said.append([found.json()["warnings"], checked.json()["warnings"]])
    assert said[:3] == said[3:]
    assert all(len(warnings) == 1 for both in said for warnings in both)
    admins = (await service.http.get(ISSUES, params={"jql": f"key = {HIDDEN}"})).json()
    assert (admins["total"], admins["warnings"]) == (1, [])


async def test_a_draft_is_not_tried_on_what_one_may_not_see(service: Service) -> None:
    viewer = bearer(await made(service, name="v"))
    draft = {
        "document": {
            "name": "Spy",
            "trigger": {"type": "issue_created"},
            "actions": [{"type": "log", "text": "{{ issue.summary }}"}],
        }
    }
    span = {"from": at_day(1).isoformat(), "to": at_day(9).isoformat()}
    await a_store(service)
    questions = (("preview", draft), ("replay", {**draft, **span}))
    for what, body in questions:
        answer = await service.http.post(f"/api/v1/rules/{what}", json=body, headers=viewer)
        assert answer.status_code == 200, answer.text

    await service.database.call_write(
        lambda tx: tx.execute(
            tables.issues.update().where(tables.issues.c.key == HIDDEN).values(security_id="1")
        )
    )
    for what, body in questions:
        answer = await service.http.post(f"/api/v1/rules/{what}", json=body, headers=viewer)
        assert "--sees-restricted" in is_problem(answer, 403)["detail"]


async def test_a_key_may_be_let_see_them(service: Service) -> None:
    await a_restricted_store(service)
    key = await made(service, name="v", sees_restricted=True)
    assert key["sees_restricted"] is True
    found = (await service.http.get(f"{ISSUES}/{HIDDEN}", headers=bearer(key))).json()
    assert found["fields"]["summary"] == PLANTED
    others = [await made(service, name=role, role=role) for role in ("viewer", "editor", "admin")]
    assert [one["sees_restricted"] for one in others] == [False, True, True]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            {"issue": HIDDEN, "says": "x", "n": 3, "at": "2026-03-01T00:00:00Z", "state": "done"},
            {"issue": NAME, "says": WORDS, "n": 3, "at": "2026-03-01T00:00:00Z", "state": "done"},
        ),
        (
            {"a": {"key": HIDDEN, "fields": {"b": "x", "c": ["x"]}}, "b": "x"},
            {"a": {"key": NAME, "fields": {"b": WORDS, "c": []}}, "b": "x"},
        ),
        ({"failures": {HIDDEN: "because"}}, {"failures": {NAME: WORDS}}),
        ([f"{HIDDEN} and WEB-1", "XWEB-2", "WEB-22"], [f"{NAME} and WEB-1", "XWEB-2", "WEB-22"]),
        ({"issue": "WEB-1", "says": "x"}, {"issue": "WEB-1", "says": "x"}),
    ],
)
def test_of_an_object_that_names_one_only_numbers_states_and_instants_stay(value: Any, shown: Any) -> None:
    assert veiled(value, {HIDDEN: NAME}) == shown


@pytest.mark.parametrize(
    "query",
    [
        f"issue in linkedIssues({HIDDEN})",
        "issue in linkedIssues(2)",
        f"issue in linkedIssues('{HIDDEN}', Blocks)",
        f"issue in childIssuesOf({HIDDEN})",
        "issue in (portfolioChildIssuesOf(' web-2 '))",
        f"parent = {HIDDEN}",
        "parent in (2)",
        f"'Epic Link' = {HIDDEN.lower()}",
        f"parentEpic = {HIDDEN}",
        f"NOT (parent not in ({HIDDEN}))",
        f"parent = {HIDDEN} OR parent was {HIDDEN}",
        "issue in linkedIssues(OLD-7)",
        f"issueLink = {HIDDEN}",
        "workItemLink in (2)",
        f"workItemLink['is blocked by'] = {HIDDEN}",
        "workItemIsBlockedBy in (2)",
    ],
)
async def test_no_query_tells_what_is_linked_with_it_or_below_it(service: Service, query: str) -> None:
    await a_restricted_store(service)
    await surrounded(service)
    viewer = bearer(await made(service, name="v"))
    seen = await service.http.get(ISSUES, params={"jql": query}, headers=viewer)
    never = query.replace(HIDDEN, "WEB-99").replace("OLD-7", "WEB-99").replace("(2)", "(99)")
    never = never.replace("web-2", "web-99")
    same = await service.http.get(ISSUES, params={"jql": never}, headers=viewer)
    assert seen.status_code == same.status_code, (seen.text, same.text)
    if seen.status_code == 200:
        assert (seen.json()["items"], seen.json()["total"]) == (same.json()["items"], same.json()["total"])
    else:
        assert "There is no issue" in seen.json()["detail"]
    editors = (await service.http.get(ISSUES, params={"jql": query})).json()["items"]
    assert editors, "there was something to tell"


async def surrounded(service: Service) -> None:
    """WEB-1 is linked with WEB-2, WEB-4 stands below it, and it was called OLD-7."""

    def surround(tx: Connection) -> None:
        link = {"site_id": 1, "id": "900", "type_id": "1", "source_id": "2", "target_id": "1"}
        kind = {"site_id": 1, "id": "1", "name": "Blocks", "outward": "Blocks", "inward": "is blocked by"}
        tx.execute(jira_tables.link_types.insert().values(**kind, heard_at=NOW))
        tx.execute(jira_tables.issue_links.insert().values(**link, heard_at=NOW))
        site = sites.get_site(tx, "demo")
        fields = {
            "project": {"id": "100", "key": "WEB"},
            "summary": "Below it",
            "issuetype": {"id": "11", "name": "Sub-task", "subtask": True},
            "status": {"id": "1", "name": "To Do"},
            "created": at_day(3).isoformat(),
            "updated": at_day(3).isoformat(),
            "parent": {"id": "2", "key": HIDDEN},
        }
        record = read_issue({"id": "4", "key": "WEB-4", "fields": fields}, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
        old = {"site_id": 1, "issue_id": "2", "key": "OLD-7", "until": NOW}
        tx.execute(jira_tables.old_keys.insert().values(**old))

    await service.database.call_write(surround)


async def test_what_stands_below_a_restricted_issue_is_not_found_from_above(service: Service) -> None:
    await a_restricted_store(service)
    await surrounded(service)

    def above(tx: Connection) -> None:
        table = tables.issues
        tx.execute(table.update().where(table.c.key == HIDDEN).values(parent_id="3", parent_key="WEB-3"))

    await service.database.call_write(above)
    asked = {"jql": "issue in childIssuesOf(WEB-3) ORDER BY key"}
    whole = (await service.http.get(ISSUES, params=asked)).json()["items"]
    assert [one["key"] for one in whole] == [HIDDEN, "WEB-4"]
    viewer = bearer(await made(service, name="v"))
    assert (await service.http.get(ISSUES, params=asked, headers=viewer)).json()["total"] == 0


def test_a_text_that_may_say_what_a_restricted_issue_says_is_not_shown() -> None:
    """By a lookup or a variable words leave their issue: nothing names it where they stand."""
    says = {"step": "living_comment", "issue": "WEB-1", "says": PLANTED}
    looked = {"step": "lookup_issues", "issue": "WEB-1", "jql": "x", "issues": ["WEB-3", HIDDEN]}
    within = {"step": "branch", "issue": "WEB-1", "issues": [HIDDEN]}
    kept = {"step": "create_variable", "issue": HIDDEN, "name": "x", "says": PLANTED}
    resumed = {"step": "resumed", "issue": "WEB-1", "variables": {"x": PLANTED}, "seen": f"WEB-3 {HIDDEN}"}
    answered = {"step": "answered", "issue": "WEB-1", "status": 200, "seen": HIDDEN}
    effects = [{"key": "k", "kind": "living_comment", "payload": {"issue_key": "WEB-1", "body": PLANTED}}]
    for steps in ([looked, says], [within, kept, says], [resumed, says], [answered, says]):
        shown = veiled({"id": 1, "outcome": "acted", "steps": steps, "effects": effects}, {HIDDEN: NAME})
        assert PLANTED not in str(shown)
        assert shown["outcome"] == "acted"
    event = {"issue_key": "WEB-1", "kept": {"variables": {"x": PLANTED}, "seen": HIDDEN}}
    assert PLANTED not in str(veiled({"event": event}, {HIDDEN: NAME}))
    other = {"steps": [{**looked, "issues": ["WEB-3"]}, says], "effects": effects}
    assert veiled(other, {HIDDEN: NAME}) == other


@pytest.mark.parametrize(
    "query", ["comment ~ lawsuit", "text ~ lawsuit", "comment !~ nonsense", "key in updatedBy(quentin)"]
)
async def test_a_comment_for_some_readers_is_found_by_those_alone_who_may_see_all(
    service: Service, query: str
) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))

    def comment(tx: Connection, number: int, *, limited: bool) -> None:
        said = {"id": str(number), "issue_id": "1", "author": "quentin", "body": f"The lawsuit {number}"}
        row = {**said, "created": NOW, "updated": NOW, "limited": limited}
        save_comments(tx, sites.get_site(tx, "demo"), [row])

    async def found(headers: dict[str, str] | None) -> list[str]:
        answer = await service.http.get(ISSUES, params={"jql": query}, headers=headers)
        assert answer.status_code == 200, answer.text
        return [one["key"] for one in answer.json()["items"]]

    before = await found(viewer)
    assert "WEB-1" not in before
    await service.database.call_write(lambda tx: comment(tx, 77, limited=True))
    assert "WEB-1" in await found(None)
    assert await found(viewer) == before
    await service.database.call_write(lambda tx: comment(tx, 78, limited=False))
    assert "WEB-1" in await found(viewer)
