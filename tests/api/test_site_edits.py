"""Sites made, edited and removed over the API: served at once, and nothing half done."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, update

from app.api.site_edits import SiteEdit
from app.domain.scrum.issue import BLOCKED_BY
from app.settings import SiteSettings
from app.store import boards, jira_tables, tables, things
from app.store.database import Database
from app.store.sites import Site, get_site
from tests.api import keyed
from tests.api.keyed import bearer
from tests.api.queued import SITES
from tests.api.stored_sites import HOOK_SECRET, KEY, NEW, OAUTH, hears, made, version
from tests.api.stored_sites import service as service  # noqa: PLC0414 - a fixture
from tests.api.support import Service, is_problem, serving
from tests.conftest import NOW
from tests.factories import a_board

AT_EIGHT = {"type": "schedule", "cron": "0 8 * * *", "once": True}


async def test_a_site_is_made_and_served_at_once(service: Service) -> None:
    assert await hears(service, HOOK_SECRET) == 404
    answer = await service.http.post(SITES, json=NEW)
    assert answer.headers["location"] == f"{SITES}/acme"
    site = answer.json()
    assert (site["source"], site["trouble"], site["open"]["runs"]) == ("store", None, 1), "its first sync"
    assert site["settings"] == {
        "url": "https://acme.test",
        "email": "bot@acme.test",
        "projects": ["SHOP"],
        "sprint_health": [{"board": 7, "report_issue": "SHOP-1"}],
    }
    assert {one["name"] for one in site["secrets"]} == {"token", "webhook_secret"}
    assert answer.json() == (await service.http.get(f"{SITES}/acme")).json()
    assert await hears(service, HOOK_SECRET) == 202
    assert await hears(service, "another") == 401
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    assert "sprint health of board 7" in {one["name"] for one in found}
    jira = service.app.state.doors.book.jira
    assert {one.name: one.projects for one in jira.values()} == {"demo": ("BURN",), "acme": ("SHOP",)}


async def test_a_scoring_knows_whose_edit_of_the_site_it_comes_from(service: Service) -> None:
    def says(formula: str) -> dict[str, Any]:
        return {"board": 7, "report_issue": "SHOP-1", "priority": {"formula": formula}}

    await made(service, backlog_grooming=[says("votes")])
    key = bearer(await keyed.made(service, name="ci", role="admin"))
    for formula in ("votes", "votes + 1"):
        seen = await version(service)
        answer = await service.http.patch(
            f"{SITES}/acme", json={"backlog_grooming": [says(formula)]}, headers={**seen, **key}
        )
        assert answer.status_code == 200, answer.text
    with service.database.write() as tx:
        boards.save_board(tx, get_site(tx, "acme").id, replace(a_board(), id=7), heard_at=NOW)
    path = "/api/v1/boards/7/priority/versions"
    listed = (await service.http.get(path, params={"site": "acme"})).json()["items"]
    assert [(one["id"], one["made_by"]) for one in listed] == [(2, "key ci"), (1, "settings key")]


async def test_a_site_is_edited_without_a_restart(service: Service) -> None:
    await made(service)
    before = next(one for one in service.app.state.doors.book.jira.values() if one.name == "acme")
    edit = {"projects": ["SHOP", "WEB"], "sprint_health": [{"board": 8, "report_issue": "SHOP-2"}]}
    answer = await service.http.patch(f"{SITES}/acme", json=edit, headers=await version(service))
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == (await version(service))["If-Match"]
    after = service.app.state.doors.book.jira[before.id]
    assert (after.projects, after.jira) == (("SHOP", "WEB"), before.jira), (
        "the same way in, so the same client"
    )
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    on = {one["name"]: one["enabled"] for one in found}
    assert (on["sprint health of board 7"], on["sprint health of board 8"]) == (False, True)
    await service.http.patch(f"{SITES}/acme", json={"token": "other"}, headers=await version(service))
    assert service.app.state.doors.book.jira[before.id].jira is not before.jira
    answer = await service.http.patch(
        f"{SITES}/acme", json={"projects": None}, headers=await version(service)
    )
    assert "projects" not in answer.json()["settings"]


async def test_of_two_who_edit_a_site_the_second_loses_nothing(service: Service) -> None:
    await made(service)
    seen = await version(service)
    first = await service.http.patch(f"{SITES}/acme", json={"projects": ["A"]}, headers=seen)
    assert first.status_code == 200
    second = await service.http.patch(f"{SITES}/acme", json={"projects": ["B"]}, headers=seen)
    problem = is_problem(second, 412)
    assert problem["version"] == second.headers["etag"] == first.headers["etag"]
    assert (await service.http.get(f"{SITES}/acme")).json()["settings"]["projects"] == ["A"]
    is_problem(await service.http.patch(f"{SITES}/acme", json={"projects": ["B"]}), 428)
    is_problem(await service.http.delete(f"{SITES}/acme", headers=seen), 412)
    is_problem(await service.http.delete(f"{SITES}/acme"), 428)


async def test_a_site_is_removed_with_its_secrets_and_may_come_back(service: Service) -> None:
    await made(service)
    rule = {"name": "Eight", "trigger": AT_EIGHT, "actions": [{"type": "log", "text": "It is eight."}]}
    await service.http.post("/api/v1/rules", json={"site": "acme", "document": rule})
    answer = await service.http.delete(f"{SITES}/acme", headers=await version(service))
    assert (answer.status_code, answer.content) == (204, b"")
    assert await hears(service, HOOK_SECRET) == 404
    gone = (await service.http.get(f"{SITES}/acme")).json()
    assert (gone["source"], gone["settings"], gone["secrets"]) == (None, None, [])
    assert (await service.http.get("/api/v1/secrets")).json()["items"] == []
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    assert "rule 1 in shadow" in {one["name"] for one in found}
    assert {one["enabled"] for one in found} == {False}
    assert (await made(service))["source"] == "store"
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    assert {one["name"]: one["enabled"] for one in found}["rule 1 in shadow"]
    assert await hears(service, HOOK_SECRET) == 202


async def test_a_site_outlives_a_restart(database_url: str) -> None:
    async with serving(database_url, secret_key=KEY) as service:
        await made(service)
    async with serving(database_url, secret_key=KEY) as service:
        assert await hears(service, HOOK_SECRET) == 202
        found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
        assert {one["enabled"] for one in found} == {True}, (
            "the settings do not switch off what is not theirs"
        )


async def test_a_site_that_cannot_be_reached_at_all_keeps_no_other_away(database_url: str) -> None:
    """An earlier version took any address, and then did not start any more."""
    async with serving(database_url, secret_key=KEY) as service:
        await made(service)
        await made(service, name="broken")
        bad = {**NEW, "url": "https://acme.test:port"}
        kept = {
            name: value for name, value in bad.items() if name not in {"name", "token", "webhook_secrets"}
        }
        await service.database.call_write(
            lambda tx: tx.execute(
                update(tables.sites).where(tables.sites.c.name == "broken").values(settings=kept)
            )
        )
    async with serving(database_url, secret_key=KEY) as service:
        assert await hears(service, HOOK_SECRET) == 202
        assert "(url)" in (await service.http.get(f"{SITES}/broken")).json()["trouble"]


async def test_other_processes_follow(postgresql_only: Database) -> None:
    database_url = postgresql_only.engine.url.render_as_string(hide_password=False)
    async with serving(database_url, secret_key=KEY) as one, serving(database_url, secret_key=KEY) as other:
        await made(one)
        await other.app.state.doors.book.refresh()  # as it does every few seconds
        assert await hears(other, HOOK_SECRET) == 202


@pytest.mark.parametrize(
    ("wanted", "status", "pointer"),
    [
        ({"name": "Acme"}, 422, "/body/name"),
        ({"url": "http://acme.test"}, 422, "/body/url"),
        ({"url": "https://acme.test:port"}, 422, "/body/url"),
        ({"token": "planted\n"}, 422, "/body/token"),
        ({"webhook_secrets": ["planted\n"]}, 422, "/body/webhook_secrets/0"),
        (
            {"backlog_grooming": [{"board": 7, "report_issue": "SHOP-1", "checks": {"stail": {}}}]},
            400,
            "/body/backlog_grooming/0/checks/stail",
        ),
        ({"token": None}, 422, "/body"),
        ({"auth": "oauth"}, 422, "/body"),
        ({"oauth": {**OAUTH, "token_file": "/etc/passwd"}}, 422, "/body/oauth"),
        (
            {"sprint_health": [{"board": 7, "report_issue": "SHOP-1", "cron": "x"}]},
            422,
            "/body/sprint_health/0/cron",
        ),
        ({"flow": [{"board": 7, "report_issue": "SHOP-1", "weeks": 2}]}, 422, "/body/flow/0/weeks"),
        ({"flow": [{"board": 7}]}, 422, "/body/flow/0/report_issue"),
        ({"colour": "red"}, 422, "/body/colour"),
    ],
)
async def test_a_wrong_site_is_refused_with_a_pointer_to_what_is_wrong(
    service: Service, wanted: dict[str, Any], status: int, pointer: str
) -> None:
    problem = is_problem(await service.http.post(SITES, json={**NEW, **wanted}), status)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert "planted" not in str(problem)


async def test_an_edit_that_would_leave_no_site_is_refused(service: Service) -> None:
    await made(service)
    before = (await service.http.get(f"{SITES}/acme")).json()
    for edit, said in (
        ({"email": None}, "also needs email"),
        ({}, "Nothing to change"),
        ({"auth": "password"}, "username"),
    ):
        answer = await service.http.patch(f"{SITES}/acme", json=edit, headers={"If-Match": "*"})
        problem = is_problem(answer, 400)
        assert said in problem["detail"]
        assert "planted" not in str(problem)
    assert (await service.http.get(f"{SITES}/acme")).json() == before


async def test_sites_of_the_settings_stand_above_those_of_the_store(
    service: Service, database_url: str
) -> None:
    for method, path, body in (
        ("POST", SITES, {**NEW, "name": "demo"}),
        ("PATCH", f"{SITES}/demo", {"projects": ["X"]}),
        ("POST", f"{SITES}/demo/webhook-secret", {}),
        ("DELETE", f"{SITES}/demo", None),
    ):
        answer = await service.http.request(method, path, json=body, headers={"If-Match": "*"})
        assert "stands in the settings" in is_problem(answer, 409)["detail"]


async def test_what_is_taken_is_refused(service: Service) -> None:
    await made(service)
    assert "a site 'acme' already" in is_problem(await service.http.post(SITES, json=NEW), 409)["detail"]
    await service.http.delete(f"{SITES}/acme", headers={"If-Match": "*"})
    other = {**NEW, "url": "https://other.test"}
    assert (
        "Give the new Jira a new name"
        in is_problem(await service.http.post(SITES, json=other), 409)["detail"]
    )
    for method, path in (("PATCH", f"{SITES}/nowhere"), ("DELETE", f"{SITES}/nowhere")):
        answer = await service.http.request(method, path, json={"projects": ["X"]}, headers={"If-Match": "*"})
        is_problem(answer, 404)


def test_what_can_be_set_can_be_edited() -> None:
    """A setting of a site that is new wants a line in `SiteEdit`. The address stays: it is another Jira."""
    assert SiteEdit.model_fields.keys() == SiteSettings.model_fields.keys() - {"url", "webhook_secrets"}


async def test_how_a_team_works_is_part_of_its_site(service: Service) -> None:
    """As it was written it is shown again, and a share that is none is refused with its place."""
    away = {"from": "2026-12-24", "to": "2026-12-31", "share": 0.5}
    board = {
        "board": 7,
        "report_issue": "SHOP-1",
        "blocked_statuses": ["On hold"],
        "thresholds": {"blocked": 2},
        "absences": [away],
        "ignore_board_filter": True,
    }
    assert (await made(service, sprint_health=[board]))["settings"]["sprint_health"] == [board]
    assert service.app.state.doors.sites["acme"].habits[7].thresholds.blocked == 2
    assert service.app.state.doors.sites["acme"].habits[7].ignore_board_filter
    edited = {**board, "absences": [{**away, "share": 0.25}]}
    answer = await service.http.patch(
        f"{SITES}/acme", json={"sprint_health": [edited]}, headers=await version(service)
    )
    assert answer.json()["settings"]["sprint_health"] == [edited]
    (absence,) = service.app.state.doors.sites["acme"].habits[7].absences
    assert absence.share == 0.25
    wrong = {**board, "absences": [{**away, "share": 25}]}
    refused = await service.http.patch(
        f"{SITES}/acme", json={"sprint_health": [wrong]}, headers=await version(service)
    )
    assert refused.status_code == 422
    assert "/body/sprint_health/0/absences/0/share" in refused.text


async def test_how_a_team_without_sprints_works_is_part_of_its_site_too(service: Service) -> None:
    board = {"board": 9, "report_issue": "SHOP-2", "started_in": ["In Progress"], "timezone": "Europe/Berlin"}
    assert (await made(service, flow=[board]))["settings"]["flow"] == [board]
    door = service.app.state.doors.sites["acme"]
    assert door.habits[9].started_in == ("In Progress",)
    assert str(door.calendars[9].zone) == "Europe/Berlin"
    assert (door.flow_weeks[9], door.flow_targets[9].issue) == (12, "SHOP-2")
    both = {"sprint_health": [{"board": 9, "report_issue": "SHOP-1"}]}
    refused = await service.http.patch(f"{SITES}/acme", json=both, headers=await version(service))
    said = is_problem(refused, 400)["detail"]
    assert "move started_in from `flow` to `sprint_health`" in said


async def test_a_site_speaks_its_language_from_the_edit_on(service: Service) -> None:
    await made(service)
    assert await _language(service) == "english"
    answer = await service.http.patch(
        f"{SITES}/acme", json={"text_language": "german"}, headers=await version(service)
    )
    assert answer.status_code == 200, answer.text
    assert await _language(service) == "german"
    edit = {"text_language": "klingon"}
    refused = await service.http.patch(f"{SITES}/acme", json=edit, headers=await version(service))
    assert refused.status_code == 422
    assert "klingon" in refused.text


async def test_links_to_blockers_are_named_as_the_site_reads_them(service: Service) -> None:
    await made(service)
    edit = {"blocked_by_links": ["is blocked by", "depends on"]}
    answer = await service.http.patch(f"{SITES}/acme", json=edit, headers=await version(service))
    assert answer.status_code == 200, answer.text

    def known(tx: Connection) -> Site:
        site = get_site(tx, "acme")
        kind = {"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}
        things.replace_all(tx, site, jira_tables.link_types, [kind], at=NOW)
        return site

    assert (await service.database.call_write(known)).blocked_by_links == ("is blocked by", "depends on")
    again = await service.http.patch(f"{SITES}/acme", json=edit, headers=await version(service))
    assert again.status_code == 400
    assert "/body/blocked_by_links/1" in again.text
    assert "'depends on'; there are: blocks, is blocked by" in again.text
    back = {"blocked_by_links": None}
    answer = await service.http.patch(f"{SITES}/acme", json=back, headers=await version(service))
    assert answer.status_code == 200, answer.text
    assert (await service.database.call_read(lambda tx: get_site(tx, "acme"))).blocked_by_links == BLOCKED_BY


async def _language(service: Service) -> str:
    return (await service.database.call_read(lambda tx: get_site(tx, "acme"))).text_language
