"""Entity properties: issues, comments, boards and sprints all keep them alike."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import JiraError, json_of, no_content, route

Find = Callable[[Request], dict[str, Any]]
Told = Callable[[Request, str, str, object], None]

KEY_LIMIT = 255
VALUE_LIMIT = 32_768


def checked_property(key: str, value: object) -> object:
    if len(key) > KEY_LIMIT:
        raise JiraError(400, f"The property key must be no longer than {KEY_LIMIT} characters.")
    if len(json.dumps(value, ensure_ascii=False)) > VALUE_LIMIT:
        raise JiraError(400, f"The property value must be no longer than {VALUE_LIMIT} characters.")
    return value


class PropertyStore:
    """The four routes of one kind of entity; a write touches no `updated` and changes no history."""

    def __init__(self, find: Find, address: str, told: Told | None = None) -> None:
        self._find = find
        self._address = address
        self._told = told

    def routes(self, path: str) -> list[Route]:
        return [
            route(path, get=self.keys),
            route(path + "/{key}", get=self.get, put=self.put, delete=self.delete),
        ]

    async def keys(self, request: Request) -> Response:
        base = self._address.replace(":int", "").format_map(request.path_params)
        found = [{"self": f"{base}/{quote(key, safe='')}", "key": key} for key in self._find(request)]
        return JSONResponse({"keys": found})

    async def get(self, request: Request) -> Response:
        key = request.path_params["key"]
        return JSONResponse({"key": key, "value": self._known(request)[key]})

    async def put(self, request: Request) -> Response:
        properties, key = self._find(request), request.path_params["key"]
        value = checked_property(key, await json_of(request))
        status = 200 if key in properties else 201
        properties[key] = value
        if self._told:
            self._told(request, "issue_property_set", key, value)
        return Response(status_code=status)

    async def delete(self, request: Request) -> Response:
        key = request.path_params["key"]
        value = self._known(request).pop(key)
        if self._told:
            self._told(request, "issue_property_deleted", key, value)
        return no_content()

    def _known(self, request: Request) -> dict[str, Any]:
        properties = self._find(request)
        if request.path_params["key"] not in properties:
            raise JiraError(404, f"The property with key '{request.path_params['key']}' does not exist.")
        return properties
