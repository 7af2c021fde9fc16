"""Sub-tasks begun, parent not: work goes on below an issue that waits.

Why it matters: the board shows it as still to do.
Flagged:        a story in To Do with a sub-task in progress or done.
Not flagged:    a story in progress.
Mend:           move it to where the work is.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import CHILDLESS, Backlog, by_key
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import STORY
from app.domain.grooming.words import listed
from app.domain.scrum.wording import counted


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if item.level != STORY or not backlog.waits(item):
            continue
        begun = [child for child in backlog.children_of(item) if backlog.begun(child)]
        done = backlog.all_children.get(item.id, CHILDLESS).done
        if begun:
            what = f"work on {listed(by_key(begun))} has begun"
        elif done:
            what = f"{counted(done, 'sub-task')} of it {'is' if done == 1 else 'are'} done"
        else:
            continue
        yield Finding(item, f"It is in {item.status_name}, but {what}.", "Move it to where the work is.")


CHECK = Check("subtasks_begun", "Sub-tasks begun, parent not", Area.FLOW, Weight.LOW, Options, find, __doc__)
