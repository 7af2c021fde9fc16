"""A grooming policy: which issues, which checks, and a ladder of steps, as an admin writes it.

name: Stale issues go
board: 1
when: type != Epic                # JQL; without it, the whole backlog of the board
trigger: {type: schedule, cron: 0 8 * * mon-fri}  # or {type: sprint_entered}; without it, it is run with
                                  # the grooming of its board
mode: shadow                      # off, shadow or live; shadow if nothing is said
checks: {stale: {days: 90}}
exempt: {labels: [roadmap]}       # of every check
ladder:
- {step: report}
- {step: comment, after: 7d, text: "Is this still wanted?"}
- {step: label, after: 14d, label: stale}
- {step: transition, after: 30d, status: "Won't Do"}
limits: {per_run: 30}
visible_to: {role: Developers}    # or {group: leads}: who alone may read its comments; without it, all
command_roles: [Developers]       # or {duplicate: [Developers]}: whose commands in comments it heeds; without
                                  # it, and for commands that are not named, as the board's settings say
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from app.domain.grooming.commands import COMMANDS
from app.domain.grooming.exemptions import NONE, Exemptions
from app.domain.grooming.faults import Fault, faults_of, missing_from, shown
from app.domain.grooming.policy_trigger import Trigger, trigger_faults
from app.errors import NotUnderstood

_SPAN = re.compile(r"^(0|[1-9][0-9]{0,3})([dw])$")
_MOST_NODES = 10_000
Reader = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Roles = Annotated[tuple[Reader, ...], msgspec.Meta(max_length=20)]
Mode = Literal["off", "shadow", "live"]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Name = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=128,
        pattern=r"^[\w ][\w .()'-]*$",
        description="a name: up to 128 letters, digits, blanks and . ( ) ' - _, a letter, digit or _ first",
    ),
]
Label = Annotated[
    str, msgspec.Meta(pattern=r"^\S{1,255}$", description="a label: up to 255 characters without blanks")
]
_OF_STEP = {
    "report": None,
    "comment": "text",
    "label": "label",
    "transition": "status",
    "backlog": None,
    "accept": None,
}


class PolicyNotUnderstood(NotUnderstood):
    """A document that is no policy, or names what there is not.

    Attributes:
        faults: all that is wrong: where, as a JSON pointer, and a sentence.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        told = (f"{place.lstrip('/')}: {fault}" if place else fault for place, fault in self.faults)
        super().__init__(" ".join(told), field=self.faults[0][0])


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the ladder.

    Attributes:
        step: what is done; `accept` is what the findings propose.
        after: how long to wait since the one before ("14d", "2w"); for the first, since it was found.
        text: of a comment, above what was found.
        status: name of the one that a transition leads to.
        running: of a step back to the backlog: whether out of a running sprint, too.
    """

    step: Literal["report", "comment", "label", "transition", "backlog", "accept"]
    after: str = "0d"
    text: Words | None = None
    label: Label | None = None
    status: Words | None = None
    running: bool = False

    @property
    def waits(self) -> timedelta:
        """How long."""
        found = _SPAN.match(self.after)
        assert found is not None
        return timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much a run may do; what is left over comes first in the next one.

    Attributes:
        per_run: steps that write to Jira.
    """

    per_run: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 30


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grooming policy: which issues, which checks, and a ladder of steps.

    Attributes:
        name: which policy it is; a document of the same name is a new version of it.
        board: number of the board whose backlog it is about.
        checks: by name with options, or true.
        ladder: what is done with what is found, one step after the other.
        when: JQL of the issues that it is about; without, the whole backlog of the board.
        trigger: when it is run; without, with the grooming of its board.
        mode: shadow only tells what live would do.
        exempt: issues that all of its checks leave alone.
        limits: how much a run may do.
        visible_to: a role or a group, whose members alone read its comments.
        command_roles: project roles whose members' commands in comments it heeds, of all or by command.
    """

    name: Name
    board: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    checks: Annotated[dict[str, Any], msgspec.Meta(min_length=1)]
    ladder: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1, max_length=10)]
    when: Words | None = None
    trigger: Trigger | None = None
    mode: Mode = "shadow"
    exempt: Exemptions = NONE
    limits: Limits = Limits()
    visible_to: dict[str, Reader] | None = None
    command_roles: Roles | dict[str, Roles] | None = None

    def roles_of(self, command: str) -> Roles | None:
        """Names of the project roles that may give it a command; none: everybody; None: it does not say."""
        told = self.command_roles
        return told.get(command) if isinstance(told, Mapping) else told

    @property
    def named_roles(self) -> frozenset[str]:
        """Those of any command."""
        return frozenset(role for command in COMMANDS for role in self.roles_of(command) or ())


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that can be run, with the number of its version."""

    document: Document
    version: int = 1

    @property
    def name(self) -> str:
        """Unique on a site."""
        return self.document.name

    @property
    def trigger(self) -> Trigger | None:
        """When it is run; None: with the grooming of its board."""
        return self.document.trigger

    @property
    def is_live(self) -> bool:
        """Whether it writes to Jira; in shadow it only tells what it would do."""
        return self.document.mode == "live"


