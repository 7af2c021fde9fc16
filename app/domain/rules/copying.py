"""Values of fields from one issue to another: as Jira shows them, and as Jira takes them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.effects import EditIssue
from app.domain.jql.memory import Facts
from app.domain.rules.asking import Around, Asking, Wish, key_in
from app.domain.rules.copy_parts import CopyFields
from app.domain.rules.field_values import Shape, shape_of
from app.domain.rules.texts import as_body
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.texts import readable_text
from app.errors import NotUnderstood

_NEVER_EMPTY = frozenset({"summary", "priority", "issuetype"})
_OF_PROJECT = "name"
"""The kind of what has a name: versions and components belong to a project, the others to the site."""
_OF_SITE = frozenset({"priority", "resolution", "issuetype"})


def copy_fields(action: CopyFields, asking: Asking) -> Wish:
    """The edit that makes the fields those of the other issue.

    Raises:
        NotUnderstood: a field is none of the site, or two are of different kinds.
    """
    source = _source(action, asking)
    if source is None:
        return Wish(None, f"There is no issue that is meant by `from: {action.source}`.")
    fields: dict[str, Any] = {}
    update: dict[str, list[dict[str, Any]]] = {}
    for own, target in pairs_of(action, asking):
        theirs, mine = (
            _taken(each, own if each is source else target, asking, source) for each in (source, asking.issue)
        )
        if action.mode == "add":
            needed = [each for each in theirs or () if each not in (mine or ())]
            if needed:
                update[target.field] = [{"add": each} for each in needed]
        elif not _is_same(theirs, mine) and not (action.mode == "fill" and mine not in (None, [], "")):
            if theirs in (None, [], "") and (target.field in _NEVER_EMPTY or action.mode == "fill"):
                continue
            fields[target.field] = theirs
    if not (fields or update):
        return Wish(None, f"The fields hold what those of {source.key} do already.")
    told = {"from": source.key, "fields": sorted({*fields, *update})}
    return Wish(EditIssue(asking.issue.key, fields, update), said=told)


def pairs_of(action: CopyFields, asking: Asking) -> Sequence[tuple[Shape, Shape]]:
    """Each field with the one that it goes into.

    Raises:
        NotUnderstood: a field is none of the site, or two are of different kinds.
    """
    found = []
    for name in action.fields:
        own = shape_of(name, asking.catalogue)
        target = shape_of(action.into.get(name, name), asking.catalogue)
        if fault := mismatch(own, target, action.mode):
            raise NotUnderstood(fault, field="/actions")
        found.append((own, target))
    return found


def mismatch(own: Shape, target: Shape, mode: str) -> str | None:
    """Why values of a field cannot go into another one; None where they can."""
    if (own.kind, own.many) != (target.kind, target.many):
        return f"{own.field!r} cannot go into {target.field!r}: the two hold different kinds of values"
    if mode == "add" and not target.many:
        return f"{target.field!r} holds one value: nothing can be added to it"
    return None


def _source(action: CopyFields, asking: Asking) -> Facts | None:
    past = asking.around.past
    wanted = action.source.strip()
    if wanted == "trigger":
        return asking.around.issue
    if wanted in {"parent", "linked"}:
        found = past.around(asking.issue, wanted, action.link_type)
    elif asking.render(wanted).strip():
        found = past.found(f'key = "{key_in(wanted, asking)}"', 1)
    else:
        found = ()
    return found[0] if found else None


def _taken(issue: Facts, shape: Shape, asking: Asking, source: Facts) -> Any:
    """The value of a field, as the issue at hand takes it."""
    is_far = source.project_key != asking.issue.project_key
    by_name = is_far and shape.kind == _OF_PROJECT and shape.field not in _OF_SITE
    document = issue.summary if shape.field == "summary" else issue.fields.get(shape.field)
    value = copied(document, shape, asking.around, by_name=by_name)
    if shape.many and value in (None, ""):
        return []
    return None if value == "" else value


def _is_same(first: Any, second: Any) -> bool:
    if isinstance(first, list) and isinstance(second, list):
        return all(each in second for each in first) and all(each in first for each in second)
    return bool(first == second)


def copied(document: Any, shape: Shape, around: Around, *, by_name: bool = False) -> Any:
    """A value as Jira shows it, as Jira takes it.

    Args:
        document: the value.
        shape: of the field.
        around: whose site.
        by_name: rather than by id, which is another one in another project.
    """
    if isinstance(document, list):
        return [copied(each, shape, around, by_name=by_name) for each in document]
    if shape.kind == "document" and document:
        return _copied_text(document, around)
    if not isinstance(document, Mapping):
        return document
    if shape.kind == "person":
        account = account_of(document)
        return (
            {"accountId": account}
            if around.is_cloud
            else {"name": around.things.person(account, document)["name"]}
        )
    parts = ("name", "id") if by_name else ("id", shape.kind, "name")
    named = next((part for part in parts if document.get(part)), None)
    if named is None:
        return None
    child = document.get("child")
    inner = {"child": copied(child, shape, around)} if isinstance(child, Mapping) else {}
    return {named: str(document[named]), **inner}


def _copied_text(document: Any, around: Around) -> Any:
    """Cloud tells long texts as documents over REST and as texts in webhooks, and takes documents alone."""
    if isinstance(document, Mapping) == around.is_cloud:
        return dict(document) if around.is_cloud else document
    text = readable_text(document)
    return as_body(text, is_cloud=around.is_cloud, base_url=around.base_url)
