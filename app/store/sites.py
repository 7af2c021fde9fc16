"""Jira sites and what describes them: projects, fields, statuses, boards, sprints."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, and_, delete, func, insert, or_, select, text, update

from app.domain.scrum.board import Board, Column
from app.domain.scrum.from_jira import SiteFields
from app.domain.scrum.sprint import Sprint, SprintState
from app.errors import NotFound, NotPossible
from app.store import tables
from app.store.upsert import insert_new, upsert


@dataclass(frozen=True, slots=True)
class Site:
    """A Jira site as the store knows it; its credentials are settings.

    Attributes:
        account_id: who we are there.
        synced_at: when the last whole sync ended; None before the first.
        deployment: Jira's `deploymentType`; None before the first sync.
    """

    id: int
    name: str
    base_url: str
    account_id: str | None
    fields: SiteFields
    synced_at: datetime | None
    deployment: str | None = None

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


# Any constant will do, as long as every replica uses the same one.
_SETTINGS_LOCK = 0x7369746573


def lock_settings(connection: Connection) -> None:
    """Let one replica at a time bring the settings into the store; SQLite has one writer anyway."""
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
            f"Site {name!r} is {row['base_url']} in the store and {base_url} in the settings. "
            "Give the new Jira a new name, or start with an empty database."
        )
        raise NotPossible(message)
    return get_site(connection, name)


def get_site(connection: Connection, name: str) -> Site:
    """The site of that name.

    Raises:
        NotFound: none.
    """
    row = connection.execute(select(tables.sites).where(tables.sites.c.name == name)).mappings().first()
    if row is None:
        raise NotFound("site", name, "Sites are named in the settings, under [sites.<name>].")
    return _site(connection, row)


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
    fields = SiteFields(row["sprint_field"], row["flagged_field"], unique)
    return Site(
        id=row["id"],
        name=row["name"],
        base_url=row["base_url"],
        account_id=row["account_id"],
        fields=fields,
        synced_at=row["synced_at"],
        deployment=row["deployment"],
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
    update_site(connection, site_id, sprint_field=found.sprint, flagged_field=found.flagged)


def replace_statuses(connection: Connection, site_id: int, documents: Iterable[Mapping[str, Any]]) -> None:
    """Keep Jira's statuses with the key of their category: `new`, `indeterminate`, `done`."""
    rows = [
        {
            "site_id": site_id,
            "id": str(document["id"]),
            "name": str(document.get("name") or document["id"]),
            "category": str((document.get("statusCategory") or {}).get("key") or "undefined"),
        }
        for document in documents
    ]
    _replace(connection, tables.statuses, site_id, rows)


