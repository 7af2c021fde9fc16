"""Jira sites and what describes them: projects, fields, statuses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, or_, select, text, update

from app.domain.jql.analysis import ENGLISH
from app.domain.scrum.from_jira import SiteFields, account_of
from app.domain.scrum.issue import BLOCKED_BY
from app.errors import NotFound, NotPossible
from app.store import tables
from app.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Site:
    """A Jira site as the store knows it; its credentials are settings.

    Attributes:
        account_id: who we are there.
        synced_at: when the last whole sync ended; None before the first.
        deployment: Jira's `deploymentType`; None before the first sync.
        text_language: of its texts, by which text search knows the stems of words.
        blocked_by_links: how issues read a link to what they wait for.
    """

    id: int
    name: str
    base_url: str
    account_id: str | None
    fields: SiteFields
    synced_at: datetime | None
    deployment: str | None = None
    text_language: str = ENGLISH
    blocked_by_links: tuple[str, ...] = BLOCKED_BY

    @property
    def is_cloud(self) -> bool:
        """Whether it is Jira Cloud; Data Center calls itself "Server"."""
        return self.deployment in {None, "Cloud"}


@dataclass(frozen=True, slots=True)
class Project:
    """A project with how far its issues were read."""

    id: str
    key: str
    name: str
    read_until: datetime | None


MEND = "Mend the credentials of the site"
"""In the reason of a pause: it ends as soon as there are others."""
# Any constant will do, as long as every replica uses the same one.
_SETTINGS_LOCK = 0x7369746573


def lock_settings(connection: Connection) -> None:
    """Let one at a time make what has a name of its own, until the transaction ends: replicas that bring the
    settings into the store, and admins. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SETTINGS_LOCK})


def ensure_site(connection: Connection, name: str, base_url: str) -> Site:
    """The site of that name, made if need be.

    Raises:
        NotPossible: the name stood for another Jira; its issues must not be mixed with this one's.
    """
    row = connection.execute(select(tables.sites).where(tables.sites.c.name == name)).mappings().first()
    if row is None:
        connection.execute(insert(tables.sites).values(name=name, base_url=base_url))
    elif row["base_url"] != base_url:
        message = (
            f"Site {name!r} is {row['base_url']} in the store, and cannot become {base_url}. "
            "Give the new Jira a new name, or start with an empty database."
        )
        raise NotPossible(message)
    return get_site(connection, name)


def pause(connection: Connection, site_id: int, *, until: datetime, reason: str) -> None:
    """Ask nothing of the site before then; an earlier pause never ends a later one."""
    table = tables.sites
    earlier = or_(table.c.paused_until.is_(None), table.c.paused_until < until)
    connection.execute(
        update(table).where(table.c.id == site_id, earlier).values(paused_until=until, paused_reason=reason)
    )


def resume(connection: Connection, site_id: int) -> None:
    """End a pause before its time."""
    table = tables.sites
    connection.execute(
        update(table).where(table.c.id == site_id).values(paused_until=None, paused_reason=None)
    )


def resume_mended(connection: Connection, site_id: int) -> None:
    """End a pause that waits for other credentials: there are some, and the next try tells."""
    table = tables.sites
    waits = (table.c.id == site_id, table.c.paused_reason.contains(MEND, autoescape=True))
    connection.execute(update(table).where(*waits).values(paused_until=None, paused_reason=None))


def paused(connection: Connection, now: datetime) -> dict[int, datetime]:
    """Sites that rest, with the end of the pause."""
    table = tables.sites
    rows = connection.execute(select(table.c.id, table.c.paused_until).where(table.c.paused_until > now))
    return {row.id: row.paused_until for row in rows}


def get_site(connection: Connection, name: str) -> Site:
    """The site of that name.

    Raises:
        NotFound: none.
    """
    row = connection.execute(select(tables.sites).where(tables.sites.c.name == name)).mappings().first()
    if row is None:
        there = ", ".join(names(connection)) or "none yet; sites are named in the settings, as [sites.<name>]"
        raise NotFound("site", name, f"The store has: {there}.")
    return _site(connection, row)


def names(connection: Connection) -> list[str]:
    """Of all sites in the store, in their order."""
    return list(connection.scalars(select(tables.sites.c.name).order_by(tables.sites.c.name)))


