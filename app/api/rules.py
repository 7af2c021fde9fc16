"""Rules over HTTP: write them, try them, let them act, take them back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from app import log
from app.api.auth import CallerDep
from app.api.changes import Changes, ChangesDep
from app.api.etags import IfMatch
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import IssueKey, OfSite, RowId
from app.api.rule_drafts import EXAMPLE, Written
from app.api.rule_entries import Rule, RuleInFull, in_full, picture, shown, told
from app.api.state import StateDep, site_named
from app.services import rules as service
from app.services import runs
from app.store import rule_decisions, sites
from app.store import rules as store
from app.store.types import storable

router = APIRouter(prefix="/rules", tags=["rules"])
_log = log.get(__name__)

_A_DAY = timedelta(days=1)
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class New(Written):
    """A new rule."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"document": EXAMPLE, "note": "asked for by support"}]}
    )

    site: str | None = Field(None, max_length=64, description="May be left out where there is one site.")


class Mode(BaseModel):
    """What a rule is to do."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"mode": "live"}, {"mode": "shadow", "version": 2}]}
    )

    mode: Literal["off", "shadow", "live"]
    version: VersionNumber | None = Field(None, description="The newest where it is left out.")


class Back(BaseModel):
    """Which version to go back to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1}]})

    version: VersionNumber


class Resume(BaseModel):
    """What becomes of what a paused rule wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"held": "drop"}]})

    held: Literal["carry_out", "drop"]


class Resumed(BaseModel):
    """How many effects are carried out now."""

    effects: int = Field(examples=[12])


class ByHand(BaseModel):
    """Issues for which the rule is to fire; none for a rule that is decided once, without an issue."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"issues": ["BURN-1"]}]})

    issues: list[IssueKey] = Field(max_length=1000, default_factory=list)


class Asked(BaseModel):
    """A run that was asked for."""

    run: int = Field(examples=[7])


class Version(Numbered):
    """A version; it never changes. Its `id` is its number."""

    number: int = Field(examples=[2])
    author: str
    note: str
    created_at: datetime
    document: dict[str, Any] = Field(examples=[EXAMPLE])


class Diff(BaseModel):
    """Two versions as YAML, line by line."""

    diff: str = Field(examples=["--- version 1\n+++ version 2\n"])


# --- routes ---------------------------------------------------------------------------------------


@router.get("", responses=responses(401, 404, 422, 503))
async def list_rules(
    state: StateDep,
    site: OfSite = None,
    name: Annotated[str | None, Query(max_length=120, description="Only the rule of that name.")] = None,
    mode: Annotated[Literal["off", "shadow", "live"] | None, Query(description="Only those.")] = None,
    paused: Annotated[bool | None, Query(description="Only those that are, or are not.")] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Rule]:
    """Rules, newest first."""

    def look(connection: Connection) -> list[Rule]:
        site_id = None if site is None else sites.get_site(connection, site).id
        found = store.page(
            connection,
            site_id=site_id,
            before=before,
            limit=limit + 1,
            name=None if name is None else storable(name),
            mode=mode,
            paused=paused,
        )
        failed = rule_decisions.failing(
            connection, since=state.now() - _A_DAY, rule_ids=[one.id for one in found]
        )
        numbers = {one.rule_id: one.number for one in failed}
        return [
            shown(connection, one).model_copy(update={"failed_last_day": numbers.get(one.id, 0)})
            for one in found
        ]

    return page_of(await state.database.call_read(look), limit)


@router.post("", status_code=201, responses=responses(400, 401, 404, 409, 422, 503))
async def create_rule(new: New, changes: ChangesDep, response: Response) -> RuleInFull:
    """A new rule. It starts in shadow: it shows what it would do, and does nothing."""
    door, document = site_named(changes.state, new.site), new.read()
    change = _change(changes, "", new.note)
    made = await changes.make(
        "rule.created",
        of=lambda done: done.rule.id,
        work=lambda tx: in_full(
            tx, service.create(tx, door.name, document, change), changes.state, changes.caller
        ),
        after=told,
        site=door.name,
    )
    _log.info("admin.rule_created", rule=made.rule.id)
    response.headers["Location"] = f"/api/v1/rules/{made.rule.id}"
    return made.answer(response)


@router.get("/{rule_id}", responses=responses(401, 404, 422, 503))
async def get_rule(rule_id: RowId, state: StateDep, caller: CallerDep, response: Response) -> RuleInFull:
    """A rule; its ETag is what a change has to send as `If-Match`."""
    found = await state.database.call_read(lambda tx: in_full(tx, store.get(tx, rule_id), state, caller))
    return found.answer(response)


@router.put("/{rule_id}", responses=responses(400, 401, 404, 409, 412, 422, 428, 503))
async def write_rule(
    rule_id: RowId, new: Written, changes: ChangesDep, response: Response, if_match: IfMatch = None
) -> RuleInFull:
    """One more version. It starts in shadow; a live version goes on until the new one is made live."""
    document, change = new.read(), _change(changes, if_match, new.note)
    return await _changed(
        "rule.written", rule_id, changes, response, lambda tx: service.write(tx, rule_id, document, change)
    )


