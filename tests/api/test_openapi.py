"""Our own description of the API, turned against us: what it promises is what is answered."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from anyio.from_thread import start_blocking_portal
from hypothesis import Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Connection, update

from app.main import create_app
from app.services.access import Caller, Role
from app.services.keys import create
from app.settings import Settings
from app.store.tables import api_keys
from tests.api.support import serving
from tests.conftest import NOW
from tests.services.test_sprint_health import fill

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT = create_app(Settings()).openapi()
DESCRIPTION = schemathesis.openapi.from_dict(DOCUMENT)
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
            bearer = admins_key(tx)

        def ask(method: str, url: str, **content: Any) -> httpx.Response:
            content["headers"] = {**content.get("headers", {}), **bearer}
            if "data" in content:  # the name that `requests` has for it
                content["content"] = content.pop("data")
            return portal.call(partial(service.http.request, method, url, **content))

        ask("POST", "/api/v1/runs", json={"kind": "sync"})
        ask("POST", "/api/v1/keys", json={"name": "another", "role": "viewer"})
        made = ask("POST", "/api/v1/sites", json=DOCUMENT["components"]["schemas"]["NewSite"]["examples"][0])
        assert made.status_code == 201, made.text
        yield ask


def admins_key(tx: Connection) -> dict[str, str]:
    """A key from the store, whose number nobody guesses who tries to revoke keys."""
    by = Caller("a test", Role.ADMIN)
    new = create(tx, name="fuzz", role=Role.ADMIN, site_names=None, expires_at=None, by=by, now=NOW)
    tx.execute(update(api_keys).values(id=2**40))
    return {"Authorization": f"Bearer {new.token}"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_every_answer_is_one_that_the_description_allows(operation: Any, call: Call) -> None:
    @settings(max_examples=100, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
    @given(case=operation.as_strategy())
    def every_answer_is_allowed(case: Any) -> None:
        request = case.as_transport_kwargs(base_url="http://burnish.test")
        del request["cookies"]  # no route reads one
        case.validate_response(call(**request), checks=CHECKS)

    every_answer_is_allowed()


def test_every_problem_that_is_described_can_be_looked_up(call: Call) -> None:
    schemas = call("GET", "/openapi.json").json()["components"]["schemas"]
    assert {"status", "title", "detail", "type", "errors", "version"} == schemas["Problem"][
        "properties"
    ].keys()
    assert schemas["Fault"]["properties"].keys() == {"pointer", "detail", "position"}


def test_every_list_comes_in_pages_and_every_route_tells_how_it_refuses() -> None:
    lists = 0
    for path, methods in DOCUMENT["paths"].items():
        if not path.startswith("/api/v1"):
            continue
        for method, operation in methods.items():
            answers = operation["responses"]
            assert {"401", "403", "429", "503"} <= answers.keys(), (method, path)
            for status, answer in answers.items():
                if not status.startswith("2"):
                    assert answer["content"].keys() == {"application/problem+json"}, (method, path, status)
            shape = answers.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
            schema = DOCUMENT["components"]["schemas"].get(shape.get("$ref", "").rpartition("/")[2], {})
            if "items" in schema.get("properties", {}):
                lists += 1
                asked = {one["name"] for one in operation["parameters"]}
                assert "next" in schema["properties"], path
                assert "limit" in asked, path
                assert {"before", "after"} & asked, path
    assert lists >= 12


# --- examples -------------------------------------------------------------------------------------


def test_every_example_is_of_the_shape_that_it_stands_for() -> None:
    """Whoever reads an example writes it into a program."""
    schemas, wrong, number = DOCUMENT["components"]["schemas"], [], 0
    for name, schema in schemas.items():
        for where, part in {"": schema, **schema.get("properties", {})}.items():
            for example in part.get("examples", ()):
                number += 1
                checked = Draft202012Validator({**part, "components": DOCUMENT["components"]})
                wrong += [(name, where, fault.message) for fault in checked.iter_errors(example)]
    assert wrong == []
    assert number > 80


def examples_to_send() -> Iterator[tuple[str, str, Any]]:
    """Method, address and body of every request that has an example; ids are of what is not there."""
    for template, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            reference = content.get("schema", {}).get("$ref", "")
            schema = DOCUMENT["components"]["schemas"].get(reference.rpartition("/")[2], {})
            for example in schema.get("examples", ()):
                path = (
                    template.replace("{name}", "acme")
                    .replace("{schedule_id}", "1")
                    .replace("{secret}", "TOKEN")
                )
                yield method.upper(), re.sub(r"\{\w+\}", "999", path), example


def test_every_request_that_is_shown_is_understood(call: Call) -> None:
    call("DELETE", "/api/v1/sites/acme", headers={"If-Match": "*"})
    answers = []
    for method, path, body in examples_to_send():
        answer = call(method, path, json=body, headers={"If-Match": "*"})
        answers.append((method, path, body, answer.status_code, answer.text))
    # What is understood may be impossible all the same (409): the site of the examples keeps no OAuth tokens.
    # A rule is called with a token of its own, not with a key.
    called = [one for one in answers if one[1].startswith("/webhooks/")]
    assert {one[3] for one in called} == {401}
    understood = {200, 201, 202, 204, 404, 409}
    assert [one for one in answers if one[3] not in understood and one not in called] == [], [
        one[:4] for one in answers
    ]
    assert sum(one[3] != 404 for one in answers) >= 9, "most of what is shown is there"


def test_every_request_with_a_body_has_an_example() -> None:
    shown = {(method, re.sub(r"\w+\}", "}", path)) for method, path, _ in examples_to_send()}
    with_body = sum(
        "requestBody" in operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
    )
    assert len(shown) == with_body
