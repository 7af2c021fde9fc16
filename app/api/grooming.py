"""Grooming over HTTP: its checks with their manual pages, proposals, policies."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, RowMapping

from app import log
from app.api.auth import CallerDep
from app.api.changes import ChangesDep
from app.api.computed_reports import Board, SiteName
from app.api.etags import stamp
from app.api.hidden import hidden_from
from app.api.paging import After, Cursor, Limit, Many, NamedPage, Numbered, Page, page_after, page_of
from app.api.problems import example_of, responses
from app.api.rows import IssueKey
from app.api.rule_drafts import SOURCE
from app.api.state import SiteDoor, StateDep, site_named
from app.domain.grooming.catalogue import CHECKS
from app.domain.grooming.policy import Policy
from app.domain.grooming.policy_schema import schema
from app.domain.reports.backlog_as_json import plan_as_json
from app.domain.scrum.calendar import Calendar
from app.errors import ChangedMeanwhile, NotFound
from app.services import backlog_grooming, grooming_policies, grooming_proposals, versions
from app.services.commanders import not_read
from app.services.grooming_wish import read_wish
from app.services.policy_triggers import Due
from app.store import boards, sites
from app.store import grooming_policies as policies
from app.store.types import storable

router = APIRouter(tags=["grooming"])
_log = log.get(__name__)

_POLICY = "name: Stale\nboard: 1\nchecks: {stale: {}}\nladder: [{step: report}]\n"
_PREVIEWED = {
    "policy": "Stale",
    "version": 1,
    "mode": "shadow",
    "steps": [],
    "on_the_ladder": 0,
    "missing": [],
}
PolicyName = Annotated[str, Path(min_length=1, max_length=128)]
IfMatchIfAny = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The ETag of the version that is edited; a new policy has none.",
    ),
]
_SCHEMA_BEGINS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Policy",
    "type": "object",
    "required": ["name", "board", "checks", "ladder"],
}
_TOLD = {"version", "mode", "source"}


class Check(BaseModel):
    """A check with its manual page."""

    name: str = Field(examples=["stale"])
    title: str
    about: str
    weight: str = Field(examples=["high", "medium", "low"])
    manual: str


class Acceptance(BaseModel):
    """Which proposal is accepted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"check": "released_version", "issue": "BURN-1"}]},
    )

    check: Annotated[str, Field(max_length=64, examples=["released_version"])]
    issue: IssueKey


class Accepted(BaseModel):
    """What Burnish does now."""

    issue: str
    proposal: str = Field(examples=["Take fix version 1.9 away"])


class PolicySource(BaseModel):
    """A policy as it is written."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"source": _POLICY}]})

    source: Annotated[
        str,
        Field(
            max_length=100_000,
            validation_alias=SOURCE,
            examples=[_POLICY],
            description="YAML or JSON. `yaml`, as it is called for rules, means the same.",
        ),
    ]


class PolicyEntry(BaseModel):
    """A policy's newest version."""

    name: str
    version: int
    mode: Literal["off", "shadow", "live"]
    board: int
    run: str = Field(
        examples=["with the grooming of its board", "at 0 8 * * mon-fri in Europe/Berlin"],
        description="When it is run: its `trigger` in words.",
    )
    next_run_at: datetime | None = Field(
        description="Null where nothing runs it: it is off, or its board is groomed at no set times."
    )
    source: str
    made_at: datetime
    made_by: str


@router.get("/grooming-checks", responses=responses(401, 422, 503))
async def list_checks(after: After = None, limit: Many = 200) -> NamedPage[Check]:
    """What grooming looks for, with the manual page of each check."""
    found = [
        Check(
            name=each.name,
            title=each.title,
            about=each.area.value,
            weight=each.weight.name.lower(),
            manual=each.manual,
        )
        for each in CHECKS
    ]
    return page_after(found, after, limit, by=lambda one: one.name)


