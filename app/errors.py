"""What can go wrong inside Burnish. Each error is a sentence with its facts and the way out.

BurnishError
├── NotTrusted           a webhook delivery whose signature does not fit
├── TooLarge             a body above the limit
├── TooSlow              a body that takes too long to come
├── TooManyBodies        others that are under way leave a body no room
├── NotUnderstood        input that cannot be read; knows the field
│   └── NotOfBoard       a sprint that is one of other boards
├── NotFound             no such site, board, sprint, run, report
├── NotPossible          understood, but cannot be done in the present state
│   ├── NoSprint         no sprint ran on the board at that instant
│   └── SecretsLocked    no key of ours opens a secret, or there is none to lock one with
├── ChangedMeanwhile     somebody else edited it since the caller looked
├── VersionNeeded        an edit that does not say which version it is of
├── Unauthorized         no valid API key
├── Forbidden            a key whose role or sites do not reach so far
├── TooManyRequests      a key that asks too often; knows for how long to wait
├── StoreUnavailable     the store cannot be written or read now; trying again later is right
└── SettingsInvalid      a setting is missing or wrong; knows which
"""

from datetime import datetime


class BurnishError(Exception):
    """The root; its text may be shown to an admin."""


class NotTrusted(BurnishError):
    """A delivery without a valid signature."""


class TooLarge(BurnishError):
    """A body above the limit, in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"The body is larger than {limit} bytes. Jira never delivers more than 25 MB.")


class TooSlow(BurnishError):
    """A body that was not whole after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body was not here after {seconds:g} s. Send it again, whole.")


class TooManyBodies(BurnishError):
    """Bodies under way hold as many bytes as they may together; the sender should try again."""

    retry_after_seconds = 30

    def __init__(self, together: int) -> None:
        super().__init__(
            f"Bodies of {together} bytes are being received at this moment, and more do not fit into memory. "
            "Send it again later. If nobody sends so much, look for connections that send slowly or not at "
            "all, and let a proxy in front end them."
        )


class NotUnderstood(BurnishError):
    """Input that cannot be read.

    Attributes:
        field: JSON pointer or header of what is wrong; empty for the whole input.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        self.field = field
        super().__init__(message)


class NotOfBoard(NotUnderstood):
    """A sprint was named that is none of the board that was named."""


class NotFound(BurnishError):
    """Something that was named does not exist."""

    def __init__(self, what: str, name: object, way_out: str = "") -> None:
        self.what = what
        self.name = name
        super().__init__(f"There is no {what} {name!r}.{' ' + way_out if way_out else ''}")


class NotPossible(BurnishError):
    """The request is clear, the present state does not allow it."""


class NoSprint(NotPossible):
    """Between sprints there is nothing to report."""

    def __init__(self, board_id: int, at: datetime) -> None:
        super().__init__(
            f"No sprint ran on board {board_id} at {at.isoformat(timespec='minutes')}. "
            "Start one in Jira, or name a sprint by its id."
        )


class SecretsLocked(NotPossible):
    """A secret cannot be opened, or kept."""


class ChangedMeanwhile(BurnishError):
    """The edit is of a version that is not the present one.

    Attributes:
        present: the version that is; empty where the thing is told by no version.
    """

    def __init__(self, message: str, *, present: str = "") -> None:
        self.present = present
        super().__init__(message)


class VersionNeeded(BurnishError):
    """Two may edit it, so an edit says which version it is of."""


class Unauthorized(BurnishError):
    """The call carries no valid API key."""


class Forbidden(BurnishError):
    """The key is known, and may not do that."""


class TooManyRequests(BurnishError):
    """The key asks more often than it may."""

    def __init__(self, limit: str, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(
            f"A key may ask {limit}. Wait {retry_after_seconds} s, or raise `api_requests_per_minute`."
        )


class StoreUnavailable(BurnishError):
    """The store does not answer; nothing was accepted, so the sender should try again."""

    retry_after_seconds = 30


class SettingsInvalid(BurnishError):
    """A setting is missing or wrong."""
