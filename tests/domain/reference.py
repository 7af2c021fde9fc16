"""Sprint arithmetic a second time, by another road: walking every minute forward from an issue's creation.

Written from the definitions, sharing no code with the domain: no rewinding, no events, only what the issue
is at present. Slow and plain on purpose.
"""

from collections import defaultdict
from decimal import Decimal

from tests.domain.histories import Now, Played
from tests.factories import DONE, SPRINT_ID


class Walk:
    """One issue's way through a sprint from minute `start` to minute `end`."""

    def __init__(self, played: Played, start: int, end: int) -> None:
        self.sums: dict[str, Decimal] = defaultdict(Decimal)
        self.ever_in = False
        self.added = False
        self.in_at_end = False
        self.done_at_end = False
        self.finished = self.reopened = False
        self.initial: Decimal | None = None
        self.final: Decimal | None = None
        self._subtask = played.issue.is_subtask
        self._burned: Decimal | None = None
        self._walk(played, start, end)

    def worth(self, now: Now) -> Decimal:
        return Decimal(0) if self._subtask or now.estimate is None else now.estimate

    def _walk(self, played: Played, start: int, end: int) -> None:
        now, inside, self.done_at_start = played.first, False, played.first.status == DONE
        for minute in range(end + 1):
            counts = minute > start
            if minute == played.created and SPRINT_ID in now.sprints:
                inside = True
                if counts:
                    self._comes_in(now)
            for after in (after for when, after in played.entries if when == minute):
                if counts:
                    self._happens(now, after, inside=inside)
                now, inside = after, SPRINT_ID in after.sprints
            if minute == played.deleted:
                if inside and counts:
                    self._goes_out(now)
                inside = False
            if minute == start:
                self._starts(now, inside=inside)
        self._ends(now, inside=inside)

    def _starts(self, now: Now, *, inside: bool) -> None:
        self.done_at_start = now.status == DONE
        if inside:
            self.ever_in, self.initial = True, now.estimate
            if not self.done_at_start:
                self.sums["commitment"] += self.worth(now)

    def _ends(self, now: Now, *, inside: bool) -> None:
        self.in_at_end, self.done_at_end, self.final = inside, now.status == DONE, now.estimate
        if inside and not self.done_at_end:
            self.sums["remaining"] = self.worth(now)
        if self._burned is not None:
            self.sums["burned" if inside else "completed_then_removed"] = self._burned

    def _comes_in(self, now: Now) -> None:
        if not self.ever_in:
            self.ever_in = self.added = True
            self.initial = now.estimate
        if now.status != DONE:
            self.sums["added"] += self.worth(now)

    def _goes_out(self, now: Now) -> None:
        if now.status != DONE:
            self.sums["removed"] += self.worth(now)

    def _happens(self, before: Now, after: Now, *, inside: bool) -> None:
        was_done, is_done = before.status == DONE, after.status == DONE
        comes = not inside and SPRINT_ID in after.sprints
        goes = inside and SPRINT_ID not in after.sprints
        if inside and not was_done:
            self.sums["re_estimated"] += self.worth(after) - self.worth(before)
        if comes:
            self._comes_in(Now(before.status, after.sprints, after.estimate))
        counts = inside or comes
        if is_done and not was_done:
            self.finished = True
            self._burned = self.worth(after) if counts else None
        if was_done and not is_done:
            self.reopened = True
            if counts and self._burned is None:
                self.sums["added"] += self.worth(after)
            elif counts and self._burned is not None:
                self.sums["re_estimated"] += self.worth(after) - self._burned
            elif self._burned is not None:
                self.sums["removed"] += self._burned
            self._burned = None
        if goes:
            self._goes_out(after)

    @property
    def outcome(self) -> str:
        if self.done_at_start and not self.finished and not self.reopened:
            return "completed elsewhere"
        if not self.in_at_end:
            return "removed"
        return "completed" if self.done_at_end else "not completed"
