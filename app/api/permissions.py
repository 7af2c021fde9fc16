"""Which role each route takes, and which site it is about: the one place that says so.

A route that nobody thought of here is looked at by viewers, changed by editors, and closed to keys that are
for some sites only, until it says which site it is about.
"""

import re
from collections.abc import Mapping

from fastapi import Request
from sqlalchemy import Table

from app.api.state import State
from app.services.access import Caller, Role
from app.store import sites, tables
from app.store.types import from_json

PREFIX = "/api/v1"

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# What only admins see, and what only they change.
_ADMINS_SEE = frozenset({"keys", "audit", "secrets"})
_ADMINS_CHANGE = _ADMINS_SEE | {"sites"}
# Asked by POST, because the question is long; nothing is changed.
_QUESTIONS = re.compile(r"/rules/(?:check|preview|replay|import)|/grooming-policies/preview")

_OF_NO_SITE = frozenset(
    {"/workers", "/sites", "/rules/schema", "/grooming-checks", "/grooming-policy-schema"}
)
_DIGITS = len(str(tables.MOST_ID))
_BY_ID: Mapping[str, Table] = {
    "delivery_id": tables.deliveries,
    "effect_id": tables.effects,
    "run_id": tables.runs,
    "report_id": tables.reports,
    "schedule_id": tables.schedules,
    "sweep_id": tables.sweeps,
    "rule_id": tables.rules,
    "decision_id": tables.rule_decisions,
    "secret_id": tables.secrets,
}


def is_question(method: str, path: str) -> bool:
    """Whether it is asked by POST, and nothing is changed."""
    return method == "POST" and _QUESTIONS.fullmatch(path.removeprefix(PREFIX)) is not None


def noun_of(path: str) -> str:
    """What a path is about."""
    return path.removeprefix(PREFIX).strip("/").partition("/")[0]


def role_for(method: str, path: str) -> Role:
    """The lowest role that may do this; the path as it was asked for."""
    noun = noun_of(path)
    if noun in _ADMINS_SEE:
        return Role.ADMIN
    if method in _READS or is_question(method, path):
        return Role.VIEWER
    return Role.ADMIN if noun in _ADMINS_CHANGE else Role.EDITOR


async def check_site(request: Request, state: State, caller: Caller) -> None:
    """Let a key that is for some sites do only what is about one of them.

    Raises:
        Forbidden: it is about another, or about all.
    """
    if caller.sites is None:
        return
    if request.method in _READS and request.url.path.removeprefix(PREFIX) in _OF_NO_SITE:
        return  # the route itself shows no other site, or nothing of any
    given = request.path_params
    row = next(((table, given[name]) for name, table in _BY_ID.items() if name in given), None)
    if row is None:
        caller.need_site(given["name"] if "name" in given else await _named(request))
        return
    table, number = row
    if not number.isdecimal() or len(number) > _DIGITS or int(number) > tables.MOST_ID:
        return  # the route refuses it
    site = await state.database.call_read(lambda tx: sites.name_of_owner(tx, table, int(number)))
    if site is not None:  # of what is not there the route says so
        caller.need_site(site)


async def _named(request: Request) -> str | None:
    """The site that the route itself will read; a name that stands where it does not look means nothing."""
    asks = request.scope["route"].dependant
    if any(one.alias == "site" for one in asks.query_params):
        return request.query_params.get("site")
    if any("site" in getattr(one.field_info.annotation, "model_fields", ()) for one in asks.body_params):
        return await _in_body(request)
    return None


async def _in_body(request: Request) -> str | None:
    try:
        told = from_json(await request.body())
    except (ValueError, RecursionError):
        return None
    named = told.get("site") if isinstance(told, dict) else None
    return named if isinstance(named, str) else None
