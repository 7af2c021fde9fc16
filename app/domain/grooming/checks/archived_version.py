"""In an archived version: the version that it is planned for is put away.

Why it matters: archived versions are shown nowhere, so no plan has it any more.
Flagged:        open, fix version 0.9, which is archived.
Not flagged:    a version that is neither archived nor released.
Mend:           plan it for a coming version.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.proposals import without_version


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        planned = [backlog.versions[one] for one in item.fix_versions if one in backlog.versions]
        for version in planned:
            if version.archived:
                yield Finding(
                    item,
                    f"It is planned for {version.name}, which is archived.",
                    "Plan it for a coming version.",
                    since=None,
                    proposal=without_version(item, version),
                )


CHECK = Check("archived_version", "In an archived version", Area.DATES, Weight.MEDIUM, Options, find, __doc__)
