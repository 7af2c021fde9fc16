"""Who has the roles in projects that rules name. Nothing tells of it, so it is read once a day."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from app.domain.rules.named_people import roles_of
from app.domain.scrum.issue_columns import account_of
from app.store import project_roles
from app.store.sites import Site
from jobs.context import Context, JiraSite
from jobs.sync.reading import LOCAL, Reading

_OFTEN = timedelta(days=1)


async def keep_roles(
    context: Context, jira_site: JiraSite, site: Site, projects: Collection[str], reading: Reading
) -> None:
    """Read and keep them; what cannot be read is named and stays as it was.

    A role that a project does not have has nobody there: projects of one site have different ones.

    Raises:
        ConnectorError: Jira does not answer.
    """
    wanted = partial(_wanted, context=context, site=site, projects=projects, at=reading)
    for project, roles in (await context.database.call_read(wanted)).items():
        try:
            there = await jira_site.jira.project_roles(project)
        except LOCAL as error:
            reading.fail(f"roles of project {project}", error)
            continue
        numbers = {name.casefold(): number for name, number in there.items()}
        for role in roles:
            number = numbers.get(role)
            try:
                people = (
                    []
                    if number is None
                    else [one async for one in jira_site.jira.role_members(project, number)]
                )
            except LOCAL as error:
                reading.fail(f"role {role} of project {project}", error)
                continue
            members = sorted({account for one in people if (account := account_of(one)) is not None})
            keep = partial(
                project_roles.keep,
                site=site,
                project_key=project,
                name=role,
                members=members,
                at=reading.heard_at,
            )
            await context.database.call_write(keep)


def _wanted(
    connection: Connection, *, context: Context, site: Site, projects: Collection[str], at: Reading
) -> Mapping[str, Collection[str]]:
    """By project key the folded names of roles that rules ask for; of those that were not read of late."""
    fresh = project_roles.read_since(connection, site, at.heard_at - _OFTEN)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in context.rules.of(connection, site.id).rules:
        for role in roles_of(each.rule):
            of_rule = each.rule.projects or projects
            found |= {
                key: found[key] | {role.casefold()}
                for key in projects
                if key in of_rule and (key, role.casefold()) not in fresh
            }
    return {key: sorted(found[key]) for key in sorted(found)}
