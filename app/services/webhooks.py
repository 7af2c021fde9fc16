"""Have Jira tell us of changes, instead of asking it."""

from collections.abc import Collection, Sequence

from app.errors import NotPossible
from connectors.jira.client import JiraClient
from connectors.jira.deployment import Deployment, major_version

SIGNS_FROM = 10
"""Data Center's first major version whose webhooks carry a signature."""


async def register(
    jira: JiraClient, url: str, *, events: Collection[str], projects: Sequence[str], secret: str
) -> str:
    """Register one webhook; returns what Jira calls it.

    Raises:
        NotPossible: it stands already, or this Jira cannot sign.
        ConnectorError: Jira refuses, or is not reached.
    """
    if await jira.deployment() is Deployment.DATA_CENTER:
        version = major_version(await jira.server_info())
        if version < SIGNS_FROM:
            raise NotPossible(
                f"Jira Data Center signs its webhooks from version {SIGNS_FROM} on, this is {version}; "
                "unsigned ones are not trusted. Burnish asks this site by itself, every `catch_up_minutes`."
            )
    if any(hook.get("url") == url for hook in await jira.webhooks()):
        raise NotPossible(f"Jira already tells {url}. Delete that webhook in Jira first.")
    keys = ", ".join(f'"{key}"' for key in projects)
    jql = f"project in ({keys})" if keys else ""
    hook = await jira.register_webhook("Burnish", url, sorted(events), jql, secret)
    return hook.get("self") or hook.get("name") or "Burnish"
