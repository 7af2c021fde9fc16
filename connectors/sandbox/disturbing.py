"""Webhooks that come twice, late or never: shares of the deliveries, thrown by a seed."""

import random
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Shares between 0 and 1."""

    duplicate: float = 0.0
    reorder: float = 0.0
    lose: float = 0.0
    seed: int = 0

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Disturbance":
        return cls(
            float(document.get("duplicate", 0)),
            float(document.get("reorder", 0)),
            float(document.get("lose", 0)),
            int(document.get("seed", 0)),
        )

    def document(self) -> dict[str, Any]:
        return {"duplicate": self.duplicate, "reorder": self.reorder, "lose": self.lose, "seed": self.seed}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one delivery. A double has the same identifier; one that is late lets others pass."""

    lost: bool = False
    doubled: bool = False
    late: bool = False


class Disturber:
    def __init__(self) -> None:
        self.set(Disturbance())

    def set(self, disturbance: Disturbance) -> None:
        self.disturbance = disturbance
        self._chance = random.Random(disturbance.seed)

    def fate(self) -> Fate:
        wanted = self.disturbance
        lost, doubled, late = (
            self._chance.random() < share for share in (wanted.lose, wanted.duplicate, wanted.reorder)
        )
        return Fate(lost, doubled, late)
