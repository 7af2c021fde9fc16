"""Pictures inside a comment: a paragraph holds their place until they are attached and can be shown."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from app.domain.comments import CommentBody, CommentPicture
from app.domain.reports.document import Medium, Picture, Report, place_of, quote

_PLACE = re.compile(r"burnish-picture-[a-z-]+")
_IN_WIKI = re.compile(rf"{_PLACE.pattern}|!burnish-[\w.-]+\.png\|width=\d+!")
LONGEST_ALT = 750
"""Characters that are said of a picture: they stand in the comment, which has to stay within Jira's limit."""
_BETWEEN = "\n\n"
"""What stands between blocks of wiki markup."""


def prefix_of(marker: str, edition: int = 1) -> str:
    """What the names of all files begin with that a living comment ever showed, and no other one."""
    numbered = f"{edition}-" if edition > 1 else ""  # no marker begins with a number
    return f"burnish-{numbered}{re.sub('[^A-Za-z0-9]+', '-', marker)}-"


def pictures_of(report: Report, marker: str, edition: int = 1) -> tuple[CommentPicture, ...]:
    """The pictures of a comment. What looks the same has the same file name, today and tomorrow."""
    return tuple(_named(picture, prefix_of(marker, edition)) for picture in report.pictures(Medium.COMMENT))


def alt_of(picture: Picture) -> str:
    """What is said in a comment to whoever does not see the picture, cut where it is too long."""
    return quote(picture.alt, LONGEST_ALT)


def _named(picture: Picture, prefix: str) -> CommentPicture:
    alt = alt_of(picture)
    written = json.dumps([picture.spec, alt], sort_keys=True).encode()
    digest = hashlib.sha256(written).hexdigest()[:12]
    name = f"{prefix}{picture.name}-{digest}.png"
    return CommentPicture(name, place_of(picture.name), alt, picture.spec)


def put(body: CommentBody, place: str, block: CommentBody | None) -> CommentBody:
    """The body with a block in that place; with None, without the place."""
    if isinstance(body, str):
        parts = body.split(_BETWEEN)
        kept = (str(block) if part == place else part for part in parts if block is not None or part != place)
        return _BETWEEN.join(kept)

    def shown(node: Mapping[str, Any]) -> list[Any]:
        if _text_of(node) != place:
            return [node]
        return [] if block is None else [block]

    return {**body, "content": [new for node in body["content"] for new in shown(node)]}


def has_place(body: CommentBody, place: str) -> bool:
    """Whether the picture has a place in the body; an admin may have taken it out."""
    if isinstance(body, str):
        return place in body.split(_BETWEEN)
    return any(_text_of(node) == place for node in body["content"])


def words_of(body: CommentBody) -> CommentBody:
    """The body without pictures and without their places: what two of them are compared by."""
    if isinstance(body, str):
        return _BETWEEN.join(part for part in body.split(_BETWEEN) if not _IN_WIKI.fullmatch(part))
    kept = [
        node
        for node in body.get("content") or ()
        if node.get("type") != "mediaSingle" and not _PLACE.fullmatch(_text_of(node))
    ]
    return {**body, "content": kept}


def _text_of(node: Mapping[str, Any]) -> str:
    """The text of a paragraph that holds nothing else."""
    content = node.get("content") or []
    if node.get("type") != "paragraph" or len(content) != 1:
        return ""
    return str(content[0].get("text") or "")
