"""What an admin is told to mend: every fault is brought about at a sandbox Jira and must be found."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import httpx
import pytest

from app.domain.reports.target import SprintIssue, Target
from app.services.doctor import SIGN_IN_ANEW, Expected, Stored, judge_site
from app.services.doctor_fields import NamedField
from app.services.doctor_visit import look_at_jira
from app.services.findings import Finding, Level
from connectors.jira.auth import ApiToken, PersonalAccessToken
from connectors.jira.client import open_jira
from connectors.jira.deployment import Deployment
from connectors.reach import why_not_reached
from connectors.sandbox.main import create_sandbox
from tests.jobs.support import ONCE, OPENS, SANDBOX
from tests.services.told_findings import bad, of

Edition = Literal["cloud", "datacenter"]
HERE = "https://burnish.example.com/webhooks/jira/demo"
EXPECTED = Expected(
    "demo", ("BURN",), {1: Target("BURN-1")}, has_secret=True, catch_up=timedelta(minutes=10), public_url=None
)
STORED = Stored(synced_at=OPENS, heard_at=OPENS)
each_edition = pytest.mark.parametrize("edition", ["cloud", "datacenter"])
Tamper = Callable[[str, Any], Any]


class Tampered(httpx.AsyncBaseTransport):
    """The sandbox, some of whose answers are changed on the way."""

    def __init__(self, under: httpx.AsyncBaseTransport, tamper: Tamper) -> None:
        self._under = under
        self._tamper = tamper

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._under.handle_async_request(request)
        content = await answer.aread()
        changed = self._tamper(request.url.path, json.loads(content))
        if isinstance(changed, int):
            return httpx.Response(changed, json={"errorMessages": ["no"]})
        return httpx.Response(answer.status_code, json=changed)


def untouched(_: str, answer: Any) -> Any:
    return answer


@asynccontextmanager
async def visited(
    edition: Edition, tamper: Tamper = untouched, *, token: str = SANDBOX.token, hook: str | None = HERE
) -> AsyncIterator[Callable[..., Any]]:
    """A sandbox Jira, and the doctor before it."""
    app = create_sandbox(replace(SANDBOX, deployment=edition))
    transport = httpx.ASGITransport(app=app)
    auth: Any = ApiToken(SANDBOX.email, token) if edition == "cloud" else PersonalAccessToken(token)
    deployment = Deployment.CLOUD if edition == "cloud" else Deployment.DATA_CENTER
    async with (
        app.router.lifespan_context(app),
        open_jira(
            "http://localhost",
            auth,
            deployment=deployment,
            transport=Tampered(transport, tamper),
            retry=ONCE,
        ) as jira,
    ):
        if hook is not None and token == SANDBOX.token:
            await jira.register_webhook("Burnish", hook, ["jira:issue_updated"], "", "secret")

        async def visit(expected: Expected = EXPECTED, stored: Stored = STORED) -> list[Finding]:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("app.services.doctor_visit.why_not_reached", _reached)
                facts = await look_at_jira(jira, expected, now=lambda: OPENS)
            return judge_site(expected, stored, facts, OPENS + timedelta(minutes=1))

        yield visit


async def _reached(url: str) -> str:
    assert url == "https://burnish.example.com/health/live"
    return ""


@each_edition
async def test_of_a_site_in_order_nothing_is_said_to_mend(edition: Edition) -> None:
    async with visited(edition) as visit:
        findings = await visit()
    assert bad(findings) == []
    assert {one.site for one in findings} == {"demo"}
    assert not of(findings, "fields")[0].mend
    assert "Europe/Berlin" in of(findings, "time zone")[0].seen
    assert "estimates in Story" in of(findings, "boards")[0].seen


def lacking(key: str) -> Tamper:
    def tamper(path: str, answer: Any) -> Any:
        if path.endswith("/mypermissions") and key in answer["permissions"]:
            answer["permissions"][key]["havePermission"] = False
        return answer

    return tamper


def answering(end: str, made: Callable[[Any], Any]) -> Tamper:
    return lambda path, answer: made(answer) if path.endswith(end) else answer


def without_field(name: str) -> Tamper:
    return answering("/field", lambda fields: [one for one in fields if one["name"] != name])


def switched_off(path: str, answer: Any) -> Any:
    if path.endswith(("/webhook", "/webhooks")) and isinstance(answer, list):
        return [{**one, "enabled": False} for one in answer]
    return answer


FAULTS: dict[str, tuple[Tamper, str, Level, str]] = {
    "browse": (lacking("BROWSE_PROJECTS"), "permissions", Level.FAULT, "lacks BROWSE_PROJECTS"),
    "comment": (lacking("ADD_COMMENTS"), "permissions", Level.FAULT, "write reports as comments"),
    "edit": (lacking("EDIT_OWN_COMMENTS"), "permissions", Level.FAULT, "lacks EDIT_OWN_COMMENTS"),
    "transition": (lacking("TRANSITION_ISSUES"), "permissions", Level.WARNING, "move issues"),
    "people": (lacking("USER_PICKER"), "permissions", Level.WARNING, "may not browse users"),
    "sprint field": (without_field("Sprint"), "fields", Level.FAULT, "no sprint report"),
    "points": (without_field("Story Points"), "fields", Level.WARNING, "count issues"),
    "flagged": (without_field("Flagged"), "fields", Level.WARNING, "flags are not seen"),
    "rank": (without_field("Rank"), "fields", Level.WARNING, "order of the backlog"),
    "field list": (answering("/field", lambda _: 403), "fields", Level.FAULT, "not allowed"),
    "board": (answering("/board/1/configuration", lambda _: 404), "boards", Level.FAULT, "Board 1 cannot"),
    "filter": (answering("/filter/10010", lambda _: 400), "boards", Level.WARNING, "filter of board 1"),
    "zone": (answering("/myself", lambda me: {**me, "timeZone": ""}), "time zone", Level.WARNING, "not tell"),
    "hooks": (switched_off, "webhook", Level.WARNING, "switched off"),
}


@each_edition
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_found_with_its_mend_and_nothing_else_is_blamed(
    edition: Edition, fault: str
) -> None:
    tamper, check, level, said = FAULTS[fault]
    async with visited(edition, tamper) as visit:
        findings = await visit()
    (found,) = [one for one in findings if one.level in {Level.WARNING, Level.FAULT}]
    assert (found.check, found.level) == (check, level)
    assert said in found.seen
    assert found.mend


async def test_a_filter_that_is_not_shared_is_no_matter_where_all_issues_are_to_count() -> None:
    tamper = answering("/filter/10010", lambda _: 404)
    async with visited("cloud", tamper) as visit:
        (found,) = of(await visit(), "boards", Level.WARNING)
        assert "Share the filter with the account" in found.mend
        assert bad(await visit(replace(EXPECTED, unfiltered={1}))) == []


@each_edition
async def test_a_token_that_jira_does_not_take_skips_what_needs_it(edition: Edition) -> None:
    async with visited(edition, token="revoked") as visit:
        findings = await visit()
    assert bad(findings) == [("credentials", Level.FAULT)]
    assert "new token" in of(findings, "credentials")[0].mend
    assert {one.check for one in findings if one.level is Level.SKIPPED} >= {"fields", "boards", "webhook"}


async def test_a_refusal_at_the_first_question_is_mended_by_a_token_and_not_by_the_address() -> None:
    async with visited("cloud", answering("/serverInfo", lambda _: 401)) as visit:
        (jira,) = of(await visit(), "jira")
    assert (jira.level, jira.mend) == (Level.FAULT, SIGN_IN_ANEW)


async def test_a_jira_that_does_not_answer_is_one_fault() -> None:
    async with visited("cloud", lambda _, __: 503, hook=None) as visit:
        findings = await visit()
    assert bad(findings) == [("jira", Level.FAULT)]
    assert "network and proxies" in of(findings, "jira")[0].mend


@each_edition
@pytest.mark.parametrize(
    ("seconds", "level"), [(30, Level.OK), (90, Level.WARNING), (-400, Level.FAULT), (-172_800, Level.FAULT)]
)
async def test_a_clock_that_differs_is_told_with_the_difference(
    edition: Edition, seconds: int, level: Level
) -> None:
    ahead = (OPENS + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    async with visited(edition, answering("/serverInfo", lambda one: {**one, "serverTime": ahead})) as visit:
        (found,) = of(await visit(), "clock")
    assert found.level is level
    assert f"{abs(seconds)} s " in found.seen
    assert f"{'ahead of' if seconds > 0 else 'behind'} ours" in found.seen
    assert ("`--start`" in found.mend) == (seconds == -172_800), "so the sandbox begins"


@each_edition
async def test_a_project_that_is_hidden_is_named(edition: Edition) -> None:
    async with visited(edition) as visit:
        findings = await visit(replace(EXPECTED, projects=("BURN", "GONE")))
    (found,) = of(findings, "projects")
    assert (found.level, "GONE" in found.seen) == (Level.FAULT, True)


@each_edition
async def test_where_any_report_is_written_the_account_has_to_be_and_to_comment(edition: Edition) -> None:
    """Also where the settings keep other projects, and where it is no report on a sprint."""
    other = replace(EXPECTED, projects=("ORDER",), boards={}, report_issues=("BURN-9",))
    async with visited(edition, lacking("ADD_COMMENTS")) as visit:
        findings = await visit(other)
        hidden = await visit(replace(other, report_issues=("GONE-1",)))
    assert [one.seen for one in of(findings, "permissions", Level.FAULT)] == [
        "In BURN the account lacks ADD_COMMENTS, without which Burnish cannot write reports as comments."
    ]
    (found,) = of(hidden, "projects", Level.FAULT)
    assert "GONE" in found.seen


@each_edition
async def test_an_issue_that_is_to_carry_reports_and_is_not_there_is_named(edition: Edition) -> None:
    async with visited(edition) as visit:
        there = await visit(replace(EXPECTED, report_issues=("BURN-1",)))
        (gone,) = of(await visit(replace(EXPECTED, report_issues=("BURN-1", "BURN-99999"))), "reports")
    assert [one.seen for one in of(there, "reports")] == ["Reports go to BURN-1."]
    assert gone.level is Level.FAULT
    assert gone.seen.startswith("Issue BURN-99999, which is to carry reports, cannot be read")
    assert "report_issue" in gone.mend


@each_edition
async def test_who_is_to_create_issues_for_reports_has_to_be_able_to(edition: Edition) -> None:
    own = Target(sprint_issue=SprintIssue("BURN", "Task", "{sprint}"))
    async with visited(edition, lacking("CREATE_ISSUES")) as visit:
        (only_rules,) = of(await visit(), "permissions")
        (reports,) = of(await visit(replace(EXPECTED, boards={1: own})), "permissions")
    assert (only_rules.level, reports.level) == (Level.WARNING, Level.FAULT)
    assert "lacks CREATE_ISSUES" in reports.seen


@each_edition
async def test_webhooks_are_compared_with_where_we_are(edition: Edition) -> None:
    async with visited(edition, hook=None) as visit:
        (none,) = of(await visit(), "webhook")
        (unsigned,) = of(await visit(replace(EXPECTED, has_secret=False)), "webhook")
    async with visited(edition) as visit:
        (moved, _) = of(await visit(replace(EXPECTED, public_url="https://new.example.com")), "webhook")
        (silent,) = of(await visit(stored=replace(STORED, heard_at=None)), "webhook")
        untold = replace(STORED, untold="BURN-7", untold_at=OPENS - timedelta(hours=2))
        (some_lost,) = of(await visit(stored=untold), "webhook")
        (all_told,) = of(await visit(stored=replace(untold, untold_at=OPENS - timedelta(days=2))), "webhook")
        (good,) = of(await visit(replace(EXPECTED, public_url="https://burnish.example.com")), "webhook")
    assert "No webhook of Jira leads to …/webhooks/jira/demo" in none.seen
    assert "burnish webhook register" in none.mend
    assert "every delivery is refused" in unsigned.seen
    assert "the public address is https://new.example.com" in moved.seen
    assert "nothing has come yet" in silent.seen
    assert "nothing of a change of BURN-7 that was found 2026-11-18 08:30" in some_lost.seen
    assert "has no JQL that leaves some out" in some_lost.mend
    assert good.level is all_told.level is Level.OK


@each_edition
async def test_an_account_that_may_not_see_webhooks_is_no_fault(edition: Edition) -> None:
    tamper: Tamper = lambda path, answer: (  # noqa: E731
        403 if path.endswith(("/webhook", "/webhooks")) and isinstance(answer, list) else answer
    )
    async with visited(edition, tamper) as visit:
        (found,) = of(await visit(), "webhook")
    assert found.level is Level.SKIPPED
    assert "heard of last 2026-11-18 10:30:00 UTC" in found.seen


@each_edition
async def test_a_pause_and_a_late_sync_are_told(edition: Edition) -> None:
    resting = Stored(None, OPENS, OPENS + timedelta(hours=1), "Jira's quota is used up")
    late = Stored(OPENS - timedelta(hours=1), OPENS)
    async with visited(edition) as visit:
        assert bad(await visit(stored=resting)) == [("rate limits", Level.WARNING), ("sync", Level.WARNING)]
        (found,) = of(await visit(stored=late), "sync")
    assert found.level is Level.WARNING


@each_edition
async def test_manage_sprints_is_asked_for_by_reports_in_properties_alone(edition: Edition) -> None:
    async with visited(edition, lacking("MANAGE_SPRINTS_PERMISSION")) as visit:
        (fine,) = of(await visit(), "permissions")
        wanted = replace(EXPECTED, boards={1: Target("BURN-1", sprint_property="burnish")})
        (missing,) = of(await visit(expected=wanted), "permissions")
    assert fine.level is Level.OK
    assert "cannot write reports into properties of sprints" in missing.seen


@each_edition
async def test_words_of_links_that_the_site_does_not_have_are_told(edition: Edition) -> None:
    stored = replace(STORED, link_words=("blocks", "Is blocked by", "relates to"))
    async with visited(edition) as visit:
        (found,) = of(await visit(stored=stored), "links")
        assert found.level is Level.OK
        wanted = replace(EXPECTED, blocked_by_links=("is blocked by", "waits for"))
        (found,) = of(await visit(expected=wanted, stored=stored), "links")
        assert of(await visit(), "links") == []
    assert (found.level, found.seen) == (Level.WARNING, "No link reads 'waits for': it tells of no blocker.")
    assert "relates to" in found.mend


async def test_an_address_is_reached_or_it_is_said_why_not() -> None:
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200)

    good = httpx.MockTransport(answer)
    bad_gateway = httpx.MockTransport(lambda _: httpx.Response(502))
    assert await why_not_reached("https://burnish.test/health/live", transport=good) == ""
    assert paths == ["/health/live"], "with a slash behind it Burnish answers with another address"
    assert (
        await why_not_reached("https://burnish.test/health/live", transport=bad_gateway) == "it answers 502"
    )
    assert await why_not_reached("http://127.0.0.1:1/health/live") != ""
    assert await why_not_reached("nonsense") == "it is not an address"


@each_edition
async def test_fields_that_a_formula_names_and_jira_lacks_are_told_with_a_way_out(edition: Edition) -> None:
    def doubled(path: str, answer: Any) -> Any:
        if not path.endswith("/field"):
            return answer
        kind = {"type": "number", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:float"}
        many = [
            ("customfield_901", "Size"),
            ("customfield_902", "Size"),
            ("customfield_903", "Reach (users)"),
        ]
        own = {"id": "environment", "name": "Environment", "custom": False, "schema": {"type": "string"}}
        more = [{"id": id_, "name": name, "custom": True, "schema": kind} for id_, name in many]
        return [*(one for one in answer if one["id"] != "environment"), own, *more]

    def named(*names: str) -> Expected:
        every = [NamedField(name, "`priority` of board 1", "no issue has a score") for name in names]
        return replace(EXPECTED, named_fields=every)

    async with visited(edition, doubled) as visit:
        there = await visit(named("Reach (users)", "customfield_902", "environment"))
        assert bad(there) == []
        lost = of(
            await visit(named("Reach", "Size", "Environment", "customfield_1")), "fields", Level.WARNING
        )
    assert [one.mend for one in lost] == [
        "Write its name as Jira shows it, or its id, such as customfield_10042; there is 'Reach (users)'.",
        "Write the id of the one that is meant: customfield_901, customfield_902.",
        "Write its id, environment.",
        lost[3].mend,
    ]
    assert "Jira has no field 'customfield_1'" in lost[3].seen
    assert all("`priority` of board 1: no issue has a score" in one.seen for one in lost)
