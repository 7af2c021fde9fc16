"""The value of any field at any instant, and the spans in which it had each.

The present value and the changes are told in different words: a document says `{"id": "3", "name": "Done"}`,
a changelog "3" and "Done". Here both are a `Value`. Creation values are nowhere: the first change's `before`
is one, and where a field never changed, the present value is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from app.domain.scrum.from_jira import read_sprint_field
from app.domain.scrum.history import in_order, read_sprint_ids
from app.domain.scrum.issue import STATUS, Change
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.numbers import number_said

ITEMISED = frozenset({"fixVersions", "versions", "components", "issuelinks", "attachment"})
"""An item of their changelogs tells one value that came or went; of all other fields it tells the whole."""
_RICH = frozenset({"description", "environment"})
_SEVERAL = re.compile(r"\[(.*)\]", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Value:
    """What a field holds.

    Attributes:
        ids: of all that it holds, in the order of their text; none for numbers, dates, texts and labels.
        text: as shown; an itemised field has the names in the order of the ids.
    """

    ids: tuple[str, ...] = ()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return not self.ids and not self.text.strip()

    def agrees(self, other: "Value") -> bool:
        """Whether both may tell of the same: by ids where both have them, else by number or text.

        People, statuses and sprints are renamed, and changelogs keep the old names.
        """
        if self.is_empty or other.is_empty:
            return self.is_empty and other.is_empty
        if self.ids and other.ids:
            return self.ids == other.ids
        first, second = number_said(self.text), number_said(other.text)
        if first is not None and second is not None:
            return first == second
        return self.text.split() == other.text.split()


EMPTY = Value()


@dataclass(frozen=True, slots=True)
class Span:
    """A field had a value from an instant until another; None means that it has it still."""

    value: Value
    since: datetime
    until: datetime | None


# --- the words of documents -----------------------------------------------------------------------


def present_value(field: str, document: Any, *, sprint_field: str | None = None) -> Value:
    """A field's value in an issue's document.

    Args:
        field: its id.
        document: as Jira sends it; None where the field is empty.
        sprint_field: id of the site's Sprint field, which Data Center writes as text.
    """
    if document is None or document in ("", []):
        return EMPTY
    if field == sprint_field:
        ids = tuple(sorted(map(str, read_sprint_field(document))))
        return Value(ids, ", ".join(ids))
    if field == "issuelinks":
        return _items(_linked(each) for each in document)
    if isinstance(document, Mapping):
        return _one(document, of_issue=field == "parent")
    if isinstance(document, list):
        return _several(document)
    return Value((), _shown(document))


def _shown(document: Any) -> str:
    if isinstance(document, bool):
        return str(document).lower()
    return format(Decimal(repr(document)).normalize(), "f") if isinstance(document, float) else str(document)


def _one(document: Mapping[str, Any], *, of_issue: bool = False) -> Value:
    found = document.get("key") if of_issue else None
    shown = found or next(
        (document[name] for name in ("displayName", "name", "value", "filename") if document.get(name)), None
    )
    named = document.get("id")
    if named is None:
        named = account_of(document)
    return Value((str(named),) if named is not None else (), str(shown or document.get("key") or ""))


def _several(documents: Sequence[Any]) -> Value:
    if all(isinstance(each, Mapping) for each in documents):
        return _items(_one(each) for each in documents)
    return Value((), " ".join(map(str, documents)))


def _linked(document: Any) -> Value:
    """Changelogs name a link by the key of the other issue."""
    other = (document.get("outwardIssue") or document.get("inwardIssue") or {}).get("key")
    return Value((str(other),), str(other)) if other else EMPTY


def _items(values: Iterable[Value]) -> Value:
    by_id = {each.ids[0]: each.text for each in values if each.ids}
    return Value(tuple(sorted(by_id)), ", ".join(by_id[one] for one in sorted(by_id)))


# --- the words of changelogs ----------------------------------------------------------------------


def told_value(field: str, ids: str | None, text: str | None, *, sprint_field: str | None = None) -> Value:
    """One side of a change; space around a text says nothing, and the store keeps none."""
    text = (text or "").strip()
    if field == sprint_field:
        found = tuple(sorted(map(str, read_sprint_ids(ids))))
        return Value(found, ", ".join(found))
    if field in _RICH:  # the id of a long text is an address of nobody's concern
        return Value((), text)
    if ids and _DAY.match(ids):
        return Value((), ids)
    inside = _SEVERAL.fullmatch(ids or "")
    if inside:
        listed = tuple(sorted(each.strip() for each in inside[1].split(",") if each.strip()))
        return Value(listed, text)
    if ids and ids == text and number_said(ids) is not None:  # seconds: the number is no id
        return Value((), ids)
    return Value((ids,) if ids else (), text)


def value_at(
    field: str,
    present: Value,
    changes: Iterable[Change],
    at: datetime,
    *,
    sprint_field: str | None = None,
) -> Value:
    """What a field held at an instant; a change at exactly that instant has already happened.

    Before the issue was created it had what it was created with; whoever asks knows when that was.

    Args:
        field: its id.
        present: what it holds now.
        changes: of the issue; those of other fields are passed over.
        at: the instant.
        sprint_field: id of the site's Sprint field.
    """
    own = sorted((change for change in changes if change.field == field), key=in_order)
    later = [change for change in own if change.at > at]
    if field in ITEMISED:
        return _taken_back(present, later)
    if not later:
        return present
    first = later[0]
    earlier = own[: len(own) - len(later)]
    if field == STATUS and not first.before and earlier:
        # Migrated histories may lack the old status: then the change before it knows.
        return told_value(field, earlier[-1].after, earlier[-1].after_text)
    return told_value(field, first.before, first.before_text, sprint_field=sprint_field)


def _taken_back(present: Value, later: Sequence[Change]) -> Value:
    names = dict(zip(present.ids, present.text.split(", "), strict=False))
    for change in reversed(later):
        if change.after:
            names.pop(change.after, None)
        if change.before:
            names[change.before] = change.before_text or change.before
    return Value(tuple(sorted(names)), ", ".join(names[one] for one in sorted(names)))


def spans(
    field: str,
    present: Value,
    changes: Iterable[Change],
    created: datetime,
    *,
    sprint_field: str | None = None,
) -> list[Span]:
    """What a field held since the issue was created, one span after the other; neighbours differ."""
    own = [change for change in changes if change.field == field]
    turns = sorted({max(change.at, created) for change in own} | {created})
    found: list[Span] = []
    for since, until in pairwise([*turns, None]):
        assert since is not None
        value = value_at(field, present, own, since, sprint_field=sprint_field)
        if found and found[-1].value == value:
            found[-1] = Span(value, found[-1].since, until)
        else:
            found.append(Span(value, since, until))
    return found


def holes(
    field: str, present: Value, changes: Iterable[Change], *, sprint_field: str | None = None
) -> list[tuple[datetime, Value, Value]]:
    """Where replaying forward contradicts what came next: the instant, what was said, what it had.

    Empty means that the changes, from the creation value on, lead to the present value.
    """
    own = sorted((change for change in changes if change.field == field), key=in_order)
    if not own:
        return []
    if field in ITEMISED:
        last = _played(_taken_back(present, own), own)
        return [] if set(last.ids) == set(present.ids) else [(own[-1].at, last, present)]
    read = [
        (
            told_value(field, change.before, change.before_text, sprint_field=sprint_field),
            told_value(field, change.after, change.after_text, sprint_field=sprint_field),
        )
        for change in own
    ]
    had = [*(before for before, _ in read[1:]), present]
    return [
        (change.at, said, then)
        for change, (_, said), then in zip(own, read, had, strict=True)
        if not said.agrees(then)
    ]


def _played(first: Value, changes: Sequence[Change]) -> Value:
    ids = set(first.ids)
    for change in changes:
        ids -= {change.before} if change.before else set()
        ids |= {change.after} if change.after else set()
    return Value(tuple(sorted(ids)))
