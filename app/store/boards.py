"""Boards and the sprints that they show; an older word never replaces a newer one."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Table, and_, delete, func, or_, select, update

from app.domain.scrum.board import Board
from app.domain.scrum.sprint import Sprint, SprintState
from app.errors import NotFound
from app.store import board_configurations, tables
from app.store.sites import Site
from app.store.upsert import insert_new, upsert

_NAMED = 20
"""So many boards or sprints are told to whoever asks for one that is not there."""


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
        **board_configurations.written(board),
        "deleted_at": None,
        "heard_at": heard_at,
    }
    keep = () if project_key else ("project_key",)
    upsert(connection, tables.boards, [row], keep=keep, newer="heard_at")
    board_configurations.see(connection, site_id, board, at=heard_at)


def names(connection: Connection, site: Site) -> dict[int, str]:
    """Of the boards that there are, by id."""
    table = tables.boards
    found = select(table.c.id, table.c.name).where(table.c.site_id == site.id, table.c.deleted_at.is_(None))
    return {row.id: row.name for row in connection.execute(found)}


def get_board(connection: Connection, site: Site, board_id: int) -> Board:
    """A board with its columns.

    Raises:
        NotFound: not in the store.
    """
    row = _present(connection, site, tables.boards, board_id)
    if row is None:
        raise NotFound("board", board_id, _there_are(connection, site))
    return board_configurations.read(row["id"], row["name"], row["kind"], dict(row))


def _present(connection: Connection, site: Site, table: Table, number: int) -> RowMapping | None:
    """A board or a sprint by its id, unless it was deleted."""
    here = table.c.site_id == site.id, table.c.id == number, table.c.deleted_at.is_(None)
    return connection.execute(select(table).where(*here)).mappings().first()


def _there_are(connection: Connection, site: Site) -> str:
    known = sorted((board.id, board.name) for *_, board in listed(connection, site.id))
    if not known:
        return f"The boards of {site.name!r} come with `burnish sync`."
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"There are: {', '.join(f'{number} ({name})' for number, name in known[:_NAMED])}{more}."


def listed(connection: Connection, site_id: int | None) -> list[tuple[str, str | None, Board]]:
    """Boards of a site, or of all: its name, the key of the project where Jira tells it, the board."""
    table = tables.boards
    query = select(table, tables.sites.c.name.label("site")).join(
        tables.sites, tables.sites.c.id == table.c.site_id
    )
    if site_id is not None:
        query = query.where(table.c.site_id == site_id)
    rows = connection.execute(query.where(table.c.deleted_at.is_(None))).mappings()
    return [
        (
            row["site"],
            row["project_key"],
            board_configurations.read(row["id"], row["name"], row["kind"], dict(row)),
        )
        for row in rows
    ]


def project_of(connection: Connection, site: Site, board_id: int) -> str | None:
    """Key of the project that a board belongs to, where Jira tells it."""
    table = tables.boards
    return connection.scalar(
        select(table.c.project_key).where(table.c.site_id == site.id, table.c.id == board_id)
    )


def mark_board_deleted(connection: Connection, site_id: int, board_id: int, at: datetime) -> None:
    """The row stays: old reports speak of it."""
    table = tables.boards
    connection.execute(
        update(table)
        .where(table.c.site_id == site_id, table.c.id == board_id, table.c.heard_at <= at)
        .values(deleted_at=at, heard_at=at)
    )


def bury_unlisted(
    connection: Connection, site_id: int, listed: Mapping[str, Collection[int]], *, at: datetime
) -> None:
    """Mark boards as deleted that Jira lists for no project any more: where no webhook comes, nobody says so.

    Args:
        connection: inside a transaction.
        site_id: whose.
        listed: numbers of all boards by the key of the project that they are listed for.
        at: when the lists were asked for; of a board that we heard of later they say nothing.
    """
    table, there = tables.boards, {number for numbers in listed.values() for number in numbers}
    known = connection.scalars(
        select(table.c.id).where(
            table.c.site_id == site_id, table.c.project_key.in_(listed), table.c.deleted_at.is_(None)
        )
    )
    for number in sorted(set(known) - there):
        mark_board_deleted(connection, site_id, number, at)


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
    row = _present(connection, site, tables.sprints, sprint_id)
    if row is None:
        raise NotFound("sprint", sprint_id, _sprints_there_are(connection, site))
    return sprint_of(row)


def _sprints_there_are(connection: Connection, site: Site) -> str:
    table = tables.sprints
    mine = table.c.site_id == site.id, table.c.deleted_at.is_(None)
    query = select(table.c.id, table.c.name).where(*mine).order_by(table.c.id.desc()).limit(_NAMED + 1)
    known = [f"{row.id} ({row.name})" for row in connection.execute(query)]
    if not known:
        return f"The sprints of {site.name!r} come with `burnish sync`."
    more = " and earlier ones" if len(known) > _NAMED else ""
    return f"There are: {', '.join(known[:_NAMED])}{more}."


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
    return None if row is None else sprint_of(row)


def closed_sprints(
    connection: Connection, site: Site, board_id: int, *, at: datetime, last: int
) -> list[Sprint]:
    """The last sprints of a board that were closed at an instant, oldest first."""
    table, shown = tables.sprints, tables.board_sprints
    of_board = select(shown.c.sprint_id).where(shown.c.site_id == site.id, shown.c.board_id == board_id)
    rows = connection.execute(
        select(table)
        .where(
            table.c.site_id == site.id,
            table.c.id.in_(of_board),
            table.c.state == SprintState.CLOSED.value,
            table.c.completed_at <= at,
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.completed_at.desc(), table.c.id.desc())
        .limit(last)
    ).mappings()
    return [sprint_of(row) for row in rows][::-1]


def sprints_since(connection: Connection, site: Site, board_id: int, since: datetime) -> list[Sprint]:
    """Sprints of a board that run, or were closed since an instant, by their ids."""
    table, shown = tables.sprints, tables.board_sprints
    of_board = select(shown.c.sprint_id).where(shown.c.site_id == site.id, shown.c.board_id == board_id)
    rows = connection.execute(
        select(table)
        .where(
            table.c.site_id == site.id,
            table.c.id.in_(of_board),
            or_(table.c.state == SprintState.ACTIVE.value, table.c.completed_at >= since),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.id)
    ).mappings()
    return [sprint_of(row) for row in rows]


def open_sprints(connection: Connection, site: Site, *, at: datetime) -> frozenset[int]:
    """Ids of the site's sprints that were not closed by an instant, those that lie ahead included."""
    table = tables.sprints
    found = connection.scalars(
        select(table.c.id).where(
            table.c.site_id == site.id,
            table.c.deleted_at.is_(None),
            or_(table.c.state != SprintState.CLOSED.value, table.c.completed_at > at),
        )
    )
    return frozenset(found)


