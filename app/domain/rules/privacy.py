"""What of a decision is for nobody but the rule: what a server answered, and what was made with it."""

from typing import Any

from app.domain.rules.event import Kept
from app.domain.rules.findings import NOT_SHOWN
from app.domain.rules.parts import Part
from app.domain.rules.rendering import names_in
from app.domain.rules.secrets import texts_in
from app.domain.rules.smart_values import LOOKED_UP, WEB_RESPONSE

_INNER = {"then", "otherwise", "actions"}


class Private:
    """Names of values that hold what a server answered.

    Args:
        kept: with what the rule goes on.
        shows: whether all of it may be told: where a test of the rule made it up.
    """

    def __init__(self, kept: Kept, *, shows: bool) -> None:
        self.names = {*kept.private} | ({WEB_RESPONSE} if kept.answer is not None else set())
        self._shows = shows

    def holds(self, part: Any) -> bool:
        """Whether a text of a condition or an action names such a value; of actions in it others ask."""
        if not self.names or self._shows:
            return False
        document = part.model_dump(exclude=_INNER) if isinstance(part, Part) else part
        return any(names_in(text) & self.names for _, text in texts_in("", document))

    def names_any(self, template: str) -> bool:
        """Whether a template names such a value."""
        return bool(names_in(template) & self.names)

    def mark(self, name: str, template: str) -> None:
        """A value was made of a template: whether it is such a one from here on."""
        if self.names_any(template):
            self.names.add(name)
        else:
            self.names.discard(name)

    def shown(self, part: Any, text: str) -> str:
        """The text of a part as it may be told."""
        return NOT_SHOWN if self.holds(part) else text

    def told(self, error: Exception, part: Any) -> str:
        """Why a part failed: an error may quote values."""
        is_made_with_it = LOOKED_UP in self.names and not self._shows
        if not is_made_with_it and not self.holds(part):
            return str(error)
        what = getattr(part, "type", "the condition")
        return (
            f"What the server answered does not fit: a text of `{what}` cannot be made with it, or means "
            "nothing here. What servers say is not shown: give a test of the rule such an answer (`answers`) "
            "to see why."
        )


def host_in(url: str) -> str:
    """Of the template of an address, what stands before its path; all of it where that is not clear."""
    scheme, found, rest = url.partition("://")
    return rest.partition("/")[0] if found and "{" not in scheme else url
