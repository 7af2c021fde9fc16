"""What can go wrong while talking to Jira.

ConnectorError
├── Unreachable            no answer, a time-out, 408, 5xx     retryable; knows if it may be executed
├── RateLimited            429, knows retry_after and reason   retryable; not executed
├── NotAuthenticated       401: who are you?
│   ├── CaptchaRequired    too many failed logins: somebody has to log in with a browser
│   ├── Anonymous          Jira answers, but to nobody in particular: what is empty may not be empty
│   └── ReconnectRequired  the consent (OAuth) is gone: an admin has to connect the site again
├── NotAllowed             403: you may not
│   ├── XsrfRefused        taken for a browser: something on the way changes headers
│   └── CredentialsCannot  no credentials of this kind can do it; nothing was sent
├── Missing                404: gone, or hidden from this account; knows what was asked for
├── Refused                400, 409, 413, …: knows Jira's own messages, also by field
│   ├── NoTransition       no way from the present status to the wanted one; nothing was sent
│   ├── FieldsRequired     the transition's screen asks for more; nothing was sent
│   └── FieldsNotOnScreen  the transition's screen does not have them; nothing was sent
├── PartlyDone             207: done for some issues; knows which failed and why
├── NotJira                JSON in another shape, or none: somebody else answered
│   └── LoginPage          a page or a redirect where JSON is due: single sign-on stands before the API
├── HistoryIncomplete      Jira gives fewer entries of a history than it says there are
├── TokensNotSaved         new OAuth tokens could not be kept, so they are not used      retryable
└── PagingStuck            the pages do not move on; what was read so far is not the whole

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


class CaptchaRequired(NotAuthenticated):
    """Data Center asks for a CAPTCHA after too many failed logins, and refuses even the right password.

    Sign: `X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE`.
    """

    def __init__(self, asked: str) -> None:
        self.reason = "CAPTCHA_CHALLENGE"
        ConnectorError.__init__(
            self,
            asked,
            "after too many failed logins Jira asks this account for a CAPTCHA. Log in once with a browser, "
            "and use a personal access token, which knows no CAPTCHA.",
        )


class Anonymous(NotAuthenticated):
    """Jira took us for nobody (`X-AUSERNAME: anonymous`): "no issues" may only mean "none for nobody"."""

    def __init__(self, asked: str) -> None:
        self.reason = "anonymous"
        ConnectorError.__init__(
            self,
            asked,
            "Jira answers as to an anonymous visitor; the token may be wrong, expired or lost on the way.",
        )


class ReconnectRequired(NotAuthenticated):
    """The refresh token is no longer accepted: used twice, idle for 90 days, or the consent was withdrawn."""

    def __init__(self, asked: str, *, reason: str | None = None) -> None:
        self.reason = reason
        ConnectorError.__init__(
            self,
            asked,
            f"the connection lapsed{f' ({reason})' if reason else ''}; connect the site again.",
        )


class NotAllowed(ConnectorError):
    """403: the account is known, but lacks a permission or a licence."""

    def __init__(self, asked: str, *, messages: Sequence[str] = ()) -> None:
        self.messages = tuple(messages)
        super().__init__(asked, _quoting("the account is not allowed to do this", self.messages))


class XsrfRefused(NotAllowed):
    """Jira takes the request for one that a web page made a browser send ("XSRF check failed")."""

    def __init__(self, asked: str) -> None:
        self.messages = ("XSRF check failed",)
        ConnectorError.__init__(
            self,
            asked,
            "Jira takes this for a forged request (XSRF check failed); a proxy on the way must leave the "
            "headers User-Agent and X-Atlassian-Token alone and add neither Origin nor Referer.",
        )


class CredentialsCannot(NotAllowed):
    """Credentials of this kind can never do that, whatever the account may. Nothing was sent."""

    def __init__(self, asked: str, why: str) -> None:
        self.messages = (why,)
        ConnectorError.__init__(self, asked, why)


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


class NoTransition(Refused):
    """No transition leads from the present status to the wanted one, for this account. Nothing was sent.

    `possible` are the statuses that can be reached, by id.
    """

    def __init__(self, asked: str, *, status_id: str, possible: Mapping[str, str]) -> None:
        self.status, self.messages, self.errors = 400, (), {}
        self.status_id, self.possible = status_id, dict(possible)
        ways = ", ".join(f"{name} ({key})" for key, name in self.possible.items()) or "none"
        ConnectorError.__init__(
            self, asked, f"no transition leads to status {status_id} from here; possible are: {ways}."
        )


class FieldsRequired(Refused):
    """The transition's screen requires fields that were not given. Nothing was sent.

    `fields` are their names, by id.
    """

    def __init__(self, asked: str, *, transition: str, fields: Mapping[str, str]) -> None:
        self.status, self.messages = 400, ()
        self.fields = dict(fields)
        self.errors = dict.fromkeys(self.fields, "is required")
        named = ", ".join(f"{name} ({key})" for key, name in self.fields.items())
        ConnectorError.__init__(self, asked, f"the transition {transition!r} requires: {named}.")


class FieldsNotOnScreen(Refused):
    """The transition's screen does not have fields that were given. Nothing was sent.

    `fields` are their ids; `comment` is among them where there is no screen at all.
    """

    def __init__(
        self, asked: str, *, transition: str, fields: Sequence[str], there: Mapping[str, str]
    ) -> None:
        self.status, self.messages = 400, ()
        self.fields = tuple(fields)
        self.errors = dict.fromkeys(self.fields, "is not on the screen")
        lacks, listed = ", ".join(self.fields), ", ".join(f"{name} ({key})" for key, name in there.items())
        has = f"has no {lacks} on its screen; there are: {listed}" if there else f"has no screen for {lacks}"
        ConnectorError.__init__(self, asked, f"the transition {transition!r} {has}. Do that apart from it.")


class PartlyDone(ConnectorError):
    """Jira did it for some of the issues only.

    Attributes:
        failed: Jira's messages by issue (key, else id).
        done: what was asked and is done, as given.
    """

    def __init__(self, asked: str, *, failed: Mapping[str, str], done: Sequence[str] = ()) -> None:
        self.failed, self.done = dict(failed), tuple(done)
        said = [f"{issue}: {message}" for issue, message in self.failed.items()]
        super().__init__(asked, _quoting(f"not done for {len(self.failed)} issues", said))


class NotJira(ConnectorError):
    """The answer does not come from Jira's API: check the base URL, single sign-on and proxies.

    `maybe_executed` is set where a write was answered so: a proxy may have mangled Jira's answer.
    """

    def __init__(self, asked: str, got: str, *, maybe_executed: bool = False) -> None:
        self.got = got
        self.maybe_executed = maybe_executed
        super().__init__(asked, f"this is not an answer of Jira's API: {got}.")


class LoginPage(NotJira):
    """A web page or a redirect where JSON is due."""

    def __init__(self, asked: str, got: str, *, maybe_executed: bool = False) -> None:
        super().__init__(
            asked,
            f"{got}, mostly of a login; let requests to /rest pass by single sign-on, use a personal access "
            "token, and check the base URL (without Jira Software, /rest/agile is a login page)",
            maybe_executed=maybe_executed,
        )


class HistoryIncomplete(ConnectorError):
    """A history that is not whole must not be taken for one: nothing computed from it would be true."""

    def __init__(self, asked: str, *, issue_id: str, read: int, total: int | None) -> None:
        self.issue_id, self.read, self.total = issue_id, read, total
        there = "does not say how many there are" if total is None else f"says that there are {total}"
        super().__init__(asked, f"issue {issue_id} came with {read} entries of history, and Jira {there}.")


class TokensNotSaved(ConnectorError):
    """New OAuth tokens could not be kept. They are not used: a crash would lose them for good."""

    retryable = True

    def __init__(self, asked: str, why: str) -> None:
        super().__init__(asked, f"the new tokens could not be saved ({why}), so nothing was sent.")


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
