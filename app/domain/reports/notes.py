"""What a reader must know of the data, as reports tell it."""

from collections.abc import Sequence
from typing import Any

from app.domain.reports.document import BulletList, Inlines, Panel, PanelKind, Paragraph, Text, say
from app.domain.reports.words import and_more
from app.domain.sprint_health.data_quality import OF_THE_FILTER, Note

MOST_NOTES = 4
ABOUT = "About the data"


def noted(notes: Sequence[Note], *, heading: str = ABOUT, kind: PanelKind = PanelKind.INFO) -> Panel:
    """Some notes in a panel: what the board's filter left out, then most issues first."""
    ordered = sorted(notes, key=lambda note: (note.flaw not in OF_THE_FILTER, -len(note.keys)))
    items = [_item(note.text, note.keys) for note in ordered[:MOST_NOTES]]
    if len(ordered) > MOST_NOTES:
        items.append(say(f"And {len(ordered) - MOST_NOTES} more; the report in JSON has all of them."))
    return Panel(kind, (Paragraph((Text(heading, strong=True),)), BulletList(tuple(items))))


def _item(text: str, keys: tuple[str, ...], most: int = 10) -> Inlines:
    named = ", ".join(keys[:most])
    more = and_more(len(keys), most)
    capital = text[:1].upper() + text[1:]
    return say(f"{capital}: {named}{more}." if keys else f"{capital}.")


def notes_as_json(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """All of them, with all their issues."""
    return [{"flaw": note.flaw.value, "text": note.text, "issues": list(note.keys)} for note in notes]
