"""What a rule sets fields to, as Jira takes it; and what of it the issue has already, which is left out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.effects import EditIssue
from app.domain.jql.catalogue import Catalogue, CustomField
from app.domain.jql.memory import Facts
from app.domain.jql.plan import folded
from app.domain.rules.edit_parts import Edit
from app.domain.rules.texts import as_body
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.numbers import number_said
from app.errors import NotUnderstood

Render = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Shape:
    """How Jira writes the values of a field.

    Attributes:
        field: id.
        kind: one of `text`, `document` (ADF on Cloud), `number`, `date`, `label`, `person`, `cascade` (an
            option and one below it), or the key by which a thing is named: `name`, `value`, `key`.
        many: whether it holds several.
    """

    field: str
    kind: str
    many: bool = False


SYSTEM = {
    "summary": Shape("summary", "text"),
    "description": Shape("description", "document"),
    "environment": Shape("environment", "document"),
    "priority": Shape("priority", "name"),
    "resolution": Shape("resolution", "name"),
    "issuetype": Shape("issuetype", "name"),
    "assignee": Shape("assignee", "person"),
    "reporter": Shape("reporter", "person"),
    "duedate": Shape("duedate", "date"),
    "labels": Shape("labels", "label", many=True),
    "components": Shape("components", "name", many=True),
    "fixVersions": Shape("fixVersions", "name", many=True),
    "versions": Shape("versions", "name", many=True),
    "parent": Shape("parent", "key"),
}
_NAMES = {
    "type": "issuetype",
    "due": "duedate",
    "due date": "duedate",
    "fixversion": "fixVersions",
    "fix version": "fixVersions",
    "fix versions": "fixVersions",
    "affectedversion": "versions",
    "affects versions": "versions",
    "component": "components",
    **{folded(name): name for name in SYSTEM},
}
_KINDS = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "text",
    "option": "value",
    "option-with-child": "cascade",
    "user": "person",
    "version": "name",
    "group": "name",
}
_ITEMS = (
    (":labels", "label"),
    (":multiversion", "name"),
    (":multiuserpicker", "person"),
    (":multigrouppicker", "name"),
    ("", "value"),
)


def shape_of(name: str, catalogue: Catalogue) -> Shape:
    """How the field of that name or id is written.

    Raises:
        NotUnderstood: the site has no such field, several of that name, or one that is not set this way.
    """
    known = _NAMES.get(folded(name))
    if known is not None:
        return SYSTEM[known]
    found = _custom(name, catalogue)
    if found is None:
        known_names = ", ".join(SYSTEM)
        raise NotUnderstood(
            f"{name!r} is no field that a rule can set: custom fields and {known_names}.",
            field="/actions",
        )
    return _custom_shape(found)


def id_of(name: str, catalogue: Catalogue) -> str:
    """The id of the field of that name; other names are ids of Jira's own, such as `timetracking`.

    Raises:
        NotUnderstood: the site has several of that name, or no custom field of that id.
    """
    known = _NAMES.get(folded(name))
    if known is not None:
        return known
    found = _custom(name, catalogue)
    if found is not None:
        return found.id
    if " " in name or name.startswith("customfield_"):
        raise NotUnderstood(f"{name!r} is no field of the site.", field="/actions")
    return name


def _custom(name: str, catalogue: Catalogue) -> CustomField | None:
    found = [
        each for each in catalogue.fields if each.id == folded(name) or folded(each.name) == folded(name)
    ]
    if len(found) > 1:
        ids = ", ".join(sorted(each.id for each in found))
        raise NotUnderstood(
            f"Several fields are called {name!r}: name one by its id ({ids}).", field="/actions"
        )
    return found[0] if found else None


def _custom_shape(field: CustomField) -> Shape:
    custom = field.custom or ""
    if custom.endswith(":gh-sprint"):
        raise NotUnderstood(f"The field {field.name!r} is set by `move_to_sprint`.", field="/actions")
    if field.type == "array":
        return Shape(field.id, next(kind for end, kind in _ITEMS if custom.endswith(end)), many=True)
    if custom.endswith(":textarea"):
        return Shape(field.id, "document")
    if custom.endswith("gh-epic-link"):
        return Shape(field.id, "text")
    kind = _KINDS.get(field.type or "")
    if kind is None:
        raise NotUnderstood(
            f"The field {field.name!r} is of the kind {field.type or custom!r}, which a rule cannot set.",
            field="/actions",
        )
    return Shape(field.id, kind)


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes values of texts.

    Attributes:
        render: puts the values into a text.
        render_each: likewise; the items where the text is one value that is a list.
        is_cloud: which Jira.
        base_url: of the site, for links.
        render_body: as `render`, for long texts, which can mention people.
    """

    render: Render
    render_each: Callable[[str], list[str]]
    is_cloud: bool
    base_url: str
    render_body: Render = str

    def one(self, shape: Shape, given: Any) -> Any:
        """One value, as Jira takes it.

        Raises:
            NotUnderstood: it is no value of such a field.
        """
        if isinstance(given, Mapping):
            return dict(given)  # Jira's own form, for what has no short one
        render = self.render_body if shape.kind == "document" else self.render
        text = render(given) if isinstance(given, str) else str(given)
        return self._written(shape, text)

    def _written(self, shape: Shape, text: str) -> Any:  # noqa: PLR0911 - one for each kind of field
        match shape.kind:
            case "number":
                return _number(shape, text)
            case "date":
                return _day(shape, text)
            case "document":
                return as_body(text, is_cloud=self.is_cloud, base_url=self.base_url)
            case "person":
                return {"accountId" if self.is_cloud else "name": text.strip()}
            case "text":
                return text
            case "label":
                return _label(text)
            case "cascade":
                return _cascade(text)
            case named:
                return {named: text.strip()}

    def whole(self, shape: Shape, given: Any) -> Any:
        """The whole value of a field: a list where it holds several."""
        if given is None:
            return [] if shape.many else None
        if shape.many:
            return self.several(shape, given if isinstance(given, list) else [given])
        if isinstance(given, list):
            raise NotUnderstood(f"The field {shape.field!r} holds one value, not a list.", field="/actions")
        return self.one(shape, given)

    def several(self, shape: Shape, given: Iterable[Any]) -> list[Any]:
        """The values of a field that holds several; a text that is one value may stand for a list."""
        found: list[Any] = []
        for each in given:
            if isinstance(each, str):
                found += [self._written(shape, text) for text in self.render_each(each)]
            else:
                found.append(self.one(shape, each))
        return found


