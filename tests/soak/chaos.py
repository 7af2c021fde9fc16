"""What befalls the processes: by chance, but the same chance for the same seed."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.soak.postgres import Postgres
from tests.soak.processes import Process
from tests.soak.world import LEASE, World


@dataclass
class Chaos:
    """Kills, freezes and crashes.

    Attributes:
        calm: shortest and longest pause between two blows, in seconds.
        freezes: share of blows that freeze a replica beyond its lease instead of killing one.
        crashes: share of blows that kill the database server, where there is one.
    """

    world: World
    chance: random.Random
    calm: tuple[float, float]
    postgres: Postgres | None = None
    freezes: float = 0.0
    crashes: float = 0.0
    blows: Counter[str] = field(default_factory=Counter)
    _thawing: list[threading.Timer] = field(default_factory=list)

    def rage(self, *, kills: int, seconds: float) -> None:
        """Until so many processes were killed; no longer than that."""
        limit = time.monotonic() + seconds
        while self.blows["kills"] < kills and time.monotonic() < limit:
            time.sleep(self.chance.uniform(*self.calm))
            self._strike()
        self.end()

    def _strike(self) -> None:
        fate, victim = self.chance.random(), self.chance.choice(self.world.replicas)
        if self.postgres is not None and fate < self.crashes:
            self.postgres.crash()
            time.sleep(self.chance.uniform(0, 2))
            self.postgres.revive()
            self.blows["database crashes"] += 1
        elif fate < self.crashes + self.freezes:
            self._freeze(victim, LEASE * self.chance.uniform(0.5, 2.5))
        else:
            self.blows["kills"] += victim.kill()

    def _freeze(self, victim: Process, seconds: float) -> None:
        if victim.freeze():
            self.blows["freezes beyond the lease" if seconds > LEASE else "freezes within the lease"] += 1
            timer = threading.Timer(seconds, victim.thaw)
            timer.start()
            self._thawing.append(timer)

    def end(self) -> None:
        """Nothing is frozen any more."""
        for timer in self._thawing:
            timer.join()
        self._thawing.clear()
