"""Keys of the API, and the routes they are tried on."""

from typing import Any

from app.store import tables
from tests.api.support import Service
from tests.stores import rows

KEYS = "/api/v1/keys"


async def made(service: Service, **wanted: Any) -> dict[str, Any]:
    """A key by the API, as its answer has it."""
    answer = await service.http.post(KEYS, json={"name": "ci", "role": "viewer", **wanted})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def bearer(key: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['key']}"}


def operations(service: Service) -> list[tuple[str, str]]:
    """Method and template of every route below /api/v1."""
    paths = service.app.openapi()["paths"]
    return [
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/api/v1")
    ]


def filled(template: str) -> str:
    """An address that the template fits; ids are of what is not there."""
    return (
        template.replace("{name}", "demo")
        .replace("{board}", "1")
        .replace("{key}", "BURN-1")
        .replace("{", "")
        .replace("}", "")
    )


# Asked by POST, because the question is long.
QUESTIONS = {
    *(("POST", f"/api/v1/rules/{what}") for what in ("check", "preview", "replay", "import")),
    ("POST", "/api/v1/grooming-policies/preview"),
}


async def everything(service: Service) -> dict[str, Any]:
    """All that is stored, besides who works, and how often who asked."""

    def read(tx: Any) -> dict[str, Any]:
        all_tables = [
            table for table in tables.metadata.sorted_tables if table.name not in {"workers", "rate_shares"}
        ]
        return {table.name: rows(tx, table) for table in all_tables}

    return await service.database.call_read(read)
