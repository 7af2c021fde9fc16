"""Inactive assignee: it belongs to somebody who is no longer there.

Why it matters: it will not be done, and nobody else takes it.
Flagged:        assigned to an account that is switched off.
Not flagged:    an account that we know nothing of.
Mend:           give it to somebody, or to nobody.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.proposals import unassigned


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        person = backlog.people.get(item.assignee or "")
        if person is not None and not person.active:
            said = f"It is assigned to {person.name}, whose account is switched off."
            todo = "Give it to somebody, or to nobody."
            yield Finding(item, said, todo, proposal=unassigned(item, person.name))


CHECK = Check("inactive_assignee", "Assignee has left", Area.PEOPLE, Weight.HIGH, Options, find, __doc__)
