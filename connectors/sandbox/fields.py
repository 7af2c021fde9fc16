"""How each field that can change is read, written, and told in a changelog: one home for all three.

Forms of the changelog as recorded on real Cloud sites: ids and texts for things with ids; text only for
numbers, labels and text; empty strings, not null, for an empty Sprint, Flagged or Rank.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from .adf import to_wiki
from .catalogue import FLAGGED_FIELD, IMPEDIMENT, POINTS_FIELD, SPRINT_FIELD
from .model import Adf, Issue, Item, Named, Person

if TYPE_CHECKING:
    from .site import Site

Shown = tuple[str | None, str | None]
"""The id and the text of a value, as a changelog has them."""


@dataclass(frozen=True, slots=True)
class FieldKind:
    """A field: the attribute of `Issue` that holds it, and how a changelog names and shows it."""

    attribute: str
    field: str
    field_id: str | None
    show: Callable[["Site", Any], Shown]

    def item(self, site: "Site", issue: Issue, after: object) -> Item:
        fieldtype = "custom" if (self.field_id or "").startswith("customfield_") else "jira"
        before = self.show(site, getattr(issue, self.attribute))
        return Item(self.field, fieldtype, self.field_id, *before, *self.show(site, after))


def _text(_: "Site", value: str | None) -> Shown:
    return None, value


def _document(_: "Site", value: Adf | None) -> Shown:
    return None, to_wiki(value) if value else None


def _named(_: "Site", value: Named | None) -> Shown:
    return (value.id, value.name) if value else (None, None)


def _person(_: "Site", value: Person | None) -> Shown:
    return (value.account_id, value.name) if value else (None, None)


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
        FieldKind("sprints", "Sprint", SPRINT_FIELD, _sprints),
        FieldKind("points", "Story Points", POINTS_FIELD, _points),
        FieldKind("flagged", "Flagged", FLAGGED_FIELD, _flagged),
    )
}
