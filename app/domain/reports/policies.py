"""What policies of grooming did, or in shadow would have done."""

from collections.abc import Iterator, Sequence

from app.domain.grooming.ladder import NotHeeded, Planned, Take
from app.domain.reports import naming
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Status,
    quote,
    say,
)
from app.domain.reports.words import counted

MOST_NAMED = 5
POLICIES = 2
"""How early it gives way when a report is too long."""


def policies_told(planned: Sequence[Planned]) -> Iterator[Block]:
    """One line for each step of each policy; nothing where there are no policies."""
    items = [line for one in planned for line in _lines(one)]
    if items:
        yield Heading(3, say("Policies"))
        yield BulletList(tuple(items), shorten=POLICIES)


def _lines(planned: Planned) -> Iterator[Inlines]:
    policy, plan = planned.policy, planned.plan
    mode = Status("live", Colour.BLUE) if policy.is_live else Status("shadow")
    elsewhere = "" if policy.trigger is None else f", run {policy.trigger.words}, not here"
    name: tuple[Inline | str, ...] = (quote(policy.name, 80), " ", mode, elsewhere)
    would = "" if policy.is_live and policy.trigger is None else "would be "
    quiet = True
    for number, step in enumerate(policy.document.ladder):
        takes = [take for take in plan.takes if take.number == number]
        if takes:
            quiet = False
            done = {
                "report": "reported",
                "comment": "commented on",
                "label": f"labelled {step.label}",
                "transition": f"moved to {step.status}",
                "backlog": "put back into the backlog",
                "accept": "mended as proposed",
            }[step.step]
            yield say(*name, f": {counted(len(takes), 'issue')} {would}{done}: ", *_keys(takes), ".")
    if plan.backs:
        quiet = False
        yield say(*name, f": {counted(len(plan.backs), 'issue')} {would}left alone again.")
    if plan.waiting:
        quiet = False
        yield say(*name, f": {counted(plan.waiting, 'issue')} more in the next run.")
    if plan.not_heeded:
        yield say(*name, *_not_heeded(plan.not_heeded), ".")
    if quiet:
        yield say(*name, f": nothing is due; {counted(len(plan.progress), 'issue')} on its ladder.")


def _not_heeded(found: Sequence[NotHeeded]) -> Iterator[Inline | str]:
    yield f" does not heed {counted(len(found), 'command')}, since the writer has no role that may give it: "
    for place, one in enumerate(found[:MOST_NAMED]):
        by = "somebody in a comment for some readers" if one.by is None else quote(one.by, 120)
        yield from (", " if place else "", f"/{one.word} by {by} on ", IssueLink(one.key))
    if len(found) > MOST_NAMED:
        yield f" and {len(found) - MOST_NAMED} more"


def _keys(takes: Sequence[Take]) -> Iterator[Inline | str]:
    return naming.keys([take.item.key for take in takes], MOST_NAMED)
