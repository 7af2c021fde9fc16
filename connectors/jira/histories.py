"""Histories of issues, whole or not at all.

Jira embeds only part of a long history in an issue (40 to 100 entries on Cloud), and everything that is
computed from a cut one is wrong without looking so.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from connectors.jira.calls import JiraCalls
from connectors.jira.documents import HistoryDocument, IssueDocument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As Jira writes an instant: 2026-07-28T14:12:54.883-0700.
_LENGTH, _OFFSET = 28, 5


class HistoryCalls(JiraCalls):
    """Changelogs, by the cheapest way that is sure."""

    async def changelog(self, issue_id: str) -> AsyncIterator[HistoryDocument]:
        """The whole history of an issue, oldest first. Values set at creation are not in it."""
        async for history in (await self._edition()).changelog(issue_id):
            yield history

    async def histories(self, issues: Sequence[IssueDocument]) -> dict[str, list[HistoryDocument]]:
        """The whole history of each of these issues, by issue id, oldest first.

        Read the issues with expand=changelog: then most histories are there already. Cut ones are read in
        bulk (1,000 issues a call) or from the issue's own list, and counted against Jira's own number.

        Raises:
            HistoryIncomplete: Jira gives fewer entries than it says there are.
            Missing: an issue is gone or hidden meanwhile.
        """
        whole = await (await self._edition()).histories(issues)
        return {issue_id: _in_order(histories) for issue_id, histories in whole.items()}

    async def full_changelog(self, issue: IssueDocument) -> list[HistoryDocument]:
        """`histories` of one issue."""
        return (await self.histories([issue]))[issue["id"]]


def _in_order(histories: Sequence[HistoryDocument]) -> list[HistoryDocument]:
    """Oldest first. Texts in one offset have the order of their instants, and need not be read for it."""
    written = [history.get("created") for history in histories]
    if all(type(one) is str and len(one) == _LENGTH for one in written):
        offsets = {str(one)[-_OFFSET:] for one in written}
        if len(offsets) <= 1 and all(str(history.get("id", "")).isdecimal() for history in histories):
            return sorted(histories, key=lambda history: (history["created"], int(history["id"])))
    return sorted(histories, key=_when)


def _when(history: HistoryDocument) -> tuple[datetime, int]:
    """Order within a history: by instant, then by id, which grows with every save."""
    created, number = history.get("created"), str(history.get("id", ""))
    at = datetime.min.replace(tzinfo=UTC)
    if isinstance(created, int | float):
        at = _EPOCH + timedelta(milliseconds=created)
    elif created:
        at = datetime.fromisoformat(created)
    return at, int(number) if number.isdecimal() else 0
