"""Who may give commands in comments, by project roles. Nothing tells of it, so it is read once a day."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue_columns import account_of
from app.services.backlog_grooming import projects_of
from app.services.commanders import roles_asked
from app.services.grooming_policies import policies_of
from app.services.grooming_wish import Wish
from app.store import boards, project_roles, sites
from app.store.claim import Claimed
from app.store.sites import Site
from connectors.errors import Missing, NotAllowed
from jobs.context import Context, JiraSite

_OFTEN = timedelta(days=1)


async def keep_roles(
    context: Context, jira_site: JiraSite, site: Site, projects: Iterable[str], roles: Collection[str]
) -> list[str]:
    """Read and keep who has the roles in the projects; returns what could not be read, in sentences.

    What was read before stays where Jira does not answer now; a role that is gone has nobody.

    Raises:
        ConnectorError: Jira does not answer.
    """
    now = context.now()
    fresh = await context.database.call_read(lambda tx: project_roles.read_since(tx, site, now - _OFTEN))
    faults = []
    for project in projects:
        lacking = [role for role in roles if (project, role.casefold()) not in fresh]
        try:
            there = await jira_site.jira.project_roles(project) if lacking else {}
        except (Missing, NotAllowed) as error:
            faults.append(
                f"Who may give commands in project {project} could not be read: {error}".rstrip(".")
            )
            continue
        numbers = {name.casefold(): number for name, number in there.items()}
        for role in lacking:
            number = numbers.get(role.casefold())
            if number is None:
                faults.append(
                    f"There is no role {role!r} in project {project}, so nobody's commands count for it; "
                    f"there are: {', '.join(sorted(there))}"
                )
            try:
                people = (
                    []
                    if number is None
                    else [one async for one in jira_site.jira.role_members(project, number)]
                )
            except (Missing, NotAllowed) as error:
                faults.append(
                    f"Who has the role {role!r} in project {project} could not be read: {error}".rstrip(".")
                )
                continue
            members = sorted({account for one in people if (account := account_of(one)) is not None})
            # A role that is gone is looked for again with the next run, and told again.
            at = now if number is not None else now - _OFTEN
            keep = partial(
                project_roles.keep, site=site, project_key=project, name=role, members=members, at=at
            )
            await context.database.call_write(keep)
    return faults


async def keep_policy_roles(
    context: Context, jira_site: JiraSite, work: Claimed, wish: Wish, calendar: Calendar, *, at: datetime
) -> list[str]:
    """The same for a run of the grooming of a board, or of one of its policies, that looks at an instant."""

    def asked(connection: Connection) -> tuple[Site, list[str], list[str]]:
        site = sites.site_by_id(connection, jira_site.id)
        board_id = work.row["parameters"]["board"]
        roles = roles_asked(wish, policies_of(connection, site, board_id))
        if not roles:
            return site, [], []
        board = boards.get_board(connection, site, board_id)
        found = projects_of(connection, site, board, wish, at=at, calendar=calendar)
        return site, found, roles

    site, projects, roles = await context.database.call_read(asked)
    return await keep_roles(context, jira_site, site, projects, roles)
