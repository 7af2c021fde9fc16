"""Grooming over HTTP: the report, its checks, proposals and policies."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.connections import check_grooming
from app.domain.scrum.from_jira import SiteFields, read_issue
from app.errors import SettingsInvalid
from app.store import boards, issues, runs, scorings, sites, tables, things
from tests.api.support import Service, is_problem, serving, settings_for
from tests.factories import SPRINT_FIELD, a_board, day
from tests.payloads import issue
from tests.stores import FIELDS, rows

POLICY = "name: Overdue\nboard: 1\nchecks: {overdue: {}}\nladder: [{step: comment, text: Still due?}]\n"
RELEASED = {
    "id": "7",
    "project_id": "10000",
    "name": "1.9",
    "description": "",
    "released": True,
    "archived": False,
    "start_on": None,
    "released_on": "2026-02-01",
    "position": 0,
    "merged_into": None,
}


@pytest.fixture
async def groomed(database_url: str) -> AsyncIterator[Service]:
    """A service whose store has an overdue issue in a released version."""
    wanted = {"board": 1, "report_issue": "BURN-9", "checks": {"missing_description": False}}
    wanted["priority"] = {"formula": "age_days"}
    demo = {
        "url": "http://127.0.0.1:1",
        "email": "bot@burnish.test",
        "token": "a-token",
        "projects": ["BURN"],
        "sprint_health": [{"board": 1, "report_issue": "BURN-8"}],
        "backlog_grooming": [wanted],
    }
    async with serving(database_url, sites={"demo": demo}) as service:
        with service.database.write() as tx:
            row = sites.get_site(tx, "demo")
            sites.replace_fields(tx, row.id, FIELDS, SiteFields(SPRINT_FIELD))
            row = sites.get_site(tx, "demo")
            boards.save_board(tx, row.id, a_board(), heard_at=day(0), project_key="BURN")
            things.replace_versions(tx, row, "10000", [RELEASED], at=day(0))
            for number in (1, 9):
                record = read_issue(
                    issue(
                        number, sprints=None, duedate="2026-03-02", fixVersions=[{"id": "7", "name": "1.9"}]
                    ),
                    row.fields,
                )
                assert record is not None
                issues.save_issues(tx, row, [record], history_complete=True)
        yield service


async def test_the_report_of_a_backlog_is_answered_as_the_settings_want_it(groomed: Service) -> None:
    answer = await groomed.http.get("/api/v1/boards/1/backlog")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    found = {(one["check"], one["key"]) for one in told["findings"]}
    assert ("overdue", "BURN-1") in found
    assert not any(key == "BURN-9" for _, key in found)
    assert "missing_description" not in told["counts"]
    page = await groomed.http.get("/api/v1/boards/1/backlog", params={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(
        page.headers["content-security-policy"].split("; ")
    )
    assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "BURN-1" in page.text


async def test_what_is_for_one_person_is_told_by_name(groomed: Service) -> None:
    every = (await groomed.http.get("/api/v1/boards/1/backlog/digest")).json()["people"]
    (one,) = every
    assert [each["key"] for each in one["issues"]] == ["BURN-1"]
    asked = {"person": one["name"].upper(), "format": "markdown"}
    told = await groomed.http.get("/api/v1/boards/1/backlog/digest", params=asked)
    assert "1 issue of yours needs something." in told.text
    assert "It was due on 2 Mar 2026" in told.text
    is_problem(await groomed.http.get("/api/v1/boards/1/backlog/digest", params={"person": "nobody"}), 404)


async def test_a_query_that_cannot_be_read_is_a_problem(groomed: Service) -> None:
    is_problem(await groomed.http.get("/api/v1/boards/1/backlog", params={"query": "project ="}), 400)
    is_problem(await groomed.http.get("/api/v1/boards/99/backlog"), 404)


async def test_every_check_is_listed_with_its_manual(groomed: Service) -> None:
    told = (await groomed.http.get("/api/v1/grooming-checks")).json()["items"]
    assert all("Why it matters:" in one["manual"] for one in told)
    assert {"stale", "overdue"} <= {one["name"] for one in told}


async def test_an_accepted_proposal_is_owed_once(groomed: Service) -> None:
    wanted = {"check": "released_version", "issue": "BURN-1"}
    for _ in range(2):
        answer = await groomed.http.post("/api/v1/boards/1/backlog/acceptances", json=wanted)
        assert answer.status_code == 202, answer.text
        assert answer.json() == {"issue": "BURN-1", "proposal": "Take fix version 1.9 away"}
    with groomed.database.read() as tx:
        (effect,) = rows(tx, tables.effects)
    assert effect["kind"] == "edit_issue"
    assert effect["payload"]["update"] == {"fixVersions": [{"remove": {"id": "7"}}]}
    entries = (await groomed.http.get("/api/v1/audit")).json()["items"]
    assert {(one["action"], one["resource_id"]) for one in entries} == {("proposal.accepted", "BURN-1")}


async def test_ranks_are_accepted_by_the_proposal_that_was_seen(groomed: Service) -> None:
    with groomed.database.write() as tx:
        site = sites.get_site(tx, "demo")
        record = read_issue(issue(2, sprints=None, created="2026-01-01T00:00:00.000+0000"), site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=True)
    told = (await groomed.http.get("/api/v1/boards/1/priority")).json()
    assert told["moves"] == [{"keys": ["BURN-2"], "before": "BURN-1", "after": None}]
    address = "/api/v1/boards/1/priority/acceptances"
    is_problem(await groomed.http.post(address, json={"proposal": "0123456789"}), 409)
    answer = await groomed.http.post(address, json={"proposal": told["proposal"]})
    assert (answer.status_code, answer.json()) == (202, {"moved": 1})
    with groomed.database.read() as tx:
        (effect,) = rows(tx, tables.effects)
    assert (effect["kind"], effect["payload"]["keys"]) == ("rank_issues", ["BURN-2"])
    (entry,) = (await groomed.http.get("/api/v1/audit")).json()["items"]
    assert (entry["action"], entry["resource_id"]) == ("ranks.accepted", "1")


async def test_a_scoring_has_versions_and_the_ranking_says_by_which(groomed: Service) -> None:
    path = "/api/v1/boards/1/priority"
    first = (await groomed.http.get(path)).json()
    assert (first["scoring"]["version"], first["scoring"]["is_present"]) == (1, True)
    told = (await groomed.http.get(path, params={"format": "markdown"})).text
    assert "By age_days. Version 1 of this board's scoring, since" in told.replace("\\", "")
    with groomed.database.write() as tx:
        site = sites.get_site(tx, "demo")
        for formula in ("age_days", "votes + 1"):
            scorings.keep(tx, site.id, 1, {"formula": formula}, now=day(9), by="key ci")
        scorings.keep(tx, site.id, 2, {"formula": "urgency"}, now=day(9), by="key ci")
    listed = (await groomed.http.get(f"{path}/versions")).json()
    assert [(one["id"], one["made_by"], one["document"]) for one in listed["items"]] == [
        (2, "key ci", {"formula": "votes + 1"}),
        (1, "settings file", {"formula": "age_days"}),
    ], "who said the same again changed nothing"
    assert "-formula: age_days\n+formula: votes + 1\n" in listed["items"][0]["diff"]
    page = (await groomed.http.get(f"{path}/versions", params={"limit": 1})).json()
    assert (page["items"][0]["id"], page["next"]) == (2, 2)
    # What a version would say is looked at before somebody puts it into the settings, and accepted only then.
    other = (await groomed.http.get(path, params={"version": 2})).json()
    assert (other["formula"], other["scoring"]["is_present"]) == ("votes + 1", False)
    assert other["scoring"]["made_by"] == "key ci"
    told = (await groomed.http.get(path, params={"version": 2, "format": "markdown"})).text
    assert "by key ci; the settings say another one now" in told
    with groomed.database.write() as tx:
        tx.execute(tables.metadata.tables["scorings"].update().values(made_by=None))
    told = (await groomed.http.get(path, params={"version": 2, "format": "markdown"})).text
    assert "; the settings say another one now" in told, "an older Burnish did not keep it"
    assert " by " not in told.partition("Version 2")[2].partition(";")[0]
    assert "burnish grooming rank" not in told
    with groomed.database.write() as tx:
        boards.save_board(tx, site.id, replace(a_board(), id=3), heard_at=day(0), project_key="BURN")
    assert (await groomed.http.get("/api/v1/boards/3/priority/versions")).json() == {
        "items": [],
        "next": None,
    }
    gone = is_problem(await groomed.http.get(path, params={"version": 3}), 404)
    assert "There are 1 to 2." in gone["detail"]


async def test_what_is_not_found_or_proposes_nothing_is_refused(groomed: Service) -> None:
    path = "/api/v1/boards/1/backlog/acceptances"
    is_problem(await groomed.http.post(path, json={"check": "archived_version", "issue": "BURN-1"}), 404)
    is_problem(await groomed.http.post(path, json={"check": "no_such", "issue": "BURN-1"}), 404)
    refused = is_problem(await groomed.http.post(path, json={"check": "overdue", "issue": "BURN-1"}), 409)
    assert "proposes nothing" in refused["detail"]


async def test_a_policy_is_kept_in_versions_and_removed(groomed: Service) -> None:
    seen: dict[str, str] = {}
    for version in (1, 2):
        answer = await groomed.http.post("/api/v1/grooming-policies", json={"source": POLICY}, headers=seen)
        assert answer.status_code == 201, answer.text
        seen = {"If-Match": answer.headers["etag"]}
        assert (answer.json()["version"], answer.json()["mode"]) == (version, "shadow")
    (listed,) = (await groomed.http.get("/api/v1/grooming-policies")).json()["items"]
    assert listed["source"] == POLICY
    for unsaid in (
        await groomed.http.post("/api/v1/grooming-policies", json={"source": POLICY}),
        await groomed.http.delete("/api/v1/grooming-policies/Overdue"),
    ):
        assert "send the ETag of GET as If-Match" in is_problem(unsaid, 428)["detail"]
    removed = await groomed.http.delete("/api/v1/grooming-policies/Overdue", headers=seen)
    assert removed.status_code == 204
    assert (await groomed.http.get("/api/v1/grooming-policies")).json()["items"] == []
    is_problem(await groomed.http.delete("/api/v1/grooming-policies/Overdue"), 404)


async def test_of_two_who_edit_a_policy_the_second_is_told_and_the_audit_has_both(groomed: Service) -> None:
    path = "/api/v1/grooming-policies"
    first = await groomed.http.post(path, json={"source": POLICY})
    seen = await groomed.http.get(f"{path}/Overdue")
    assert seen.headers["etag"] == first.headers["etag"]
    assert {**seen.json(), "warnings": []} == first.json()
    headers = {"If-Match": seen.headers["etag"]}
    second = {"source": POLICY.replace("Still", "Yet")}
    assert (await groomed.http.post(path, json=second, headers=headers)).status_code == 201
    problem = is_problem(await groomed.http.post(path, json={"source": POLICY}, headers=headers), 412)
    assert "nothing was written" in problem["detail"]
    is_problem(await groomed.http.delete(f"{path}/Overdue", headers=headers), 412)
    headers = {"If-Match": problem["version"]}
    assert (await groomed.http.delete(f"{path}/Overdue", headers=headers)).status_code == 204
    is_problem(await groomed.http.post(path, json=second, headers=headers), 412)
    entries = (await groomed.http.get("/api/v1/audit")).json()["items"]
    told = [
        (one["action"], *((one[name] or {}).get("source") for name in ("before", "after"))) for one in entries
    ]
    assert told == [
        ("policy.removed", second["source"], None),
        ("policy.saved", POLICY, second["source"]),
        ("policy.saved", None, POLICY),
    ]


async def test_a_preview_says_what_a_policy_would_do_and_does_nothing(groomed: Service) -> None:
    answer = await groomed.http.post("/api/v1/grooming-policies/preview", json={"source": POLICY})
    assert answer.status_code == 200, answer.text
    (step,) = answer.json()["steps"]
    assert (step["key"], step["step"]) == ("BURN-1", "comment")
    with groomed.database.read() as tx:
        assert rows(tx, tables.effects) == []
        assert rows(tx, tables.grooming_steps) == []
    assert answer.json()["missing"] == []
    commanded = {"source": f"{POLICY}command_roles: [Leads]\n"}
    answer = await groomed.http.post("/api/v1/grooming-policies/preview", json=commanded)
    assert "role 'Leads' in project BURN has not been read" in answer.json()["missing"][0]


@pytest.mark.parametrize(
    ("source", "says", "pointer"),
    [
        ("name: [", "no YAML", None),
        (POLICY.replace("overdue", "overdu"), "no check 'overdu'", "/checks/overdu"),
        (POLICY.replace("text:", "txt:"), "txt", None),
        ("name: 2020-99-01", "no YAML", None),
        (POLICY + "mode: maybe\n", "maybe", "/mode"),
        (POLICY + "command_roles: {close: [Leads]}\n", "no command 'close'", "/command_roles/close"),
        (POLICY + "command_roles: {keep: Leads}\n", "as a list, [Developers]", "/command_roles/keep"),
        (POLICY + "command_roles: Leads\n", "'command_roles' has 'Leads'", "/command_roles"),
        (POLICY + "command_roles: ['']\n", "length >= 1", "/command_roles/0"),
        (
            POLICY.replace("comment, text: Still due?", "transition, status: Gone"),
            "'Gone'",
            "/ladder/0/status",
        ),
    ],
)
async def test_a_policy_that_cannot_be_read_names_the_place(
    groomed: Service, source: str, says: str, pointer: str | None
) -> None:
    problem = is_problem(await groomed.http.post("/api/v1/grooming-policies", json={"source": source}), 400)
    assert says in problem["detail"]
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer


async def test_a_policy_that_nothing_runs_is_kept_with_a_warning(groomed: Service) -> None:
    async def warned(source: str) -> list[str]:
        seen = {"If-Match": "*"}
        answer = await groomed.http.post("/api/v1/grooming-policies", json={"source": source}, headers=seen)
        assert answer.status_code == 201, answer.text
        return list(answer.json()["warnings"])

    with groomed.database.write() as tx:
        row = sites.get_site(tx, "demo")
        boards.save_board(tx, row.id, a_board(id=2), heard_at=day(0), project_key="BURN")
    names = iter("ABCD")

    def of(board: int, mode: str) -> str:
        return (
            POLICY.replace("Overdue", next(names)).replace("board: 1", f"board: {board}") + f"mode: {mode}\n"
        )

    assert await warned(of(1, "live")) == []
    (said,) = await warned(of(2, "live"))
    assert "board 2 is groomed at no set times" in said
    assert "Add [[sites.demo.backlog_grooming]] with board = 2" in said
    (said,) = await warned(of(99, "shadow"))
    assert "Board 99 is not known on 'demo'" in said
    assert "There are: 1 (" in said
    assert await warned(of(99, "off")) == []


@pytest.mark.parametrize(
    ("trigger", "run", "next_at"),
    [
        ("", "with the grooming of its board", None),
        (
            "trigger: {type: schedule, cron: 0 8 1 1 *, time_zone: Europe/Berlin}\n",
            "at 0 8 1 1 * in Europe/Berlin",
            "01-01T07:00:00Z",
        ),
        ("trigger: {type: sprint_entered}\n", "when an issue enters a sprint, and once a day", "T05:37:00Z"),
    ],
)
async def test_a_policy_tells_when_it_is_run_and_with_a_trigger_nothing_is_amiss(
    groomed: Service, trigger: str, run: str, next_at: str | None
) -> None:
    with groomed.database.write() as tx:
        row = sites.get_site(tx, "demo")
        boards.save_board(tx, row.id, a_board(id=2), heard_at=day(0), project_key="BURN")
    source = f"{POLICY.replace('board: 1', 'board: 2')}{trigger}"
    kept = (await groomed.http.post("/api/v1/grooming-policies", json={"source": source})).json()
    assert bool(kept["warnings"]) is not bool(trigger)
    listed = (await groomed.http.get("/api/v1/grooming-policies")).json()["items"]
    shown = (await groomed.http.get("/api/v1/grooming-policies/Overdue")).json()
    for told in (kept, *listed, shown):
        assert told["run"] == run
        assert (told["next_run_at"] or "").endswith(next_at or "")
        assert (told["next_run_at"] is None) is (next_at is None)
    every = (await groomed.http.get("/api/v1/schedules")).json()["items"]
    assert [one["kind"] for one in every if one["name"] == "policy Overdue"] == ["grooming_policy"] * bool(
        trigger
    )
    runs_told = await groomed.http.get("/api/v1/runs", params={"kind": "grooming_policy"})
    assert runs_told.json()["items"] == []


@pytest.mark.parametrize(
    ("trigger", "says", "pointer"),
    [
        ("{type: schedule, cron: 0 8 * * 1-5}", "'0 8 * * 1-5': name the days of the week", "/trigger/cron"),
        ("{type: schedule, cron: 0 8 30 2 *}", "'0 8 30 2 *' never fires", "/trigger/cron"),
        ("{type: schedule, cron: daily}", "'daily': not a cron line of five fields", "/trigger/cron"),
        ("{type: schedule}", "a schedule needs one", "/trigger/cron"),
        ("{type: sprint_enterd}", "perhaps 'sprint_entered' is meant", "/trigger/type"),
    ],
)
async def test_a_trigger_that_cannot_be_read_names_the_place(
    groomed: Service, trigger: str, says: str, pointer: str
) -> None:
    source = {"source": f"{POLICY}trigger: {trigger}\n"}
    problem = is_problem(await groomed.http.post("/api/v1/grooming-policies", json=source), 400)
    assert says in problem["detail"]
    assert problem["errors"][0]["pointer"] == pointer


async def test_a_run_is_asked_for_with_what_the_settings_want(groomed: Service) -> None:
    answer = await groomed.http.post("/api/v1/runs", json={"kind": "backlog_grooming", "board": 1})
    assert answer.status_code == 202, answer.text
    with groomed.database.read() as tx:
        parameters = runs.get(tx, answer.json()["id"])["parameters"]
        schedules = {row["name"]: row for row in rows(tx, tables.schedules)}
    assert parameters["post_to"] == "BURN-9"
    assert parameters["leave_out"] == ["BURN-8", "BURN-9"]
    scheduled = schedules["backlog grooming of board 1"]
    assert scheduled["kind"] == "backlog_grooming"
    assert scheduled["parameters"]["checks"] == {"missing_description": False}


def test_a_mistake_in_what_is_wanted_of_a_backlog_is_told_at_the_start() -> None:
    site = {"url": "http://127.0.0.1:1", "email": "bot@burnish.test", "token": "a-token"}
    groomed = {"board": 1, "report_issue": "BURN-9", "checks": {"stale": {"dais": 3}}}
    wanted = settings_for("sqlite:///x", sites={"demo": {**site, "backlog_grooming": [groomed]}})
    with pytest.raises(SettingsInvalid, match=r"sites.demo.backlog_grooming, board 1.checks.stale: .*dais"):
        check_grooming(wanted)


async def test_a_value_of_a_policys_query_that_nothing_has_is_warned_of(groomed: Service) -> None:
    source = {"source": POLICY + "when: assignee = Nbody\n"}
    saved = await groomed.http.post("/api/v1/grooming-policies", json=source)
    previewed = await groomed.http.post("/api/v1/grooming-policies/preview", json=source)
    assert saved.status_code == 201, saved.text
    for answer in (saved, previewed):
        (said,) = (one for one in answer.json()["warnings"] if one.startswith("when: "))
        assert "JQL, line 1, character 12: Nobody is called Nbody in the store" in said