def name_of_owner(connection: Connection, table: Table, row_id: int) -> str | None:
    """Name of the site that a row with an id of its own belongs to; None where there is no such row."""
    query = select(tables.sites.c.name).join(table, table.c.site_id == tables.sites.c.id)
    name: str | None = connection.scalar(query.where(table.c.id == row_id))
    return name


def site_by_id(connection: Connection, site_id: int) -> Site:
    """The site of a row that names it by number."""
    row = connection.execute(select(tables.sites).where(tables.sites.c.id == site_id)).mappings().one()
    return _site(connection, row)


def _site(connection: Connection, row: RowMapping) -> Site:
    known = connection.execute(
        select(tables.fields.c.name, tables.fields.c.id).where(
            tables.fields.c.site_id == row["id"], tables.fields.c.custom
        )
    ).all()
    names = [name for name, _ in known]
    unique = {name: field for name, field in known if names.count(name) == 1}
    fields = SiteFields(
        row["sprint_field"],
        row["flagged_field"],
        unique,
        epic_link=row["epic_link_field"],
        rank=row["rank_field"],
    )
    return Site(
        id=row["id"],
        name=row["name"],
        base_url=row["base_url"],
        account_id=row["account_id"],
        fields=fields,
        synced_at=row["synced_at"],
        deployment=row["deployment"],
        text_language=row["text_language"] or ENGLISH,
        blocked_by_links=tuple(row["blocked_by_links"] or BLOCKED_BY),
    )


def update_site(connection: Connection, site_id: int, **values: Any) -> None:
    """Write down what was learnt of the site."""
    connection.execute(update(tables.sites).where(tables.sites.c.id == site_id).values(**values))


def replace_fields(
    connection: Connection, site_id: int, documents: Iterable[Mapping[str, Any]], found: SiteFields
) -> None:
    """Keep what Jira's field list says now, deleted fields gone."""
    rows = [
        {
            "site_id": site_id,
            "id": str(document["id"]),
            "name": str(document.get("name") or document["id"]),
            "custom": bool(document.get("custom")),
            "schema_type": (document.get("schema") or {}).get("type"),
            "schema_custom": (document.get("schema") or {}).get("custom"),
        }
        for document in documents
    ]
    _replace(connection, tables.fields, site_id, rows)
    update_site(
        connection,
        site_id,
        sprint_field=found.sprint,
        flagged_field=found.flagged,
        epic_link_field=found.epic_link,
        rank_field=found.rank,
    )


def status_ids(connection: Connection, site: Site, name: str) -> tuple[str, ...]:
    """Of all statuses of that name, whatever its letters' case; none where there is no such status."""
    named = status_names(connection, site.id).items()
    return tuple(sorted(one for one, known in named if known.casefold() == name.casefold()))


def done_status_ids(connection: Connection, site: Site) -> tuple[str, ...]:
    """Of all statuses of the category done, in the order of Jira's list as far as it told one."""
    table = tables.statuses
    of_site = select(table.c.id, table.c.position).where(
        table.c.site_id == site.id, table.c.category == "done"
    )
    rows = connection.execute(of_site)
    return tuple(row.id for row in sorted(rows, key=lambda row: (row.position is None, row.position, row.id)))


def status_names(connection: Connection, site_id: int) -> dict[str, str]:
    """Names of a site's statuses by id."""
    of_site = select(tables.statuses.c.id, tables.statuses.c.name).where(tables.statuses.c.site_id == site_id)
    return {row.id: row.name for row in connection.execute(of_site)}


def replace_statuses(
    connection: Connection, site_id: int, documents: Iterable[Mapping[str, Any]], *, ordered: bool = True
) -> None:
    """Keep Jira's statuses with the key of their category: `new`, `indeterminate`, `done`.

    Args:
        connection: inside a transaction.
        site_id: whose.
        documents: all of them.
        ordered: whether they stand as in Jira's own list.
    """
    rows = [
        {
            "site_id": site_id,
            "id": str(document["id"]),
            "name": str(document.get("name") or document["id"]),
            "category": str((document.get("statusCategory") or {}).get("key") or "undefined"),
            "position": place if ordered else None,
        }
        for place, document in enumerate(documents)
    ]
    _replace(connection, tables.statuses, site_id, rows)


