"""No description: nobody but its author can know what is meant.

Why it matters: whoever picks it up has to ask first, and whoever made it may have forgotten.
Flagged:        a story whose description is empty, has headings only, or has fewer characters than wanted.
Not flagged:    sub-tasks, whose parent says it.
Options:        characters (30), white space and headings not counted; types: only these, all if empty.
Mend:           write who needs what, and why.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.item import SUBTASK
from app.domain.scrum.wording import counted


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    characters: int = 30
    types: tuple[str, ...] = ()


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if item.level == SUBTASK or (options.types and item.type_name not in options.types):
            continue
        has = item.description.characters
        if has < options.characters:
            said = f"Its description has {counted(has, 'character')}." if has else "It has no description."
            yield Finding(item, said, "Write who needs what, and why.", since=item.created)


CHECK = Check("missing_description", "No description", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__)
