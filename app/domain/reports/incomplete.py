"""A number that is computed from partial data says so, and before it is read."""

from collections.abc import Iterator, Sequence

from app.domain.reports.document import BulletList, Panel, PanelKind, Paragraph, Text, quote, say

HEADING = "These numbers rest on incomplete data"


def incomplete(missing: Sequence[str]) -> Iterator[Panel]:
    """What could not be read, each a sentence without its end; nothing where all was."""
    if missing:
        items = BulletList(tuple(say(f"{quote(why, 500)}.") for why in missing))
        yield Panel(PanelKind.WARNING, (Paragraph((Text(HEADING, strong=True),)), items))
