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

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Area, Check, Finding, Reach, Weight
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
    said = [item for item in backlog.items if item.description.characters >= options.characters]
    digests = Counter([item.description.digest for item in said])
    often = {digest for digest, count in digests.items() if count >= options.same or digest in given}
    said = [item for item in said if item.description.digest in often]
    counts = Counter([(item.type_name, item.description.digest) for item in said])
    shared = {
        one: f"Its description is the same, word for word, in {counted(count, 'issue')}."
        for one, count in counts.items()
        if count >= options.same
    }
    for item in said:
        if item.description.digest in given:
            yield Finding(item, "Its description is the template's.", "Fill it in.", since=item.created)
        elif (reason := shared.get((item.type_name, item.description.digest))) is not None:
            yield Finding(item, reason, "Fill it in.", since=item.created)


CHECK = Check(
    "still_template", "Still the template", Area.CONTENT, Weight.MEDIUM, Options, find, __doc__, Reach.BACKLOG
)
