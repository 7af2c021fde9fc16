"""Who may command a policy by comments: where it says so itself, above what the board's settings say.

A command acts on an issue, and so on the board's page and on every policy that finds the issue. The page
heeds the roles of the settings; a policy that names roles reads the same comments once more, with its own.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from app.domain.grooming import heeding
from app.domain.grooming.commands import COMMANDS
from app.domain.grooming.facts import Backlog
from app.domain.grooming.ladder import NotHeeded
from app.domain.grooming.policy import Document, Policy
from app.services.grooming_wish import Wish
from app.services.restricted import without_restricted
from app.store import backlog_past, project_roles
from app.store.sites import Site


def roles_asked(wish: Wish, policies: Iterable[Policy]) -> list[str]:
    """Names of all roles of a board's settings and of its policies; of two that differ in case, one."""
    named = [*wish.command_roles, *(role for each in policies for role in sorted(each.document.named_roles))]
    found = dict[str, str]()
    for role in named:
        found.setdefault(role.casefold(), role)
    return list(found.values())


def bots_of(site: Site, wish: Wish) -> frozenset[str]:
    """Account ids whose doings are no person's, our own among them."""
    return wish.bots | ({site.account_id} if site.account_id else set())


def heard_by(connection: Connection, site: Site, document: Document, backlog: Backlog, wish: Wish) -> Backlog:
    """The backlog with what was said on its issues as the policy heeds it."""
    if document.command_roles is None:
        return backlog
    members = project_roles.members_of_each(connection, site)
    roles = {word: _roles(document, wish, word) for word in COMMANDS}

    def may_command(project_key: str, account: str, word: str) -> bool:
        wanted = roles[word]
        return not wanted or any(account in members.get((project_key, role), ()) for role in wanted)

    # Whoever may not command the page was heard, too: all issues with a command are known.
    ids = sorted(backlog.said)
    said = backlog_past.said_on(connection, site, ids, bots=bots_of(site, wish), may_command=may_command)
    return without_restricted(connection, site, backlog.knowing(said=said))


def _roles(document: Document, wish: Wish, word: str) -> frozenset[str]:
    told = document.roles_of(word)
    return frozenset(role.casefold() for role in (wish.command_roles if told is None else told))


def not_heeded(heard: Backlog, page: Backlog, keys: Collection[str] | None) -> tuple[NotHeeded, ...]:
    """Commands of late that a policy does not heed and the page does.

    Args:
        heard: as the policy heeds them.
        page: as the board's page does.
        keys: of the issues that the policy is about; None for all.
    """
    before = {one: said.refused for one, said in page.said.items()}
    return tuple(
        NotHeeded(item.key, command.word, None if command.limited else heard.name_of(command.by))
        for item, command in heeding.refused(heard)
        if before.get(item.id) != command and (keys is None or item.key in keys)
    )


def not_read(connection: Connection, site: Site, document: Document, backlog: Backlog) -> list[str]:
    """Roles that nobody's commands count for until a run has read who has them, in sentences."""
    known = project_roles.members_of_each(connection, site)
    projects = sorted({kind.project_key for kind in backlog.overview.counts})
    return [
        f"Who has the role {role!r} in project {project} has not been read from Jira yet; "
        "the next run of the board's grooming does, and says so if there is no such role."
        for project in projects
        for role in sorted(document.named_roles)
        if (project, role.casefold()) not in known
    ]
