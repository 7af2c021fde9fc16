"""Circular blocks: issues that wait for each other, so that none can begin.

Why it matters: everybody waits, and no one knows why.
Flagged:        BURN-4 is blocked by BURN-7, and BURN-7 by BURN-4; once for each circle.
Not flagged:    a chain that ends; a circle one of whose issues is done.
Mend:           decide which one comes first, and remove that link.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from app.domain.grooming.facts import Backlog, by_key
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
from app.domain.grooming.words import listed


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """There are none."""


def find(backlog: Backlog, _: Options) -> Iterator[Finding]:
    """One for each circle, with its first issue by key."""
    for circle in circles(backlog.waits_for()):
        items = by_key(backlog.by_id[one] for one in circle)
        if len(items) == 1:
            said = "It is blocked by itself."
        else:
            said = f"{listed(items)} wait for each other, so none of them can begin."
        yield Finding(items[0], said, "Decide which one comes first, and remove its link.")


def circles(edges: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Sets of nodes that all reach each other, where there is a way at all.

    Kosaraju's: in the reverse order of their ends, every walk against the edges stays within one set.
    """
    against: dict[str, list[str]] = {node: [] for node in edges}
    for node, others in edges.items():
        for other in others:
            if other in against:
                against[other].append(node)
    ended: dict[str, None] = {}
    for node in edges:
        ended.update(dict.fromkeys(_walk(node, edges, ended)))
    placed: dict[str, None] = {}
    for node in reversed(list(ended)):
        found = list(_walk(node, against, placed))
        placed.update(dict.fromkeys(found))
        if len(found) > 1 or (found and node in edges[node]):
            yield found


def _walk(start: str, edges: Mapping[str, Sequence[str]], known: Mapping[str, None]) -> list[str]:
    """Nodes that are reached and not known yet, in the order in which a depth-first walk leaves them."""
    if start in known or start not in edges:
        return []
    entered, left = {start}, []
    way = [(start, iter(edges[start]))]
    while way:
        node, following = way[-1]
        for other in following:
            if other in edges and other not in known and other not in entered:
                entered.add(other)
                way.append((other, iter(edges[other])))
                break
        else:
            way.pop()
            left.append(node)
    return left


CHECK = Check(
    "circular_blocks", "Circular blocks", Area.LINKS, Weight.HIGH, Options, find, __doc__, Reach.BACKLOG
)
