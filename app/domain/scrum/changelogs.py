"""Changelogs of many issues, read at once.

The same changes are made over and over: a step of the workflow is written the same each time. What stood
there before in the same words is read once.
"""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, TypedDict

import msgspec

from app.domain.scrum.from_jira import Document, ItemValues, NotReadable, SiteFields, entry_of, item_values
from app.domain.scrum.issue import Change
from app.domain.scrum.issue_columns import account_of

_Item = TypedDict(
    "_Item",
    {
        "field": Any,
        "fieldtype": Any,
        "fieldId": Any,
        "from": Any,
        "fromString": Any,
        "to": Any,
        "toString": Any,
    },
    total=False,
)


_read_items = msgspec.json.Decoder(list[_Item] | None).decode


class Changelogs:
    """Reads the histories of a page of issues.

    Attributes:
        people: by account id, those whom it met, as they were shown last.
    """

    def __init__(self, site: SiteFields) -> None:
        self.people: dict[str, Any] = {}
        self._site = site
        self._known: dict[bytes, tuple[ItemValues, ...]] = {}

    def read(self, histories: Iterable[Document]) -> tuple[Change, ...]:
        """Entries of a changelog, their items read or unread, as changes, oldest first.

        Raises:
            NotReadable: an entry has no numeric id or no instant, or its items are no list of objects.
        """
        changes = []
        for history in histories:
            number, at = entry_of(history["id"], history.get("created"))
            author = self.meet(history.get("author"))
            changes += [
                Change(number, position, at, field, before, before_text, after, after_text, author)
                for field, position, before, before_text, after, after_text in self._values(history)
            ]
        return tuple(sorted(changes, key=_when))

    def meet(self, person: Any) -> str | None:
        """Somebody whom a document shows: the account id, by which `people` holds them then."""
        if person is None:
            return None
        account = person.get("accountId") if type(person) is dict else None
        if type(account) is not str or not account:
            account = account_of(person)
        if account is not None:
            self.people[account] = person
        return account

    def _values(self, history: Document) -> Iterable[ItemValues]:
        items = history.get("items")
        if not isinstance(items, msgspec.Raw):
            return item_values(items or (), self._site)
        written = bytes(items)
        known = self._known.get(written)
        if known is None:
            known = self._known[written] = tuple(item_values(_read(items) or (), self._site))
        return known


_when = itemgetter(*map(Change._fields.index, ("at", "history_id", "position")))


def _read(items: msgspec.Raw) -> Any:
    try:
        return _read_items(items)
    except msgspec.DecodeError as error:
        message = f"the items of a changelog entry are not as Jira writes them: {error}"
        raise NotReadable(message) from error