@router.post(
    "/boards/{board}/backlog/acceptances", status_code=202, responses=responses(400, 401, 404, 409, 422, 503)
)
async def accept_proposal(
    changes: ChangesDep, board: Board, wanted: Acceptance, site: SiteName = None
) -> Accepted:
    """Have Burnish do what a finding proposes, if it still stands."""
    state = changes.state
    door, now = site_named(state, site), state.now()
    wish = read_wish(door.grooming_wish(board))

    def accept(tx: Connection) -> str:
        found = sites.site_by_id(tx, door.id)
        return grooming_proposals.accept(
            tx,
            found,
            board_id=board,
            check=storable(wanted.check),
            key=wanted.issue,
            wish=wish,
            calendar=door.calendars.get(board, Calendar()),
            now=now,
            by=changes.caller.name,
            habits=door.team_of(board).habits,
        ).words

    words = await changes.make(
        "proposal.accepted",
        of=wanted.issue,
        work=accept,
        after=lambda words: {"check": wanted.check, "proposal": words},
        site=door.name,
    )
    _log.info("admin.proposal_accepted", check=wanted.check, issue=wanted.issue, site=door.name)
    state.wake()
    return Accepted(issue=wanted.issue, proposal=words)


# --- policies -------------------------------------------------------------------------------------


class PolicySaved(PolicyEntry):
    """A policy's new version."""

    warnings: list[str] = Field(
        description="Why nothing runs it (not where its board is groomed, or it has a trigger), and which "
        "values of its query nothing has or ever had."
    )


class PolicyVersion(Numbered):
    """A policy as it was from an instant on; never changed. Its `id` is its number."""

    mode: Literal["off", "shadow", "live"]
    board: int
    source: str
    made_at: datetime
    made_by: str
    deleted: bool = Field(description="Whether the policy was taken away by this.")
    diff: str = Field(
        description="What changed since the version before, line by line; empty where nothing did.",
        examples=["--- version 1\n+++ version 2\n"],
    )


@router.get("/grooming-policies", responses=responses(400, 401, 404, 422, 503))
async def list_policies(
    state: StateDep, site: SiteName = None, after: After = None, limit: Many = 200
) -> NamedPage[PolicyEntry]:
    """Policies by name, the newest version of each."""
    door = site_named(state, site)
    found = await state.database.call_read(lambda tx: _latest(tx, door.id))
    return page_after(found, after, limit, by=lambda one: one.name)


@router.get("/grooming-policy-schema", responses=responses(401, 503) | example_of(_SCHEMA_BEGINS))
async def get_policy_schema() -> dict[str, Any]:
    """JSON schema of a policy, for editors; of its YAML, too."""
    return schema()


@router.get("/grooming-policies/{policy}", responses=responses(400, 401, 404, 422, 503))
async def get_policy(
    state: StateDep, response: Response, policy: PolicyName, site: SiteName = None
) -> PolicyEntry:
    """A policy's newest version; its ETag is what an edit sends as `If-Match`."""
    door, name = site_named(state, site), storable(policy)
    found = await state.database.call_read(lambda tx: _get(tx, door.id, name))
    stamp(response, found.version)
    return found


@router.get("/grooming-policies/{policy}/versions", responses=responses(400, 401, 404, 422, 503))
async def list_policy_versions(
    state: StateDep, policy: PolicyName, site: SiteName = None, before: Cursor = None, limit: Limit = 50
) -> Page[PolicyVersion]:
    """A policy's versions, newest first, also after it was taken away. To go back, send a source again."""
    door, name = site_named(state, site), storable(policy)

    def look(connection: Connection) -> list[PolicyVersion]:
        told = grooming_policies.versions_told(connection, sites.site_by_id(connection, door.id), name)
        every = [PolicyVersion(id=one["version"], **one) for one in told]
        return [one for one in every if before is None or one.id < before]

    return page_of(await state.database.call_read(look), limit)


