"""Due after its release: its due date lies behind the day on which its version is to be out.

Why it matters: one of the two dates is wrong, and both are believed.
Flagged:        due on 20 March, planned for version 2.0, which is released on 10 March.
Not flagged:    due on the day of the release; versions without a date, or that are released.
Mend:           move one of them.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.scrum.wording import written


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        planned = (backlog.versions[one] for one in item.fix_versions if one in backlog.versions)
        dated = [
            (version.released_on, version.name)
            for version in planned
            if version.released_on and not version.released
        ]
        if item.due is not None and dated and min(dated)[0] < item.due:
            day, name = min(dated)
            said = f"It is due on {written(item.due)}, but {name} is to be released on {written(day)}."
            yield Finding(item, said, "Move it to a later version, or bring its due date forward.")


CHECK = Check("due_after_release", "Due after its release", Area.DATES, Weight.MEDIUM, Options, find, __doc__)
