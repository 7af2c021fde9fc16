"""Gathers what `doctor` judges: from the store, from Jira, from the address that Jira tells.

Every question that fails is a fact, too; nothing here changes anything.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from app.domain.scrum.from_jira import account_of, find_fields, instant
from app.errors import BurnishError, NotPossible
from app.services.doctor import SIGN_IN_ANEW, Expected, JiraFacts, Stored
from app.services.doctor_fields import FieldList
from app.services.doctor_store import StoreFacts
from app.services.findings import Trouble
from app.store import gauges, linked_issues, queues, rule_decisions, schema, sweeps, workers
from app.store.database import Database
from connectors.errors import (
    CaptchaRequired,
    ConnectorError,
    Missing,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    ReconnectRequired,
)
from connectors.jira.client import JiraClient
from connectors.jira.documents import BoardConfiguration, FieldDocument, FilterDocument
from connectors.reach import why_not_reached

T = TypeVar("T")
Clock = Callable[[], datetime]

PATIENCE = 30
"""Seconds for one question."""
MOST_PROJECTS = 20
"""So many are asked about one by one."""


def look_at_store(database: Database, *, now: datetime, lease: timedelta) -> StoreFacts:
    """The store as it is; beside a running service on SQLite, that service is who writes."""
    try:
        found, wanted = schema.current(database), schema.head()
        if found != wanted:
            return StoreFacts(schema_found=found, schema_wanted=wanted)
        with database.read() as connection:
            alive = len(workers.seen_since(connection, now - 3 * lease))
            given_up = {queue.name: queue.dead for queue in gauges.queues(connection)}
            failing = rule_decisions.failing(connection, since=now - timedelta(days=1))
        why = _why_not_writable(database)
        return StoreFacts("", found, wanted, why, alive, given_up, failing, database.free_bytes())
    except BurnishError as error:
        return StoreFacts(trouble=str(error))


def _why_not_writable(database: Database) -> str:
    try:
        database.claim_file({"doing": "burnish doctor"})
    except NotPossible:
        return ""  # a service holds it, and would not live if it could not write
    except BurnishError as error:
        return str(error)
    try:
        database.check_writable()
    except BurnishError as error:
        return str(error)
    return ""


def stored_site(database: Database, name: str) -> Stored:
    """What the store knows of a site."""
    try:
        with database.read() as connection:
            for row in queues.all_sites(connection):
                if row["name"] == name:
                    untold = sweeps.unannounced_of(connection, row["id"]).values()
                    found_at, key = max(
                        ((one["found_at"], one["example_key"]) for one in untold), default=(None, None)
                    )
                    return Stored(
                        row["synced_at"],
                        row["heard_at"],
                        row["paused_until"],
                        row["paused_reason"],
                        linked_issues.readings(connection, row["id"]),
                        key,
                        found_at,
                    )
    except BurnishError:
        pass  # the store's own check tells it
    return Stored()


async def _ask(question: Awaitable[T]) -> T | Trouble:
    """The answer, or why there is none."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await question
    except NotAuthenticated as error:
        return Trouble(str(error), way_out=_way_in(error))
    except RateLimited as error:
        return Trouble(str(error), way_out="Wait as long as Jira asks for, then look again.")
    except ConnectorError as error:
        return Trouble(str(error), denied=isinstance(error, NotAllowed | Missing))
    except TimeoutError:
        return Trouble(f"Jira did not answer within {PATIENCE} s.")


def _way_in(error: NotAuthenticated) -> str:
    """What lets us in again."""
    match error:
        case ReconnectRequired():
            return "Run `burnish oauth connect`."
        case CaptchaRequired():
            return "Log in as that account with a browser, once."
        case _:
            return SIGN_IN_ANEW


async def look_at_jira(jira: JiraClient, expected: Expected, *, now: Clock) -> JiraFacts:
    """What the site answers; once it does not let us in, nothing else is asked."""
    before = now()
    info = await _ask(jira.server_info())
    here = before + (now() - before) / 2
    there = info if isinstance(info, Trouble) else instant(info.get("serverTime"))
    if isinstance(there, Trouble):
        return JiraFacts(here, there, Trouble("Jira was not reached."))
    me = await _ask(jira.myself())
    if isinstance(me, Trouble):
        return JiraFacts(here, there, me)
    projects = await _ask(_projects(jira))
    wanted = expected.projects or (sorted(projects) if not isinstance(projects, Trouble) else ())
    looked_at = dict.fromkeys((*wanted[:MOST_PROJECTS], *sorted(expected.posts_in)))
    hooks = await _ask(jira.webhooks())
    fields = await _ask(jira.fields())
    configured = {number: await _ask(jira.board_configuration(number)) for number in expected.boards}
    return JiraFacts(
        here=here,
        there=there,
        account=str(me.get("displayName") or account_of(me) or "somebody"),
        zone=me.get("timeZone") or "",
        projects=projects,
        lacking={
            key: await _ask(jira.missing_permissions(key))
            for key in looked_at
            if isinstance(projects, Trouble) or key in projects
        },
        fields=fields if isinstance(fields, Trouble) else _field_list(fields),
        boards={
            number: one if isinstance(one, Trouble) else _estimation(one)
            for number, one in configured.items()
        },
        filters={
            number: found
            for number, one in configured.items()
            if not isinstance(one, Trouble) and isinstance(found := await _filter(jira, one), Trouble)
        },
        unseen={
            key: unseen
            for key in sorted(expected.report_issues)
            if isinstance(unseen := await _ask(jira.issue(key, fields=("summary",))), Trouble)
        },
        browses_people=await _ask(jira.browses_people()),
        hooks=hooks,
        reached={} if isinstance(hooks, Trouble) else await _reached(hooks, expected),
    )


async def _projects(jira: JiraClient) -> frozenset[str]:
    return frozenset([document["key"] async for document in jira.projects()])


def _field_list(documents: Sequence[FieldDocument]) -> FieldList:
    names = {str(each["id"]): str(each.get("name", "")) for each in documents}
    return FieldList(find_fields(documents), names)


def _estimation(configuration: BoardConfiguration) -> str:
    found = configuration.get("estimation") or {}
    return str((found.get("field") or {}).get("displayName") or "")


async def _filter(jira: JiraClient, configuration: BoardConfiguration) -> FilterDocument | Trouble | None:
    """The saved filter of a board; None where it has none."""
    number = (configuration.get("filter") or {}).get("id")
    return await _ask(jira.saved_filter(str(number))) if number else None


async def _reached(hooks: Sequence[object], expected: Expected) -> dict[str, str]:
    """Whether a Burnish stands at the registered addresses, as seen from here."""
    tail = f"/webhooks/jira/{expected.name}"
    urls = {str(hook.get("url", "")) for hook in hooks if isinstance(hook, dict)}
    return {
        url: await why_not_reached(url.removesuffix(tail) + "/health/live")
        for url in sorted(urls)
        if url.endswith(tail)
    }
