"""What of restricted issues reports may know."""

from dataclasses import replace

from sqlalchemy import Connection

from app.domain.reports.since import Before
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import linked_keys, masked, name_of
from app.domain.scrum.sprint import Sprint
from app.store import sprint_issues
from app.store.sites import Site


def hidden(
    connection: Connection, site: Site, sprints: list[tuple[Sprint, list[Issue]]]
) -> list[tuple[Sprint, list[Issue]]]:
    """Sprints with restricted issues that nobody can recognise; an issue of several stays one object."""
    every = {issue.id: issue for _, inside in sprints for issue in inside}
    names = {issue.key: name_of(issue.id) for issue in every.values() if issue.restricted}
    others = linked_keys(every.values()) - names.keys()
    names |= {
        key: name_of(found) for key, found in sprint_issues.restricted(connection, site, others).items()
    }
    if not names:
        return sprints
    shown = {number: masked(issue, names) for number, issue in every.items()}
    return [(sprint, [shown[issue.id] for issue in inside]) for sprint, inside in sprints]


def hidden_before(connection: Connection, site: Site, earlier: Before) -> Before:
    """What an earlier report said, without the keys of issues that are restricted today."""
    found = sprint_issues.restricted(connection, site, earlier.blocked)
    return replace(
        earlier, blocked=tuple(name_of(found[key]) if key in found else key for key in earlier.blocked)
    )
