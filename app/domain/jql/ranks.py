"""What ORDER BY sorts things by that have an order of their own: Jira's lists, not their names."""

from collections.abc import Iterable, Sequence

from app.domain.jql.catalogue import DURATIONS, STATUS_CATEGORY, Catalogue, Named
from app.domain.jql.plan import Subject, folded

GREATEST_FIRST = DURATIONS | {
    *("created", "updated", "resolutiondate", "duedate", "priority", "votes", "watches"),
    *("status", "issuetype"),
}
"""Where ORDER BY says neither ASC nor DESC, "the field's own order" counts: of these, the newest, the most
urgent, the longest and the last in Jira's own lists first (Atlassian's page on keywords of JQL; Jira's lists
sort these columns so).
"""
_CATEGORIES = {"undefined": 0, "new": 1, "indeterminate": 2, "done": 3}
MOST = 1_000
"""Of more, names are sorted by: each place makes the statement longer."""


def ranks(subject: Subject, catalogue: Catalogue) -> tuple[tuple[str, int], ...]:
    """By id, or key of a project, the places; nothing where the order is not known."""
    if subject is STATUS_CATEGORY:
        return tuple((each.id, _CATEGORIES.get(each.group, 0)) for each in catalogue.statuses)
    match subject.field:
        case "priority":
            found = _of(catalogue.priorities or ())
        case "resolution":
            found = _of(catalogue.resolutions or ())
        case "status":
            found = _of(catalogue.statuses) if catalogue.statuses_are_ordered else ()
        case "project":
            by_name = sorted(catalogue.projects, key=lambda each: (folded(each.name), each.key))
            found = _places(each.key for each in by_name)
        case "fixVersions" | "versions":
            found = _versions(catalogue)
        case _:
            found = ()
    return found if len(found) <= MOST else ()


def _of(things: Sequence[Named]) -> tuple[tuple[str, int], ...]:
    return _places(each.id for each in things)


def _places(ids: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple((each, place) for place, each in enumerate(ids))


def _versions(catalogue: Catalogue) -> tuple[tuple[str, int], ...]:
    """By project, within it as the project has them."""
    if any(each.position is None for each in catalogue.releases):
        return ()
    projects = {each.id: folded(each.name) for each in catalogue.projects}
    ordered = sorted(
        catalogue.releases, key=lambda each: (projects.get(each.project_id, ""), each.position or 0, each.id)
    )
    return _places(each.id for each in ordered)
