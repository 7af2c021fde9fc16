"""What rules decide about events, from what the store holds: the same for live ones, drafts and replays."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app import log
from app.domain.jql.catalogue import Catalogue
from app.domain.rules.actions import Around
from app.domain.rules.decide import Decision, Outcome, decide
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.event import Event
from app.domain.rules.reading import read
from app.domain.rules.triggers import Active, Index
from app.services.jql import UTC_ZONE
from app.services.past import Issues, Past
from app.store import jql_facts, rules, sites, things
from app.store.rule_decisions import Key
from app.store.sites import Site

_log = log.get(__name__)


class RuleBook:
    """The rules of each site that may fire; read again only when one of them changed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[int, int], Index]] = {}

    def of(self, connection: Connection, site_id: int) -> Index:
        """Those of a site."""
        signature = rules.signature(connection, site_id)
        known = self._known.get(site_id)
        if known is None or known[0] != signature:
            known = self._known[site_id] = (signature, Index(active(connection, site_id)))
        return known[1]


def active(connection: Connection, site_id: int) -> list[Active]:
    """All rules of a site that may fire."""
    found = []
    for row in rules.active(connection, site_id):
        try:
            rule = read(row["document"])
        except RuleNotUnderstood as error:  # written by another version of Burnish
            _log.error("rule.not_readable", rule=row["id"], version=row["number"], reason=str(error))
            continue
        found.append(
            Active(
                row["id"], row["number"], rule, bool(row["shadow"]), since=row["since"], paused=row["paused"]
            )
        )
    return found


def catalogue_of(connection: Connection, site: Site, *, now: datetime) -> Catalogue:
    """What names in a rule can mean; currentUser() is Burnish's own account."""
    return jql_facts.catalogue(connection, site, now=now, zone=UTC_ZONE, account=site.account_id)


def judge(
    connection: Connection,
    site: Site,
    index: Index,
    events: Sequence[Event],
    *,
    taken: Collection[Key] = (),
    is_live: bool = False,
) -> list[Decision]:
    """What the rules decide about events, in the order of their instants.

    Args:
        connection: reading.
        site: whose.
        index: the rules.
        events: what happened. Each is seen with the issues as they were at its instant.
        taken: decisions that were taken already.
        is_live: whether they happened just now; queries in rules then ask the store as it is.
    """
    waiting = [
        (event, candidates)
        for event in sorted(events, key=lambda event: event.at)
        if (
            candidates := [
                each
                for each in index.candidates(event)
                if (each.id, each.shadow, event.issue_id, event.key) not in taken
            ]
        )
    ]
    if not waiting:
        return []
    catalogue = catalogue_of(connection, site, now=waiting[0][0].at)
    issues = Issues(connection, site, catalogue)
    issues.get({event.issue_id for event, _ in waiting})
    people = things.names_of(connection, site.id, {event.author for event, _ in waiting if event.author})
    leads = sites.leads(connection, site.id)
    decisions = []
    for event, candidates in waiting:
        found = issues.when(event)
        if found is None:
            continue
        around = Around(
            issue=found,
            catalogue=replace(catalogue, now=event.at),
            past=Past(issues, event.at, is_now=is_live),
            base_url=site.base_url,
            is_cloud=site.is_cloud,
            people=people,
            leads=leads,
            own_account=site.account_id,
        )
        decisions += [made for each in candidates if (made := _decided(each, event, around)) is not None]
    return decisions


def _decided(rule: Active, event: Event, around: Around) -> Decision | None:
    """A fault of ours must neither stop the other rules nor go unseen."""
    try:
        return decide(rule, event, around)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a rule
        _log.exception("rule.fault", rule=rule.id, version=rule.version, issue=event.issue_key)
        reason = f"A fault in Burnish ({type(error).__name__}); its log has the reason."
        return Decision(rule, event, around.issue.key, Outcome.FAILED, reason=reason)
