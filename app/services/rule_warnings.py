"""What of a rule can be saved and should be otherwise, as far as the store knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.rules import named_people
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import read
from app.domain.rules.rule_parts import queries_of
from app.services.jql import warnings_of
from app.store import role_names
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site


def unfound(
    connection: Connection,
    site: Site,
    document: Mapping[str, Any],
    *,
    now: datetime,
    hidden: Hidden = NOTHING_HIDDEN,
) -> list[tuple[str, str]]:
    """Values in a rule's queries that nothing in the store has or ever had, and roles and groups that there
    are not, with their places.

    Args:
        connection: reading.
        site: whose.
        document: of a rule; of one that is none any more there is nothing to say.
        now: the instant.
        hidden: issues that are not there for who asks.
    """
    try:
        rule = read(document)
    except RuleNotUnderstood:
        return []
    roles, groups = role_names.roles(connection, site), role_names.groups(connection, site)
    return named_people.unfound(rule, roles, groups) + [
        (place, str(each))
        for place, query in queries_of(rule)
        for each in warnings_of(connection, site, query, now=now, hidden=hidden)
    ]
