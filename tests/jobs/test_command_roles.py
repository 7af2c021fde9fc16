"""Who may give commands in comments: read from Jira once a day, by project role."""

from datetime import timedelta

import pytest

from app.services import grooming_policies
from app.services.grooming_wish import read_wish
from app.store import project_roles, sites, tables
from app.store.database import Database
from connectors.jira.deployment import Deployment
from tests.jobs.support import Sandboxed, carried_out, run_of, sandboxed
from tests.stores import rows

pytestmark = pytest.mark.anyio


async def groomed(database: Database, jira: Sandboxed, *roles: str) -> list[str]:
    """What the report of a run says that could not be read."""
    number = await carried_out(
        database, jira, kind="backlog_grooming", board=1, at=jira.context.now(), command_roles=list(roles)
    )
    assert run_of(database, number)["state"] == "done"
    with database.read() as tx:
        return list(rows(tx, tables.reports)[-1]["document"]["missing"])


@pytest.mark.parametrize("deployment", list(Deployment))
async def test_members_of_a_role_are_known_by_name_and_by_group(
    database: Database, deployment: Deployment
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        assert await groomed(database, jira, "developers", "Administrators") == []
        with database.read() as tx:
            site = sites.get_site(tx, "demo")
            developers = project_roles.members(tx, site, ["Developers"])["BURN"]
            administrators = project_roles.members(tx, site, ["Administrators"])["BURN"]
            known = {row["account_id"] for row in rows(tx, tables.metadata.tables["users"])}
        assert len(administrators) == 1
        assert administrators < developers <= known
        await groomed(database, jira, "developers", "Administrators")
        assert len(await jira.requests("/role/10001")) == 1, "once a day"


async def test_a_role_that_a_project_does_not_have_is_named_in_the_report(database: Database) -> None:
    async with sandboxed(database) as jira:
        (fault,) = await groomed(database, jira, "Wizards")
    assert fault == (
        "There is no role 'Wizards' in project BURN, so nobody's commands count for it; "
        "there are: Administrators, Developers"
    )


async def test_who_had_a_role_that_is_gone_commands_no_more(database: Database) -> None:
    """And the report says so each time."""
    async with sandboxed(database) as jira:
        with database.write() as tx:
            site = sites.get_site(tx, "demo")
            project_roles.keep(tx, site, "BURN", "Wizards", ["dana"], jira.context.now() - timedelta(days=2))
        for _ in range(2):
            assert len(await groomed(database, jira, "Wizards")) == 1
        with database.read() as tx:
            assert project_roles.members(tx, site, ["Wizards"]) == {"BURN": frozenset()}


POLICY = """
name: Overdue
board: 1
checks: {{overdue: {{}}}}
ladder: [{{step: report}}]
command_roles: {roles}
"""


async def test_roles_that_a_policy_names_are_read_and_a_strange_one_is_told(database: Database) -> None:
    """As long as the policy names them and is not off."""
    async with sandboxed(database) as jira:

        async def told(roles: str, more: str = "") -> list[str]:
            with database.write() as tx:
                site = sites.get_site(tx, "demo")
                source = POLICY.format(roles=roles) + more
                grooming_policies.save(tx, site, source, now=jira.context.now(), by="test")
            return await groomed(database, jira)

        assert await told("[Developers]") == []
        with database.read() as tx:
            assert project_roles.members(tx, sites.get_site(tx, "demo"), ["Developers"])["BURN"]
        assert "no role 'Wizards' in project BURN" in (await told("{keep: [Wizards]}"))[0]
        assert await told("{keep: [Wizards]}", "mode: off") == []


def test_names_of_roles_come_from_the_settings() -> None:
    assert read_wish({"command_roles": ["Developers"]}).command_roles == ("Developers",)
