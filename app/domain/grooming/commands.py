"""What people tell Burnish in a comment, on a line of its own.

/keep           this issue is fine as it is: nothing is found on it any more
/snooze 30d     likewise for so long (d days, w weeks)
/ready          it is ready, whatever a definition says
/not-ready      it is not ready
/duplicate KEY  it says the same as that issue
/groom          take back what was said before

The last word of each kind counts. A comment of a bot, our own included, says nothing; nor does one
of somebody who has none of the roles that may command, where a team names some.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_COMMAND = re.compile(
    r"^/(?P<word>keep|snooze|ready|not-ready|duplicate|groom)(?:\s+(?P<rest>\S+))?\s*$", re.IGNORECASE
)
_SPAN = re.compile(r"^([1-9]\d{0,3})([dw])$", re.IGNORECASE)
_KEY = re.compile(r"^[A-Z][A-Z0-9_]*-[1-9]\d*$")
WORDS = ("/keep", "/snooze", "/ready", "/not-ready", "/duplicate", "/groom")
"""What a comment with a command has somewhere in it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a comment.

    Attributes:
        until: of a snooze, when it ends.
        key: of a duplicate, the other issue.
    """

    word: str
    at: datetime
    by: str
    until: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What holds for an issue after all that was said.

    Attributes:
        quiet: it is to be left alone; until an instant, or for ever where there is none.
        ready: what a person says about it; None where nobody did.
        duplicate_of: key of the issue that says the same; `duplicate_by` wrote so.
        refused: the last command of somebody who may not command.
    """

    quiet: Command | None = None
    ready: bool | None = None
    duplicate_of: str | None = None
    duplicate_by: str | None = None
    last: Command | None = None
    refused: Command | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Whether it is to be left alone at an instant."""
        return self.quiet is not None and (self.quiet.until is None or now < self.quiet.until)

    def hiding(self, keys: Collection[str], name: str) -> "Said":
        """The same, with a name for the other issue where it is one of those."""
        return replace(self, duplicate_of=name) if self.duplicate_of in keys else self


NOTHING_SAID = Said()


def read_commands(lines: Iterable[str], *, at: datetime, by: str) -> Iterator[Command]:
    """Those in the lines of a comment; a line that is none is text, and says nothing."""
    for line in lines:
        found = _COMMAND.match(line.strip())
        if found is None:
            continue
        word, rest = found["word"].lower(), found["rest"]
        if word == "snooze":
            span = _SPAN.match(rest or "")
            if span is not None:
                days = int(span[1]) * (7 if span[2].lower() == "w" else 1)
                yield Command(word, at, by, until=at + timedelta(days=days))
        elif word == "duplicate":
            if rest is not None and _KEY.match(rest):
                yield Command(word, at, by, key=rest)
        elif rest is None:
            yield Command(word, at, by)


def said(commands: Iterable[Command], may_command: Callable[[str], bool] = lambda _: True) -> Said:
    """What holds after all of them, in the order of their instants.

    Args:
        commands: of one issue.
        may_command: whether those of an account count.
    """
    found, refused = NOTHING_SAID, None
    for command in sorted(commands, key=lambda one: one.at):
        if not may_command(command.by):
            refused = command
            continue
        match command.word:
            case "keep" | "snooze":
                found = replace(found, quiet=command)
            case "ready" | "not-ready":
                found = replace(found, ready=command.word == "ready")
            case "duplicate":
                found = replace(found, duplicate_of=command.key, duplicate_by=command.by)
            case "groom":
                found = NOTHING_SAID
        found = replace(found, last=command)
    return found if refused is None else replace(found, refused=refused)
