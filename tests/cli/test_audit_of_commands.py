"""Every command that changes something leaves an entry in the audit; all commands are walked."""

import json
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import typer.testing
from sqlalchemy import Connection, select

from app import cli, connections, main
from app.cli import oauth
from app.cli.root import COMMANDS
from app.services.secrets import new_key
from app.settings import load_settings
from app.store import tables
from app.store.database import Database
from connectors.jira.tokens import Tokens
from tests.api.queued import put_delivery, put_effect, put_run
from tests.cli.support import burnish
from tests.conftest import NOW
from tests.jobs.support import scripted

# Only look, or stay; `serve`, `work` and `demo` are the service, which changes nothing by being started.
LOOK = {
    *("serve", "work", "sandbox", "demo", "doctor", "audit", "db backup", "duplicates", "estimate"),
    *("report velocity", "report digest", "report priority", "report flow", "report delivery"),
    "grooming scoring",
    *("grooming checks", "grooming policies list", "grooming policies check", "grooming policies preview"),
    *(
        "grooming policies schema",
        "grooming policies show",
        "grooming policies export",
        "grooming policies versions",
        "grooming policies diff",
    ),
    *("sync status", "sync drift", "runs list", "runs show", "schedules list", "deliveries list"),
    *("deliveries show", "effects list", "effects show", "rules schema", "rules test", "rules check"),
    *("rules preview", "rules replay", "rules list", "rules show", "rules export", "rules versions"),
    *(
        "rules manual",
        "rules decision",
        "rules explain",
        "jql parse",
        "jql search",
        "sites list",
        "sites show",
        "keys list",
    ),
    *("secrets new-key", "secrets list", "workers list"),
}
# Tried beside a service or a backlog: tests/cli/test_sync.py, tests/api/test_grooming.py.
ELSEWHERE = {"sync", "sync reconcile", "grooming accept", "grooming rank"}
RULE = "name: By hand\ntrigger: {type: manual}\nactions: [{type: comment, text: Hello}]\n"
CALLED = RULE.replace("manual", "incoming_webhook").replace("By hand", "Called")
POLICY = "name: Stale\nboard: 1\nchecks: {stale: {}}\nladder: [{step: report}]\n"
EXPORT = {
    "rules": [
        {
            "name": "Say hello",
            "state": "ENABLED",
            "projects": [],
            "trigger": {"component": "TRIGGER", "type": "jira.issue.event.trigger:created", "value": {}},
            "components": [
                {"component": "ACTION", "type": "jira.issue.comment", "value": {"comment": "Hello"}}
            ],
        }
    ]
}
DUMP = {
    "id": "1",
    "key": "DUMP-1",
    "fields": {
        "summary": "x",
        "project": {"id": "1", "key": "DUMP", "name": "Dump"},
        "status": {"id": "1", "name": "To Do", "statusCategory": {"key": "new"}},
        "issuetype": {"id": "1", "name": "Task"},
        "created": "2026-03-01T00:00:00.000+0000",
        "updated": "2026-03-01T00:00:00.000+0000",
    },
    "changelog": {"startAt": 0, "maxResults": 0, "total": 0, "histories": []},
}


def commands(command: Any, before: tuple[str, ...] = ()) -> Iterator[str]:
    """All that can be typed."""
    if hasattr(command, "commands"):
        if command.invoke_without_command:
            yield " ".join(before)
        for name, inner in command.commands.items():
            yield from commands(inner, (*before, name))
    else:
        yield " ".join(before)


