"""What a query means for one site at one instant: small conditions without names, functions or NOT.

`check.py` makes a plan out of a tree; `memory.py` asks it of one issue, the store asks it of all. Both know
only the conditions of this page, so that there is one meaning.

Truth is Jira's: `!=`, `NOT IN` and `!~` are false where the field is empty, and NOT is applied to the
operators (`NOT a = b` is `a != b`), so no condition needs a third value.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

from app.domain.scrum.issue_terms import folded as folded  # noqa: PLC0414 - as names are compared here, too
from app.domain.scrum.values import ITEMISED


class Kind(StrEnum):
    """How the values of a field are compared."""

    KEYED = "keyed"  # one or more things with id and name, or words
    ISSUE = "issue"  # the issue itself, by key or id
    PARENT = "parent"  # another issue, by key or id
    NUMBER = "number"
    INSTANT = "instant"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Subject:
    """A field.

    Attributes:
        field: Jira's id of it (`priority`, `customfield_10016`).
        names: under which changelogs write it: its id, and for old entries its English name.
        has_texts: its values are words that `~` looks into although they are compared whole, too.
        listed: a changelog writes all values at once, separated by this: "," for sprints, " " for labels.
        part: what of the field's value is meant, by Jira's word for it; the whole where it is empty.
        is_cascade: its options have options below them.
        is_version: its values are versions of projects, in whose order they stand.
    """

    field: str
    kind: Kind
    names: frozenset[str]
    listed: str = ""
    has_texts: bool = False
    part: str = ""
    is_cascade: bool = False
    is_version: bool = False

    @property
    def comes_singly(self) -> bool:
        """Whether a changelog tells each value that came or went in an entry of its own."""
        return self.field in ITEMISED

    @property
    def is_sprint(self) -> bool:
        """Whether it is the site's Sprint field, which is known by the ids of its sprints alone."""
        return self.listed == ","


@dataclass(frozen=True, slots=True)
class Always:
    """True or false, whatever the issue."""

    true: bool


@dataclass(frozen=True, slots=True)
class Both:
    """All of them."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of them."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """The field is empty; with `holds=False`, it is not."""

    subject: Subject
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Has:
    """One of the field's values has one of these ids or names, folded; with `holds=False`, none has, and
    the field is not empty.
    """

    subject: Subject
    terms: frozenset[str]
    holds: bool = True


Comparison: TypeAlias = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Compare:
    """The field has a value, and it is on that side of the bound."""

    subject: Subject
    comparison: Comparison
    bound: Decimal | datetime | date


@dataclass(frozen=True, slots=True)
class Matches:
    """One of the texts is as `text_search` looks for; with `holds=False`, one is there and none is.

    Attributes:
        said: what stands behind `~`; it can be read.
        language: of the site's texts.
    """

    subjects: tuple[Subject, ...]
    said: str
    language: str
    holds: bool = True


NOBODY = ""
"""Among those who changed something: whoever was not signed in."""


@dataclass(frozen=True, slots=True)
class Window:
    """Instants from `start` (included) to `end` (not included); None is without end."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What a value was changed from or to: one of these, or empty."""

    terms: frozenset[str]
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Was:
    """The field had one of the values (or, with `blank`, none) at some instant of the window.

    Attributes:
        by: who gave it that value; None for whoever. The reporter gave the first one, or whoever created the
            issue where it has none.
        holds: False for WAS NOT: it never had, within the window, by that person.
    """

    subject: Subject
    terms: frozenset[str]
    blank: bool
    window: Window
    by: frozenset[str] | None = None
    holds: bool = True

    @property
    def sides(self) -> tuple[Side, ...]:
        """What to follow through a history: all values as one, unless each comes or is given by itself."""
        if self.by is None and not self.subject.comes_singly:
            return (Side(self.terms, self.blank),)
        each = tuple(Side(frozenset({term})) for term in sorted(self.terms))
        return (*each, Side(frozenset(), blank=True)) if self.blank else each


@dataclass(frozen=True, slots=True)
class Changed:
    """The field was changed in the window, from, to and by that."""

    subject: Subject
    window: Window
    before: Side | None = None
    after: Side | None = None
    by: frozenset[str] | None = None
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Logged:
    """Somebody logged work that began in the window.

    Attributes:
        by: one of these accounts, folded; None for whoever.
        holds: False: nobody of them did within the window, though work was logged.
    """

    window: Window = Window()
    by: frozenset[str] | None = None
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Touched:
    """One of these accounts (folded) created the issue, changed it, or wrote a comment, within the window."""

    by: frozenset[str]
    window: Window
    holds: bool = True


Condition: TypeAlias = (
    Always | Both | Either | Blank | Has | Compare | Matches | Was | Changed | Logged | Touched
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the order; empty values come last ascending, first descending.

    Attributes:
        ranks: of things that have an order of their own, by id (of projects by key) their places, the first
            lowest; priorities without it are sorted by id, the lowest being the highest priority, as Jira
            ships them, and others by name.
    """

    subject: Subject
    descending: bool
    ranks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Which issues, and in which order. At the end of every order stands the newest issue first."""

    condition: Condition
    order: tuple[Key, ...] = ()
