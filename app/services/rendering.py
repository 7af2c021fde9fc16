"""A report in the format that somebody wants it in."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app import log
from app.domain.comments import Audience, LivingComment
from app.domain.effects import Announcement, SetSprintProperty
from app.domain.jql.unfound import Unfound
from app.domain.reports import adf, fitted_json, markdown, page, wiki_markup
from app.domain.reports.brief import all_of_it, brief
from app.domain.reports.comment_pictures import alt_of, pictures_of
from app.domain.reports.document import Heading, Medium, Report, say, with_places
from app.errors import NotFound
from app.store.sites import Site
from connectors.charts.renderer import NotDrawn

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Described:
    """What there is to render.

    Attributes:
        report: for people.
        document: makes what machines get.
        warnings: of a query that it is about, values that nothing has or ever had; both have them, too.
    """

    report: Report
    document: Callable[[], Mapping[str, Any]]
    warnings: Sequence[Unfound] = ()


ROOM_FOR_A_PICTURE = 400
"""Characters of a comment that what shows a picture may take, beside its words for the blind."""


def as_adf(report: Report, base_url: str, *, places: bool = False) -> dict[str, Any]:
    """For Jira Cloud, within its limit; with places for the pictures, or without."""
    fitting = adf.fit(report, adf.LIMIT - _room(report), base_url=base_url)
    return adf.render(with_places(fitting) if places else fitting, base_url=base_url)


def as_wiki(report: Report, base_url: str, *, places: bool = False) -> str:
    """For Data Center, likewise."""
    fitting = wiki_markup.fit(report, wiki_markup.LIMIT - _room(report), base_url=base_url)
    return wiki_markup.render(with_places(fitting) if places else fitting, base_url=base_url)


def comment_of(
    report: Report,
    site: Site,
    issue_key: str,
    marker: str,
    *,
    picture: bool = True,
    titled: bool = False,
    audience: Audience | None = None,
    edition: int = 1,
) -> LivingComment:
    """A living comment of a site, within its limit; with its pictures, or in words only.

    One for some readers is in words, because attachments are seen by whoever sees the issue.

    One that stands beside others begins with its title, to be told from them.
    """
    if titled:
        report = Report(report.title, (Heading(2, say(report.title)), *report.blocks))
    picture = picture and audience is None
    render = as_adf if site.is_cloud else as_wiki
    body = render(report, site.base_url, places=picture)
    pictures = pictures_of(report, marker, edition) if picture else ()
    return LivingComment(issue_key, marker, body, pictures, audience, edition)


def announcements_of(
    report: Report, site: Site, issue_key: str | None, channels: Sequence[str]
) -> tuple[Announcement, ...]:
    """The beginning of a report, for each channel; with a link to all of it, where an issue has that."""
    told = brief(report, issue_key)
    body = markdown.uncalled(markdown.render_body(told, base_url=site.base_url))
    return tuple(Announcement(issue_key or "", channel, told.title, body) for channel in channels)


def with_link(message: Announcement, site: Site, issue_key: str) -> Announcement:
    """A message that was written before it was known which issue has all of it."""
    link = markdown.render_body(Report("", (all_of_it(issue_key),)), base_url=site.base_url)
    return replace(message, issue_key=issue_key, body=f"{message.body.rstrip()}\n\n{link}")


def property_of(told: Described, sprint_id: int, kind: str, *, base_key: str) -> SetSprintProperty:
    """What a report found, for other apps, within Jira's limit; each kind has a property of its own."""
    document = {"kind": kind, **told.document()}
    return SetSprintProperty(sprint_id, f"{base_key}.{kind}", fitted_json.fit(document))


def _room(report: Report) -> int:
    """In the longest common serialisation, where a letter beyond ASCII is six characters."""
    pictures = report.pictures(Medium.COMMENT)
    return sum(ROOM_FOR_A_PICTURE + len(json.dumps(alt_of(picture))) for picture in pictures)


Draw = Callable[[Mapping[str, Any]], str]
"""Makes an SVG of a Vega-Lite document."""
DrawSoon = Callable[[Sequence[Mapping[str, Any]]], None]
"""Is told that these will be wanted, and makes them meanwhile; with none it gets ready."""


def as_page(report: Report, base_url: str, draw: Draw) -> str:
    """A page of its own; a chart that cannot be drawn is told in words."""
    drawn = {}
    for picture in report.pictures(Medium.PAGE):
        try:
            drawn[picture.name] = draw(picture.spec)
        except NotDrawn as error:
            _log.warning("chart.not_drawn", chart=picture.name, reason=str(error))
    return page.render(report, base_url=base_url, drawn=drawn)


FORMATS: Mapping[str, Callable[[Described, str, Draw], str]] = {
    "markdown": lambda told, base_url, _: markdown.render(told.report, base_url=base_url),
    "json": lambda told, *_: json.dumps(told.document(), indent=2, ensure_ascii=False),
    "adf": lambda told, base_url, _: json.dumps(as_adf(told.report, base_url), ensure_ascii=False),
    "wiki": lambda told, base_url, _: as_wiki(told.report, base_url),
    "html": lambda told, base_url, draw: as_page(told.report, base_url, draw),
}
Style = Literal["markdown", "json", "adf", "wiki", "html"]
MEDIA_TYPES: Mapping[str, str] = {"markdown": "text/markdown", "wiki": "text/plain", "html": "text/html"}
"""What is not JSON."""


def render(told: Described, *, style: str, base_url: str, draw: Draw) -> str:
    """The report in one of the `FORMATS`.

    Raises:
        NotFound: another format.
    """
    if style not in FORMATS:
        raise NotFound("format", style, f"There are {', '.join(FORMATS)}.")
    return FORMATS[style](told, base_url, draw)
