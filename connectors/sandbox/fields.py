"""How each field that can change is read, written, and told in a changelog: one home for all three.

Forms of the changelog as recorded on real Cloud sites: ids and texts for things with ids; text only for
numbers, labels and text; empty strings, not null, for an empty Sprint, Flagged or Rank.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from .catalogue import IMPEDIMENT
from .model import Component, Issue, Item, Named, Person, Text, Version
from .texts import as_wiki

if TYPE_CHECKING:
    from .site import Site

Shown = tuple[str | None, str | None]
"""The id and the text of a value, as a changelog has them."""


@dataclass(frozen=True, slots=True)
class FieldKind:
    """A field: the attribute of `Issue` that holds it, and how a changelog names and shows it.

    A field of the site's own has a `role` instead of an id: its id is another on every site.
    """

    attribute: str
    field: str
    field_id: str | None
    show: Callable[["Site", Any], Shown]
    role: str = ""

    def item(self, site: "Site", issue: Issue, after: object) -> Item:
        before = self.show(site, getattr(issue, self.attribute))
        shown = (*before, *self.show(site, after))
        if self.role and (number := site.catalogue.role(self.role)):
            return Item(self.field, "custom", number, *shown)
        return Item(self.field, "jira", self.field_id, *shown)


def _text(_: "Site", value: str | None) -> Shown:
    return None, value


def _document(_: "Site", value: Text | None) -> Shown:
    return None, as_wiki(value) if value else None


def _many(_: "Site", value: tuple[Version | Component, ...]) -> Shown:
    """Jira writes one item for each; the sandbox writes the whole list, as it does labels."""
    return ", ".join(one.id for one in value) or None, ", ".join(one.name for one in value) or None


def _seconds(_: "Site", value: int | None) -> Shown:
    return (None, None) if value is None else (str(value), str(value))


def _named(_: "Site", value: Named | None) -> Shown:
    return (value.id, value.name) if value else (None, None)


def _person(site: "Site", value: Person | None) -> Shown:
    return (site.edition.id_of(value), value.name) if value else (None, None)


def _labels(_: "Site", value: tuple[str, ...]) -> Shown:
    return None, " ".join(value)


def _date(_: "Site", value: date | None) -> Shown:
    return (value.isoformat(), f"{value.isoformat()} 00:00:00.0") if value else (None, None)


def _parent(site: "Site", value: int | None) -> Shown:
    return (str(value), site.issues[value].key) if value in site.issues else (None, None)


def _sprints(site: "Site", value: tuple[int, ...]) -> Shown:
    names = (site.sprints[sprint].name for sprint in value if sprint in site.sprints)
    return ", ".join(map(str, value)), ", ".join(names)


def _points(_: "Site", value: float | None) -> Shown:
    return None, None if value is None else f"{value:g}"


def _flagged(_: "Site", value: bool) -> Shown:
    return (f"[{IMPEDIMENT}]", "Impediment") if value else ("", "")


KINDS = {
    kind.attribute: kind
    for kind in (
        FieldKind("summary", "summary", "summary", _text),
        FieldKind("description", "description", "description", _document),
        FieldKind("status", "status", "status", _named),
        FieldKind("resolution", "resolution", "resolution", _named),
        FieldKind("type", "issuetype", "issuetype", _named),
        FieldKind("priority", "priority", "priority", _named),
        FieldKind("assignee", "assignee", "assignee", _person),
        FieldKind("reporter", "reporter", "reporter", _person),
        FieldKind("labels", "labels", "labels", _labels),
        FieldKind("due", "duedate", "duedate", _date),
        FieldKind("parent", "IssueParentAssociation", None, _parent),
        FieldKind("environment", "environment", "environment", _document),
        FieldKind("components", "Component", "components", _many),
        FieldKind("fix_versions", "Fix Version", "fixVersions", _many),
        FieldKind("versions", "Version", "versions", _many),
        FieldKind("estimate", "timeoriginalestimate", "timeoriginalestimate", _seconds),
        FieldKind("sprints", "Sprint", None, _sprints, "sprint"),
        FieldKind("points", "Story Points", None, _points, "points"),
        FieldKind("flagged", "Flagged", None, _flagged, "flagged"),
    )
}
EPIC_LINK = FieldKind("parent", "Epic Link", None, _parent, "epic")
"""How Data Center tells that an issue came under another epic."""


def kind_of(site: "Site", issue: Issue, attribute: str) -> FieldKind:
    if attribute == "parent" and not site.edition.cloud and not issue.type.subtask:
        return EPIC_LINK
    return KINDS[attribute]
