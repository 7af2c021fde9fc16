"""Every route that changes something, with what it leaves on record."""

from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.from_jira import read_issue
from app.store import issues, sites, tables
from tests.api.keyed import KEYS, made
from tests.api.queued import DELIVERIES, EFFECTS, RUNS, SITES, delivery, effect, run
from tests.api.support import Service
from tests.conftest import NOW
from tests.payloads import issue

ACME: dict[str, Any] = {
    "name": "acme",
    "url": "https://acme.test",
    "email": "bot@acme.test",
    "token": "planted-token",
    "webhook_secrets": ["planted-webhook-secret"],
    "projects": ["SHOP"],
}
AUDIT = "/api/v1/audit"
Scenario = Callable[[Service], Coroutine[Any, Any, tuple[str, dict[str, Any]]]]


def on(path: str, make: Callable[[Service], Coroutine[Any, Any, int]], **body: Any) -> Scenario:
    """A call about a row that is made for it."""

    async def prepared(service: Service) -> tuple[str, dict[str, Any]]:
        return path.format(await make(service)), body

    return prepared


def at(path: str, **body: Any) -> Scenario:
    """A call that needs nothing."""

    async def prepared(_: Service) -> tuple[str, dict[str, Any]]:
        return path, body

    return prepared


async def a_key(service: Service) -> int:
    return int((await made(service, name="old"))["id"])


async def a_schedule(service: Service) -> int:
    found = (await service.http.get("/api/v1/schedules")).json()["items"]
    return next(int(one["id"]) for one in found if one["name"] == "sprint health of board 1")


async def a_site(service: Service) -> int:
    answer = await service.http.post(SITES, json=ACME)
    assert answer.status_code == 201, answer.text
    return 2


async def an_oauth_site(service: Service) -> int:
    oauth = {"client_id": "app", "client_secret": "planted-client-secret"}
    answer = await service.http.post(SITES, json={**ACME, "token": None, "auth": "oauth", "oauth": oauth})
    assert answer.status_code == 201, answer.text
    return 2


POLICIES = "/api/v1/grooming-policies"
POLICY = "name: Stale\nboard: 1\nchecks: {stale: {}}\nladder: [{step: report}]\n"
RULES = "/api/v1/rules"
RULE: dict[str, Any] = {
    "name": "By hand",
    "trigger": {"type": "manual"},
    "actions": [{"type": "comment", "text": "Hello, {{ issue.key }}."}],
}


async def a_policy(service: Service) -> int:
    answer = await service.http.post(POLICIES, json={"source": POLICY})
    assert answer.status_code == 201, answer.text
    return 1


async def a_rule(service: Service) -> int:
    answer = await service.http.post(RULES, json={"document": RULE})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def a_called_rule(service: Service) -> int:
    called = {**RULE, "trigger": {"type": "incoming_webhook"}}
    answer = await service.http.post(RULES, json={"document": called})
    return int(answer.json()["id"])


async def a_secret(service: Service) -> int:
    answer = await service.http.put(f"{SITES}/demo/rule-secrets/DEPLOY", json={"value": "planted-token"})
    assert answer.status_code == 200, answer.text
    return 1


async def a_paused_rule(service: Service) -> int:
    number = await a_rule(service)

    def pause(tx: Connection) -> None:
        tx.execute(tables.rules.update().values(paused_at=NOW, paused_reason="too much"))

    await service.database.call_write(pause)
    return number


def _read(site: sites.Site) -> Any:
    return read_issue(issue(), site.fields)


async def a_rule_and_an_issue(service: Service) -> int:
    def put(tx: Connection) -> None:
        site = sites.get_site(tx, "demo")
        issues.save_issues(tx, site, [_read(site)], history_complete=True)

    await service.database.call_write(put)
    return await a_rule(service)


