"""Rules over HTTP before they are saved: checked, previewed on today's issues, replayed over history."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from app.api.auth import CallerDep
from app.api.hidden import hidden_from
from app.api.problems import example_of, responses
from app.api.rule_decisions import Decided
from app.api.state import State, StateDep, site_named
from app.domain.rules.document import Rule as Document
from app.domain.rules.document import schema
from app.domain.rules.reading import answers_of, from_yaml, written
from app.domain.rules.trials import run as run_trial
from app.errors import Forbidden, NotFound, NotUnderstood
from app.services import jql, rule_replay, rule_warnings
from app.services import rules as service
from app.services.access import Caller
from app.store import restricted, sites
from app.store import rules as store
from app.store.sites import Site

router = APIRouter(prefix="/rules", tags=["rules"])

EXAMPLE: dict[str, Any] = {
    "name": "Bugs from customers are urgent",
    "trigger": {"type": "issue_created"},
    "when": "type = Bug AND labels = customer",
    "actions": [
        {"type": "edit", "set": {"priority": "Highest"}},
        {
            "type": "comment",
            "text": "{{ issue.key }} comes from a customer: looked at first.",
            "mode": "once",
        },
    ],
}


SOURCE = AliasChoices("source", "yaml")
"""How the text of a rule or a policy is called: the first is told, the second is taken, too."""


class Written(BaseModel):
    """A rule as it is written: as a document, or as a text in YAML or JSON."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"document": EXAMPLE, "note": "more of it"}]}
    )

    document: dict[str, Any] | None = Field(None, examples=[EXAMPLE])
    source: str | None = Field(
        None,
        max_length=200_000,
        validation_alias=SOURCE,
        description="YAML or JSON. `yaml`, as it was called before, means the same.",
    )
    note: str = Field("", max_length=2000, description="Why, for those who come later.")

    def read(self) -> Any:
        """The document.

        Raises:
            NotUnderstood: not exactly one of both is given.
        """
        if (self.document is None) == (self.source is None):
            raise NotUnderstood("Give `document` or `source`, one of both.", field="/body/document")
        return self.document if self.source is None else from_yaml(self.source)


class Draft(Written):
    """A rule to be tried out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"document": EXAMPLE}]})

    site: str | None = Field(None, max_length=64, description="May be left out where there is one site.")


_SCHEMA_BEGINS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Rule",
    "type": "object",
    "required": ["name", "trigger", "actions"],
}
_UNKEPT = (
    "what the server answers is kept encrypted, and there is no key to do so: until then it is not asked. "
    "Make one with `burnish secrets new-key`, and set it as BURNISH_SECRET_KEY for every process"
)


class Warned(BaseModel):
    """Something that can be saved and should be otherwise."""

    pointer: str = Field(examples=["/actions/0/headers/Authorization"], description="Where in the document.")
    detail: str


def warned(
    tx: Connection, site: Site, document: Mapping[str, Any], state: State, caller: Caller
) -> list[Warned]:
    """What of a document that is or was a rule should be otherwise, as far as who asks may know."""
    door = state.sites.get(site.name)
    channels = None if door is None else door.channels
    found = service.warnings(document, state.web_request_hosts, channels)
    hidden = hidden_from(tx, site.id, caller)
    found += rule_warnings.unfound(tx, site, document, now=state.now(), hidden=hidden)
    return [Warned(pointer=f"/{place}", detail=said) for place, said in found]


class Tested(BaseModel):
    """How a test of the rule's own ended."""

    name: str = Field(examples=["a bug is urgent"])
    faults: list[str] = Field(
        examples=[["the outcome is 'not matched', not 'acted'"]], description="None where it passed."
    )


class Checked(BaseModel):
    """A rule that can be saved."""

    document: dict[str, Any]
    warnings: list[Warned]
    tests: list[Tested] = Field(description="Those that the document has beside it, each as it ended.")


class Preview(Draft):
    """A rule to be tried on today's issues."""

    jql: str | None = Field(None, max_length=10_000, description="For which; the rule's own if left out.")


class Previewed(BaseModel):
    """What the rule would do for each issue."""

    issues: int = Field(description="That were looked at.")
    effects: int
    left_out: bool = Field(description=f"Whether there are more than {rule_replay.MOST_ISSUES}.")
    decisions: list[Decided]
    warnings: list[Warned] = Field(
        description="Of values in its queries that nothing has or ever had, and of unknown roles and groups."
    )


