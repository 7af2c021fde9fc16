"""Blocked by what is done: it waits for an issue that is finished.

Why it matters: everybody believes that it cannot go on, and it can.
Flagged:        BURN-4 "is blocked by" BURN-2, which is done.
Not flagged:    a blocker that is open; a link of another kind.
Mend:           remove the link, and let work go on.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog, by_key
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.words import listed


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        done = [blocker for blocker in backlog.blockers(item) if blocker.done]
        if done:
            known = [blocker.resolved_at for blocker in done if blocker.resolved_at]
            verb = "which is" if len(done) == 1 else "which are"
            said = f"It is blocked by {listed(by_key(done))}, {verb} done."
            yield Finding(item, said, "Remove the link, and let work go on.", since=max(known, default=None))


CHECK = Check("blocked_by_done", "Blocked by what is done", Area.LINKS, Weight.MEDIUM, Options, find, __doc__)
