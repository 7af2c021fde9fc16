"""What a rule does about an event.

Pure: the same rule, event and past give the same decision, live or replayed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from app.domain.rules.asking import Around
from app.domain.rules.carrying import Carrying, StopError, WaitError, Wanted
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.event import Event, Happened, resumed
from app.domain.rules.triggers import Active, fires
from app.errors import NotUnderstood


class Outcome(StrEnum):
    """How a decision ended.

    Attributes:
        ACTED: it wants effects.
        NOTHING: it matched, and nothing was to be done.
        NOT_MATCHED: the condition was false.
        NO_ISSUE: it fired, and there was no issue to decide about.
        WAITS: it does nothing yet, and goes on later.
        OWN_CHANGE: Burnish itself did it, and the rule does not ask for that.
        HELD: it wants more than it may, is paused, or rests on partial data and says `hold`; what it wants
            waits for an admin.
        DROPPED: it was held, and an admin let it go.
        FAILED: a text or a name of it could not be understood; it has no effect.
    """

    ACTED = "acted"
    NOTHING = "nothing to do"
    NOT_MATCHED = "not matched"
    NO_ISSUE = "no issue"
    WAITS = "waits"
    OWN_CHANGE = "own change"
    HELD = "held"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule does about an event, and why.

    Attributes:
        issue_key: as the issue was called then.
        steps: what was asked, with the values seen, and what was done, one after the other.
        waits_for: the event with which it goes on, at its instant; None where it is at its end.
    """

    rule: Active
    event: Event
    issue_key: str
    outcome: Outcome
    steps: tuple[Mapping[str, Any], ...] = ()
    wanted: tuple[Wanted, ...] = ()
    reason: str | None = None
    waits_for: Event | None = None

    @property
    def about(self) -> str:
        """What it is about, for sentences: the key of the issue, or "the event"."""
        return self.issue_key or "the event"


def decide(active: Active, event: Event, around: Around) -> Decision | None:
    """What the rule does; None where its trigger is not about the event at all."""
    rule = active.rule
    if not _is_meant(event) and not fires(rule.trigger, event, around.catalogue):
        return None
    made = partial(Decision, active, event, around.issue.key)
    is_own = event.author is not None and event.author == around.own_account
    if is_own and not rule.own_changes and not event.resumes:
        return made(Outcome.OWN_CHANGE)
    carrying = Carrying(active, event, around)
    waits_for = None
    try:
        matched = carrying.whole()
    except StopError:
        matched = True
    except WaitError as wait:
        matched, waits_for = True, resumed(event, wait.until, wait.place, carrying.kept)
    except (NotUnderstood, TemplateRefused) as error:
        carrying.say_what_lacks()
        return made(Outcome.FAILED, tuple(carrying.steps), reason=carrying.told(error))
    carrying.say_what_lacks()
    outcome, reason = Outcome.NOT_MATCHED, None
    if matched and carrying.wanted:
        about = around.issue.key or "the event"
        reason = _why_held(active, len(carrying.wanted), about, carrying.lacks)
        outcome = Outcome.ACTED if reason is None else Outcome.HELD
    elif matched:
        outcome = Outcome.NOTHING if waits_for is None else Outcome.WAITS
    return made(outcome, tuple(carrying.steps), tuple(carrying.wanted), reason, waits_for)


def _is_meant(event: Event) -> bool:
    """Whether the rule goes on, or is asked by hand, whatever it waits for."""
    return bool(event.resumes) or event.happened is Happened.ASKED


def _why_held(active: Active, number: int, about: str, lacks: Sequence[str]) -> str | None:
    """Why so many effects wait for an admin; `lacks` is why what the conditions read is not whole."""
    rule = active.rule
    if number > rule.limits.per_event:
        return f"{number} effects of one event; `limits.per_event` is {rule.limits.per_event}."
    if lacks and rule.partial_data == "hold":
        return f"`partial_data` is hold, and {about} is judged by what is not whole: {' '.join(lacks)}"
    return "The rule is paused." if active.paused else None
