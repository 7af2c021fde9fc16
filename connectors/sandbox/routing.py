"""The addresses that a real site has too, by edition."""

from collections.abc import Mapping

from starlette.routing import Route

from . import (
    browse,
    oauth,
    rest_agile,
    rest_attachments,
    rest_comments,
    rest_dynamic,
    rest_epics,
    rest_issues,
    rest_jql,
    rest_links,
    rest_lists,
    rest_platform,
    rest_projects,
    rest_search,
    rest_search_dc,
    rest_session,
    rest_software,
    rest_sprints,
    rest_users,
    rest_watching,
    rest_webhooks,
    rest_webhooks_dc,
    rest_workflow,
    rest_worklogs,
)
from .answers import Context
from .webhooks import Webhooks

PLATFORM = (
    rest_platform,
    rest_lists,
    rest_users,
    rest_projects,
    rest_jql,
    rest_workflow,
    rest_issues,
    rest_links,
    rest_comments,
    rest_worklogs,
    rest_watching,
    rest_attachments,
)
AGILE = (rest_agile, rest_sprints, rest_epics)


def jira_routes(
    contexts: Mapping[str, Context], webhooks: Webhooks, tokens: oauth.OAuth | None, cloud_id: str
) -> list[Route]:
    """Routes of every version of the API; the agile API is written like version 2."""
    found: list[Route] = []
    for context in contexts.values():
        search = rest_search if context.cloud else rest_search_dc
        for module in (*PLATFORM, search):
            found += module.routes(context)
        if context.cloud:
            found += rest_dynamic.routes(context, webhooks, tokens)
    context = contexts["2"]
    found += rest_comments.agile_routes(context)
    for module in AGILE:
        found += module.routes(context)
    found += rest_attachments.files(context)
    found += browse.routes(context)
    if context.cloud:
        newest = contexts["3"]
        return [
            *found,
            *rest_software.routes(newest),
            *rest_webhooks.routes(context, webhooks),
            *oauth.routes(newest, tokens, cloud_id),
        ]
    return [*found, *rest_webhooks_dc.routes(context, webhooks), *rest_session.routes(context)]
