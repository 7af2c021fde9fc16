"""Rules of Jira Automation become documents of ours; nothing is saved."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.automation.importing import Imported, import_rules
from app.domain.rules.automation.told import Fate, Known, Told
from app.domain.rules.errors import RuleNotUnderstood
from app.services.rules import understood
from app.services.ruling import catalogue_of
from app.store.named_things import names_by_id
from app.store.sites import Site


def read_export(connection: Connection, site: Site, export: Any, *, now: datetime) -> Imported:
    """The rules of an export, with ids as the site means them, and what could not be taken over.

    A document that names what the site does not have is given, too, and its faults are told.
    """
    catalogue = catalogue_of(connection, site, now=now)
    fields: defaultdict[str, list[str]] = defaultdict(list)
    for field in catalogue.fields:
        fields[field.name.lower()].append(field.id)
    types, link_types = names_by_id(connection, site.id)
    projects = {one.id: one.key for one in catalogue.projects}
    has_service_projects = any(one.group == "service_desk" for one in catalogue.projects)
    found = import_rules(export, Known(projects, types, fields, link_types, has_service_projects))
    told = list(found.told)
    for document in found.rules:
        try:
            understood(connection, site, document, now=now)
        except RuleNotUnderstood as error:
            told += [
                Told(
                    document["name"], place, "", Fate.CHANGED, fault, "Mend the file; it cannot be saved so."
                )
                for place, fault in error.faults
            ]
    return Imported(found.rules, tuple(told))
