"""What describes a site, and is small enough to be read whole with every sync: renames send no event."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.domain.scrum.from_jira import account_of, find_fields, instant
from app.errors import NotPossible
from app.store import boards, partial_data, presence, sites
from app.store.sites import Site
from connectors.errors import Missing
from connectors.jira.client import JiraClient
from connectors.jira.deployment import Deployment, deployment_of
from connectors.jira.documents import FieldDocument, ProjectDocument, ServerInfo
from jobs.context import Context, JiraSite
from jobs.sync.boards import ReadBoard, read_boards, save_board
from jobs.sync.reading import Reading


async def read_site(context: Context, jira_site: JiraSite, reading: Reading) -> set[str]:
    """Who we are, and what there is.

    Returns:
        The ids of the projects to read; another project may have had the same key.
    """
    jira = jira_site.jira
    info = await _server_info(jira)
    me = await jira.myself()
    # By Jira's clock, as events are: the newer word wins.
    reading.heard_at = heard_at = instant(info.get("serverTime")) or context.now()
    fields, statuses = await jira.fields(), await jira.statuses()
    projects = [document async for document in jira.projects() if jira_site.wants(document["key"])]
    keys = [document["key"] for document in projects]
    ended = await context.database.call_read(partial(sites.keys_of_ended, site_id=jira_site.id))
    for key in sorted(set(jira_site.projects) - {*keys, *ended}):
        not_there = NotPossible(
            f"Project {key} is not there for the account of site {jira_site.name!r}. "
            "Give the account 'Browse projects', or take the project out of the settings."
        )
        if not keys:
            raise not_there
        reading.fail(f"project {key}", not_there)
    found, listed = await read_boards(jira, keys, reading)

    def save(connection: Connection) -> None:
        sites.update_site(
            connection,
            jira_site.id,
            deployment=info.get("deploymentType"),
            account_id=account_of(me),
        )
        sites.replace_fields(connection, jira_site.id, fields, find_fields(fields))
        sites.replace_statuses(connection, jira_site.id, statuses)
        site = sites.site_by_id(connection, jira_site.id)
        for document in projects:
            _save_project(connection, site, document, heard_at)
        for board in found:
            save_board(connection, jira_site.id, board, heard_at)
        boards.bury_unlisted(connection, jira_site.id, listed, at=heard_at)
        partial_data.clear(connection, site, partial_data.SITE, kind=partial_data.Kind.FIELD_HIDDEN)
        partial_data.note(connection, site, hidden_fields(site, fields, found), at=heard_at)

    await context.database.call_write(save)
    reading.counts |= {
        "projects": len(projects),
        "boards": len(found),
        "sprints": len({sprint.id for board in found for sprint in board.sprints}),
    }
    return {str(document["id"]) for document in projects}


def _save_project(connection: Connection, site: Site, document: ProjectDocument, heard_at: datetime) -> None:
    """With its issues, where it was gone or archived and nobody told that it is back."""
    # Only such as can be worked in are listed; not every edition says so of each.
    project_id, archived = str(document["id"]), bool(document.get("archived"))
    before = sites.fate_of(connection, site.id, project_id)
    sites.save_project(connection, site.id, document, heard_at=heard_at, archived=archived)
    if before.is_ended and not sites.fate_of(connection, site.id, project_id).is_ended:
        presence.restore_project(connection, site, project_id, gone_at=before.deleted_at)


def hidden_fields(
    site: Site, fields: Sequence[FieldDocument], found: Sequence[ReadBoard]
) -> list[partial_data.Partial]:
    """Fields that reports need, and that Jira does not show to our account."""
    hidden = partial(partial_data.Partial, partial_data.SITE, partial_data.Kind.FIELD_HIDDEN)
    missing = []
    if site.fields.sprint is None and any(each.board.kind == "scrum" for each in found):
        reason = "Jira shows no Sprint field, so nobody knows what is in a sprint. Show it to the account."
        missing.append(hidden(reason, part="sprint"))
    known = {str(document["id"]) for document in fields}
    for each in found:
        estimation = each.board.estimation_field
        if estimation is not None and estimation not in known:
            name = each.board.estimation_name or estimation
            reason = (
                f"Board {each.board.id} estimates by {name}, and Jira does not show that field: its issues "
                "count as unestimated. Show it to the account."
            )
            missing.append(hidden(reason, part=estimation))
    return missing


async def _server_info(jira: JiraClient) -> ServerInfo:
    """What the site says of itself; a Jira of the other edition must not pass for a broken one.

    Raises:
        NotPossible: no Jira of this edition there.
    """
    edition = await jira.deployment()
    other = 'this is Jira Cloud: set auth = "api_token"'
    if edition is Deployment.CLOUD:
        other = 'for Jira Data Center set auth = "personal_access_token"'
    try:
        info = await jira.server_info()
    except Missing as error:
        raise NotPossible(
            f"There is no Jira {edition.value} at `url`. Check the address and its context path; {other}."
        ) from error
    if deployment_of(info) not in {None, edition}:
        raise NotPossible(f"`auth` is for Jira {edition.value}, but {other}.")
    return info


async def verify(jira_site: JiraSite, site: Site) -> None:
    """Make sure that we are who the store knows: others see other issues, and nobody sees none.

    Raises:
        NotPossible: we are not.
        NotAuthenticated: Jira does not let us in; nothing is held for gone before it does.
    """
    account = account_of(await jira_site.jira.myself())
    if site.account_id is None:
        raise NotPossible(f"Site {site.name!r} was not synced yet; there is nothing to compare.")
    if account != site.account_id:
        raise NotPossible(
            f"Jira takes us for {account!r}, and site {site.name!r} was read as {site.account_id!r}. Nothing "
            "was held for gone. If the account was changed on purpose, sync first."
        )