def _number(shape: Shape, text: str) -> float:
    found = number_said(text)
    if found is None:
        way_out = f"{text!r} is no number, which {shape.field!r} holds. Write one like 3 or 2.5."
        raise NotUnderstood(way_out, field="/actions")
    return float(found)


def _day(shape: Shape, text: str) -> str:
    try:
        return date.fromisoformat(text.strip()[:10]).isoformat()
    except ValueError:
        raise NotUnderstood(
            f"{text!r} is no day, which {shape.field!r} holds; write it like 2026-11-30.", field="/actions"
        ) from None


def _cascade(text: str) -> dict[str, Any]:
    """As in "Europe > Berlin", or the first of the two alone."""
    first, _, second = (part.strip() for part in text.partition(">"))
    return {"value": first} | ({"child": {"value": second}} if second else {})


def _label(text: str) -> str:
    label = text.strip()
    if not label or any(each.isspace() for each in label):
        raise NotUnderstood(f"{text!r} is no label: a label has no spaces.", field="/actions")
    return label


def set_of(given: Mapping[str, Any], catalogue: Catalogue, writer: Writer) -> dict[str, Any]:
    """Whole values of fields, by id.

    Raises:
        NotUnderstood: a field or a value is none of the site.
        TemplateRefused: a text cannot be rendered.
    """
    shapes = {name: shape_of(name, catalogue) for name in given}
    return {shape.field: writer.whole(shape, given[name]) for name, shape in shapes.items()}