@router.post("/grooming-policies", status_code=201, responses=responses(400, 401, 404, 412, 422, 428, 503))
async def save_policy(
    changes: ChangesDep,
    response: Response,
    wanted: PolicySource,
    site: SiteName = None,
    if_match: IfMatchIfAny = None,
) -> PolicySaved:
    """Keep a policy as a new version of its name. It is in shadow unless it says `mode: live`."""
    door, now = site_named(changes.state, site), changes.state.now()
    document = grooming_policies.read_source(wanted.source)
    name = document.name

    def save(tx: Connection) -> PolicySaved:
        found = sites.site_by_id(tx, door.id)
        grooming_policies.save(tx, found, wanted.source, now=now, by=changes.caller.name)
        entry = _get(tx, door.id, name)
        warnings = grooming_policies.warnings_of(tx, found, document)
        warnings += grooming_policies.unfound(tx, found, document, now=now)
        return PolicySaved(**entry.model_dump(), warnings=warnings)

    saved = await changes.make(
        "policy.saved",
        of=name,
        work=save,
        before=lambda tx: _before(tx, door, name, if_match),
        after=lambda entry: entry.model_dump(mode="json", include=_TOLD),
        site=door.name,
    )
    _log.info("admin.policy_saved", policy=name, version=saved.version, mode=saved.mode, site=door.name)
    stamp(response, saved.version)
    return saved


@router.delete(
    "/grooming-policies/{policy}", status_code=204, responses=responses(400, 401, 404, 412, 422, 428, 503)
)
async def remove_policy(
    changes: ChangesDep, policy: PolicyName, site: SiteName = None, if_match: IfMatchIfAny = None
) -> None:
    """From now on it does nothing. Labels that it added stay."""
    door, now, name = site_named(changes.state, site), changes.state.now(), storable(policy)
    await changes.make(
        "policy.removed",
        of=name,
        work=lambda tx: grooming_policies.remove(
            tx, sites.site_by_id(tx, door.id), name, now=now, by=changes.caller.name
        ),
        before=lambda tx: _before(tx, door, name, if_match),
        site=door.name,
    )
    _log.info("admin.policy_removed", policy=name, site=door.name)


def _before(tx: Connection, door: SiteDoor, name: str, seen: str | None) -> dict[str, Any] | None:
    """What the policy was like, if it was there.

    Raises:
        VersionNeeded: it is there, and the editor does not say which version was seen.
        ChangedMeanwhile: it is not that version.
    """
    sites.lock_settings(tx)  # nobody else writes a version meanwhile
    try:
        entry = _get(tx, door.id, name)
    except NotFound:
        if seen not in {None, "*"}:
            raise ChangedMeanwhile(f"There is no policy {name!r} any more; nothing was written.") from None
        return None
    versions.check(seen, entry.version, what=f"policy {name!r}")
    return {"site": door.name, **entry.model_dump(mode="json", include=_TOLD)}


@router.post(
    "/grooming-policies/preview",
    responses=responses(400, 401, 404, 409, 422, 503) | example_of(_PREVIEWED),
)
async def preview_policy(
    state: StateDep, caller: CallerDep, wanted: PolicySource, site: SiteName = None
) -> dict[str, Any]:
    """What a policy would do now, from where the one of its name stands; nothing is kept and nothing done."""
    door, now = site_named(state, site), state.now()
    document = grooming_policies.read_source(wanted.source)
    board_id = document.board
    wish = read_wish(door.grooming_wish(board_id))

    def preview(tx: Connection) -> dict[str, Any]:
        found = sites.site_by_id(tx, door.id)
        grooming_policies.check_site(tx, found, document)
        board = boards.get_board(tx, found, board_id)
        team = door.team_of(board_id)
        hidden = hidden_from(tx, found.id, caller)
        seen = replace(wish, show_restricted=wish.show_restricted and not hidden.ids)
        looked = backlog_grooming.backlog_review(
            tx, found, board, seen, at=now, calendar=team.calendar, habits=team.habits
        )
        planned = grooming_policies.plan(tx, found, Policy(document), looked, seen, hidden=hidden)
        return {
            **plan_as_json(planned),
            "missing": not_read(tx, found, document, looked.backlog),
            "warnings": grooming_policies.unfound(tx, found, document, now=now, hidden=hidden),
        }

    return await state.database.call_read(preview)


def _entry(row: RowMapping, due: Due) -> PolicyEntry:
    told = {"board": row["document"]["board"], "run": due.words(row), "next_run_at": due.next(row)}
    return PolicyEntry(**{**row, **told})


def _get(tx: Connection, site_id: int, name: str) -> PolicyEntry:
    return _entry(policies.get(tx, site_id, name), Due(tx, site_id))


def _latest(tx: Connection, site_id: int) -> list[PolicyEntry]:
    due = Due(tx, site_id)
    return [_entry(row, due) for row in policies.latest(tx, site_id)]
