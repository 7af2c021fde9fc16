"""Why a rule was refused, or could not be carried out: each names the place and the way out."""

from app.errors import NotUnderstood


class RuleNotUnderstood(NotUnderstood):
    """A document that is no rule, or names what the site does not have.

    Attributes:
        faults: all that is wrong: where (a path such as `actions/0/text`), and what.
    """

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        said = "; ".join(f"{place}: {fault}" if place else fault for place, fault in faults)
        super().__init__(said, field="/" + faults[0][0] if faults[0][0] else "/")


class TemplateRefused(ValueError):
    """A text with values that is not rendered; the message says why."""
