"""What a condition is asked of, and what it answers: every clause with the values seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.domain.jql.catalogue import Catalogue
from app.domain.jql.memory import Facts
from app.domain.rules.beside_values import Beside

READ_LATER = "is read with the next sync after the rule is saved (`burnish sync`), if there is one."
"""Of groups and roles whose members are not known."""
NOT_SHOWN = "(not shown: it holds what a server answered)"


@dataclass(frozen=True, slots=True)
class Lacking:
    """What of an issue, its project and its site is known not to be whole, as reasons for people.

    Attributes:
        history: older changes of the issue are missing; None where its history is whole.
        unread: issues or changes of its project, or of the site, that were not read.
        hidden: fields that Jira does not show to the account, by id.
    """

    history: str | None = None
    unread: tuple[str, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def reasons(self) -> list[str]:
        """All of them."""
        return [*self.unread, *([] if self.history is None else [self.history]), *self.hidden.values()]


WHOLE = Lacking()


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause of a condition, and whether it was true.

    Attributes:
        clause: as people read it.
        holds: whether it was true.
        seen: the value that it was true or false of; empty where it has parts.
        parts: what it is made of.
        lacks: why what it reads is not whole; its answer may be wrong then.
    """

    clause: str
    holds: bool
    seen: str = ""
    parts: tuple["Finding", ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def all_lacks(self) -> list[str]:
        """Its own and those of its parts, each once."""
        return list(dict.fromkeys([*self.lacks, *(why for part in self.parts for why in part.all_lacks)]))

    def as_json(self, *, private: bool = False) -> dict[str, Any]:
        """For the store and for people; `private` where these are not to see the values."""
        found: dict[str, Any] = {"clause": self.clause, "holds": self.holds}
        if self.seen:
            found["seen"] = NOT_SHOWN if private else self.seen
        if self.lacks:
            found["lacks"] = list(self.lacks)
        if self.parts:
            found["parts"] = [part.as_json(private=private) for part in self.parts]
        return found


class Past(Beside, Protocol):
    """The site as it was at the instant of the event."""

    def around(self, issue: Facts, to: str, link_type: str | None) -> Sequence[Facts]:
        """The issues that stand so to an issue; see `condition_parts.Kin`. In the order of their keys."""
        ...

    def found(self, jql: str, most: int) -> Sequence[Facts]:
        """The issues that a query finds, in the order of their keys; not more than `most`."""
        ...

    def listed(self, jql: str, most: int) -> Sequence[Facts]:
        """The first issues that a query finds, in its order; without ORDER BY in the order of their keys."""
        ...

    def count(self, jql: str) -> int:
        """How many issues a query finds."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What conditions are asked of.

    Attributes:
        issue: as it was at the instant.
        catalogue: of the site, its `now` the instant.
        past: other issues.
        values: makes the values for texts; see `smart_values`.
        initiator: account id.
        commenter: account id of who wrote the comment that the event is about.
        groups: account ids by the folded names of groups.
        roles: account ids by the key of a project and the folded name of a role in it.
        plans: of queries on that site, whatever the instant; see `app.domain.rules.clauses`.
        lacking: what is not whole, by id of issue.
        findings: what queries found of this issue at this instant so far, by what they say: many rules ask
            the same of an event.
    """

    issue: Facts
    catalogue: Catalogue
    past: Past
    values: Callable[[], Mapping[str, Any]] = dict
    initiator: str | None = None
    plans: dict[Any, Any] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lacking: Callable[[str], Lacking] = lambda _: WHOLE
    findings: dict[str, Finding] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    commenter: str | None = None

    @property
    def at(self) -> datetime:
        """The instant."""
        return self.catalogue.now