# What every route that changes something leaves behind: action, the state or fact before and after.
CHANGES: dict[tuple[str, str], tuple[Scenario, str, Any, Any]] = {
    ("POST", AUDIT): (
        at(AUDIT, action="webhook.registered", of="demo", site="demo", after={"url": "https://x.test"}),
        "webhook.registered",
        None,
        {"url": "https://x.test"},
    ),
    ("POST", RUNS): (at(RUNS, kind="sync"), "run.requested", None, {"kind": "sync"}),
    ("POST", f"{RUNS}/{{run_id}}/cancel"): (
        on(f"{RUNS}/{{}}/cancel", lambda s: run(s, subject="own")),
        "run.cancelled",
        {"state": "waiting"},
        {"state": "cancelled"},
    ),
    ("POST", f"{RUNS}/{{run_id}}/retry"): (
        on(f"{RUNS}/{{}}/retry", lambda s: run(s, state="failed", reason="no")),
        "run.retried",
        {"state": "failed", "reason": "no"},
        {"state": "waiting", "reason": None},
    ),
    ("POST", f"{DELIVERIES}/retry"): (
        on(f"{DELIVERIES}/retry?state=dead", lambda s: delivery(s, state="dead")),
        "delivery.retried",
        None,
        {"left": 0},
    ),
    ("POST", f"{DELIVERIES}/{{delivery_id}}/retry"): (
        on(f"{DELIVERIES}/{{}}/retry", lambda s: delivery(s, state="dead")),
        "delivery.retried",
        {"state": "dead"},
        {"state": "waiting"},
    ),
    ("POST", f"{DELIVERIES}/{{delivery_id}}/discard"): (
        on(f"{DELIVERIES}/{{}}/discard", lambda s: delivery(s, state="dead")),
        "delivery.discarded",
        {"state": "dead"},
        {"state": "discarded"},
    ),
    ("POST", f"{EFFECTS}/retry"): (
        on(f"{EFFECTS}/retry", lambda s: effect(s, state="dead")),
        "effect.retried",
        None,
        {"left": 0},
    ),
    ("PATCH", f"{EFFECTS}/{{effect_id}}"): (
        on(f"{EFFECTS}/{{}}", lambda s: effect(s, state="dead"), issue_key="BURN-2"),
        "effect.edited",
        {"payload.issue_key": "BURN-1"},
        {"payload.issue_key": "BURN-2"},
    ),
    ("POST", f"{EFFECTS}/{{effect_id}}/retry"): (
        on(f"{EFFECTS}/{{}}/retry", lambda s: effect(s, state="dead")),
        "effect.retried",
        {"state": "dead"},
        {"state": "waiting"},
    ),
    ("POST", f"{EFFECTS}/{{effect_id}}/cancel"): (
        on(f"{EFFECTS}/{{}}/cancel", effect),
        "effect.cancelled",
        {"state": "waiting"},
        {"state": "cancelled"},
    ),
    ("POST", f"{SITES}/{{name}}/pause"): (
        at(f"{SITES}/demo/pause", minutes=30, reason="rest"),
        "site.paused",
        {"paused_until": None},
        {"paused_until": "2026-03-11T12:30:00Z", "paused_reason": "rest"},
    ),
    ("POST", f"{SITES}/{{name}}/resume"): (
        at(f"{SITES}/demo/resume"),
        "site.resumed",
        {"paused_until": None},
        {"paused_until": None},
    ),
    ("PUT", f"{SITES}/{{name}}/rule-secrets/{{secret}}"): (
        at(f"{SITES}/demo/rule-secrets/DEPLOY", value="planted-token", hosts=["deploy.test"]),
        "rule_secret.set",
        None,
        {"name": "DEPLOY", "hosts": ["deploy.test"]},
    ),
    ("DELETE", f"{SITES}/{{name}}/rule-secrets/{{secret}}"): (
        on(f"{SITES}/demo/rule-secrets/DEPLOY", a_secret),
        "rule_secret.forgotten",
        {"name": "DEPLOY", "hosts": None},
        None,
    ),
    ("POST", RULES): (at(RULES, document=RULE), "rule.created", None, {"mode": "shadow", "document": RULE}),
    ("PUT", f"{RULES}/{{rule_id}}"): (
        on(f"{RULES}/{{}}", a_rule, document={**RULE, "name": "Otherwise"}),
        "rule.written",
        {"name": "By hand", "last_version": 1},
        {"name": "Otherwise", "last_version": 2, "shadow_version": 2},
    ),
    ("PATCH", f"{RULES}/{{rule_id}}"): (
        on(f"{RULES}/{{}}", a_rule, mode="live"),
        "rule.mode_set",
        {"mode": "shadow"},
        {"mode": "live", "live_version": 1},
    ),
    ("POST", f"{RULES}/{{rule_id}}/rollback"): (
        on(f"{RULES}/{{}}/rollback", a_rule, version=1),
        "rule.rolled_back",
        {"last_version": 1},
        {"document": RULE},
    ),
    ("DELETE", f"{RULES}/{{rule_id}}"): (
        on(f"{RULES}/{{}}", a_rule),
        "rule.deleted",
        {"mode": "shadow"},
        None,
    ),
    ("POST", f"{RULES}/{{rule_id}}/resume"): (
        on(f"{RULES}/{{}}/resume", a_paused_rule, held="drop"),
        "rule.resumed",
        {"paused_reason": "too much"},
        {"paused_reason": None, "effects": 0},
    ),
    ("POST", f"{RULES}/{{rule_id}}/run"): (
        on(f"{RULES}/{{}}/run", a_rule_and_an_issue, issues=["BURN-1"]),
        "rule.run",
        {},
        {"issues": ["BURN-1"]},
    ),
    ("POST", f"{RULES}/{{rule_id}}/webhook-token"): (
        on(f"{RULES}/{{}}/webhook-token", a_called_rule),
        "rule.webhook_token_made",
        {},
        {},
    ),
    ("POST", POLICIES): (at(POLICIES, source=POLICY), "policy.saved", None, {"version": 1, "mode": "shadow"}),
    ("DELETE", f"{POLICIES}/{{policy}}"): (
        on(f"{POLICIES}/Stale", a_policy),
        "policy.removed",
        {"version": 1, "mode": "shadow"},
        None,
    ),
    ("PATCH", "/api/v1/schedules/{schedule_id}"): (
        on("/api/v1/schedules/{}", a_schedule, cron="0 9 * * *"),
        "schedule.edited",
        {"cron": "0 8 * * mon-fri", "edits": None},
        {"cron": "0 9 * * *", "edits": {"cron": "0 9 * * *"}},
    ),
    ("POST", SITES): (
        at(SITES, **ACME),
        "site.created",
        None,
        {"url": "https://acme.test", "settings.projects": ["SHOP"]},
    ),
    ("PATCH", f"{SITES}/{{name}}"): (
        on(f"{SITES}/acme", a_site, projects=["WEB"], token="planted-token-2"),
        "site.edited",
        {"settings.projects": ["SHOP"]},
        {"settings.projects": ["WEB"], "secrets_set_anew": ["token"]},
    ),
    ("POST", f"{SITES}/{{name}}/webhook-secret"): (
        on(f"{SITES}/acme/webhook-secret", a_site, keep_hours=1),
        "site.webhook_secret_rotated",
        {"version": 1},
        {"version": 2, "old_until": "2026-03-11T13:00:00Z"},
    ),
    ("PUT", f"{SITES}/{{name}}/oauth-tokens"): (
        on(
            f"{SITES}/acme/oauth-tokens",
            an_oauth_site,
            access_token="planted-access",
            refresh_token="planted-refresh",
            expires_at="2026-03-11T13:00:00Z",
        ),
        "site.oauth_tokens_set",
        None,
        {"expires_at": "2026-03-11T13:00:00Z"},
    ),
    ("DELETE", f"{SITES}/{{name}}"): (
        on(f"{SITES}/acme", a_site),
        "site.removed",
        {"settings.projects": ["SHOP"]},
        None,
    ),
    ("POST", "/api/v1/secrets/rotate"): (
        at("/api/v1/secrets/rotate"),
        "secret.locked_anew",
        None,
        {"locked_anew": 0},
    ),
    ("POST", KEYS): (
        at(KEYS, name="ci", role="viewer"),
        "key.created",
        None,
        {"name": "ci", "role": "viewer"},
    ),
    ("POST", f"{KEYS}/{{key_id}}/revoke"): (
        on(f"{KEYS}/{{}}/revoke", a_key),
        "key.revoked",
        {"revoked_at": None},
        {"revoked_at": "2026-03-11T12:00:00Z"},
    ),
}
