"""A team that works on several epics at once, played by dice: for what only many closed epics show."""

import random
from datetime import datetime, timedelta

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.scopes import Kind, Life, Scope
from app.domain.scrum.calendar import Calendar
from tests.domain.delivery.made import DONE, IN_PROGRESS, MONDAY, TO_DO, a_life, working_days


def epics_side_by_side(
    at_once: int, seed: int, *, days: int = 160, waiting: int = 3, ranked: bool = False
) -> tuple[Ledger, datetime]:
    """Epics of a team that takes its next issue from any of those in work; and the instant after these days.

    Args:
        at_once: so many epics are in work; where one is done, the next begins.
        seed: with the same one the same epics.
        days: working days that are played.
        waiting: so many more stand in line.
        ranked: they are ranked as they are begun; otherwise by dice, for nobody cares for the rank of epics.
    """
    chance, calendar = random.Random(seed), Calendar()
    mornings = working_days(days + 1, calendar)
    made: list[list[float]] = []
    todo: dict[int, list[int]] = {}
    ended: dict[tuple[int, int], datetime] = {}
    closed: dict[int, datetime] = {}

    def begin() -> None:
        number = len(made)
        made.append([float(chance.randint(1, 5)) for _ in range(chance.randint(5, 15))])
        todo[number] = list(range(len(made[number])))

    for _ in range(at_once):
        begin()
    for morning in mornings[:-1]:
        for hour in range(chance.randint(0, 3)):
            epic = chance.choice(sorted(todo))
            at = morning + timedelta(hours=9 + hour)
            ended[epic, todo[epic].pop()] = at
            if not todo[epic]:
                closed[epic] = at + timedelta(minutes=1)
                del todo[epic]
                begin()
    for _ in range(waiting):
        begin()
    scopes = [
        Scope(
            f"e{n}",
            Kind.EPIC,
            f"e{n}",
            order=(f"{n:03}" if ranked else f"{chance.random():.6f}",),
            closed_at=closed.get(n),
        )
        for n in range(len(made))
    ]
    lives = [
        _life(f"e{epic}", f"e{epic}-{issue}", size, ended.get((epic, issue)))
        for epic, sizes in enumerate(made)
        for issue, size in enumerate(sizes)
    ]
    return Ledger({scope.id: scope for scope in scopes}, lives, calendar), mornings[-1]


def _life(epic: str, name: str, size: float, ended: datetime | None) -> Life:
    if ended is None:
        return a_life(name, (MONDAY, epic, size, TO_DO))
    return a_life(
        name,
        (MONDAY, epic, size, TO_DO),
        (ended - timedelta(hours=8), epic, size, IN_PROGRESS),
        (ended, epic, size, DONE),
    )
