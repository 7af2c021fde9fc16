"""A report in the format that somebody wants it in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.reports import adf, markdown, wiki_markup
from app.domain.reports.document import Report
from app.errors import NotFound


@dataclass(frozen=True, slots=True)
class Described:
    """What there is to render.

    Attributes:
        report: for people.
        document: makes what machines get.
    """

    report: Report
    document: Callable[[], Mapping[str, Any]]


def as_adf(report: Report, base_url: str) -> dict[str, Any]:
    """For Jira Cloud, within its limit."""
    return adf.render(adf.fit(report, base_url=base_url), base_url=base_url)


def as_wiki(report: Report, base_url: str) -> str:
    """For Data Center, within its limit."""
    return wiki_markup.render(wiki_markup.fit(report, base_url=base_url), base_url=base_url)


FORMATS: Mapping[str, Callable[[Described, str], str]] = {
    "markdown": lambda told, base_url: markdown.render(told.report, base_url=base_url),
    "json": lambda told, _: json.dumps(told.document(), indent=2, ensure_ascii=False),
    "adf": lambda told, base_url: json.dumps(as_adf(told.report, base_url), ensure_ascii=False),
    "wiki": lambda told, base_url: as_wiki(told.report, base_url),
}
MEDIA_TYPES: Mapping[str, str] = {"markdown": "text/markdown", "wiki": "text/plain"}
"""What is not JSON."""


def render(told: Described, *, style: str, base_url: str) -> str:
    """The report in one of the `FORMATS`.

    Raises:
        NotFound: another format.
    """
    if style not in FORMATS:
        raise NotFound("format", style, f"There are {', '.join(FORMATS)}.")
    return FORMATS[style](told, base_url)
