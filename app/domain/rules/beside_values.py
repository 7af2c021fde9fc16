"""Files and logged work as texts of rules see them: of the event, and of an issue at its instant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from app.domain.rules.empty import EMPTY
from app.domain.rules.event import Event
from app.domain.rules.things import Things
from app.domain.scrum.issue import ATTACHMENTS, Change
from app.domain.scrum.issue_columns import instant_of
from app.domain.scrum.texts import readable_text

Row = Mapping[str, Any]
Show = Callable[[Row], Any]
_HOURS_A_DAY, _DAYS_A_WEEK = 8, 5
_UNITS = (
    ("w", 3600 * _HOURS_A_DAY * _DAYS_A_WEEK),
    ("d", 3600 * _HOURS_A_DAY),
    ("h", 3600),
    ("m", 60),
)


class Beside(Protocol):
    """What stands beside issues in the store. Rows may be of what came later, or is gone since."""

    def files(self, issue_id: str) -> Sequence[Row]:
        """`id`, `filename`, `mime_type`, `bytes`, `author`, `created` and `deleted_at` of each."""
        ...

    def worklogs(self, issue_id: str) -> Sequence[Row]:
        """`id`, `author`, `started`, `seconds`, `created`, `updated`, `comment` and `deleted_at` of each."""
        ...


def told_worklog(row: Row) -> dict[str, Any]:
    """Logged work for an event, which is kept as JSON while a rule waits."""
    told = {name: row.get(name) for name in ("id", "author", "seconds")}
    instants = {name: row.get(name) for name in ("started", "created", "updated")}
    said = {name: at.isoformat() if isinstance(at, datetime) else at for name, at in instants.items()}
    return {**told, **said, "comment": readable_text(row.get("comment"))}


def worklog(row: Row, things: Things) -> dict[str, Any]:
    """Logged work, by Jira's names."""
    return {
        "id": row.get("id"),
        "author": _person(row.get("author"), things),
        "timeSpent": time_spent(row.get("seconds") or 0),
        "timeSpentSeconds": row.get("seconds"),
        "started": _instant(row.get("started")),
        "created": _instant(row.get("created")),
        "updated": _instant(row.get("updated")),
        "comment": readable_text(row.get("comment")),
    }


def attachment(row: Row, things: Things) -> dict[str, Any]:
    """A file, by Jira's names."""
    return {
        "id": row.get("id"),
        "filename": row.get("filename"),
        "author": _person(row.get("author"), things),
        "size": row.get("bytes"),
        "mimeType": row.get("mime_type"),
        "created": _instant(row.get("created")),
    }


def worklogs_at(rows: Sequence[Row], at: datetime) -> Iterator[Row]:
    """Those that had been logged by then, the oldest first; as they were edited since."""
    there = (row for row in rows if _is_there(row, row.get("created") or row.get("updated"), at))
    return iter(sorted(there, key=lambda row: (row.get("started") or at, row["id"])))


def files_at(rows: Sequence[Row], at: datetime, changes: Iterable[Change]) -> Iterator[Row]:
    """Those that were attached then, the oldest first; what the history says was taken away is not there."""
    gone = {each.before for each in changes if each.field == ATTACHMENTS and not each.after}
    there = (row for row in rows if row["id"] not in gone and _is_there(row, row.get("created"), at))
    return iter(sorted(there, key=lambda row: (row.get("created") or at, row["id"])))


def _is_there(row: Row, since: datetime | None, at: datetime) -> bool:
    gone = row.get("deleted_at")
    return (since is None or since <= at) and (gone is None or gone > at)


def file_of(event: Event, rows: Callable[[], Sequence[Row]]) -> Row | None:
    """The file of an event about one: what the store has of it, else what the change says."""
    for change in event.changes:
        if change.field == ATTACHMENTS:
            number, name = change.after or change.before, change.after_text or change.before_text
            known = next((row for row in rows() if row["id"] == number), None)
            return {"id": number, "filename": name} if known is None else known
    return None


def time_spent(seconds: int) -> str:
    """As Jira writes it where a day has eight hours and a week five days: `1d 2h 30m`."""
    parts = []
    for sign, length in _UNITS:
        number, seconds = divmod(seconds, length)
        if number:
            parts.append(f"{number}{sign}")
    return " ".join(parts) or "0m"


def _instant(value: Any) -> datetime | None:
    at = value if isinstance(value, datetime) else instant_of(value) if value else None
    return None if at is None else at.astimezone(UTC)


def _person(account: str | None, things: Things) -> Any:
    return EMPTY if account is None else things.person(account)
