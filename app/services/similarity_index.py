"""An index of like issues that is kept in memory, and brought up to date before every answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.domain.similarity.index import SimilarIssues
from app.store import similarity
from app.store.sites import Site

LOOK_BACK: Sequence[tuple[int, timedelta | None]] = (
    (100, None),
    (10, timedelta(days=1)),
    (1, timedelta(hours=1)),
)
"""Every so many questions: how long before the newest change later words are looked for; None: at all issues.

Looking at all of a large project takes longer than the answer, and Jira tells most changes within minutes.
"""


@dataclass(slots=True)
class Index:
    """Issues by the words that they say, as the store had them.

    Attributes:
        updated: by id, what each issue was known by.
        newest: the site's newest change then.
        asked: how often it was brought up to date.
    """

    issues: SimilarIssues = field(default_factory=SimilarIssues)
    updated: dict[str, object] = field(default_factory=dict)
    newest: datetime | None = None
    asked: int = 0


def bring_up_to_date(
    connection: Connection, site: Site, scope: str | None, index: Index, *, hidden: Collection[str] = ()
) -> None:
    """Issues that were updated lately are compared, from time to time earlier ones, too; none that is hidden.

    A late word about an issue that was updated over an hour before the newest may wait for some questions.
    """
    back = next(back for often, back in LOOK_BACK if index.asked % often == 0)
    index.asked += 1
    newest = similarity.newest(connection, site)
    since = None if index.newest is None or back is None else index.newest - back
    now = similarity.known(connection, site, scope, since=since)
    left = {one: updated for one, updated in now.items() if one not in hidden}
    gone = index.updated.keys() - left.keys() if since is None else index.updated.keys() & set(hidden)
    for one in gone:
        index.issues.remove(one)
        del index.updated[one]
    _take_in(connection, site, index, left)
    index.newest = newest


def _take_in(connection: Connection, site: Site, index: Index, now: Mapping[str, object]) -> None:
    changed = [issue_id for issue_id, updated in now.items() if index.updated.get(issue_id) != updated]
    for text in similarity.texts(connection, site, changed):
        index.issues.put(text)
        index.updated[text.id] = now[text.id]
