"""What a policy does about each issue today: the next step of its ladder, nothing yet, or the way back.

Pure: findings, how far each issue is, and the instant in; what to do out. Run again with what it returned, it
does nothing twice: a step is taken once, one a run, and only when its time has passed since the last one.

A person who changes the issue or writes a comment ends the ladder: what was done is taken back, and if the
issue is found again, it begins anew from then. So does an exemption, and so does mending what was found. What
our own account, other bots and automations do counts for nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Proposal
from app.domain.grooming.item import Item
from app.domain.grooming.policy import Policy, Step
from app.domain.grooming.review import Judged, Review, Troubled
from app.domain.scrum.scope import issue_order


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an issue is on a ladder.

    Attributes:
        found_at: when the policy first found it, or began anew.
        taken: how many steps were taken.
        taken_at: when the last one was; `found_at` before the first.
        labels: that were added and would be taken away again.
        commented: a comment was written, which would be brought up to date.
        live: False for what was only told in shadow.
    """

    issue_id: str
    key: str
    found_at: datetime
    taken: int
    taken_at: datetime
    labels: tuple[str, ...] = ()
    commented: bool = False
    live: bool = False


class Why(StrEnum):
    """Why an issue goes back to the foot of the ladder."""

    MENDED = "what was found is mended, or the issue is exempt"
    TOUCHED = "a person changed it or wrote a comment"
    EXEMPT = "somebody asked to leave it alone"
    CLOSED = "it is done, or has left the backlog"


@dataclass(frozen=True, slots=True)
class Take:
    """A step to be taken now.

    Attributes:
        following: the step after it, if there is one; what a comment tells.
        accepted: what a step that accepts does.
    """

    item: Item
    step: Step
    number: int
    judged: tuple[Judged, ...]
    following: tuple[Step, ...]
    accepted: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Back:
    """What was done is taken back."""

    progress: Progress
    why: Why


@dataclass(frozen=True, slots=True)
class NotHeeded:
    """A command of late whose writer may not give it to the policy.

    Attributes:
        by: the writer's name; None where the comment is not for everybody.
    """

    key: str
    word: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does.

    Attributes:
        progress: by issue id how far each is afterwards; what is missing is on no ladder any more.
        waiting: how many are due and come in the next run, because of the ceiling or because something else
            has just been done to them.
        after_key: the last issue that the ceiling let through; None where it was not reached.
        not_heeded: what only this policy does not heed, where it says itself who may command it.
    """

    takes: tuple[Take, ...] = ()
    backs: tuple[Back, ...] = ()
    progress: Mapping[str, Progress] = field(default_factory=dict)
    waiting: int = 0
    after_key: str | None = None
    not_heeded: tuple[NotHeeded, ...] = ()


NO_PLAN = Plan()


@dataclass(frozen=True, slots=True)
class Planned:
    """A policy with what it does now.

    Attributes:
        plan: what everybody may be told of.
        apart: what it does about restricted issues.
    """

    policy: Policy
    plan: Plan
    apart: Plan = NO_PLAN

    @property
    def whole(self) -> Plan:
        """All that is done."""
        one, other = self.plan, self.apart
        return replace(
            one,
            takes=(*one.takes, *other.takes),
            backs=(*one.backs, *other.backs),
            progress={**one.progress, **other.progress},
            waiting=one.waiting + other.waiting,
        )

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is run by a trigger of its own, and not with the grooming of its board."""
        return self.policy.trigger is not None


