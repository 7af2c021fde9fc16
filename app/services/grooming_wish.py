"""What a team wants of the grooming of its backlog, as settings, runs and policies tell it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.domain.comments import Audience
from app.domain.grooming.catalogue import BY_NAME
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.faults import Fault, faults_of, missing_from, shown
from app.domain.grooming.priority import Scoring
from app.domain.grooming.readiness import criteria_faults
from app.domain.grooming.wanted import EVERY_CHECK, Wanted, faults_of_options, read_wanted
from app.errors import NotUnderstood
from app.store.restricted import NOTHING_HIDDEN, Hidden


@dataclass(frozen=True, slots=True)
class Wish:
    """What a team wants of the grooming of its backlog.

    Attributes:
        query: JQL of the issues that it is about; the open ones of the board's project where there is none.
        wanted: the checks with their options.
        scoring: how priority is worked out, where the team has said so.
        leave_out: keys of issues that belong to no backlog, such as those that carry reports.
        bots: account ids besides our own whose doings are no person's.
        command_roles: names of project roles whose members' commands in comments count; none: everybody's.
        show_restricted: tell of issues that have a security level; without, only of how many there are.
        audience: who alone may read the report's comments; None for whoever sees their issue.
        hidden: what its query does not find, as it is not there for whoever wrote it.
    """

    query: str | None = None
    wanted: tuple[Wanted, ...] = EVERY_CHECK
    definitions: Definitions = field(default_factory=Definitions)
    scoring: Scoring | None = None
    leave_out: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    command_roles: tuple[str, ...] = ()
    show_restricted: bool = False
    audience: Audience | None = None
    hidden: Hidden = NOTHING_HIDDEN

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that are asked for."""
        asked = {getattr(each.options, "field", None) for each in self.wanted}
        scored = self.scoring.asked if self.scoring is not None else frozenset()
        return self.definitions.fields | {name for name in asked if name} | scored


def read_wish(parameters: Mapping[str, Any]) -> Wish:
    """As settings and runs tell it: `query`, `checks`, `ready`, `priority`, `leave_out`, `bots`,
    `command_roles`, `show_restricted`, `visible_to`.

    `checks` has options by the name of a check, or false to leave it out; the others are asked as they are.

    Raises:
        NotUnderstood: unknown checks, options, criteria or names of a formula; it tells all of them.
    """
    checks: Mapping[str, Any] = parameters.get("checks") or {}
    ready, priority = parameters.get("ready") or {}, parameters.get("priority")
    if faults := [*check_faults(checks), *_ready_faults(ready), *_priority_faults(priority)]:
        raise NotUnderstood(_all_of(faults), field=faults[0][0])
    wanted = [
        _wanted(each.check.name, checks[each.check.name]) if each.check.name in checks else each
        for each in EVERY_CHECK
        if checks.get(each.check.name, True) is not False
    ]
    return Wish(
        query=parameters.get("query"),
        wanted=tuple(wanted),
        definitions=msgspec.convert(ready, Definitions),
        scoring=None if priority is None else msgspec.convert(priority, Scoring),
        leave_out=frozenset(parameters.get("leave_out") or ()),
        bots=frozenset(parameters.get("bots") or ()),
        command_roles=tuple(parameters.get("command_roles") or ()),
        show_restricted=parameters.get("show_restricted") is True,
        audience=read_audience(parameters.get("visible_to")),
    )


def read_audience(document: Mapping[str, str] | None) -> Audience | None:
    """As the settings say it: the name of a role, or of a group."""
    if not document:
        return None
    role = document.get("role")
    return Audience("group", document["group"]) if role is None else Audience("role", role)


def check_faults(checks: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with checks and their options, each with its place."""
    for name, document in checks.items():
        place = f"/checks/{name}"
        if name not in BY_NAME:
            yield place, f"There is no check {name!r}; {missing_from(str(name), list(BY_NAME))}"
        elif not isinstance(document, Mapping):
            if not isinstance(document, bool):
                yield place, f"Check {name!r}: {shown(document)} is neither options by name nor false."
        else:
            for inner, fault in faults_of_options(name, document):
                within = f"{inner.lstrip('/')}: " if inner else ""
                yield place, f"Check {name!r}: {within}{fault}"


def _wanted(name: str, document: Any) -> Wanted:
    return read_wanted(name, {} if document is True else document)


def _ready_faults(document: Any) -> Iterator[Fault]:
    """What is wrong with definitions of ready."""
    yield from faults_of(document, Definitions, "/ready")
    if isinstance(document, Mapping):
        yield from ((f"/ready{place}", fault) for place, fault in criteria_faults(document))


def _priority_faults(document: Any) -> Iterator[Fault]:
    """What is wrong with a formula of priority and what it is worked out from."""
    if document is None:
        return
    found = list(faults_of(document, Scoring, "/priority"))
    yield from found
    if not found:
        told = msgspec.convert(document, Scoring).faults()
        yield from ((f"/priority{place}", fault) for place, fault in told)


def _all_of(faults: Sequence[Fault]) -> str:
    """All in one text; what is said of a check names it, and so its place, itself."""
    return " ".join(
        fault if place.startswith("/checks") else f"{place.lstrip('/')}: {fault}" for place, fault in faults
    )
