"""Holds requests and answers against Atlassian's own descriptions of Jira (OpenAPI 3.0).

The descriptions are material outside the repository; without them the checks are skipped (`cloud_specs`,
`data_center_specs`).
Where a description is known to be wrong, `spec_defects` says so and why; nothing else is let through.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import jsonschema
import jsonschema_rs
import pytest

from tests.connectors.spec_defects import (
    ALWAYS_POSSIBLE,
    DEFECTS,
    EXEMPT,
    LEFT_OUT_PARAMETERS,
    LEFT_OUT_STATUSES,
    PARAMETER_DEFECTS,
)

SPECS = Path(__file__).parents[2].parent / "shared" / "data" / "specs"
CLOUD = ("cloud-platform-v3.json", "cloud-software.json")
DATA_CENTER = ("datacenter-10.3.json",)


@dataclass(frozen=True)
class Operation:
    """One method of one path, as described."""

    id: str
    pattern: re.Pattern[str]
    spec: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any] | None
    responses: Mapping[str, Any]

    def parameters_in(self, place: str) -> dict[str, Mapping[str, Any]]:
        return {str(each["name"]): each for each in self.parameters if each["in"] == place}


@dataclass
class SpecChecker:
    """Says in what a request or an answer differs from the description; an empty list is conformity."""

    directory: Path = SPECS
    specs: tuple[str, ...] = CLOUD
    exercised: set[str] = field(default_factory=set)
    """Ids of the operations that were checked so far."""

    def __post_init__(self) -> None:
        self._documents = {name: _load(self.directory / name) for name in self.specs}
        self._operations: dict[str, list[Operation]] = {}
        taken: set[str] = set()
        for name, document in self._documents.items():
            operations = list(_operations(name, document, taken))
            taken |= {operation.id for _, operation in operations}
            for method, operation in operations:
                self._operations.setdefault(method, []).append(operation)
        for operations in self._operations.values():  # /sprint/swap before /sprint/{id}
            operations.sort(key=lambda each: each.pattern.groups)
        self._validators: dict[int, jsonschema_rs.Draft202012Validator] = {}

    def operation(self, method: str, url: str) -> str | None:
        """The id of the operation that this request calls; None where no description has it."""
        found = self._find(method, url)
        return found[0].id if found else None

    def check_request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> list[str]:
        """Violations of the request: path, parameters, headers and body."""
        found = self._find(method, url)
        if found is None:
            return [] if _exempt(url) else [f"{method} {_path(url)} is in no description"]
        operation, values = found
        self.exercised.add(operation.id)
        sent = httpx.Headers(dict(headers))
        return [
            f"{operation.id}: {violation}"
            for violation in (
                *self._path_violations(operation, values),
                *self._query_violations(operation, url),
                *(
                    f"header {name} is missing"
                    for name, parameter in operation.parameters_in("header").items()
                    if parameter.get("required") and name not in sent
                ),
                *self._body_violations(operation, sent, body),
            )
        ]

    def check_response(
        self, method: str, url: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """Violations of the answer: status and body."""
        found = self._find(method, url)
        if found is None:
            return [] if _exempt(url) else [f"{method} {_path(url)} is in no description"]
        operation, _ = found
        described = operation.responses.get(str(status))
        if described is None:
            known = status in ALWAYS_POSSIBLE or (operation.id, status) in LEFT_OUT_STATUSES
            return [] if known else [f"{operation.id}: answers {status}, not described"]
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        if not schema or status == httpx.codes.NO_CONTENT:
            return []
        media_type = httpx.Headers(dict(headers)).get("content-type", "")
        if not media_type.startswith("application/json"):
            return [f"{operation.id}: {status} is answered as {media_type or 'nothing'}, not as JSON"]
        return [f"{operation.id} {status}: {each}" for each in self._json(operation.spec, schema, body)]

    def _find(self, method: str, url: str) -> tuple[Operation, dict[str, str]] | None:
        path = _path(url)
        for operation in self._operations.get(method.lower(), []):
            if match := operation.pattern.fullmatch(path):
                names = operation.parameters_in("path")
                return operation, dict(zip(names, map(unquote, match.groups()), strict=False))
        return None

    def _path_violations(self, operation: Operation, values: Mapping[str, str]) -> Iterator[str]:
        for name, parameter in operation.parameters_in("path").items():
            if name in values:
                yield from self._value(operation, parameter, [values[name]])

    def _query_violations(self, operation: Operation, url: str) -> Iterator[str]:
        sent: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
            sent.setdefault(name, []).append(value)
        known = operation.parameters_in("query")
        yield from (
            f"query parameter {name!r} is unknown"
            for name in sent
            if name not in known and (operation.id, name) not in LEFT_OUT_PARAMETERS
        )
        for name, parameter in known.items():
            if name in sent:
                yield from self._value(operation, parameter, sent[name])
            elif parameter.get("required"):
                yield f"query parameter {name!r} is missing"

    def _value(self, operation: Operation, parameter: Mapping[str, Any], texts: list[str]) -> Iterator[str]:
        name = str(parameter["name"])
        schema, _ = PARAMETER_DEFECTS.get((operation.id, name), (parameter.get("schema", {}), ""))
        schema = _resolve(self._documents[operation.spec], schema)
        if schema.get("type") == "array":
            value: object = [_coerce(text, schema.get("items", {})) for text in texts]
        elif len(texts) > 1:
            yield f"{parameter['in']} {name}: sent {len(texts)} times"
            return
        else:
            value = _coerce(texts[0], schema)
        for violation in self._violations(operation.spec, schema, value):
            yield f"{parameter['in']} {name}: {violation}"

    def _body_violations(self, operation: Operation, headers: httpx.Headers, body: bytes) -> Iterator[str]:
        if operation.body is None:
            if body:
                yield "a body is sent where none is described"
            return
        if not body:
            if operation.body.get("required"):
                yield "the body is missing"
            return
        media_type = headers.get("content-type", "").split(";", maxsplit=1)[0]
        content = operation.body["content"].get(media_type)
        if content is None:
            possible = ", ".join(operation.body["content"])
            yield f"the body is sent as {media_type or 'nothing'}, not as {possible}"
        elif media_type == "application/json":
            yield from self._json(operation.spec, content.get("schema", {}), body)
        elif media_type == "multipart/form-data" and b'name="file"' not in body:
            yield 'the multipart body has no part named "file"'

    def _json(self, spec: str, schema: Mapping[str, Any], body: bytes) -> list[str]:
        try:
            value = json.loads(body)
        except ValueError:
            return ["the body is not JSON"]
        return list(self._violations(spec, schema, value))

    def _violations(self, spec: str, schema: Mapping[str, Any], value: object) -> Iterator[str]:
        if self._validator(spec, schema).is_valid(value):
            return
        for error in jsonschema.Draft202012Validator(self._whole(spec, schema)).iter_errors(value):
            yield f"{error.json_path}: {error.message[:300]}"

    def _validator(self, spec: str, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        """Says only whether a value is valid, but much sooner than the one that says what is not."""
        if id(schema) not in self._validators:
            # The schema stays alive in its document (or in the tables above), so its id stays its own.
            self._validators[id(schema)] = jsonschema_rs.Draft202012Validator(self._whole(spec, schema))
        return self._validators[id(schema)]

    def _whole(self, spec: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """With what it refers to."""
        components = self._documents[spec].get("components", {}) if '"$ref"' in json.dumps(schema) else {}
        return {**schema, "components": components}


class CheckedTransport(httpx.AsyncBaseTransport):
    """Passes requests on, provided that they and their answers are as described.

    Args:
        inner: who answers.
        checker: the descriptions.
        answers: False where a test answers wrongly on purpose.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, checker: SpecChecker, *, answers: bool = True
    ) -> None:
        self._inner, self._checker, self._answers = inner, checker, answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.method, str(request.url)
        violations = self._checker.check_request(*asked, request.headers, await request.aread())
        assert not violations, "\n".join(violations)
        response = await self._inner.handle_async_request(request)
        if self._answers:
            body = await response.aread()
            said = response.status_code, response.headers, body
            violations = self._checker.check_response(*asked, *said)
            assert not violations, "\n".join(violations)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@functools.cache
