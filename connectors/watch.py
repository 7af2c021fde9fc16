"""What an onlooker is told of a site's requests. Who looks on, and why, connectors do not know."""

from typing import Literal, Protocol

Why = Literal["issue", "rate", "pause", "slot"]
"""What a request waited for: its turn to write an issue, the rate of its endpoint, the end of a pause that
Jira asked for, or one of the requests under way to come back."""


class Watch(Protocol):
    """Told at once and in the event loop, so it must be quick and must not fail.

    `template` is the path with `{}` for every id: there are as many as endpoints, however many issues.
    """

    def answered(self, method: str, template: str, outcome: str, seconds: float) -> None:
        """One attempt is over.

        Args:
            method: of HTTP.
            template: the endpoint.
            outcome: the status ("200"), or the name of the error that came instead of one ("ReadTimeout").
            seconds: from sending to the whole answer.
        """
        ...

    def waited(self, method: str, template: str, why: Why, seconds: float) -> None:
        """A request waited before it was sent; one that need not wait is not told of."""
        ...


class Nobody:
    """Looks away."""

    def answered(self, method: str, template: str, outcome: str, seconds: float) -> None:
        """Nothing."""

    def waited(self, method: str, template: str, why: Why, seconds: float) -> None:
        """Nothing."""


class Everybody:
    """Tells several onlookers."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def answered(self, method: str, template: str, outcome: str, seconds: float) -> None:
        """All are told."""
        for watch in self._watches:
            watch.answered(method, template, outcome, seconds)

    def waited(self, method: str, template: str, why: Why, seconds: float) -> None:
        """All are told."""
        for watch in self._watches:
            watch.waited(method, template, why, seconds)
