"""Probably a duplicate: an older issue says much of the same, or a person has said so.

Why it matters: the same thing is refined, estimated and perhaps done twice.
Flagged:        a new issue with 72 % of the words of an older one, open or done, that it is not linked with.
                An issue in whose comments somebody wrote /duplicate BURN-7.
Not flagged:    two issues that are linked already, whatever the link; the older of the two.
Options:        likeness (0.65): so alike both have to be, from 0 to 1. At 0.65 a fifth of a large public
                project's known duplicates are told, and one issue in thirty in all.
                close (false): the proposal closes it, too. What a person called a duplicate always is.
                only_said (false): only what a person called a duplicate, whatever texts say.
Mend:           link them and close the one that says less; or say /keep in a comment.
"""

from collections.abc import Iterator

import msgspec

from app.domain.grooming.commands import NOTHING_SAID
from app.domain.grooming.facts import Alike, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.habits import Share
from app.domain.grooming.proposals import duplicate

MOST_WORDS = 4


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    likeness: Share = 0.65
    close: bool = False
    only_said: bool = False


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    for item in backlog.asked:
        said = backlog.said.get(item.id, NOTHING_SAID)
        if said.duplicate_of is not None and said.duplicate_of != item.key:
            who = "Somebody" if said.duplicate_by is None else backlog.name_of(said.duplicate_by)
            yield Finding(
                item,
                f"{who} wrote that it is a duplicate of {said.duplicate_of}.",
                "Link them, and close this one.",
                proposal=duplicate(backlog, item, said.duplicate_of, close=True),
            )
            continue
        if options.only_said:
            continue
        every = backlog.alike.get(item.id, ())
        found = next((one for one in every if one.likeness >= options.likeness), None)
        if found is not None:
            todo = "Link them and close one, or write /keep in a comment."
            out = duplicate(backlog, item, found.key, close=options.close)
            yield Finding(item, _sentence(found), todo, since=item.created, proposal=out)


def _sentence(found: Alike) -> str:
    shared = [f"\u201c{phrase}\u201d" for phrase in found.phrases] or list(found.words[:MOST_WORDS])
    why = f"; both say {', '.join(shared)}" if shared else ""
    other = f"{found.key}, \u201c{found.summary}\u201d, in {found.status}" if found.status else found.key
    return f"It is {100 * found.likeness:.0f} % like {other}{why}."


CHECK = Check("duplicate", "Probably a duplicate", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__)
