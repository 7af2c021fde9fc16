"""Requests of rules to other servers, with the secrets that they name."""

import json
from dataclasses import replace

from app import log
from app.domain.effects import WebRequest
from app.domain.rules.secrets import filled, named_in
from app.errors import NotFound, NotPossible
from app.services import rule_secrets
from app.store import outbox
from app.store.claim import Claimed
from connectors import web
from jobs.context import Context, JiraSite
from jobs.handling import Finished

_log = log.get(__name__)


async def ask(context: Context, jira_site: JiraSite, work: Claimed, effect: WebRequest) -> Finished:
    """Send it. Whoever is asked can tell a repeat by its `Idempotency-Key`.

    Raises:
        ConnectorError: it was not taken; the worker decides when to try again.
    """
    try:
        complete = await _with_secrets(context, jira_site, effect)
    except (NotFound, NotPossible) as error:
        return Finished(outbox.DEAD, str(error))
    own = {"Content-Type": "application/json", "Idempotency-Key": work.row["idempotency_key"]}
    status = await web.send(
        complete.method,
        complete.url,
        headers={**own, **complete.headers},
        body=complete.body.encode(),
        hosts=context.hosts,
    )
    _log.info(
        "effect.done", effect=work.id, kind=effect.kind, cause=work.row["cause"], issue=effect.issue_key
    )
    return Finished(outbox.DONE, values={"outcome": {"issue_key": effect.issue_key, "status": status}})


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
