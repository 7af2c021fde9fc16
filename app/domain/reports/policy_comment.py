"""What a policy writes on an issue: what was found, what comes next, and how to be left alone."""

from app.domain.grooming.ladder import Back, Take
from app.domain.grooming.policy import Document, Policy, Step
from app.domain.reports.document import Block, BulletList, Paragraph, Report, Text, quote, say
from app.domain.scrum.wording import counted

WAY_OUT = (
    "Whoever changes this issue or writes a comment stops this. /keep on a line of its own leaves it alone "
    "for good, /snooze 30d for so long."
)


def asked(policy: Policy, take: Take) -> Report:
    """The comment of a step."""
    found = tuple(say(quote(one.finding.reason), " ", one.finding.todo) for one in take.judged)
    blocks: list[Block] = [
        Paragraph((Text(quote(take.step.text or "", 2000)),)),
        BulletList(found),
    ]
    if take.following:
        blocks.append(Paragraph(say(f"If nothing happens: {_then(take.following)}.")))
    blocks.append(Paragraph(say(f"{WAY_OUT}{_whose(policy.document)}")))
    return Report(policy.name, tuple(blocks))


def _whose(document: Document) -> str:
    """Where the policy says whose commands it heeds."""
    roles = {word: quote(" or ".join(document.roles_of(word) or ())) for word in ("keep", "snooze")}
    if roles["keep"] and roles["keep"] == roles["snooze"]:
        return f" Both count from people with the role {roles['keep']}."
    told = (f" /{word} counts from people with the role {names}." for word, names in roles.items() if names)
    return "".join(told)


def settled(policy: Policy, back: Back) -> Report:
    """The same comment, once there is nothing more to ask."""
    return Report(policy.name, (Paragraph(say(f"Settled: {back.why.value}.")),))


def _then(steps: tuple[Step, ...]) -> str:
    told = []
    days = 0
    for step in steps:
        days += step.waits.days
        what = {
            "comment": "another comment",
            "label": f"the label {step.label}",
            "transition": f"it is moved to {step.status}",
            "backlog": "it goes back to the backlog",
            "accept": "what is proposed is done",
            "report": "",
        }[step.step]
        if what:
            told.append(f"in {counted(days, 'day')} {what}")
    return ", ".join(told) or "nothing more is done"
