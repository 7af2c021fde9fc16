"""When a policy is run: with the grooming of its board, or by a trigger of its own.

trigger: {type: schedule, cron: 0 8 * * mon-fri, time_zone: Europe/Berlin}
trigger: {type: sprint_entered}

The words of a schedule are those of rules.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from app.domain.grooming.faults import Fault, faults_of, shown
from app.domain.scrum.history import read_sprint_ids
from app.domain.scrum.issue import Change
from app.domain.scrum.time_zones import zone_fault

SCHEDULE, SPRINT_ENTERED = "schedule", "sprint_entered"
EVERY_DAY = "37 5 * * *"
"""When a policy that waits for issues to enter a sprint is run besides: waiting times end and findings are
mended without anything entering one. Not when other schedules begin."""
WITH_ITS_BOARD = "with the grooming of its board"


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a policy is run, in place of the grooming of its board.

    Attributes:
        type: at set times, or soon after an issue has entered a sprint.
        cron: of a schedule: minute, hour, day of the month, month, day of the week.
        time_zone: of a schedule, in which its times are; UTC if nothing is said.
    """

    type: Literal["schedule", "sprint_entered"]
    cron: Annotated[str, msgspec.Meta(max_length=100, examples=["0 8 * * mon-fri"])] | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=64, examples=["Europe/Berlin"])] | None = None

    @property
    def times(self) -> tuple[str, str]:
        """Cron line and time zone at which it is run, whatever happens."""
        return self.cron or EVERY_DAY, self.time_zone or "UTC"

    @property
    def words(self) -> str:
        """For people."""
        if self.type == SPRINT_ENTERED:
            return "when an issue enters a sprint, and once a day"
        return "at {} in {}".format(*self.times)


def trigger_faults(told: Any, place: str = "/trigger") -> Iterator[Fault]:
    """What is wrong with a trigger; whether its cron line is one, somebody else has to say."""
    if told is None:
        return
    yield from faults_of(told, Trigger, place)
    if not isinstance(told, Mapping):
        return
    cron, zone = told.get("cron"), told.get("time_zone")
    if told.get("type") == SCHEDULE and "cron" not in told:
        yield f"{place}/cron", "a schedule needs one: minute, hour, day of the month, month, day of the week."
    if told.get("type") == SPRINT_ENTERED:
        for name, value in (("cron", cron), ("time_zone", zone)):
            if value is not None:
                yield f"{place}/{name}", f"a trigger 'sprint_entered' has no {name!r}; it was {shown(value)}."
    elif isinstance(zone, str) and (said := zone_fault(zone)) is not None:
        yield f"{place}/time_zone", f"{said}."


def sprints_entered(change: Change, sprint_field: str | None) -> frozenset[int]:
    """Ids of the sprints that a change put its issue into; empty for any other change."""
    if sprint_field is None or change.field != sprint_field:
        return frozenset()
    return read_sprint_ids(change.after) - read_sprint_ids(change.before)
