"""Transitions as JSON, and moving along them."""

from .documents import Documents
from .edition import Document
from .model import Transition


def transition_document(docs: Documents, edge: Transition, *, fields: bool) -> Document:
    document: Document = {
        "id": edge.id,
        "name": edge.name,
        "to": docs.status(docs.site.catalogue.statuses[edge.target]),
    }
    if docs.site.edition.cloud:
        document |= {
            "hasScreen": edge.asks_resolution,
            "isGlobal": False,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "looped": False,
        }
    if fields:
        document["fields"] = {"resolution": resolution_field(docs)} if edge.asks_resolution else {}
    return document


def resolution_field(docs: Documents) -> Document:
    resolutions = docs.site.catalogue.resolutions.values()
    return {
        "required": False,
        "schema": {"type": "resolution", "system": "resolution"},
        "name": "Resolution",
        "key": "resolution",
        "hasDefaultValue": True,
        "operations": ["set"],
        "allowedValues": [docs.named("resolution", one) for one in resolutions],
    }
