"""Open in a released version: the version that it was planned for is out without it.

Why it matters: release notes and whoever asked for it believe that it is done.
Flagged:        open, fix version 1.9, which is released.
Not flagged:    fix version 2.0, which is not; an affected version that is released.
Mend:           plan it for a coming version.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.proposals import without_version
from app.domain.scrum.wording import written


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        planned = [backlog.versions[one] for one in item.fix_versions if one in backlog.versions]
        for version in planned:
            if version.released and not version.archived:
                day = f" on {written(version.released_on)}" if version.released_on else ""
                yield Finding(
                    item,
                    f"It is planned for {version.name}, which was released{day}.",
                    "Plan it for a coming version.",
                    since=backlog.start_of(version.released_on) if version.released_on else None,
                    proposal=without_version(item, version),
                )


CHECK = Check("released_version", "In a released version", Area.DATES, Weight.MEDIUM, Options, find, __doc__)
