"""Reports that a sprint gets once: asked for by whichever sync sees their moment first."""

from dataclasses import replace

from sqlalchemy import select

from app.domain.reports.target import Target
from app.services.runs import OF_SPRINT, VELOCITY
from app.store import boards, outbox, reports, sites, tables
from app.store.database import Database
from jobs.context import BoardReports, Context
from jobs.sprint_moments import request_due
from tests.factories import END, START, a_board, a_sprint, day
from tests.jobs.support import Clock, Sandboxed, carried_out, context_of, sandboxed, unconnected
from tests.stores import a_site, rows

EVERY = BoardReports(Target("BURN-1"), frozenset({*OF_SPRINT, VELOCITY}))


def asked_for(database: Database, context: Context, kinds: frozenset[str] = EVERY.kinds) -> list[str]:
    """What a look asks for."""
    site = replace(next(iter(context.sites.values())), reports={1: replace(EVERY, kinds=kinds)})
    with database.write() as tx:
        before = tx.scalars(select(tables.runs.c.id)).all()
        request_due(tx, context, site)
        new = select(tables.runs.c.kind).where(tables.runs.c.id.not_in(before)).order_by(tables.runs.c.id)
        return list(tx.scalars(new))


def test_each_moment_is_asked_for_once_and_only_where_it_is_wanted(database: Database) -> None:
    clock = Clock(day(2))
    with database.write() as tx:
        row = a_site(tx)
        boards.save_board(tx, row.id, a_board(), heard_at=START)
        boards.save_sprint(tx, row.id, a_sprint(), heard_at=START)
    context = context_of(database, unconnected(row), clock=clock)
    assert asked_for(database, context, frozenset({"sprint_end"})) == []
    assert asked_for(database, context) == ["sprint_start"]
    assert asked_for(database, context) == []  # it waits, or failed: a person decides
    clock.at = day(8)
    assert asked_for(database, context) == ["sprint_middle"]
    with database.write() as tx:
        boards.save_sprint(tx, row.id, a_sprint(completed=END), heard_at=END)
    clock.at = END
    assert asked_for(database, context) == ["sprint_end", "velocity"]
    with database.write() as tx:  # housekeeping came by; the report stays
        tx.execute(tables.runs.delete())
        for kind in ("sprint_end", "velocity"):
            reports.save(
                tx,
                site_id=row.id,
                run_id=None,
                kind=kind,
                board_id=1,
                sprint_id=7,
                at=END,
                now=END,
                document={},
            )
    assert asked_for(database, context) == []


async def made(database: Database, jira: Sandboxed, kind: str) -> tuple[str, str]:
    """Marker and text of the comment that a run owes."""
    number = await carried_out(database, jira, kind=kind, board=1, post_to="BURN-1", at=jira.context.now())
    with database.read() as tx:
        (effect,) = outbox.of_run(tx, number)
        assert rows(tx, tables.reports)[-1]["kind"] == kind
    return effect["payload"]["marker"], str(effect["payload"]["body"])


async def test_a_sync_asks_for_them_and_each_has_a_comment_of_its_own(database: Database) -> None:
    async with sandboxed(database) as jira:
        site = replace(jira.site, reports={1: EVERY})
        jira.context.sites[site.id] = site  # type: ignore[index]
        clock: Clock = jira.context.now.__self__  # type: ignore[attr-defined]
        await carried_out(database, jira, kind="sync")
        with database.read() as tx:
            (sprint,) = boards.sprints_since(tx, sites.get_site(tx, "demo"), 1, clock.at)
            kinds = [row["kind"] for row in rows(tx, tables.runs)]
        assert kinds == ["sync", "sprint_start"]
        with database.write() as tx:
            tx.execute(tables.runs.update().values(state="done"))
        marker, text = await made(database, jira, "sprint_start")
        assert marker == f"sprint-start:1:{sprint.id}"
        assert "committed for" in text
        marker, text = await made(database, jira, "sprint_end")
        assert marker == f"sprint-end:1:{sprint.id - 1}"
        assert "For the retrospective" in text
        assert "Sprint end: BURN Sprint" in text, "it stands beside others"
        marker, text = await made(database, jira, "velocity")
        assert marker == "velocity:1"
        assert "the mean of the last sprint as Jira has it" in text
        assert "Velocity: BURN board" in text
