"""Issues over HTTP: what a query finds, in its order, and one with its history; now or as of an instant."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from app.api.auth import CallerDep
from app.api.hidden import hidden_from
from app.api.problems import responses
from app.api.rows import InstantOrDay
from app.api.state import StateDep, site_named
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.memory import Facts
from app.domain.scrum.asked_instants import instant
from app.domain.scrum.history import in_order
from app.errors import NotFound, NotUnderstood
from app.services import jql as service
from app.services.access import Caller
from app.services.jql import Place
from app.store import issues, restricted, sites

router = APIRouter(prefix="/issues", tags=["issues"])

_SHOWN = ("summary", "status", "issuetype", "priority", "assignee", "updated")
_ALL = "*all"
_MOST_CHARACTERS = 20_000
_cursor = re.compile(r"([0-9]{1,13})\.([0-9]{1,9})\.([^.]{1,255})").fullmatch

Key = Annotated[
    str, Path(pattern=r"^[A-Za-z][A-Za-z0-9_]*-[1-9][0-9]*$", max_length=255, examples=["BURN-1"])
]
SiteName = Annotated[str | None, Query(description="May be left out where there is one site.")]
AsOf = Annotated[
    InstantOrDay | None,
    Query(
        alias="asOf",
        description="The fields as they were then; of a day at its end in `timeZone`, of today now.",
    ),
]
TimeZone = Annotated[
    str, Query(alias="timeZone", max_length=64, description="In which dates are read, and days end.")
]
Fields = Annotated[
    str | None,
    Query(
        max_length=2000,
        examples=["summary,status,customfield_10016"],
        description="Ids or names of fields, with commas between them; `*all` for all.",
    ),
]


class Issue(BaseModel):
    """An issue."""

    id: str = Field(examples=["10001"])
    key: str = Field(examples=["BURN-1"])
    fields: dict[str, Any] = Field(
        examples=[{"summary": "Pay by card", "status": {"id": "3", "name": "In Progress"}}],
        description="By Jira's ids, as Jira writes them; what is empty is left out.",
    )


class JqlWarning(BaseModel):
    """A value of a query that nothing in the store has or ever had: it finds nothing."""

    position: int = Field(examples=[11], description="Of its first character in the query, from 0.")
    line: int = Field(examples=[1], description="From 1, as `column`.")
    column: int = Field(examples=[12])
    detail: str = Field(
        examples=["Nobody is called Jnae in the store, so nothing matches it. Did you mean Jane?"]
    )


class FoundIssues(BaseModel):
    """A page of what a query finds, in its order."""

    items: list[Issue]
    total: int = Field(description="So many match.", examples=[112])
    next: str | None = Field(
        description="Cursor of the next page (`after`); null on the last one. All pages have one now()."
    )
    warnings: list[JqlWarning] = Field(
        description="Values of the query that nothing has or ever had; of labels and options only where it "
        "finds nothing. It is answered all the same."
    )
    missing: list[str] = Field(
        examples=[["The first reading of project BURN has not ended: issues are missing."]],
        description="What of the site is known not to be whole, so that it may have more than is found.",
    )


class Change(BaseModel):
    """An item of a history."""

    at: datetime
    author: str | None = Field(description="Account id.")
    field: str = Field(examples=["status"], description="Id of the field; of old entries its name.")
    before: str | None = Field(examples=["3"], description="Its id, or ids.")
    before_text: str | None = Field(examples=["In Progress"])
    after: str | None = Field(examples=["5"])
    after_text: str | None = Field(examples=["Done"])


class IssueWithHistory(Issue):
    """An issue and all that is known to have changed, the oldest first."""

    created: datetime
    updated: datetime
    history: list[Change]
    history_complete: bool = Field(
        description="Whether that is all of it. An event brings one entry alone, a sync the others."
    )


@router.get("", responses=responses(400, 401, 404, 422, 503))
async def search(
    state: StateDep,
    caller: CallerDep,
    jql: Annotated[
        str,
        Query(
            max_length=_MOST_CHARACTERS,
            description="Which issues, and in which order.",
            examples=["project = BURN AND status WAS 'In Progress' AFTER -1w ORDER BY updated DESC"],
        ),
    ] = "",
    fields: Fields = None,
    as_of: AsOf = None,
    site: SiteName = None,
    user: Annotated[
        str | None, Query(max_length=128, description="Account id that currentUser() means.")
    ] = None,
    time_zone: TimeZone = "UTC",
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Most items on the page.")] = 50,
) -> FoundIssues:
    """The issues that match a query, in its order, from the store: Jira is not asked.

    With `asOf` it is answered as at that instant: every field, every history, now(). That reads all issues,
    which takes seconds on a large site. Where a query cannot be answered, the problem says the place and why.
    To a key that does not see restricted issues, these are not there.
    """
    door, place, zone = site_named(state, site), _place(after), service.zone_named(time_zone)

    def ask(tx: Connection) -> tuple[service.Found, list[str] | None]:
        of_site = sites.site_by_id(tx, door.id)
        wanted = _wanted(tx, of_site, fields, state.now())
        return service.search_page(
            tx,
            of_site,
            jql,
            now=state.now(),
            zone=zone,
            account=user or of_site.account_id,
            at=instant(as_of, zone=zone, now=state.now()),
            after=place,
            limit=limit,
            hidden=hidden_from(tx, door.id, caller),
        ), wanted

    try:
        found, wanted = await state.database.call_read(ask)
    except JqlNotUnderstood as error:
        error.field = "/query/jql"
        raise
    return _page(found, wanted)


@router.get("/{key}", responses=responses(400, 401, 404, 422, 503))
async def get_issue(
    state: StateDep,
    caller: CallerDep,
    key: Key,
    fields: Fields = _ALL,
    as_of: AsOf = None,
    time_zone: TimeZone = "UTC",
    site: SiteName = None,
) -> IssueWithHistory:
    """An issue with its history, by its key or one that it had before it was moved.

    With `asOf`, its fields as they were, and its history until then.
    """
    door, zone = site_named(state, site), service.zone_named(time_zone)

    def ask(tx: Connection) -> tuple[Facts, list[str] | None]:
        of_site = sites.site_by_id(tx, door.id)
        refuse_restricted(tx, of_site, key, caller)
        hidden = hidden_from(tx, door.id, caller)
        at = instant(as_of, zone=zone, now=state.now())
        found = service.issue_named(tx, of_site, key, at=at, hidden=hidden)
        return found, _wanted(tx, of_site, fields, state.now())

    found, wanted = await state.database.call_read(ask)
    return IssueWithHistory(
        **_shown(found, wanted).model_dump(),
        created=found.created,
        updated=found.updated,
        history=[
            Change(
                at=each.at,
                author=each.author,
                field=each.field,
                before=each.before,
                before_text=each.before_text,
                after=each.after,
                after_text=each.after_text,
            )
            for each in sorted(found.changes, key=in_order)
        ],
        history_complete=found.history_complete,
    )


def _page(found: service.Found, wanted: list[str] | None) -> FoundIssues:
    return FoundIssues(
        items=[_shown(each, wanted) for each in found.issues],
        total=found.total,
        next=None if found.following is None else _written(found.following),
        warnings=[
            JqlWarning(position=each.position, line=each.line, column=each.column, detail=each.fault)
            for each in found.warnings
        ],
        missing=list(found.missing),
    )


def refuse_restricted(tx: Connection, site: sites.Site, key: str, caller: Caller) -> None:
    """To a key that does not see restricted issues they are not there.

    Raises:
        NotFound: it is one of them, or there is none of that name.
    """
    if caller.sees_restricted:
        return
    found = issues.find_by_key(tx, site, key.upper())
    if found is None or restricted.is_restricted(tx, site.id, found):
        way_out = (
            f"Or {caller.name} does not see restricted issues: see `burnish keys create --sees-restricted`."
        )
        raise NotFound("issue", key, way_out)


def _wanted(tx: Connection, site: sites.Site, said: str | None, now: datetime) -> list[str] | None:
    """Ids of the fields to show; None for all."""
    if said is None:
        return list(_SHOWN)
    names = [each.strip() for each in said.split(",") if each.strip()]
    return None if _ALL in names else service.fields_named(tx, site, names, now=now)


def _shown(issue: Facts, wanted: list[str] | None) -> Issue:
    chosen = issue.fields.keys() if wanted is None else wanted
    fields = {name: issue.fields[name] for name in chosen if issue.fields.get(name) is not None}
    return Issue(id=issue.id, key=issue.key, fields=msgspec.to_builtins(fields))


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    hit = _cursor(cursor)
    if hit is None:
        message = f"after: {cursor!r} is no cursor; take `next` of the page before as it is."
        raise NotUnderstood(message, field="/query/after")
    return Place(datetime.fromtimestamp(int(hit[1]) / 1000, UTC), int(hit[2]), hit[3])


def _written(place: Place) -> str:
    return f"{round(place.now.timestamp() * 1000)}.{place.shown}.{place.key}"
