"""Still the template: the description is what the form began with, or a copy that says nothing of this issue.

Why it matters: it looks described, passes for ready, and stops the sprint.
Flagged:        six stories whose descriptions are the same, word for word; a description equal to a template.
Not flagged:    two that share a text; descriptions that are empty or very short, which is another finding.
Options:        same (5): so many of one type with one text are a template;
                templates: texts that are one in any case; characters (30): shorter ones say nothing.
Mend:           fill it in.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import compress

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Common, Finding, Reach, Weight
from app.domain.grooming.items import Overview
from app.domain.grooming.texts import read_description
from app.domain.scrum.wording import counted


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See above."""

    same: int = 5
    characters: int = 30
    templates: tuple[str, ...] = ()


def find(backlog: Backlog, options: Options) -> Iterator[Finding]:
    """Every issue of which this is so."""
    given = {read_description(text).digest for text in options.templates}
    shared = _shared(backlog, options)
    for item in backlog.asked:
        said = item.description
        if said.characters < options.characters:
            continue
        if said.digest in given:
            yield Finding(
                item, "Its description is the template's.", "Fill the description in.", since=item.created
            )
        elif count := shared.get(_group(item.type_name, said.digest)):
            reason = f"Its description is the same, word for word, in {counted(count, 'issue')}."
            yield Finding(item, reason, "Fill the description in.", since=item.created)


def _shared(backlog: Backlog, options: Options) -> dict[str, int]:
    """How many issues of one type have one text, where that are enough."""
    overview, same = backlog.overview, options.same

    def shared() -> dict[str, int]:
        said = list(map(options.characters.__le__, overview.characters))
        digests = Counter(compress(overview.digests, said))
        often = {digest for digest, count in digests.items() if count >= same}
        such = [at and digest in often for at, digest in zip(said, overview.digests, strict=True)]
        pairs = zip(compress(_types(overview), such), compress(overview.digests, such), strict=True)
        return {_group(*pair): count for pair, count in Counter(pairs).items() if count >= same}

    return overview.once(("texts", same, options.characters), shared)


def _types(overview: Overview) -> Iterator[str]:
    names = [kind.type_name for kind in overview.kinds]
    return map(names.__getitem__, overview.kind)


def _group(type_name: str, digest: int) -> str:
    return f"{digest} {type_name}"


CHECK = Check(
    "still_template",
    "Still the template",
    Area.CONTENT,
    Weight.MEDIUM,
    Options,
    find,
    __doc__,
    Reach.COMMON,
    Common(
        lambda backlog, options: frozenset(_shared(backlog, options)),
        lambda overview: map(_group, _types(overview), overview.digests),
    ),
)
