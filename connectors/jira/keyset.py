"""Pages of a search that stay in step while issues change. No I/O.

Data Center pages by offset only. While a search is read, an edited issue moves (or leaves), all that follow
shift by one, and the next page misses one. So each page starts again near where the last one ended: the
next question is restricted to instants from there on, and begins with the last issue that was read. If that
issue is not where it was, the list has shifted, and the part in question is read again from its start.
Whoever reads gets every issue at least once, some of them twice.

An instant is cut to the minute (JQL is not finer everywhere) and taken from the middle of a page: an issue
whose row is newer than its place in the index cannot lead us astray.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

_MINUTE = 60_000
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)
_STABLE = re.compile(
    r"\s*\border\s+by\s+(?P<field>created|updated)(\s+asc)?(\s*,\s*(key|issuekey|id)(\s+asc)?)?\s*$",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor\b|\|", re.IGNORECASE)


class Order(StrEnum):
    """The orders in which a search can be read to its end while issues change.

    CREATED never changes: an issue that is edited meanwhile keeps its place. UPDATED moves edited issues to
    the end, so they come again; how far one has come can be remembered between two searches.
    """

    CREATED = "created"
    UPDATED = "updated"

    def clause(self) -> str:
        """As JQL."""
        return f"ORDER BY {self.value} ASC, key ASC"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page starts.

    Attributes:
        since: epoch milliseconds; None at the very start.
        start: offset among what is not before `since`.
        last: id of the issue that stands there if nothing has shifted; None where nothing was read yet.
        shifts: how often a part was read again; tells apart two visits to one place.
    """

    since: int | None = None
    start: int = 0
    last: str | None = None
    shifts: int = 0

    def token(self) -> str:
        """As text, for whoever keeps it between two pages; it does not expire."""
        return f"{self.since or 0}.{self.start}.{self.shifts}.{self.last or ''}"

    @classmethod
    def of(cls, token: str | None) -> "Place":
        """The place that a token names.

        Raises:
            ValueError: the token is none of ours.
        """
        if token is None:
            return cls()
        since, start, shifts, last = token.split(".", 3)
        return cls(int(since) or None, int(start), last or None, int(shifts))

    def window_start(self) -> "Place":
        """Where to read again after a shift."""
        return Place(self.since, shifts=self.shifts + 1)


def split_order(jql: str) -> tuple[str, Order | None]:
    """The JQL without its ORDER BY, and the order, if it is one of ours; (jql, None) for any other order."""
    if found := _STABLE.search(jql):
        return jql[: found.start()].strip(), Order(found["field"].lower())
    if _ORDER_BY.search(_QUOTED.sub('""', jql)):
        return jql, None
    return jql.strip(), Order.CREATED


def restricted(jql: str, order: Order, since: int | None) -> str:
    """The question for the page at `since`. JQL reads a number without quotes as epoch milliseconds."""
    if since is None:
        return f"{jql} {order.clause()}".strip()
    if not jql:
        return f"{order.value} >= {since} {order.clause()}"
    whole = f"({jql})" if _OR.search(jql) else jql
    return f"{whole} AND {order.value} >= {since} {order.clause()}"


def after(place: Place, order: Order, issues: Sequence[Mapping[str, Any]]) -> Place:
    """Where the page after this one starts.

    Args:
        place: where this page started.
        order: what it is ordered by.
        issues: all of the page, the one at `place.last` included; not empty.

    Raises:
        ValueError: an issue comes without the instant that it is ordered by.
    """
    instants = sorted(_milliseconds(issue, order) for issue in issues)
    since = instants[len(instants) // 2] // _MINUTE * _MINUTE
    last = str(issues[-1]["id"])
    if since == place.since:
        return Place(since, place.start + len(issues) - 1, last, place.shifts)
    return Place(since, sum(each >= since for each in instants) - 1, last, place.shifts)


def _milliseconds(issue: Mapping[str, Any], order: Order) -> int:
    value = _read((issue.get("fields") or {}).get(order.value))
    if not isinstance(value, str):
        message = f"issue {issue.get('id')} comes without {order.value!r}"
        raise ValueError(message)  # noqa: TRY004 -- the document is wrong, not the caller
    return int(datetime.fromisoformat(value).timestamp() * 1000)


def _read(value: Any) -> Any:
    """A field's value; an answer may leave it unread."""
    return json.loads(bytes(value)) if isinstance(value, msgspec.Raw) else value