class Prepared:
    """A store with something of everything, and files to name."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        main.prepare(load_settings())  # makes the schedules
        database = Database(url)
        with database.write() as tx:
            self.run = put_run(tx, subject="own")
            self.failed = put_run(tx, subject="other", state="failed", reason="no")
            self.delivery = put_delivery(tx, 1, state="dead")
            self.discarded = put_delivery(tx, 2, state="dead")
            self.dead = put_effect(tx, state="dead")
            self.waiting = put_effect(tx, issue="BURN-2")
            self.edited = put_effect(tx, issue="BURN-3", state="dead")
        database.close()
        (folder / "rules").mkdir()
        for name, text in (("a", RULE), ("b", CALLED)):
            (folder / f"rules/{name}.yaml").write_text(text)
        (folder / "policy.yaml").write_text(POLICY)
        (folder / "export.json").write_text(json.dumps(EXPORT))
        (folder / "dump.jsonl").write_text(json.dumps(DUMP))

    def change(self, work: Callable[[Connection], Any]) -> None:
        database = Database(self.url)
        with database.write() as tx:
            work(tx)
        database.close()

    @property
    def actions(self) -> list[str]:
        database = Database(self.url)
        with database.read() as tx:
            found = list(tx.scalars(select(tables.audit.c.action).order_by(tables.audit.c.id)))
        database.close()
        return found


def paused(tx: Connection) -> None:
    tx.execute(tables.rules.update().where(tables.rules.c.id == 1).values(paused_at=NOW, paused_reason="x"))


# In this order: what is typed, and what it leaves in the audit.
CHANGES: list[tuple[str, Callable[[Prepared], tuple[str, ...]], str]] = [
    ("runs cancel", lambda p: (str(p.run),), "run.cancelled"),
    ("runs retry", lambda p: (str(p.failed),), "run.retried"),
    ("deliveries retry", lambda p: (str(p.delivery),), "delivery.retried"),
    ("deliveries discard", lambda p: (str(p.discarded),), "delivery.discarded"),
    ("effects edit", lambda p: (str(p.edited), "--issue", "BURN-4"), "effect.edited"),
    ("effects retry", lambda p: (str(p.dead),), "effect.retried"),
    ("effects cancel", lambda p: (str(p.waiting),), "effect.cancelled"),
    ("rules apply", lambda p: (str(p.folder / "rules"), "--yes"), "rule.created"),
    ("rules mode", lambda _: ("1", "live"), "rule.mode_set"),
    ("rules rollback", lambda _: ("1", "1"), "rule.rolled_back"),
    ("rules webhook-token", lambda _: ("2",), "rule.webhook_token_made"),
    ("rules run", lambda _: ("1", "BURN-1"), "rule.run"),
    ("rules resume", lambda p: (p.change(paused), ("1", "drop"))[1], "rule.resumed"),
    ("rules delete", lambda _: ("2", "--yes"), "rule.deleted"),
    ("rules import", lambda p: (str(p.folder / "export.json"), "--create"), "rule.created"),
    ("grooming policies apply", lambda p: (str(p.folder / "policy.yaml"),), "policy.saved"),
    ("grooming policies rollback", lambda _: ("Stale", "1", "--yes"), "policy.saved"),
    ("grooming policies delete", lambda _: ("Stale", "--yes"), "policy.removed"),
    ("schedules edit", lambda _: ("1", "--cron", "0 9 * * *"), "schedule.edited"),
    ("schedules reset", lambda _: ("1",), "schedule.edited"),
    ("sites pause", lambda _: ("demo", "--reason", "rest", "--minutes", "5"), "site.paused"),
    ("sites resume", lambda _: ("demo",), "site.resumed"),
    ("keys create", lambda _: ("ci", "--role", "viewer"), "key.created"),
    ("keys revoke", lambda _: ("1",), "key.revoked"),
    ("secrets set", lambda _: ("DEPLOY",), "rule_secret.set"),
    ("secrets forget", lambda _: ("DEPLOY",), "rule_secret.forgotten"),
    ("secrets rotate", lambda _: (), "secret.locked_anew"),
    ("report sprint-health", lambda _: ("--board", "1", "--post"), "run.requested"),
    ("report backlog", lambda _: ("--board", "1", "--post"), "run.requested"),
    ("webhook register", lambda _: ("https://burnish.example.com",), "webhook.registered"),
    ("import", lambda p: (str(p.folder / "dump.jsonl"), "--site", "dump"), "site.imported"),
]


def test_every_command_is_known_to_look_or_to_leave_an_entry() -> None:
    every = {word for name, one in COMMANDS.items() for word in commands(one.load(name), (name,))}
    changing = {name for name, _, _ in CHANGES} | {"oauth connect", "db upgrade"}
    assert every == LOOK | ELSEWHERE | changing


@pytest.fixture
def prepared(filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    def answer(request: httpx.Request) -> httpx.Response:
        hook = {"url": "x", "self": "hook 1"}
        return httpx.Response(201, json=hook) if request.method == "POST" else httpx.Response(200, json=[])

    async def jira_of(stack: AsyncExitStack, _: object, *, now: object) -> Any:
        return await stack.enter_async_context(scripted(answer))

    monkeypatch.setattr(connections, "jira_of", jira_of)
    monkeypatch.setenv("BURNISH_SECRET_KEY", new_key())
    return Prepared(filled, tmp_path)


@pytest.mark.timeout(600)  # each command starts the application once
def test_every_command_that_changes_something_leaves_an_entry(prepared: Prepared) -> None:
    for name, words, action in CHANGES:
        before = len(prepared.actions)
        typed = (*name.split(), *words(prepared))
        secret = "planted-token\n" if name == "secrets set" else None
        done = typer.testing.CliRunner().invoke(cli.app, typed, input=secret)
        assert done.exit_code == 0, (typed, done.output, done.exception)
        left = prepared.actions[before:]
        assert left, (typed, done.output)
        assert set(left) == {action}, typed


def test_beside_a_service_the_service_writes_it_down(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def jira_of(stack: AsyncExitStack, _: object, *, now: object) -> Any:
        return await stack.enter_async_context(
            scripted(lambda one: httpx.Response(200, json=[] if one.method == "GET" else {"self": "hook 1"}))
        )

    monkeypatch.setattr(connections, "jira_of", jira_of)
    monkeypatch.setenv("LOGNAME", "alice")
    done = burnish("webhook", "register", "https://burnish.example.com")
    assert done.exit_code == 0, done.output
    (entry,) = [json.loads(line) for line in burnish("audit", "--json").stdout.splitlines()]
    assert (entry["action"], entry["actor"], entry["site"]) == ("webhook.registered", "CLI alice", "demo")
    assert entry["after"] == {"url": "https://burnish.example.com/webhooks/jira/demo", "webhook": "hook 1"}


def test_a_consent_that_is_kept_in_a_file_is_on_record(
    configured: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = {"client_id": "app", "client_secret": "planted", "redirect_uri": "https://burnish.test/back"}
    file = str(tmp_path / "tokens.json")
    configured(auth="oauth", email=None, token=None, oauth={**app, "token_file": file})

    async def bought(_: object, __: str) -> Tokens:
        return Tokens("planted-access", "planted-refresh", NOW)

    monkeypatch.setattr(oauth, "_bought", bought)
    monkeypatch.setattr(oauth.secrets, "token_urlsafe", lambda _: "state")
    landed = "https://burnish.test/back?state=state&code=1\n"
    done = typer.testing.CliRunner().invoke(cli.app, ["oauth", "connect"], input=landed)
    assert done.exit_code == 0, done.output
    (entry,) = [json.loads(line) for line in burnish("audit", "--json").stdout.splitlines()]
    assert (entry["action"], entry["after"]) == ("oauth.connected", {"token_file": file})


def test_a_new_schema_is_on_record(configured: Callable[..., None]) -> None:
    configured()
    for _ in range(2):
        assert burnish("db", "upgrade").exit_code == 0
    (entry,) = [json.loads(line) for line in burnish("audit", "--json").stdout.splitlines()]
    assert (entry["action"], entry["before"]) == ("store.upgraded", {"schema": None})