def load_cloud_specs() -> SpecChecker:
    """The descriptions, read once per test run."""
    return SpecChecker()


@functools.cache
def load_data_center_specs() -> SpecChecker:
    """The description of Data Center, read once per test run."""
    return SpecChecker(specs=DATA_CENTER)


def data_center_specs() -> SpecChecker:
    """The description of Data Center; skips the test where it is not at hand."""
    if not SPECS.is_dir():
        pytest.skip("Atlassian's API descriptions are not at hand")
    return load_data_center_specs()


def cloud_specs() -> SpecChecker:
    """The descriptions of Cloud; skips the test where they are not at hand."""
    if not SPECS.is_dir():
        pytest.skip("Atlassian's API descriptions are not at hand")
    return load_cloud_specs()


def _exempt(url: str) -> bool:
    return any(_path(url) == path or _path(url).startswith(path + "/") for path in EXEMPT)


def _path(url: str) -> str:
    """The path below the site's context path; still quoted, so that a quoted slash parts nothing."""
    path = urlsplit(url).path
    return path[path.find("/rest/") :] if "/rest/" in path else path


def _load(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if file.name in DATA_CENTER:  # its server is …/rest, its paths go on from there
        document["paths"] = {f"/rest{path}": item for path, item in document["paths"].items()}
    for defect in DEFECTS[file.name]:
        place = document
        for key in defect.at[:-1]:
            place = place[key]
        place[defect.at[-1]] = defect.should_be
    return _as_json_schema(document)


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's `nullable`, in the words of JSON Schema."""
    if isinstance(node, list):
        return [_as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _as_json_schema(value) for key, value in node.items() if key != "example"}
    if converted.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, converted]}
    return converted


def _operations(
    spec: str, document: Mapping[str, Any], taken: AbstractSet[str]
) -> Iterator[tuple[str, Operation]]:
    """By method; both descriptions have a getIssue and a getConfiguration, told apart by "software."."""
    for template, item in document["paths"].items():
        pattern = re.compile("([^/]+)".join(map(re.escape, re.split(r"\{[^}]+\}", template))))
        order = {name: place for place, name in enumerate(re.findall(r"\{([^}]+)\}", template))}
        for method in item.keys() & {"get", "put", "post", "delete", "patch"}:
            described = item[method]
            parameters = [*item.get("parameters", ()), *described.get("parameters", ())]
            parameters.sort(key=lambda each: order.get(each["name"], -1) if each["in"] == "path" else -1)
            yield (
                method,
                Operation(
                    id="software." * (described["operationId"] in taken) + described["operationId"],
                    pattern=pattern,
                    spec=spec,
                    parameters=tuple(parameters),
                    body=described.get("requestBody"),
                    responses=described["responses"],
                ),
            )


def _resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        place: Any = document
        for key in schema["$ref"].removeprefix("#/").split("/"):
            place = place[key]
        schema = place
    return schema


def _coerce(text: str, schema: Mapping[str, Any]) -> object:
    """The value that a parameter's text stands for; the text itself where it is none of its type."""
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "number" if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case _:
            return text
