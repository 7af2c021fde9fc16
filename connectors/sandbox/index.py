"""What a search sees: on Cloud a little behind what was written; without delay, the present.

Only searching is behind; an issue that is read by id or key is always fresh. Whoever names ids to reconcile
has those evaluated fresh too.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from .model import Happening, Issue, Link
from .site import Site

_LISTS = ("histories", "comments", "attachments", "links", "subtasks", "worklogs", "remote_links")


class SearchIndex:
    """`delay` is in real seconds, counted by `elapsed`."""

    def __init__(self, site: Site, *, delay: float, elapsed: Callable[[], float]) -> None:
        self._site = site
        self._elapsed = elapsed
        self._delay = 0.0
        self._seen: dict[int, Issue] = {}
        self._due: dict[int, float] = {}
        site.listeners.append(self._note)
        self.set_delay(delay)

    @property
    def delay(self) -> float:
        return self._delay

    def set_delay(self, seconds: float) -> None:
        """From now on; everything written so far is seen."""
        self._delay = seconds
        self._due.clear()
        self._seen = (
            {number: _copied(issue) for number, issue in self._site.issues.items()} if seconds else {}
        )

    def _note(self, happening: Happening) -> None:
        if not self._delay:
            return
        numbers = [happening.issue.id] if happening.issue else []
        if isinstance(happening.subject, Link):
            numbers += [happening.subject.source, happening.subject.destination]
        for number in numbers:
            self._due[number] = self._elapsed() + self._delay

    def _catch_up(self) -> None:
        now = self._elapsed()
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            issue = self._site.issues.get(number)
            if issue is not None:
                self._seen[number] = _copied(issue)

    def issues(self, reconciled: Collection[int] = ()) -> Iterator[Issue]:
        """Everything that a search looks at. What is gone or concealed is gone at once."""
        if not self._delay:
            yield from self._site.visible()
            return
        self._catch_up()
        for issue in self._site.visible():
            if issue.id in reconciled or (issue.id not in self._due and issue.id not in self._seen):
                yield issue
            elif issue.id in self._seen:
                yield self._seen[issue.id]


def _copied(issue: Issue) -> Issue:
    copied = replace(issue)
    for name in _LISTS:
        setattr(copied, name, list(getattr(issue, name)))
    return copied
