"""What is odd about the query that a report is about: what a slip leaves out reads like a fact."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.domain.jql.unfound import Unfound
from app.domain.reports.document import BulletList, Panel, PanelKind, Paragraph, Report, Text, quote, say

HEADING = "The query names what is not there"


def warned(report: Report, found: Sequence[Unfound]) -> Report:
    """The report, which begins with the values of its query that nothing has or ever had."""
    if not found:
        return report
    items = BulletList(tuple(say(quote(one.fault, 500)) for one in found))
    panel = Panel(PanelKind.WARNING, (Paragraph((Text(HEADING, strong=True),)), items))
    return replace(report, blocks=(panel, *report.blocks))


def warnings_as_json(found: Sequence[Unfound]) -> list[dict[str, Any]]:
    """As a search tells them."""
    return [
        {"position": one.position, "line": one.line, "column": one.column, "detail": one.fault}
        for one in found
    ]
