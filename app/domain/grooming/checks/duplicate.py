"""Probably a duplicate: an older issue says much of the same, or a person has said so.

Why it matters: the same thing is refined, estimated and perhaps done twice.
Flagged:        a new issue with 72 % of the words of an older open one that it is not linked with. Likewise
                of one that was done after the new one was written, or at most 30 days before: perhaps it
                is done already. Whether it has to be done again people know, so nothing is proposed.
                An issue in whose comments somebody wrote /duplicate BURN-7.
Not flagged:    two issues that are linked already, whatever the link; the older of the two; what says the
                same as something done long ago, such as next month's release.
                A sub-task and its issue, an issue and its epic, sub-tasks of one issue: they speak of the
                same and are no duplicates. Stories of one epic are held against each other.
Options:        likeness (0.65): so alike both have to be, from 0 to 1. At 0.65 a fifth of a large public
                project's known duplicates are told, and one issue in thirty in all.
                close (false): the proposal closes it, too. What a person called a duplicate always is.
                only_said (false): only what a person called a duplicate, whatever texts say.
                done_days (30): days between the older being done and the new one being written, up to which
                it is told; what was done later is told whatever this says.
Mend:           link them and close the one that says less; or say /keep in a comment.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import msgspec

from app.domain.grooming.commands import NOTHING_SAID
from app.domain.grooming.facts import Alike, Backlog
from app.domain.grooming.finding import Area, Check, Finding, Weight
from app.domain.grooming.habits import Share
from app.domain.grooming.item import Item
from app.domain.grooming.proposals import duplicate

MOST_WORDS = 4


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    likeness: Share = 0.65
    close: bool = False
    only_said: bool = False
    done_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 30


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
        every = [one for one in backlog.alike.get(item.id, ()) if _counts(item, one, options)]
        found = next((one for one in every if one.done_at is None), None) or next(iter(every), None)
        if found is not None:
            out = duplicate(backlog, item, found.key, close=options.close) if found.done_at is None else None
            yield Finding(item, _sentence(found), _todo(found), since=item.created, proposal=out)


def _counts(item: Item, found: Alike, options: Options) -> bool:
    """Whether both are so alike; where the older is done, whether its work may be what is asked for."""
    if found.likeness < options.likeness:
        return False
    return found.done_at is None or item.created - found.done_at <= timedelta(days=options.done_days)


def _todo(found: Alike) -> str:
    if found.done_at is None:
        return "Link them and close one, or write /keep in a comment."
    return (
        "See whether it is done already: if so, link them and close the newer; else write /keep in a comment."
    )


def _sentence(found: Alike) -> str:
    shared = [f"\u201c{phrase}\u201d" for phrase in found.phrases] or list(found.words[:MOST_WORDS])
    why = f"; both say {', '.join(shared)}" if shared else ""
    other = f"{found.key}, \u201c{found.summary}\u201d, in {found.status}" if found.status else found.key
    return f"It is {100 * found.likeness:.0f} % like {other}{why}."


CHECK = Check("duplicate", "Probably a duplicate", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__)
