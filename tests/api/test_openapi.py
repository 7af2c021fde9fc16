"""Our own description of the API, turned against us: what it promises is what is answered."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from anyio.from_thread import start_blocking_portal
from hypothesis import Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import create_app
from app.settings import Settings
from tests.api.support import BEARER, serving
from tests.services.test_sprint_health import fill

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DESCRIPTION = schemathesis.openapi.from_dict(create_app(Settings()).openapi())
OPERATIONS = [found.ok() for found in DESCRIPTION.get_all_operations()]


Call = Callable[..., httpx.Response]


@pytest.fixture
def call(sqlite_template: Path, tmp_path: Path) -> Iterator[Call]:
    """A call from synchronous code, as Hypothesis wants it."""
    path = tmp_path / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serving(f"sqlite:///{path}")) as service,
    ):
        with service.database.write() as tx:
            tx.exec_driver_sql("UPDATE sites SET base_url = 'https://burnish.test'")
            fill(tx)

        def ask(method: str, url: str, **content: Any) -> httpx.Response:
            if "data" in content:  # the name that `requests` has for it
                content["content"] = content.pop("data")
            return portal.call(partial(service.http.request, method, url, **content))

        ask("POST", "/api/v1/runs", json={"kind": "sync"})
        yield ask


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_every_answer_is_one_that_the_description_allows(operation: Any, call: Call) -> None:
    @settings(max_examples=100, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
    @given(case=operation.as_strategy())
    def every_answer_is_allowed(case: Any) -> None:
        request = case.as_transport_kwargs(base_url="http://burnish.test")
        del request["cookies"]  # no route reads one
        request["headers"] = {**request["headers"], **BEARER}
        case.validate_response(call(**request), checks=CHECKS)

    every_answer_is_allowed()


def test_every_problem_that_is_described_can_be_looked_up(call: Call) -> None:
    schemas = call("GET", "/openapi.json").json()["components"]["schemas"]
    assert {"status", "title", "detail", "type", "errors", "version"} == schemas["Problem"][
        "properties"
    ].keys()
    assert schemas["Fault"]["properties"].keys() == {"pointer", "detail"}
