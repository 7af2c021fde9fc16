"""People whom a text of a rule mentions, so that Jira tells them.

A mention is made by the filter alone: what an issue says cannot become one. On its way from the template to
the body it stands between signs that no value has.
"""

import re
from collections.abc import Mapping
from typing import Any, Self

from app.domain.reports.document import Mention, quote
from app.domain.rules.empty import Empty

BEGINS, ENDS, BETWEEN = "\ue000", "\ue001", "\ue002"
NO_MARKS = dict.fromkeys(map(ord, (BEGINS, ENDS, BETWEEN)))
MARKED = re.compile(f"({BEGINS}[^{ENDS}]*{ENDS})")
"""A mention in a rendered body; the only group is all of it, so that a text can be split by it."""
_ACCOUNT = re.compile(r"[\w.:@+-]{1,128}")
_LONGEST_NAME = 100


class Mentioned(str):
    """Mentions with their marks; as any other text "@Ann, @Ben"."""

    __slots__ = ("people",)
    people: tuple[Mention, ...]

    def __new__(cls, people: tuple[Mention, ...]) -> Self:
        """Of one or more people."""
        made = super().__new__(cls, ", ".join(f"@{each.name}" for each in people))
        made.people = people
        return made

    @property
    def marked(self) -> str:
        """For a body."""
        return ", ".join(
            f"{BEGINS}{each.account}{BETWEEN}{each.login or ''}{BETWEEN}{each.name}{ENDS}"
            for each in self.people
        )


def unmarked(text: str) -> str:
    """A text without such signs."""
    return text if text.isascii() else text.translate(NO_MARKS)


def mention(value: Any) -> Any:
    """The filter: of a person, or of several; nobody is nothing.

    Raises:
        ValueError: it is neither a person nor an account id.
    """
    if isinstance(value, Empty):
        return value
    if isinstance(value, list | tuple):
        found = [mention(each) for each in value]
        return Mentioned(tuple(one for each in found if isinstance(each, Mentioned) for one in each.people))
    if isinstance(value, Mapping):
        account, login = _part(value, "accountId"), _part(value, "name")
        name = _part(value, "displayName") or login or account
        if account or login:
            return Mentioned((Mention(account or login, _clean(name), login or None),))
    elif isinstance(value, str) and not value.strip():
        return ""
    elif isinstance(value, str) and _ACCOUNT.fullmatch(value.strip()):
        who = value.strip()
        return Mentioned((Mention(who, who, who),))
    message = "`mention` takes a person such as issue.assignee, a list of them, or an account id"
    raise ValueError(message)


def _part(person: Mapping[str, Any], name: str) -> str:
    said = person.get(name)
    return "" if said is None or isinstance(said, Empty) else str(said).translate(NO_MARKS)


def _clean(name: str) -> str:
    return quote(name.translate(NO_MARKS), _LONGEST_NAME)


def mention_in(marked: str) -> Mention:
    """The mention that stands in a body as `MARKED`."""
    account, login, name = marked.strip(BEGINS + ENDS).split(BETWEEN)
    return Mention(account, name, login or None)


def plain(body: str) -> str:
    """A rendered body for people: mentions as "@Ann"."""
    return MARKED.sub(lambda found: f"@{mention_in(found[0]).name}", body) if BEGINS in body else body
