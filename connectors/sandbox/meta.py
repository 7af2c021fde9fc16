"""What may be written when an issue is created or edited: the fields on its screens."""

from typing import Any

from .catalogue import SYSTEM_FIELDS
from .documents import Documents
from .edition import Document
from .edits import ATTRIBUTES, ROLES
from .model import Issue, IssueType, Project

_MANY = frozenset({"labels", "components", "fixVersions", "versions"})
_REQUIRED = frozenset({"summary", "issuetype", "project"})


def create_meta(docs: Documents, project: Project, kind: IssueType) -> dict[str, Document]:
    """By field id."""
    names = [name for name in ("project", *ATTRIBUTES) if _on_screen(docs, name, kind)]
    found = {name: _field(docs, name, project, create=True) for name in names}
    if kind.subtask:
        found["parent"] = {**_field(docs, "parent", project, create=True), "required": True}
    return found | _custom(docs)


def edit_meta(docs: Documents, issue: Issue) -> Document:
    names = [name for name in (*ATTRIBUTES, "comment") if _on_screen(docs, name, issue.type)]
    found = {name: _field(docs, name, issue.project, create=False) for name in names}
    return {"fields": found | _custom(docs)}


def _on_screen(docs: Documents, name: str, kind: IssueType) -> bool:
    return name != "parent" or docs.site.edition.cloud or kind.subtask


def _custom(docs: Documents) -> dict[str, Document]:
    fields = docs.site.catalogue.fields
    return {
        one.id: {
            "required": False,
            "schema": {**one.schema, "customId": int(one.id.removeprefix("customfield_"))},
            "name": one.name,
            **_key(docs, one.id),
            "hasDefaultValue": False,
            "operations": ["set"],
        }
        for one in fields.values()
        if one.role in ROLES
    }


def _key(docs: Documents, name: str) -> dict[str, str]:
    """Cloud's own address for one type adds `fieldId`."""
    return {"key" if docs.site.edition.cloud else "fieldId": name}


def _field(docs: Documents, name: str, project: Project, *, create: bool) -> Document:
    title, schema = SYSTEM_FIELDS[name]
    document: Document = {
        "required": name in _REQUIRED,
        "schema": {**schema, "system": name},
        "name": title,
        **_key(docs, name),
        "hasDefaultValue": create and name == "priority",
        "operations": ["add", "set", "remove"] if name in _MANY else ["add" if name == "comment" else "set"],
    }
    allowed = _allowed(docs, name, project)
    return document if allowed is None else {**document, "allowedValues": allowed}


def _allowed(docs: Documents, name: str, project: Project) -> list[Any] | None:
    catalogue = docs.site.catalogue
    match name:
        case "project":
            return [docs.project(project)]
        case "issuetype":
            return [docs.issue_type(kind) for kind in catalogue.types.values()]
        case "priority":
            return [docs.named("priority", one) for one in catalogue.priorities.values()]
        case "components":
            return [docs.component_brief(one) for one in project.components.values()]
        case "fixVersions" | "versions":
            return [docs.version_of(one) for one in project.versions.values()]
        case _:
            return None
