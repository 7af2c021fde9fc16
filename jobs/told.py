"""An event with where it belongs, and what can become of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app.store import inbox
from app.store.sites import Site
from connectors.jira.webhook import WebhookEvent
from jobs.context import JiraSite


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery; `reason` says why it was not applied."""

    state: str
    reason: str | None = None


APPLIED = Outcome(inbox.APPLIED)


def ignored(reason: str) -> Outcome:
    """Nothing to do, and why."""
    return Outcome(inbox.IGNORED, reason)


class Told(msgspec.Struct, frozen=True):
    """An event with where it belongs.

    Attributes:
        delivery: id of the row that brought it.
        at: when Jira said it, or when we heard it if it does not say.
    """

    delivery: int
    event: WebhookEvent
    site: Site
    jira_site: JiraSite
    at: datetime

    @property
    def name(self) -> str:
        """Jira's name of the event; one that only carries an issue is an update of it.

        Cloud sends the deletion of a person without a name, as `{accountId, username}`.
        """
        if self.event.name is not None:
            return self.event.name
        if self.event.kind == "user" and "user" not in self.body:
            return "user_deleted"
        return "jira:issue_updated" if self.event.kind == "issue" else ""

    @property
    def body(self) -> Mapping[str, Any]:
        """Jira's document."""
        return self.event.body
