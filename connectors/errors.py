"""What can go wrong while talking to Jira.

ConnectorError
├── Unreachable        no answer, a time-out, 408, 5xx     retryable; knows whether it may have been executed
├── RateLimited        429, knows retry_after and reason   retryable; not executed
├── NotAuthenticated   401: who are you?
├── NotAllowed         403: you may not
├── Missing            404: gone, or hidden from this account; knows what was asked for
├── Refused            400, 409, 413, …: knows Jira's own messages, also by field
├── NotJira            a login page, a redirect, JSON in another shape: somebody else answered
└── PagingStuck        the pages do not move on; what was read so far is not the whole

Every error is a sentence about `asked`, the method and path of the request. Query values, headers and
bodies are left out, because they may hold secrets.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

_LONGEST_QUOTE = 500


class ConnectorError(Exception):
    """One request failed. `str(error)` is a sentence that an admin can act on.

    Attributes:
        asked: method and path, such as "GET /rest/api/3/myself".
        retryable: the same request may well succeed later.
        maybe_executed: Jira may have carried out the write although we saw no success. Look before
            writing again.
        retry_after: how long Jira asked us to wait, where it did.
    """

    retryable: bool = False
    maybe_executed: bool = False
    retry_after: timedelta | None = None

    def __init__(self, asked: str, sentence: str) -> None:
        self.asked = asked
        super().__init__(f"{asked}: {sentence}")


class Unreachable(ConnectorError):
    """No answer, or one that only says that Jira (or a gateway before it) is in trouble."""

    retryable = True

    def __init__(
        self,
        asked: str,
        why: str,
        *,
        maybe_executed: bool,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        self.status = status
        self.maybe_executed = maybe_executed
        self.retry_after = retry_after
        caution = "; the write may have been carried out" if maybe_executed else ""
        super().__init__(asked, f"Jira cannot be reached ({why}){caution}.")


class RateLimited(ConnectorError):
    """429. The request was not executed.

    `reason` is Jira's `RateLimit-Reason`, such as "jira-burst-based" or "jira-per-issue-on-write". Gateways
    may leave out both the reason and the time to wait.
    """

    retryable = True

    def __init__(
        self, asked: str, *, retry_after: timedelta | None = None, reason: str | None = None
    ) -> None:
        self.retry_after = retry_after
        self.reason = reason
        wait = "to wait" if retry_after is None else f"to wait {retry_after.total_seconds():.0f} s"
        super().__init__(asked, f"Jira asks us {wait}" + (f" ({reason})." if reason else "."))


class NotAuthenticated(ConnectorError):
    """401, or an answer given to nobody in particular because the credentials were not accepted."""

    def __init__(self, asked: str, *, reason: str | None = None) -> None:
        self.reason = reason
        super().__init__(
            asked,
            "Jira does not accept the credentials"
            + (f" ({reason})" if reason else "")
            + "; the token may be wrong, expired or revoked.",
        )


class NotAllowed(ConnectorError):
    """403: the account is known, but lacks a permission or a licence."""

    def __init__(self, asked: str, *, messages: Sequence[str] = ()) -> None:
        self.messages = tuple(messages)
        super().__init__(asked, _quoting("the account is not allowed to do this", self.messages))


class Missing(ConnectorError):
    """404. Jira says the same of what does not exist and of what this account may not see."""

    def __init__(self, asked: str, *, messages: Sequence[str] = ()) -> None:
        self.messages = tuple(messages)
        super().__init__(asked, _quoting("not found, or hidden from this account", self.messages))


class Refused(ConnectorError):
    """Jira understood who asked and says no to what was asked; repeating it will not help.

    `messages` are Jira's `errorMessages`, `errors` its messages by field id.
    """

    def __init__(
        self,
        asked: str,
        *,
        status: int,
        messages: Sequence[str] = (),
        errors: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.messages = tuple(messages)
        self.errors = dict(errors or {})
        said = (*self.messages, *(f"{field}: {message}" for field, message in self.errors.items()))
        super().__init__(asked, _quoting(f"Jira refuses the request ({status})", said))


class NotJira(ConnectorError):
    """The answer does not come from Jira's API: check the base URL, single sign-on and proxies.

    `maybe_executed` is set where a write was answered so: a proxy may have mangled Jira's answer.
    """

    def __init__(self, asked: str, got: str, *, maybe_executed: bool = False) -> None:
        self.got = got
        self.maybe_executed = maybe_executed
        super().__init__(asked, f"this is not an answer of Jira's API: {got}.")


class PagingStuck(ConnectorError):
    """Jira promises more, but gives the same page again or empty ones without end."""

    retryable = True

    def __init__(self, asked: str, why: str) -> None:
        super().__init__(asked, f"the list cannot be read to its end: {why}.")


def _quoting(sentence: str, said: Sequence[str]) -> str:
    quote = " ".join(said)
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE] + "…"
    return f"{sentence}: {quote}" if quote else f"{sentence}."
