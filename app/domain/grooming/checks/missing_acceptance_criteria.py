"""No acceptance criteria: nothing says when it is done.

Why it matters: done is then a matter of opinion, found out in the review.
Flagged:        a story without such a heading, without Given/Then and without checkboxes.
Not flagged:    a story with a filled field of that purpose; bugs and tasks, unless they are named.
Options:        types (Story, User Story); field: the name of a field that may hold them.
Mend:           write what will be looked at to accept it.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    types: tuple[str, ...] = ("Story", "User Story")
    field: str | None = None


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        if item.type_name not in options.types or item.description.has_criteria:
            continue
        if options.field is not None and item.fields.get(options.field):
            continue
        where = "Neither its description" if options.field else "Its description"
        said = f"nor {options.field!r} says" if options.field else "does not say"
        yield Finding(
            item,
            f"{where} {said} when it is done.",
            "Write what will be looked at to accept it.",
            since=item.created,
        )


CHECK = Check(
    "missing_acceptance_criteria",
    "No acceptance criteria",
    Area.CONTENT,
    Weight.MEDIUM,
    Options,
    find,
    __doc__,
)