def read_policy(document: Any) -> Document:
    """From YAML or JSON that has been read.

    Raises:
        PolicyNotUnderstood: with all that is wrong.
    """
    _bound(document)
    if isinstance(document, Mapping) and document.get("mode") is False:
        document = {**document, "mode": "off"}  # to YAML, off is a boolean
    if faults := list(_faults(document)):
        raise PolicyNotUnderstood(faults)
    return msgspec.convert(document, Document)


def _faults(document: Any) -> Iterator[Fault]:
    own = list[Fault]()
    if isinstance(document, Mapping):
        own += _of_commands(document.get("command_roles"))
        own += _of_readers(document.get("visible_to"))
        own += trigger_faults(document.get("trigger"))
        ladder = document.get("ladder")
        for number, step in enumerate(ladder if isinstance(ladder, list) else ()):
            own += _of_step(step, f"/ladder/{number}")
    told = {_part(place) for place, _ in own} - {"ladder"}
    yield from (one for one in faults_of(document, Document) if _part(one[0]) not in told)
    yield from own


def _part(place: str) -> str:
    return place.split("/", 2)[1] if place else ""


def _of_readers(visible_to: Any) -> Iterator[Fault]:
    if isinstance(visible_to, Mapping) and (len(visible_to) != 1 or visible_to.keys() - {"role", "group"}):
        given = ", ".join(f"{kind} {name!r}" for kind, name in visible_to.items()) or "nothing"
        yield "/visible_to", f"it names {given}; name either a role or a group, as in {{role: Developers}}."


def _of_commands(told: Any) -> Iterator[Fault]:
    named = told if isinstance(told, Mapping) else {"": told}
    for command, roles in named.items():
        place = f"/command_roles/{command}".rstrip("/")
        if command not in {"", *COMMANDS}:
            yield place, f"there is no command {command!r}; {missing_from(str(command), COMMANDS)}"
        elif roles is not None and not isinstance(roles, list):
            yield (
                place,
                f"'command_roles' has {roles!r}; write names of project roles as a list, [Developers].",
            )


def _of_step(told: Any, place: str) -> Iterator[Fault]:
    """What is wrong with a step whose parts are each as they should be."""
    try:
        step = msgspec.convert(told, Step)
    except msgspec.ValidationError:
        return  # its parts tell
    if not _SPAN.match(step.after):
        yield f"{place}/after", f"{step.after!r} is no waiting time; write days or weeks: 14d, 2w."
    wanted = _OF_STEP[step.step]
    for name in ("text", "label", "status"):
        given = getattr(step, name)
        if name == wanted and given is None:
            yield place, f"a step {step.step!r} needs {name!r}."
        if name != wanted and given is not None:
            yield f"{place}/{name}", f"a step {step.step!r} has no {name!r}; it was {shown(given)}."
    if step.running and step.step != "backlog":
        yield f"{place}/running", f"a step {step.step!r} has no 'running'."


def _bound(document: Any) -> None:
    """A short text can name the same part again and again, and so become endless."""
    waiting, seen = [document], 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if seen > _MOST_NODES:
            raise PolicyNotUnderstood([("", f"The document has more than {_MOST_NODES} parts.")])
        if isinstance(node, Mapping):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
