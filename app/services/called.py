"""For which issues a call from outside has a rule fire, and why not for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event, Happened
from app.domain.rules.rendering import render_query
from app.domain.rules.smart_values import shown
from app.domain.rules.trigger_parts import IncomingWebhook
from app.errors import NotUnderstood
from app.services import once
from app.services.firings import keys_found
from app.store import related
from app.store.sites import Site

MOST_ISSUES = 1000
"""That one call is about."""
_LISTED = 20
_LONGEST_QUERY = 500
NAMES_NONE = (
    'The body names no issue: send their keys as a list, {"issues": ["BURN-1"]}, or give the trigger a `jql`.'
)


@dataclass(frozen=True, slots=True)
class Called:
    """What a call is about.

    Attributes:
        events: one for each issue.
        missed: why there is none, or none for some of what is named; None where there is nothing to say.
    """

    events: Sequence[Event]
    missed: str | None = None


def named(body: Any) -> list[str]:
    """What the body of a call names as issues, each once; not more than `MOST_ISSUES`."""
    listed = body.get("issues") if isinstance(body, Mapping) else None
    keys = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    return list(dict.fromkeys(keys))[:MOST_ISSUES]


def called(
    connection: Connection, site: Site, trigger: IncomingWebhook, body: Any, *, at: datetime, name: str
) -> Called:
    """An event for each issue that an incoming webhook is about; `name` tells it from others.

    Raises:
        JqlNotUnderstood: the query of the trigger, with values of the body, is none.
        NotUnderstood: the body has no such value.
    """
    if trigger.once:
        return Called([once.event(Happened.WEBHOOK, at, name, data=body)])
    if trigger.jql is not None:
        query = _with_values(trigger.jql, body)
        keys = list(keys_found(connection, site, query, at))[:MOST_ISSUES]
        missed = None if keys else finds_none(query)
    else:
        keys = named(body)
        missed = None if keys else NAMES_NONE
    ids = related.ids_of(connection, site, set(keys))
    events = [Event(Happened.WEBHOOK, ids[key], key, at, name, data=body) for key in keys if key in ids]
    return Called(events, missed or not_there([key for key in keys if key not in ids]))


def finds_none(query: str) -> str:
    """Why nothing is done, where a query finds nothing."""
    return f"The query finds no issue: {query[:_LONGEST_QUERY]}"


def not_there(keys: Sequence[str]) -> str | None:
    """Why nothing is done for keys that the store does not have; None where there are none."""
    if not keys:
        return None
    more = f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else ""
    return f"Not in the store: {', '.join(keys[:_LISTED])}{more}."


def _with_values(query: str, body: Any) -> str:
    try:
        return render_query(query, {"webhook": shown(body)})
    except TemplateRefused as error:
        raise NotUnderstood(
            f"The body of the webhook does not fit: {error}.", field="/trigger/jql"
        ) from error
