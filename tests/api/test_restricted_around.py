"""What a viewer's key could learn of a restricted issue from what stands around it, or by asking cleverly."""

from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.issue import Change
from app.store import issues, sites, tables
from tests.api.keyed import bearer, made
from tests.api.queued import DELIVERIES, EFFECTS, RUNS, delivery, run
from tests.api.support import Service
from tests.api.test_delivery import DELIVERY
from tests.api.test_delivery import QUERY as AT
from tests.api.test_delivery import _filled as filled
from tests.api.test_grooming import groomed as groomed  # noqa: PLC0414 - a fixture
from tests.api.test_issues import ISSUES, a_store
from tests.api.test_restricted import HIDDEN, a_restricted_store, surrounded
from tests.api.test_similarity import a_team
from tests.store.jql_world import at_day

NEVER = "WEB-99"


def restrict(tx: Connection, *keys: str) -> None:
    tx.execute(tables.issues.update().where(tables.issues.c.key.in_(keys)).values(security_id="1"))


async def told(service: Service, path: str, viewer: dict[str, str], **asked: Any) -> Any:
    answer = await service.http.get(path, headers=viewer, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_issue_does_not_say_with_which_restricted_one_it_is_linked(service: Service) -> None:
    await a_restricted_store(service)
    await surrounded(service)
    moves = [
        Change(900, 0, at_day(7), "issuelinks", None, None, HIDDEN, f"This issue blocks {HIDDEN}", "acc-1"),
        Change(901, 0, at_day(7), "parent", "2", HIDDEN, "3", "WEB-3", "acc-1"),
        Change(902, 0, at_day(8), "parent", "3", "WEB-3", "2", HIDDEN, "acc-1"),
    ]
    await service.database.call_write(
        lambda tx: issues.save_changes(tx, sites.get_site(tx, "demo"), {"1": moves}, final=True)
    )
    viewer = bearer(await made(service, name="v"))
    for asked in ({}, {"asOf": at_day(9).isoformat()}):
        (found, *_) = (await told(service, ISSUES, viewer, jql="key = WEB-1", fields="*all", **asked))[
            "items"
        ]
        shown = await told(service, f"{ISSUES}/WEB-1", viewer, **asked)
        for fields in (found["fields"], shown["fields"]):
            assert (fields.get("parent"), fields.get("issuelinks")) == (None, [])
        past = [(one["field"], one["before"], one["after"]) for one in shown["history"]]
        assert past[2:] == [("parent", None, "3"), ("parent", "3", None)]
    then = await told(service, f"{ISSUES}/WEB-1", viewer, asOf=at_day(6).isoformat())
    assert "parent" not in then["fields"]
    whole = (await service.http.get(f"{ISSUES}/WEB-1")).json()
    assert (whole["fields"]["parent"]["key"], len(whole["history"])) == (HIDDEN, 5)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("issueLinkType IS NOT EMPTY", ["WEB-1"]),
        ("issueLinkType = 'is blocked by'", ["WEB-1"]),
        ("issueLink = WEB-1", []),
        ("parent IS NOT EMPTY", ["WEB-4"]),
        ("'Epic Link' != WEB-77", ["WEB-4"]),
    ],
)
async def test_a_link_to_a_restricted_issue_is_counted_for_those_alone_who_see_it(
    service: Service, query: str, found: list[str]
) -> None:
    await a_restricted_store(service)
    await surrounded(service)
    viewer = bearer(await made(service, name="v"))
    assert (await told(service, ISSUES, viewer, jql=query))["total"] == 0
    seen = (await service.http.get(ISSUES, params={"jql": query})).json()["items"]
    assert [one["key"] for one in seen if one["key"] != HIDDEN] == found


async def test_nothing_that_is_asked_by_a_key_says_how_the_issue_is_called_elsewhere(
    service: Service,
) -> None:
    await a_restricted_store(service)
    viewer = bearer(await made(service, name="v"))
    for path in ("/api/v1/decisions", EFFECTS):
        assert (await service.http.get(path, params={"issue": HIDDEN})).json()["items"]
        for key in (HIDDEN, NEVER):
            assert (await told(service, path, viewer, issue=key))["items"] == []
    told_of = await delivery(service, 2, subject="issue:2")
    for path in (DELIVERIES, f"{DELIVERIES}/{told_of}"):
        answer = await told(service, path, viewer)
        assert answer.get("items", [answer])[0]["subject"] == "issue:restricted"
    echoed = []
    for key in (HIDDEN, NEVER):
        rule = {"name": key, "trigger": {"type": "manual"}, "when": f"key = {key}"}
        rule |= {"actions": [{"type": "log", "text": f"{key} and so on"}]}
        asked = {"json": {"document": rule}, "headers": viewer}
        answer = await service.http.post("/api/v1/rules/check", **asked)
        assert answer.status_code == 200, answer.text
        echoed.append(answer.text.replace(key, "KEY"))
    assert echoed[0] == echoed[1], "a draft comes back as it was sent"