def all_sprints(connection: Connection, site: Site) -> list[Sprint]:
    """Every sprint that the site has or had, by id."""
    table = tables.sprints
    rows = connection.execute(select(table).where(table.c.site_id == site.id).order_by(table.c.id))
    return [sprint_of(row) for row in rows.mappings()]


def newest_sprints(connection: Connection, site: Site, board_id: int, *, most: int) -> list[Sprint]:
    """The last sprints that a board shows, by id, the newest first."""
    table, shown = tables.sprints, tables.board_sprints
    of_board = select(shown.c.sprint_id).where(shown.c.site_id == site.id, shown.c.board_id == board_id)
    there = (table.c.site_id == site.id, table.c.id.in_(of_board), table.c.deleted_at.is_(None))
    rows = connection.execute(select(table).where(*there).order_by(table.c.id.desc()).limit(most))
    return [sprint_of(row) for row in rows.mappings()]


def boards_of_sprints(
    connection: Connection, site_id: int, sprint_ids: Collection[int]
) -> dict[int, set[int]]:
    """Ids of the boards that show sprints, by sprint; one that no board shows is left out."""
    shown = tables.board_sprints
    found: dict[int, set[int]] = {}
    query = select(shown.c.sprint_id, shown.c.board_id).where(
        shown.c.site_id == site_id, shown.c.sprint_id.in_(sprint_ids)
    )
    for sprint_id, board_id in connection.execute(query):
        found.setdefault(sprint_id, set()).add(board_id)
    return found


def save_board_sprints(
    connection: Connection, site_id: int, board_id: int, sprint_ids: Collection[int], *, at: datetime
) -> None:
    """Keep which sprints a board shows, all of them; one that no board shows any more was deleted.

    One that is listed again is back: a board shows it only while one of its issues passes the filter.

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
    back = (table.c.site_id == site_id, table.c.id.in_(sprint_ids), table.c.deleted_at <= at)
    connection.execute(update(table).where(*back).values(deleted_at=None))


def show_sprint(connection: Connection, site_id: int, board_id: int, sprint_id: int) -> None:
    """Keep that a board shows a sprint."""
    row = {"site_id": site_id, "board_id": board_id, "sprint_id": sprint_id}
    insert_new(connection, tables.board_sprints, [row])


def sprint_of(row: RowMapping) -> Sprint:
    """A sprint from its row."""
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