def _replace(connection: Connection, table: Table, site_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(delete(table).where(table.c.site_id == site_id))
    if rows:
        connection.execute(insert(table), list({row["id"]: row for row in rows}.values()))


def save_project(connection: Connection, site_id: int, document: Mapping[str, Any]) -> None:
    """Name and key may change; how far its issues were read stays."""
    row = {
        "site_id": site_id,
        "id": str(document["id"]),
        "key": str(document["key"]),
        "name": str(document.get("name") or document["key"]),
    }
    upsert(connection, tables.projects, [row])


def projects_of(connection: Connection, site_id: int) -> list[Project]:
    """The site's projects in the store, by key."""
    found = connection.execute(
        select(tables.projects).where(tables.projects.c.site_id == site_id).order_by(tables.projects.c.key)
    ).mappings()
    return [Project(row["id"], row["key"], row["name"], row["read_until"]) for row in found]


def note_read_until(connection: Connection, site_id: int, project_id: str, until: datetime) -> None:
    """Write down how far its issues were read; never back, however pages overlap."""
    table = tables.projects
    further = or_(table.c.read_until.is_(None), table.c.read_until < until)
    connection.execute(
        update(table)
        .where(table.c.site_id == site_id, table.c.id == project_id, further)
        .values(read_until=until)
    )


def save_board(
    connection: Connection,
    site_id: int,
    board: Board,
    *,
    heard_at: datetime,
    project_key: str | None = None,
) -> None:
    """Keep a board unless something newer is known of it; without a project key, the stored one stays."""
    row = {
        "site_id": site_id,
        "id": board.id,
        "name": board.name,
        "kind": board.kind,
        "project_key": project_key,
        "columns": [{"name": column.name, "status_ids": list(column.status_ids)} for column in board.columns],
        "estimation_field": board.estimation_field,
        "estimation_name": board.estimation_name,
        "deleted_at": None,
        "heard_at": heard_at,
    }
    keep = () if project_key else ("project_key",)
    upsert(connection, tables.boards, [row], keep=keep, newer="heard_at")


def get_board(connection: Connection, site: Site, board_id: int) -> Board:
    """A board with its columns.

    Raises:
        NotFound: not in the store.
    """
    table = tables.boards
    row = (
        connection.execute(
            select(table).where(
                table.c.site_id == site.id, table.c.id == board_id, table.c.deleted_at.is_(None)
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound("board", board_id, f"The boards of {site.name!r} come with `burnish sync`.")
    return Board(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        columns=tuple(Column(one["name"], tuple(one["status_ids"])) for one in row["columns"]),
        estimation_field=row["estimation_field"],
        estimation_name=row["estimation_name"],
    )


def mark_board_deleted(connection: Connection, site_id: int, board_id: int, at: datetime) -> None:
    """The row stays: old reports speak of it."""
    table = tables.boards
    connection.execute(
        update(table)
        .where(table.c.site_id == site_id, table.c.id == board_id, table.c.heard_at <= at)
        .values(deleted_at=at, heard_at=at)
    )


def save_sprint(connection: Connection, site_id: int, sprint: Sprint, *, heard_at: datetime) -> None:
    """Keep a sprint unless something newer is known of it.

    When it was really started does not change, and events do not say it: once known, it stays known.
    """
    row = {
        "site_id": site_id,
        "id": sprint.id,
        "board_id": sprint.board_id,
        "name": sprint.name,
        "state": sprint.state.value,
        "goal": sprint.goal,
        "start_at": sprint.start,
        "end_at": sprint.end,
        "activated_at": sprint.activated,
        "completed_at": sprint.completed,
        "heard_at": heard_at,
    }
    keep = () if sprint.activated else ("activated_at",)
    upsert(connection, tables.sprints, [row], keep=keep, newer="heard_at")
    if sprint.board_id is not None:
        show_sprint(connection, site_id, sprint.board_id, sprint.id)
    table = tables.sprints
    same = (table.c.site_id == site_id, table.c.id == sprint.id, table.c.activated_at.is_(None))
    if sprint.activated:  # said by an older document than the newest one
        connection.execute(update(table).where(*same).values(activated_at=sprint.activated))


def mark_sprint_deleted(connection: Connection, site_id: int, sprint_id: int, at: datetime) -> None:
    """The row stays: issues' histories name it."""
    table = tables.sprints
    connection.execute(
        update(table).where(table.c.site_id == site_id, table.c.id == sprint_id).values(deleted_at=at)
    )


def get_sprint(connection: Connection, site: Site, sprint_id: int) -> Sprint:
    """A sprint by its id.

    Raises:
        NotFound: not in the store.
    """
    table = tables.sprints
    row = (
        connection.execute(
            select(table).where(
                table.c.site_id == site.id, table.c.id == sprint_id, table.c.deleted_at.is_(None)
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound("sprint", sprint_id, f"The sprints of {site.name!r} come with `burnish sync`.")
    return _sprint(row)


def sprint_at(connection: Connection, site: Site, board_id: int, at: datetime) -> Sprint | None:
    """The sprint that ran on a board at an instant; of parallel ones the one that ends first."""
    table, shown = tables.sprints, tables.board_sprints
    of_board = select(shown.c.sprint_id).where(shown.c.site_id == site.id, shown.c.board_id == board_id)
    row = (
        connection.execute(
            select(table)
            .where(
                table.c.site_id == site.id,
                table.c.id.in_(of_board),
                table.c.state != SprintState.FUTURE.value,
                func.coalesce(table.c.activated_at, table.c.start_at) <= at,
                or_(table.c.completed_at.is_(None), table.c.completed_at > at),
                table.c.deleted_at.is_(None),
            )
            .order_by(table.c.end_at, table.c.id)
        )
        .mappings()
        .first()
    )
    return None if row is None else _sprint(row)


def save_board_sprints(
    connection: Connection, site_id: int, board_id: int, sprint_ids: Collection[int], *, at: datetime
) -> None:
    """Keep which sprints a board shows, all of them; one that no board shows any more was deleted.

    Args:
        connection: inside a transaction.
        site_id: whose.
        board_id: the board.
        sprint_ids: the whole list, as Jira gave it.
        at: when the list was asked for; of a sprint that we heard of later it says nothing.
    """
    shown, table = tables.board_sprints, tables.sprints
    here = and_(shown.c.site_id == site_id, shown.c.board_id == board_id)
    older = select(table.c.id).where(table.c.site_id == site_id, table.c.heard_at <= at)
    before = set(connection.scalars(select(shown.c.sprint_id).where(here, shown.c.sprint_id.in_(older))))
    gone = before - set(sprint_ids)
    connection.execute(delete(shown).where(here, shown.c.sprint_id.in_(gone)))
    for sprint_id in sprint_ids:
        show_sprint(connection, site_id, board_id, sprint_id)
    elsewhere = select(shown.c.sprint_id).where(shown.c.site_id == site_id)
    connection.execute(
        update(table)
        .where(table.c.site_id == site_id, table.c.id.in_(gone), table.c.id.not_in(elsewhere))
        .values(deleted_at=at)
    )


def show_sprint(connection: Connection, site_id: int, board_id: int, sprint_id: int) -> None:
    """Keep that a board shows a sprint."""
    row = {"site_id": site_id, "board_id": board_id, "sprint_id": sprint_id}
    insert_new(connection, tables.board_sprints, [row])


def _sprint(row: RowMapping) -> Sprint:
    return Sprint(
        id=row["id"],
        name=row["name"],
        state=SprintState(row["state"]),
        board_id=row["board_id"],
        goal=row["goal"],
        start=row["start_at"],
        end=row["end_at"],
        activated=row["activated_at"],
        completed=row["completed_at"],
    )