@router.patch("/{rule_id}", responses=responses(400, 401, 404, 409, 412, 422, 428, 503))
async def set_mode(
    rule_id: RowId, mode: Mode, changes: ChangesDep, response: Response, if_match: IfMatch = None
) -> RuleInFull:
    """Let a version act, only show what it would do, or switch the rule off."""
    change = _change(changes, if_match)
    return await _changed(
        "rule.mode_set",
        rule_id,
        changes,
        response,
        lambda tx: service.set_mode(tx, rule_id, mode.mode, change, number=mode.version),
    )


@router.post("/{rule_id}/rollback", responses=responses(400, 401, 404, 409, 412, 422, 428, 503))
async def roll_back(
    rule_id: RowId, back: Back, changes: ChangesDep, response: Response, if_match: IfMatch = None
) -> RuleInFull:
    """An older version's document as a new version, in shadow."""
    change = _change(changes, if_match)
    return await _changed(
        "rule.rolled_back",
        rule_id,
        changes,
        response,
        lambda tx: service.roll_back(tx, rule_id, back.version, change),
    )


@router.delete("/{rule_id}", status_code=204, responses=responses(401, 404, 412, 422, 428, 503))
async def delete_rule(rule_id: RowId, changes: ChangesDep, if_match: IfMatch = None) -> None:
    """Take a rule away. What it did stays on record."""
    change = _change(changes, if_match)
    await changes.make(
        "rule.deleted",
        of=rule_id,
        work=lambda tx: service.delete(tx, rule_id, change),
        before=lambda tx: picture(tx, rule_id),
    )
    _log.info("admin.rule_deleted", rule=rule_id)


@router.post("/{rule_id}/resume", responses=responses(401, 404, 409, 412, 422, 428, 503))
async def resume_rule(
    rule_id: RowId, resume: Resume, changes: ChangesDep, if_match: IfMatch = None
) -> Resumed:
    """Let a paused rule go on; what it wanted meanwhile is carried out now, or let go."""
    change = _change(changes, if_match)
    carry_out = resume.held == "carry_out"
    owed = await changes.make(
        "rule.resumed",
        of=rule_id,
        work=lambda tx: service.resume(tx, rule_id, change, carry_out=carry_out),
        before=lambda tx: picture(tx, rule_id),
        after=lambda owed: {"paused_reason": None, "held": resume.held, "effects": owed},
    )
    _log.info("admin.rule_resumed", rule=rule_id, held=resume.held, effects=owed)
    changes.state.wake()
    return Resumed(effects=owed)


@router.post("/{rule_id}/run", status_code=202, responses=responses(400, 401, 404, 409, 422, 503))
async def run_rule(rule_id: RowId, by_hand: ByHand, changes: ChangesDep) -> Asked:
    """Have the rule fire for issues now, whatever it waits for; a rule in shadow shows what it would do."""
    now = changes.state.now()
    run = await changes.make(
        "rule.run",
        of=rule_id,
        work=lambda tx: runs.request_rule(
            tx, rule_id, issues=by_hand.issues, now=now, requested_by=changes.caller.name
        ),
        before=lambda tx: picture(tx, rule_id),
        after=lambda run: {"run": run, "issues": list(by_hand.issues)},
    )
    _log.info("admin.rule_run", rule=rule_id, run=run)
    changes.state.wake()
    return Asked(run=run)


@router.get("/{rule_id}/versions", responses=responses(401, 404, 422, 503))
async def list_versions(
    rule_id: RowId, state: StateDep, before: Cursor = None, limit: Limit = 50
) -> Page[Version]:
    """Versions, newest first."""

    def look(connection: Connection) -> list[Version]:
        store.get(connection, rule_id)
        rows = store.versions(connection, rule_id, before=before, limit=limit + 1)
        return [Version(id=row["number"], **row) for row in rows]

    return page_of(await state.database.call_read(look), limit)


@router.get("/{rule_id}/versions/{number}", responses=responses(401, 404, 422, 503))
async def get_version(
    rule_id: RowId, number: Annotated[int, Path(ge=1, le=2**31 - 1)], state: StateDep
) -> Version:
    """A version, with the document that it will always have."""

    def look(connection: Connection) -> Version:
        store.get(connection, rule_id)
        row = store.version(connection, rule_id, number)
        return Version(id=row["number"], **row)

    return await state.database.call_read(look)


@router.get("/{rule_id}/diff", responses=responses(401, 404, 422, 503))
async def diff_versions(
    rule_id: RowId,
    state: StateDep,
    before: Annotated[int, Query(ge=1, le=2**31 - 1)],
    after: Annotated[int, Query(ge=1, le=2**31 - 1)],
) -> Diff:
    """Two versions as YAML, line by line."""
    found = await state.database.call_read(lambda tx: service.diff(tx, rule_id, before, after))
    return Diff(diff=found)


# --- their parts ----------------------------------------------------------------------------------


def _change(changes: Changes, seen: str | None, note: str = "") -> service.Change:
    return service.Change(author=changes.caller.name, now=changes.state.now(), seen=seen, note=note)


async def _changed(
    action: str,
    rule_id: int,
    changes: Changes,
    response: Response,
    work: Callable[[Connection], store.StoredRule],
) -> RuleInFull:
    made = await changes.make(
        action,
        of=rule_id,
        work=lambda tx: in_full(tx, work(tx), changes.state, changes.caller),
        before=lambda tx: picture(tx, rule_id),
        after=told,
    )
    _log.info(f"admin.{action.replace('.', '_')}", rule=rule_id, version=made.rule.last_version)
    return made.answer(response)
