"""Policies of grooming in all their versions, and how far each went with each issue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, select

from app.domain.grooming.ladder import Progress
from app.errors import NotFound
from app.store.tables import effects, schedules, still_open
from app.store.tables import grooming_cursors as cursors
from app.store.tables import grooming_policies as policies
from app.store.tables import grooming_steps as steps
from app.store.upsert import upsert


def save(
    connection: Connection,
    site_id: int,
    *,
    name: str,
    source: str,
    document: Mapping[str, Any],
    mode: str,
    now: datetime,
    by: str,
    deleted: bool = False,
) -> int:
    """Keep a new version; returns its number."""
    latest = connection.scalar(
        select(func.max(policies.c.version)).where(policies.c.site_id == site_id, policies.c.name == name)
    )
    version = (latest or 0) + 1
    connection.execute(
        insert(policies).values(
            site_id=site_id,
            name=name,
            version=version,
            source=source,
            document=dict(document),
            mode=mode,
            made_at=now,
            made_by=by,
            deleted=deleted,
        )
    )
    return version


def latest(connection: Connection, site_id: int) -> Sequence[RowMapping]:
    """The newest version of each policy of a site, by name; deleted ones are left out."""
    newest = (
        select(policies.c.name, func.max(policies.c.version).label("version"))
        .where(policies.c.site_id == site_id)
        .group_by(policies.c.name)
        .subquery()
    )
    same = and_(policies.c.name == newest.c.name, policies.c.version == newest.c.version)
    return (
        connection.execute(
            select(policies)
            .join(newest, same)
            .where(policies.c.site_id == site_id, policies.c.deleted.is_(False))
            .order_by(policies.c.name)
        )
        .mappings()
        .all()
    )


def get(connection: Connection, site_id: int, name: str) -> RowMapping:
    """The newest version of a policy.

    Raises:
        NotFound: there is none of that name, or not any more.
    """
    row = (
        connection.execute(
            select(policies)
            .where(policies.c.site_id == site_id, policies.c.name == name)
            .order_by(policies.c.version.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    if row is None or row["deleted"]:
        raise NotFound("grooming policy", name)
    return row


def versions(connection: Connection, site_id: int, name: str) -> Sequence[RowMapping]:
    """All versions of a policy, newest first; also of one that was taken away.

    Raises:
        NotFound: there never was one of that name.
    """
    rows = (
        connection.execute(
            select(policies)
            .where(policies.c.site_id == site_id, policies.c.name == name)
            .order_by(policies.c.version.desc())
        )
        .mappings()
        .all()
    )
    if not rows:
        raise NotFound("grooming policy", name)
    return rows


def groomed_boards(connection: Connection, site_id: int) -> set[int]:
    """Ids of the boards whose backlog is groomed at set times."""
    found = connection.scalars(
        select(schedules.c.parameters).where(
            schedules.c.site_id == site_id,
            schedules.c.kind == "backlog_grooming",
            schedules.c.enabled.is_(True),
        )
    )
    return {parameters["board"] for parameters in found}


# --- how far --------------------------------------------------------------------------------------


def progress_of(connection: Connection, site_id: int, policy: str, *, live: bool) -> dict[str, Progress]:
    """How far each issue is, by its id; in shadow and live apart."""
    rows = connection.execute(select(steps).where(_of(site_id, policy, live=live)).order_by(steps.c.issue_id))
    return {
        row.issue_id: Progress(
            issue_id=row.issue_id,
            key=row.issue_key,
            found_at=row.found_at,
            taken=row.taken,
            taken_at=row.taken_at,
            labels=tuple(row.labels),
            commented=row.commented,
            live=row.live,
        )
        for row in rows
    }


def keep_progress(
    connection: Connection,
    site_id: int,
    policy: str,
    progress: Mapping[str, Progress],
    *,
    live: bool,
    after_key: str | None,
) -> None:
    """How far each is now, and where the ceiling stopped the run; what is not named is on no ladder now."""
    before = progress_of(connection, site_id, policy, live=live)
    for gone in sorted(before.keys() - progress.keys()):
        connection.execute(delete(steps).where(_of(site_id, policy, live=live), steps.c.issue_id == gone))
    rows = [
        {
            "site_id": site_id,
            "policy": policy,
            "issue_id": one.issue_id,
            "live": live,
            "issue_key": one.key,
            "found_at": one.found_at,
            "taken": one.taken,
            "taken_at": one.taken_at,
            "labels": list(one.labels),
            "commented": one.commented,
        }
        for issue_id, one in progress.items()
        if before.get(issue_id) != one
    ]
    upsert(connection, steps, rows)
    connection.execute(delete(cursors).where(cursors.c.site_id == site_id, cursors.c.policy == policy))
    if after_key is not None:
        connection.execute(insert(cursors).values(site_id=site_id, policy=policy, after_key=after_key))


def cursor_of(connection: Connection, site_id: int, policy: str) -> str | None:
    """Where the last run stopped at the ceiling."""
    return connection.scalar(
        select(cursors.c.after_key).where(cursors.c.site_id == site_id, cursors.c.policy == policy)
    )


def busy(connection: Connection, site_id: int) -> frozenset[str]:
    """Keys of issues that something is owed to: what it does is not seen yet."""
    subjects = connection.scalars(
        select(effects.c.subject).where(effects.c.site_id == site_id, still_open(effects)).distinct()
    )
    return frozenset(subject.removeprefix("issue:") for subject in subjects)


def _of(site_id: int, policy: str, *, live: bool) -> Any:
    return and_(steps.c.site_id == site_id, steps.c.policy == policy, steps.c.live.is_(live))
