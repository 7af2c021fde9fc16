"""Requests of rules to other servers, with the secrets that they name; what goes on with the answers."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from app import log
from app.domain.effects import WebRequest, stored_payload_of
from app.domain.rules.answers import LONGEST_ANSWER, answer_of
from app.domain.rules.event import Event, with_answer
from app.domain.rules.secrets import filled, named_in
from app.errors import NotFound, NotPossible, SecretsLocked
from app.services import answers, rule_secrets
from app.store import outbox
from app.store.claim import Claimed
from connectors import web
from jobs import rule_rest
from jobs.context import Context, JiraSite
from jobs.handling import Finished

_log = log.get(__name__)


async def ask(context: Context, jira_site: JiraSite, work: Claimed, effect: WebRequest) -> Finished:
    """Send it. Whoever is asked can tell a repeat by its `Idempotency-Key`.

    Raises:
        ConnectorError: it was not taken; the worker decides when to try again.
    """
    try:
        if effect.follow:
            answers.check_key(context.keyring, jira_site.name)
        complete = answers.opened_request(context.keyring, jira_site.name, effect)
        complete = await _with_secrets(context, jira_site, complete)
    except (NotFound, NotPossible, SecretsLocked) as error:
        return Finished(outbox.DEAD, str(error))
    own = {"Content-Type": "application/json", "Idempotency-Key": work.row["idempotency_key"]}
    answer = await web.send(
        complete.method,
        complete.url,
        headers={**own, **complete.headers},
        body=complete.body.encode(),
        hosts=context.hosts,
        read=LONGEST_ANSWER if effect.follow else 0,
        any_status=effect.accept == "any",
    )
    _log.info(
        "effect.done", effect=work.id, kind=effect.kind, cause=work.row["cause"], issue=effect.issue_key
    )
    values: dict[str, Any] = {"outcome": {"issue_key": effect.issue_key, "status": answer.status}}
    if effect.sealed or effect.follow:
        values["payload"] = stored_payload_of(answers.forgotten(effect))
    if not effect.follow:
        return Finished(outbox.DONE, values=values)
    follow = partial(_follow, context=context, site=jira_site.name, work=work, effect=effect, answer=answer)
    return Finished(outbox.DONE, values=values, commit=follow)


def _follow(
    connection: Connection,
    *,
    context: Context,
    site: str,
    work: Claimed,
    effect: WebRequest,
    answer: web.Answer,
) -> None:
    """The rule goes on with the answer, once: a run, in the transaction that ends the request."""
    now = context.now()
    said = answer_of(answer.status, answer.headers, answer.body)
    for goes_on in effect.follow:
        event = msgspec.convert(goes_on["event"], Event)
        event = replace(event, kept=answers.opened(context.keyring, site, event.kept))
        event = with_answer(event, said, now)
        event = replace(event, kept=answers.sealed(context.keyring, site, event.kept))
        requested_by = f"effect {work.id}, a web request that was answered"
        rule_rest.ask_for(connection, work, goes_on, event, now=now, requested_by=requested_by)


async def _with_secrets(context: Context, jira_site: JiraSite, effect: WebRequest) -> WebRequest:
    """Never stored, never logged."""
    names = named_in(effect.body, *effect.headers.values())
    if not names:
        return effect
    host = web.host_of(effect.url)
    values = await context.database.call_read(
        lambda tx: rule_secrets.opened(
            tx, context.keyring, jira_site.name, names, host=host, now=context.now()
        )
    )
    headers = {name: filled(text, values) for name, text in effect.headers.items()}
    return replace(effect, headers=headers, body=filled(effect.body, values, _in_json))


def _in_json(secret: str) -> str:
    """As it stands between the quotes of a JSON text."""
    return json.dumps(secret)[1:-1]