class Replay(Draft):
    """A rule to be tried on what happened."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"document": EXAMPLE, "from": "2026-02-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}]
        }
    )

    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    rule: int | None = Field(None, ge=1, description="Of this rule it is a draft: what that did is compared.")
    show: int = Field(100, ge=0, le=1000, description="Most decisions that are shown; all are counted.")


class Difference(BaseModel):
    """Where the draft and the live rule do not agree."""

    at: datetime
    issue: str | None
    event: str
    draft: dict[str, Any] | None = Field(
        description="What the draft would do: `kind` and `payload` of an effect, or the `outcome` that it "
        "ends with and its `reason`; null for nothing."
    )
    live: dict[str, Any] | None = Field(description="Likewise what was done.")


class Replayed(BaseModel):
    """What the rule would have done."""

    events: int = Field(
        description="That it waits for: of a rule for a transition to Done, the transitions to Done."
    )
    outcomes: dict[str, int] = Field(examples=[{"acted": 3, "not matched": 12}])
    effects: int
    effects_per_day: float
    busiest_hour: int = Field(description="The most effects in any hour.")
    paused_at: datetime | None = Field(description="Where its limits would have stopped it.")
    paused_reason: str | None
    decisions: list[Decided]
    differences: list[Difference] | None = Field(description="Null where there is no live rule to compare.")


# --- routes ---------------------------------------------------------------------------------------


@router.get("/schema", responses=responses(401, 503) | example_of(_SCHEMA_BEGINS))
async def get_schema() -> dict[str, Any]:
    """JSON schema of a rule's document, for editors."""
    return schema()


@router.post("/check", responses=responses(400, 401, 404, 422, 503))
async def check_rule(draft: Draft, state: StateDep, caller: CallerDep) -> Checked:
    """Whether a rule could be saved, and how its own tests end; all that is wrong is told at once."""
    site, rule = await _draft(state, draft)
    document = written(rule)
    places = answers_of(rule) if state.book.keyring.is_empty else []
    unkept = [Warned(pointer=f"/{place}/then", detail=_UNKEPT) for place in places]
    found = await state.database.call_read(lambda tx: warned(tx, site, document, state, caller))
    tried = await asyncio.to_thread(lambda: [run_trial(rule, trial) for trial in rule.tests])
    tests = [Tested(name=one.name, faults=list(one.faults)) for one in tried]
    return Checked(document=document, warnings=[*found, *unkept], tests=tests)


@router.post("/preview", responses=responses(400, 401, 404, 409, 422, 503))
async def preview_rule(draft: Preview, state: StateDep, caller: CallerDep) -> Previewed:
    """What a rule would do for issues of today if it fired now. Nothing is done."""
    site, rule = await _draft(state, draft)
    await _refuse_restricted(state, site, caller)

    def look(tx: Connection) -> tuple[rule_replay.Previewed, list[Warned]]:
        now = state.now()
        previewed = rule_replay.preview(tx, site, rule, query=draft.jql, now=now)
        odd = rule_warnings.unfound(tx, site, written(rule), now=now)
        odd += [("", f"jql: {each}") for each in jql.warnings_of(tx, site, draft.jql or "", now=now)]
        return previewed, [Warned(pointer=f"/{place}", detail=said) for place, said in odd]

    found, warnings = await state.database.call_read(look)
    return Previewed(
        issues=found.issues,
        effects=sum(len(each.wanted) for each in found.decisions),
        left_out=found.left_out,
        decisions=[Decided.of(each) for each in found.decisions],
        warnings=warnings,
    )


@router.post("/replay", responses=responses(400, 401, 404, 409, 422, 503))
async def replay_rule(draft: Replay, state: StateDep, caller: CallerDep) -> Replayed:
    """What a rule would have done about what happened, with the site as it was then. Nothing is done."""
    site, rule = await _draft(state, draft)
    await _refuse_restricted(state, site, caller)

    door = site_named(state, site.name)

    def look(connection: Connection) -> rule_replay.Replayed:
        if draft.rule is not None and store.get(connection, draft.rule).site_id != site.id:
            raise NotFound("rule", draft.rule, f"Name one of site {site.name}.")
        return rule_replay.replay(
            connection,
            site,
            rule,
            since=draft.since,
            until=draft.until,
            now=state.now(),
            stored_id=draft.rule,
            teams=door.team_of,
        )

    found = await state.database.call_read(look)
    return Replayed(
        events=found.events,
        outcomes=found.outcomes,
        effects=found.effects,
        effects_per_day=round(found.effects_per_day, 2),
        busiest_hour=found.busiest_hour,
        paused_at=found.paused[0] if found.paused else None,
        paused_reason=found.paused[1] if found.paused else None,
        decisions=[Decided.of(each) for each in found.decisions[: draft.show]],
        differences=None
        if found.differences is None
        else [
            Difference(
                at=one.at,
                issue=one.issue_key or None,
                event=one.event_key,
                draft=None if one.draft is None else dict(one.draft),
                live=None if one.live is None else dict(one.live),
            )
            for one in found.differences[: draft.show]
        ],
    )


async def _refuse_restricted(state: State, site: Site, caller: Caller) -> None:
    """Whoever writes a draft decides what is said of which issues, and what is asked of them.

    Raises:
        Forbidden: the key does not see all of the site's issues.
    """
    if caller.sees_restricted or not await state.database.call_read(
        lambda tx: restricted.any_of(tx, site.id)
    ):
        return
    raise Forbidden(
        f"Site {site.name} has restricted issues, a draft is tried on all of them, and {caller.name} does "
        "not see them. An admin makes keys with `burnish keys create --sees-restricted`."
    )


async def _draft(state: State, draft: Draft) -> tuple[Site, Document]:
    door, document = site_named(state, draft.site), draft.read()

    def look(connection: Connection) -> tuple[Site, Document]:
        site = sites.site_by_id(connection, door.id)
        return site, service.understood(connection, site, document, now=state.now())

    return await state.database.call_read(look)
