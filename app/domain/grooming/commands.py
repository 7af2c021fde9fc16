"""What people tell Burnish in a comment, on a line of its own.

/keep           this issue is fine as it is: nothing is found on it any more
/snooze 30d     likewise for so long (d days, w weeks; days where neither is said)
/ready          it is ready, whatever a definition says
/not-ready      it is not ready
/duplicate KEY  it says the same as that issue
/groom          take back what was said before

The last word of each kind counts; of a comment that was edited, as if it had been written then. A comment of
a bot, our own included, says nothing; nor does one of somebody who has none of the roles that may command,
where a team names some. One in a comment that only some may read counts, and its words and its writer are
not told. What is clearly meant is understood: small letters, a full stop, "/snooze 2 weeks",
the address of an issue. What begins like a command and cannot be understood is told, and does nothing.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_COMMAND = re.compile(
    r"^/(?P<word>keep|snooze|ready|not[-_ ]?ready|duplicate|groom)(?=$|[\s.,:;!])[.,:;!]*(?P<rest>.*)$",
    re.IGNORECASE,
)
_SPAN = re.compile(r"^(?:for\s+)?([1-9]\d{0,3})\s*(d|days?|w|weeks?)?$", re.IGNORECASE)
_KEY = re.compile(r"^(?:of\s+)?(?:https?://\S+/browse/)?([A-Z][A-Z0-9_]*-[1-9]\d*)$", re.IGNORECASE)
COMMANDS = ("keep", "snooze", "ready", "not-ready", "duplicate", "groom")
"""As settings name them."""
WORDS = ("/keep", "/snooze", "/ready", "/not", "/duplicate", "/groom")
"""What a comment with a command has somewhere in it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a comment.

    Attributes:
        until: of a snooze, when it ends.
        key: of a duplicate, the other issue.
        limited: it stands in a comment that is not for everybody: it counts, and nobody is told whose it is.
    """

    word: str
    at: datetime
    by: str
    until: datetime | None = None
    key: str | None = None
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that begins like a command and is none.

    Attributes:
        way_out: how to write it, as a sentence.
        limited: as of a command; nobody is told the line either.
        word: the command that it begins like.
    """

    line: str
    at: datetime
    by: str
    way_out: str
    limited: bool = False
    word: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What holds for an issue after all that was said.

    Attributes:
        quiet: it is to be left alone; until an instant, or for ever where there is none.
        ready: what a person says about it; None where nobody did.
        duplicate_of: key of the issue that says the same; `duplicate_by` wrote so,
            None where the comment is not for everybody.
        refused: the last command of somebody who may not command.
        unread: the last line that could not be understood, unless its writer gave a command since.
    """

    quiet: Command | None = None
    ready: bool | None = None
    duplicate_of: str | None = None
    duplicate_by: str | None = None
    last: Command | None = None
    refused: Command | None = None
    unread: Unread | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Whether it is to be left alone at an instant."""
        return self.quiet is not None and (self.quiet.until is None or now < self.quiet.until)

    def without(self, keys: Collection[str]) -> "Said":
        """The same, as if nobody had named those issues."""
        return replace(self, duplicate_of=None, duplicate_by=None) if self.duplicate_of in keys else self


NOTHING_SAID = Said()


def read_commands(
    lines: Iterable[str], *, at: datetime, by: str, limited: bool = False
) -> Iterator[Command | Unread]:
    """Those in the lines of a comment; a line that does not begin like one is text, and says nothing."""
    for one in _read(lines, at, by):
        yield replace(one, limited=limited) if limited else one


def _read(lines: Iterable[str], at: datetime, by: str) -> Iterator[Command | Unread]:
    for line in lines:
        found = _COMMAND.match(line.strip())
        if found is None:
            continue
        word = "not-ready" if found["word"][:3].lower() == "not" else found["word"].lower()
        rest = found["rest"].strip().rstrip(".,:;!")
        if word == "snooze":
            span = _SPAN.match(rest)
            if span is not None:
                weeks = (span[2] or "").lower().startswith("w")
                yield Command(word, at, by, until=at + timedelta(days=int(span[1]) * (7 if weeks else 1)))
                continue
            way_out = "Say for how long, as in /snooze 30d or /snooze 6w."
        elif word == "duplicate":
            key = _KEY.match(rest)
            if key is not None:
                yield Command(word, at, by, key=key[1].upper())
                continue
            way_out = "Name the other issue, as in /duplicate SHOP-7."
        elif not rest:
            yield Command(word, at, by)
            continue
        else:
            way_out = f"Write /{word} alone on its line."
        yield Unread(line.strip(), at, by, way_out, word=word)


def _told_by(command: Command) -> str | None:
    return None if command.limited else command.by


def said(
    commands: Iterable[Command | Unread], may_command: Callable[[str, str], bool] = lambda *_: True
) -> Said:
    """What holds after all of them, in the order of their instants.

    Args:
        commands: of one issue, and lines that were meant for some.
        may_command: whether an account may give a command, by its word.
    """
    found, refused = NOTHING_SAID, None
    unread: Unread | None = None
    for command in sorted(commands, key=lambda one: one.at):
        if isinstance(command, Unread):
            unread = command if may_command(command.by, command.word) else unread
            continue
        if unread is not None and unread.by == command.by:
            unread = None
        if not may_command(command.by, command.word):
            refused = command
            continue
        match command.word:
            case "keep" | "snooze":
                found = replace(found, quiet=command)
            case "ready" | "not-ready":
                found = replace(found, ready=command.word == "ready")
            case "duplicate":
                found = replace(found, duplicate_of=command.key, duplicate_by=_told_by(command))
            case "groom":
                found = NOTHING_SAID
        found = replace(found, last=command)
    if refused is None and unread is None:
        return found
    return replace(found, refused=refused, unread=unread)
