"""What of a report is told in a chat or a mail: the verdict, what to do, what changed; the rest is a link."""

from collections.abc import Iterator

from app.domain.reports.document import Block, BulletList, IssueLink, Panel, Paragraph, Report, say


def brief(report: Report, issue_key: str | None) -> Report:
    """The beginning of a report, up to its first heading, table or chart, with a link to all of it."""
    link = () if issue_key is None else (all_of_it(issue_key),)
    return Report(report.title, (*_beginning(report), *link))


def all_of_it(issue_key: str) -> Paragraph:
    """A link to the whole report."""
    return Paragraph(say("All of it: ", IssueLink(issue_key)))


def _beginning(report: Report) -> Iterator[Block]:
    for block in report.blocks:
        match block:
            case Panel():
                yield from block.content
            case Paragraph() | BulletList():
                yield block
            case _:
                return