def decide(
    policy: Policy,
    review: Review,
    progress: Mapping[str, Progress],
    *,
    busy: Collection[str] = (),
    after_key: str | None = None,
    writes: int = 0,
) -> Plan:
    """What to do now.

    Args:
        policy: with its ladder.
        review: what its checks found, what is exempt left out, and when it was looked.
        progress: by issue id, as the last run left it.
        busy: keys of issues that something is being done to already, by another policy or a rule; the next
            run will see its effect.
        after_key: where the last run stopped at the ceiling; issues behind it come first.
        writes: how much of the ceiling was used for others.
    """
    backlog, now = review.backlog, review.backlog.now
    found = {one: review.troubles_of(one) for one in review.every}
    kept = {one.issue_id: one for one in progress.values() if one.live == policy.is_live}
    backs = [
        Back(one, why) for one in kept.values() if (why := _why_back(one, found.keys(), backlog)) is not None
    ]
    gone = {back.progress.issue_id for back in backs}
    after = {issue_id: one for issue_id, one in kept.items() if issue_id not in gone}
    takes: list[Take] = []
    waiting, stopped_at = 0, after_key
    for troubled in _in_turn(found.values(), after_key):
        item = troubled.item
        if item.id in gone:
            continue  # it begins anew with the next run, which sees what was taken back
        before = after.get(item.id) or _begun(item, now, live=policy.is_live)
        after[item.id] = before
        step = _due(policy, before, now)
        if step is None or not _can_be_taken(step, item, backlog):
            continue
        accepted = review.proposals_of(item) if step.step == "accept" else ()
        if step.step == "accept" and not accepted:
            continue
        full = writes + writes_of(takes) >= policy.document.limits.per_run
        if step.step != "report" and (item.key in busy or full):
            waiting += 1
            continue
        ladder = policy.document.ladder
        takes.append(Take(item, step, before.taken, troubled.judged, ladder[before.taken + 1 :], accepted))
        if step.step != "report":  # which the ceiling does not count, so it was not stopped there
            stopped_at = item.key
        after[item.id] = _taken(before, step, now)
    return Plan(tuple(takes), tuple(backs), after, waiting, stopped_at if waiting else None)


def next_step_at(policy: Policy, progress: Iterable[Progress], now: datetime) -> datetime | None:
    """When the next waiting time ends after an instant; None where nothing waits."""
    ladder = policy.document.ladder
    ends = (one.taken_at + ladder[one.taken].waits for one in progress if one.taken < len(ladder))
    return min((end for end in ends if end > now), default=None)


def _in_turn(found: Iterable[Troubled], after_key: str | None) -> list[Troubled]:
    """In the order of their keys, those behind the last one of the run before first."""
    behind = None if after_key is None else issue_order(after_key)

    def turn(one: Troubled) -> tuple[bool, tuple[str, int, str, str]]:
        order = issue_order(one.item.key)
        return behind is not None and order <= behind, order

    return sorted(found, key=turn)


def _begun(item: Item, now: datetime, *, live: bool) -> Progress:
    return Progress(item.id, item.key, found_at=now, taken=0, taken_at=now, live=live)


def _why_back(one: Progress, found: Collection[str], backlog: Backlog) -> Why | None:
    item = backlog.by_id.get(one.issue_id)
    if item is None or (item.done and one.issue_id not in found):
        return Why.CLOSED
    said = backlog.said.get(one.issue_id)
    if one.issue_id not in found and said is not None and said.is_quiet(backlog.now):
        return Why.EXEMPT  # the comment that says so is no touch
    if item.touched_at > one.taken_at:
        return Why.TOUCHED
    return Why.MENDED if one.issue_id not in found else None


def _due(policy: Policy, one: Progress, now: datetime) -> Step | None:
    ladder = policy.document.ladder
    if one.taken >= len(ladder):
        return None
    step = ladder[one.taken]
    return step if now >= one.taken_at + step.waits else None


def _can_be_taken(step: Step, item: Item, backlog: Backlog) -> bool:
    """Only what a sprint has goes back to the backlog; out of a running one only where the policy says so."""
    if step.step != "backlog":
        return True
    return bool(backlog.open_sprints(item)) and (step.running or not backlog.is_running(item))


def _taken(one: Progress, step: Step, now: datetime) -> Progress:
    labels = (*one.labels, step.label) if step.label is not None else one.labels
    commented = one.commented or step.step == "comment"
    return replace(one, taken=one.taken + 1, taken_at=now, labels=labels, commented=commented)


def writes_of(takes: Iterable[Take]) -> int:
    """How many of these steps the ceiling counts."""
    return sum(take.step.step != "report" for take in takes)