def edit_of(action: Edit, issue: Facts, catalogue: Catalogue, writer: Writer) -> EditIssue | None:
    """The edit; None where the issue has all of it already.

    Args:
        action: what the rule says.
        issue: as it was at the instant of the event.
        catalogue: of the site.
        writer: makes the values.

    Raises:
        NotUnderstood: a field or a value is none of the site.
        TemplateRefused: a text cannot be rendered.
    """
    fields: dict[str, Any] = {}
    update: dict[str, list[dict[str, Any]]] = {}
    for name, given in {**action.set, **dict.fromkeys(action.clear)}.items():
        shape = shape_of(name, catalogue)
        value = writer.whole(shape, given)
        if not _is_so(issue, shape, value):
            fields[shape.field] = value
    for verb, wanted in (("add", action.add), ("remove", action.remove)):
        for name, items in wanted.items():
            shape = shape_of(name, catalogue)
            if not shape.many:
                raise NotUnderstood(f"{name!r} holds one value: use `set`, not `{verb}`.", field="/actions")
            values = writer.several(shape, items)
            held = _held(issue, shape)
            needed = [value for value in values if (_name(value) in held) != (verb == "add")]
            if needed:
                update.setdefault(shape.field, []).extend({verb: value} for value in needed)
    if action.raw is not None:
        fields |= _raw(action.raw.fields, catalogue, writer)
        update |= _raw(action.raw.update, catalogue, writer)
    if not (fields or update):
        return None
    return EditIssue(issue.key, fields, update)


def _raw(given: Mapping[str, Any], catalogue: Catalogue, writer: Writer) -> dict[str, Any]:
    return {id_of(name, catalogue): _rendered(value, writer.render) for name, value in given.items()}


def _rendered(value: Any, render: Render) -> Any:
    """A value with all texts in it rendered."""
    if isinstance(value, str):
        return render(value)
    if isinstance(value, Mapping):
        return {str(name): _rendered(each, render) for name, each in value.items()}
    return [_rendered(each, render) for each in value] if isinstance(value, list) else value


def _is_so(issue: Facts, shape: Shape, value: Any) -> bool:
    present = issue.summary if shape.field == "summary" else issue.fields.get(shape.field)
    if value in (None, []):
        return present in (None, [], "")
    if shape.many:
        return _held(issue, shape) == {_name(each) for each in value}
    if shape.kind == "number":
        return isinstance(present, int | float) and float(present) == value
    if isinstance(value, Mapping) and "type" not in value:
        return isinstance(present, Mapping) and _is_named(present, value)
    return bool(present == value)


def _is_named(present: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Whether a thing is the one that a value names; of an option with the one below it."""
    child, inner = present.get("child"), value.get("child")
    if isinstance(child, Mapping) or isinstance(inner, Mapping):
        same = isinstance(child, Mapping) and isinstance(inner, Mapping) and _name(inner) in _names(child)
        return same and _name(value) in _names(present)
    return _name(value) in _names(present)


def _held(issue: Facts, shape: Shape) -> set[str]:
    present = issue.fields.get(shape.field) or []
    return {_name(each) for each in present} if isinstance(present, list) else set()


def _name(value: Any) -> str:
    """What a thing is told apart by: labels are not folded, Jira tells their case apart."""
    if not isinstance(value, Mapping):
        return str(value)
    found = next((value[part] for part in ("accountId", "name", "value", "key", "id") if value.get(part)), "")
    return folded(str(found))


def _names(value: Mapping[str, Any]) -> set[str]:
    parts = ("id", "accountId", "name", "value", "key", "displayName")
    return {folded(str(value[part])) for part in parts if value.get(part)}


def account_in(issue: Facts, field: str) -> str | None:
    """Who an issue names: the account id; on Data Center the user's key, which stays when one is renamed."""
    return account_of(issue.fields.get(field))