async def test_what_waits_for_a_comment_that_is_for_some_readers_does_not_show_it(service: Service) -> None:
    comment = {"id": "77", "author": "quentin", "body": "The lawsuit", "limited": True}
    event = {"issue_key": "WEB-1", "comment": comment}
    await a_store(service)
    number = await run(service, parameters={"rule": 1, "event": event})
    viewer = bearer(await made(service, name="v"))
    for path in (RUNS, f"{RUNS}/{number}"):
        for headers, seen in ((viewer, False), (None, True)):
            answer = await service.http.get(path, headers=headers)
            assert ("lawsuit" in answer.text, "quentin" in answer.text) == (seen, seen)
            assert "WEB-1" in answer.text


async def test_a_report_that_was_kept_forgets_what_was_restricted_since(service: Service) -> None:
    await a_restricted_store(service)
    row = {"key": HIDDEN, "summary": "What it was called", "points": 5}
    former = {**row, "key": "restricted-0123456789", "summary": ""}  # what stood for one until 2026
    document = {"verdict": "at risk", "issues": [row, former, {**row, "key": "WEB-1"}], "blocked": [HIDDEN]}
    dana, erik = (
        {"person": who, "issues": [HIDDEN, *more]} for who, more in (("Dana", []), ("Erik", ["WEB-1"]))
    )
    document["people"] = [dana, erik]

    def keep(tx: Connection) -> None:
        kept = {"site_id": 1, "kind": "sprint_health", "board_id": 1, "sprint_id": 7, "at": at_day(9)}
        tx.execute(tables.reports.insert().values(**kept, created_at=at_day(9), document=document))

    await service.database.call_write(keep)
    viewer = bearer(await made(service, name="v"))
    shown = (await told(service, "/api/v1/reports/1", viewer))["document"]
    assert shown["verdict"] == "at risk"
    assert ([one["key"] for one in shown["issues"]], shown["blocked"]) == (["WEB-1"], [])
    assert shown["people"] == [{"person": "Erik", "issues": ["WEB-1"]}], "who has nothing else is not named"
    assert (await service.http.get("/api/v1/reports/1")).json()["document"] == document


async def test_nobody_asks_a_report_by_a_query_what_a_restricted_issue_says(service: Service) -> None:
    await service.database.call_write(filled)
    viewer = bearer(await made(service, name="v"))
    query = {**AT, "query": "parent = BURN-11"}
    before = await told(service, DELIVERY, viewer, **query)
    await service.database.call_write(lambda tx: restrict(tx, "BURN-700"))
    after, admins = [await told(service, DELIVERY, who, **query) for who in (viewer, {})]
    assert after["parts"] == admins["parts"] != before["parts"]
    assert after["restricted_issues"] == admins["restricted_issues"] == 2, "of the project, whatever is asked"
    (part,) = (await told(service, DELIVERY, viewer, **AT, query="key = BURN-700"))["parts"]
    (never,) = (await told(service, DELIVERY, viewer, **AT, query="key = BURN-998"))["parts"]
    assert part["scopes"][0] | {"name": ""} == never["scopes"][0] | {"name": ""}


async def test_nor_a_backlog_or_a_policy(groomed: Service) -> None:
    service = groomed
    viewer = bearer(await made(service, name="v"))
    policy = "name: Overdue\nboard: 1\nchecks: {overdue: {}}\nladder: [{step: report}]\n"

    async def previewed(source: str) -> Any:
        answer = await service.http.post(
            "/api/v1/grooming-policies/preview", json={"source": source}, headers=viewer
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert len((await previewed(policy))["steps"]) == 1
    assert (await told(service, "/api/v1/boards/1/backlog", viewer, query="key = BURN-1"))["findings"]
    await service.database.call_write(lambda tx: restrict(tx, "BURN-1"))
    for source in (policy, f"{policy}when: key = BURN-1\n"):
        assert (await previewed(source))["steps"] == []
    asked = [
        await told(service, "/api/v1/boards/1/backlog", viewer, query=query)
        for query in ("key = BURN-1 AND summary ~ Issue", "key = BURN-77")
    ]
    assert {**asked[0], "scope": ""} == {**asked[1], "scope": ""}


async def test_to_be_like_a_restricted_issue_tells_nothing(service: Service) -> None:
    def fill(tx: Connection) -> None:
        tx.exec_driver_sql("UPDATE sites SET base_url = 'https://burnish.test'")
        a_team(tx)

    await service.database.call_write(fill)
    viewer = bearer(await made(service, name="v"))
    path = f"{ISSUES}/BURN-1/duplicates"
    before = await told(service, path, viewer)
    assert before["candidates"][0]["key"] == "BURN-2"
    await service.database.call_write(lambda tx: restrict(tx, "BURN-2"))
    after = await told(service, path, viewer)
    assert after["compared_with"] == before["compared_with"] - 1
    assert not [one for one in after["candidates"] if one["key"].startswith(("restricted", "BURN-2"))]
    assert (await service.http.get(path)).json() == before
    near = (await told(service, f"{ISSUES}/BURN-999/estimate", viewer))["neighbours"]
    await service.database.call_write(lambda tx: restrict(tx, near[0]["key"]))
    left = await told(service, f"{ISSUES}/BURN-999/estimate", viewer)
    assert not [one for one in left["neighbours"] if one["key"].startswith("restricted")]
    assert left["suggestion"]["learnt_from"] < 120
