"""The health of a sprint, from the store: for the job that posts it and for whoever asks."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.effects import CommentBody
from app.domain.flow.path import Policy
from app.domain.forecast.forecast import BLIND_FROM, MOST_SPRINTS
from app.domain.reports import adf, as_json, markdown, wiki_markup
from app.domain.reports.sprint_health import report as describe
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.outlook import look_ahead
from app.errors import NoSprint, NotFound, NotPossible
from app.store import boards, sprint_issues
from app.store.sites import Site


def sprint_health(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    sprint_id: int | None,
    at: datetime,
    calendar: Calendar,
) -> SprintHealth:
    """Compute the health of a sprint at an instant; without a sprint id, of the one that ran then.

    The board's closed sprints are read too: forecast and flow are measured by the team's own past.

    Raises:
        NotFound: the store has no such board or sprint.
        NoSprint: none ran on the board then.
        NotPossible: the site was never synced.
        SprintHealthRefused: the sprint's dates or the board's columns do not allow it.
    """
    board = boards.get_board(connection, site, board_id)
    sprint = _sprint(connection, site, board_id, sprint_id, at)
    if site.fields.sprint is None:
        message = (
            f"Site {site.name!r} has no Sprint field that its account can see. "
            "Run `burnish sync`, and check that the account may see Jira Software's fields."
        )
        raise NotPossible(message)
    as_of = min(at, sprint.completed or at)
    closed = boards.closed_sprints(connection, site, board_id, at=as_of, last=MOST_SPRINTS + BLIND_FROM + 1)
    earlier = [each for each in closed if each.id != sprint.id]
    (_, inside), *past = sprint_issues.of_sprints(connection, site, board, [sprint, *earlier])
    health = assess(
        sprint,
        board,
        inside,
        now=at,
        calendar=calendar,
        sprint_field=site.fields.sprint,
        flag_field=site.fields.flagged,
    )
    return look_ahead(
        health,
        sprint,
        board,
        inside,
        past,
        sprint_field=site.fields.sprint,
        policy=Policy(flag_field=site.fields.flagged),
    )


def _sprint(connection: Connection, site: Site, board_id: int, sprint_id: int | None, at: datetime) -> Sprint:
    if sprint_id is not None:
        return boards.get_sprint(connection, site, sprint_id)
    running = boards.sprint_at(connection, site, board_id, at)
    if running is None:
        raise NoSprint(board_id, at)
    return running


def as_adf(health: SprintHealth, base_url: str) -> dict[str, Any]:
    """For Jira Cloud, within its limit."""
    fitting = adf.fit(describe(health), base_url=base_url)
    return adf.render(fitting, base_url=base_url)


def as_comment(health: SprintHealth, site: Site) -> CommentBody:
    """For a comment of that site, within its limit."""
    return as_adf(health, site.base_url) if site.is_cloud else _as_wiki(health, site.base_url)


def as_text(health: SprintHealth, base_url: str) -> str:
    """Markdown, for people at a terminal."""
    return markdown.render(describe(health), base_url=base_url)


def _as_wiki(health: SprintHealth, base_url: str) -> str:
    fitting = wiki_markup.fit(describe(health), base_url=base_url)
    return wiki_markup.render(fitting, base_url=base_url)


FORMATS: Mapping[str, Callable[[SprintHealth, str], str]] = {
    "markdown": as_text,
    "json": lambda health, _: json.dumps(as_json.to_json(health), indent=2, ensure_ascii=False),
    "adf": lambda health, base_url: json.dumps(as_adf(health, base_url), ensure_ascii=False),
    "wiki": _as_wiki,
}


def render(health: SprintHealth, *, style: str, base_url: str) -> str:
    """The report in one of the `FORMATS`.

    Raises:
        NotFound: another format.
    """
    if style not in FORMATS:
        raise NotFound("format", style, f"There are {', '.join(FORMATS)}.")
    return FORMATS[style](health, base_url)
