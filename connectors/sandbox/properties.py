"""Entity properties: issues, comments, boards and sprints all keep them alike."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .answers import JiraError, no_content

Find = Callable[[Request], dict[str, Any]]

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

    def __init__(self, find: Find, address: str) -> None:
        self._find = find
        self._address = address

    async def keys(self, request: Request) -> Response:
        base = self._address.replace(":int", "").format_map(request.path_params)
        found = [{"self": f"{base}/{quote(key, safe='')}", "key": key} for key in self._find(request)]
        return JSONResponse({"keys": found})

    async def get(self, request: Request) -> Response:
        key = request.path_params["key"]
        return JSONResponse({"key": key, "value": self._known(request)[key]})

    async def put(self, request: Request) -> Response:
        properties, key = self._find(request), request.path_params["key"]
        try:
            value = json.loads(await request.body())
        except ValueError:
            raise JiraError(400, "The property value is not valid JSON.") from None
        status = 200 if key in properties else 201
        properties[key] = checked_property(key, value)
        return Response(status_code=status)

    async def delete(self, request: Request) -> Response:
        del self._known(request)[request.path_params["key"]]
        return no_content()

    def _known(self, request: Request) -> dict[str, Any]:
        properties = self._find(request)
        if request.path_params["key"] not in properties:
            raise JiraError(404, f"The property with key '{request.path_params['key']}' does not exist.")
        return properties
