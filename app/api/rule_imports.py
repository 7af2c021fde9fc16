"""Rules of Jira Automation over HTTP: what would become of them."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from app.api.problems import responses
from app.api.state import StateDep, site_named
from app.domain.rules.automation.importing import Imported
from app.domain.rules.automation.told import Fate
from app.services import rule_import
from app.store import sites

router = APIRouter(prefix="/rules", tags=["rules"])

_EXAMPLE: dict[str, Any] = {
    "cloud": True,
    "rules": [
        {
            "name": "Say hello",
            "state": "ENABLED",
            "projects": [],
            "trigger": {"component": "TRIGGER", "type": "jira.issue.event.trigger:created", "value": {}},
            "components": [
                {
                    "component": "ACTION",
                    "type": "jira.issue.comment",
                    "value": {"comment": "Hello {{issue.key}}"},
                }
            ],
        }
    ],
}


class Export(BaseModel):
    """A file as Jira Automation exports it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"export": _EXAMPLE}]})

    export: dict[str, Any] | list[Any] = Field(description="The JSON of the file.")
    site: str | None = Field(None, max_length=64, description="May be left out where there is one site.")


class NotTaken(BaseModel):
    """A part that could not be taken over as it was."""

    rule: str = Field(description="Its name; empty where the file is meant.")
    where: str = Field(examples=["components/2/children/0"])
    type: str = Field(description="Of the component.", examples=["jira.issue.clone"])
    fate: Fate
    did: str = Field(description="What it would have done, or what of it is not understood.")
    instead: str


class ImportedRules(BaseModel):
    """Nothing was saved: documents for `POST /rules`, and what is not in them."""

    documents: list[dict[str, Any]]
    told: list[NotTaken]


@router.post("/import", responses=responses(400, 401, 404, 422, 503))
async def import_rules(export: Export, state: StateDep) -> ImportedRules:
    """Rules of Jira Automation as documents, and what of them is not taken over. Nothing is saved."""
    door = site_named(state, export.site)

    def look(connection: Connection) -> Imported:
        site = sites.site_by_id(connection, door.id)
        return rule_import.read_export(connection, site, export.export, now=state.now())

    found = await state.database.call_read(look)
    return ImportedRules(
        documents=list(found.rules),
        told=[
            NotTaken(
                rule=one.rule, where=one.where, type=one.type, fate=one.fate, did=one.did, instead=one.instead
            )
            for one in found.told
        ],
    )
