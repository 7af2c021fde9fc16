"""Issues that a check leaves alone, and why."""

from collections.abc import Iterable
from datetime import date

import msgspec

from app.domain.grooming.commands import NOTHING_SAID
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item
from app.domain.scrum.wording import written


class Exemptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An issue to which any of them applies is left alone; names as Jira shows them, whatever their case.

    Attributes:
        labels, types, statuses, versions: of fix versions, any.
        assignees: names or account ids.
        assigned: everything that has an assignee.
        created_before, created_after: days, for a team that begins with what is new.
    """

    labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    assigned: bool = False
    keys: tuple[str, ...] = ()
    created_before: date | None = None
    created_after: date | None = None


NONE = Exemptions()


def exempt(backlog: Backlog, item: Item, exemptions: Exemptions) -> str | None:  # noqa: PLR0911 - a reason each
    """Why an issue is left alone; None where it is not.

    What people said in a comment (/keep, /snooze) counts, whatever the exemptions are.
    """
    said = backlog.said.get(item.id, NOTHING_SAID)
    if said.quiet is not None and said.is_quiet(backlog.now):
        until = f" until {written(backlog.calendar.day_of(said.quiet.until))}" if said.quiet.until else ""
        who = "somebody" if said.quiet.limited else backlog.name_of(said.quiet.by)
        return f"{who} said /{said.quiet.word}{until}"
    if exemptions == NONE:
        return None
    if label := _common(item.labels, exemptions.labels):
        return f"label {label}"
    if _common((item.type_name,), exemptions.types):
        return f"type {item.type_name}"
    if _common((item.status_name,), exemptions.statuses):
        return f"status {item.status_name}"
    planned = (backlog.versions[one].name for one in item.fix_versions if one in backlog.versions)
    if version := _common(planned, exemptions.versions):
        return f"version {version}"
    return _of_people_and_days(backlog, item, exemptions)


def _of_people_and_days(backlog: Backlog, item: Item, exemptions: Exemptions) -> str | None:
    if item.assignee is not None:
        name = backlog.name_of(item.assignee)
        if exemptions.assigned or _common((item.assignee, name), exemptions.assignees):
            return f"assigned to {name}"
    if item.key in exemptions.keys:
        return "named by its key"
    day = backlog.calendar.day_of(item.created)
    if exemptions.created_before is not None and day < exemptions.created_before:
        return f"made before {written(exemptions.created_before)}"
    if exemptions.created_after is not None and day > exemptions.created_after:
        return f"made after {written(exemptions.created_after)}"
    return None


def _common(has: Iterable[str], named: tuple[str, ...]) -> str | None:
    wanted = {name.casefold() for name in named}
    return next((one for one in has if one.casefold() in wanted), None)
