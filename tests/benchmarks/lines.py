"""What a benchmark says: one line a figure, `name value unit [ratio peer]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One figure.

    Attributes:
        ratio: value divided by the peer's, from the same run; above 1 means more than the peer.
        peer: whom the ratio compares with.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    peer: str = ""

    def __str__(self) -> str:
        shown = f"{self.name} {_short(self.value)} {self.unit}"
        return shown if self.ratio is None else f"{shown} {self.ratio:.3f} {self.peer}"


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
