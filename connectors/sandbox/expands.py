"""What an issue can be asked to bring along: names and schemas of its fields, rendered texts, transitions."""

from collections.abc import Iterable
from typing import Any

from .adf_html import to_html
from .catalogue import SYSTEM_FIELDS
from .documents import Documents
from .edition import Document
from .issue_documents import issue_document, names_of
from .meta import edit_meta
from .model import Issue, Text
from .texts import as_adf
from .workflow import transition_document


def html(docs: Documents, text: Text | None) -> str:
    """A text as Jira renders it for its own pages."""
    people = docs.site.people
    return (
        to_html(as_adf(text), lambda number: people[number].name if number in people else number)
        if text
        else ""
    )


def expanded(
    docs: Documents,
    issue: Issue,
    names: list[str],
    expand: Iterable[str],
    *,
    properties: Iterable[str] = (),
) -> Document:
    """The issue, and what `expand` asks for."""
    asked = {one.strip() for each in expand for one in each.split(",")}
    document = issue_document(docs, issue, names, changelog="changelog" in asked, properties=properties)
    if "renderedFields" in asked:
        document["renderedFields"] = _rendered(docs, issue, names, document.get("fields", {}))
    if "names" in asked:
        document["names"] = names_of(docs, names)
    if "schema" in asked:
        document["schema"] = schemas(docs, names)
    if "transitions" in asked:
        ways = docs.site.catalogue.ways(issue)
        document["transitions"] = [transition_document(docs, edge, fields=False) for edge in ways]
    if "editmeta" in asked:
        document["editmeta"] = edit_meta(docs, issue)
    if "operations" in asked:
        document["operations"] = {"linkGroups": []}
    if "versionedRepresentations" in asked:
        document["versionedRepresentations"] = {
            name: {"1": value} for name, value in document.pop("fields", {}).items()
        }
    return document


def schemas(docs: Documents, names: Iterable[str]) -> dict[str, Any]:
    custom = docs.site.catalogue.fields
    found: dict[str, Any] = {}
    for name in names:
        if name in custom:
            found[name] = {**custom[name].schema, "customId": int(name.removeprefix("customfield_"))}
        elif name in SYSTEM_FIELDS:
            found[name] = {**SYSTEM_FIELDS[name][1], "system": name}
    return found


def _rendered(docs: Documents, issue: Issue, names: Iterable[str], shown: Document) -> Document:
    """Texts as HTML; fields that need no rendering are null."""
    texts = {"description": issue.description, "environment": issue.environment}
    rendered: Document = {name: html(docs, texts[name]) if name in texts else None for name in names}
    if "comment" in rendered:
        page = shown["comment"]
        bodies = [
            {**document, "body": html(docs, comment.body)}
            for document, comment in zip(page["comments"], issue.comments, strict=False)
        ]
        rendered["comment"] = {**page, "comments": bodies}
    return rendered