def _replace(connection: Connection, table: Table, site_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(delete(table).where(table.c.site_id == site_id))
    if rows:
        connection.execute(insert(table), list({row["id"]: row for row in rows}.values()))


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def save_project(
    connection: Connection,
    site_id: int,
    document: Mapping[str, Any],
    *,
    heard_at: datetime = _NEVER,
    archived: bool | None = None,
    deleted_at: datetime | None = None,
) -> None:
    """Keep a project unless something newer is known of it; how far its issues were read stays.

    Args:
        connection: inside a transaction.
        site_id: whose.
        document: of REST or of an event; what it does not tell stays as it is.
        heard_at: when Jira said it, by its own clock; without, anything said with an instant counts more.
        archived: where not the document tells it but the name of the event.
        deleted_at: since when it is gone; a document without it brings it back.
    """
    lead = account_of(document.get("lead") or document.get("projectLead"))
    kind, style = document.get("projectTypeKey"), document.get("style")
    category = (document.get("projectCategory") or {}).get("name")
    is_archived = document.get("archived") if archived is None else archived
    row = {
        "site_id": site_id,
        "id": str(document["id"]),
        "key": str(document["key"]),
        "name": str(document.get("name") or document["key"]),
        "kind": None if kind is None else str(kind),
        "team_managed": None if style is None else style == "next-gen",
        "lead": lead,
        "category": None if category is None else str(category),
        "archived": bool(is_archived),
        "deleted_at": deleted_at,
        "heard_at": heard_at,
    }
    told = {"kind": kind, "team_managed": style, "lead": lead, "category": category, "archived": is_archived}
    keep = [name for name, value in told.items() if value is None]
    upsert(connection, tables.projects, [row], keep=keep, newer="heard_at")


@dataclass(frozen=True, slots=True)
class ProjectFate:
    """Whether a project can still be worked in."""

    deleted_at: datetime | None = None
    archived: bool = False

    @property
    def is_ended(self) -> bool:
        """Whether it was deleted or archived."""
        return self.archived or self.deleted_at is not None


def fate_of(connection: Connection, site_id: int, project_id: str) -> ProjectFate:
    """As far as we know; a project that is not in the store is neither deleted nor archived."""
    table = tables.projects
    row = connection.execute(
        select(table.c.deleted_at, table.c.archived).where(
            table.c.site_id == site_id, table.c.id == project_id
        )
    ).first()
    return ProjectFate() if row is None else ProjectFate(row.deleted_at, row.archived)


def keys_of_ended(connection: Connection, site_id: int) -> set[str]:
    """Of projects that were deleted or archived, as far as we know."""
    table = tables.projects
    ended = or_(table.c.deleted_at.is_not(None), table.c.archived)
    return set(connection.scalars(select(table.c.key).where(table.c.site_id == site_id, ended)))


def projects_of(connection: Connection, site_id: int) -> list[Project]:
    """The site's projects in the store, by key."""
    found = connection.execute(
        select(tables.projects).where(tables.projects.c.site_id == site_id).order_by(tables.projects.c.key)
    ).mappings()
    return [Project(row["id"], row["key"], row["name"], row["read_until"]) for row in found]


def lock_project(connection: Connection, site_id: int, project_id: str) -> None:
    """Until the transaction ends, nobody else gets past this; SQLite has one writer anyway."""
    table = tables.projects
    connection.execute(
        select(table.c.id).where(table.c.site_id == site_id, table.c.id == project_id).with_for_update()
    )


def note_read_until(connection: Connection, site_id: int, project_id: str, until: datetime) -> None:
    """Write down how far its issues were read; never back, however pages overlap."""
    table = tables.projects
    further = or_(table.c.read_until.is_(None), table.c.read_until < until)
    connection.execute(
        update(table)
        .where(table.c.site_id == site_id, table.c.id == project_id, further)
        .values(read_until=until)
    )


def last_change(
    connection: Connection, site_id: int, project_id: str, *, before: datetime
) -> datetime | None:
    """The last `updated` of a project's issues until an instant; None where there is none."""
    table = tables.issues
    found: datetime | None = connection.scalar(
        select(func.max(table.c.updated)).where(
            table.c.site_id == site_id, table.c.project_id == project_id, table.c.updated <= before
        )
    )
    return found
