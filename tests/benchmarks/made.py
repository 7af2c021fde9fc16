"""A Jira of any size: every page is made when it is asked for, from one issue.

`python -m tests.benchmarks.made TEMPLATE ISSUES --port N`. Number n was made n seconds after the first;
searches understand bounds on `created` and `updated` in epoch milliseconds, and both directions.
"""

import argparse
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from tests.factories import day
from tests.payloads import as_jira_writes
from tests.stores import FIELDS

Message = MutableMapping[str, Any]
_BOUND = re.compile(r"(?:created|updated) *(>=|<=|>|<) *(\d+)")
_BEGAN = day(1)
_PROJECT = {"id": "10000", "key": "BURN", "name": "Burnish"}


class Made:
    """As much of Jira Cloud as a sync asks for."""

    def __init__(self, template: bytes, issues: int) -> None:
        self._issues = issues
        document = json.loads(template)
        document["id"] = "@ID@"
        document["key"] = "BURN-@NUMBER@"
        document["fields"] |= {"created": "@AT@", "updated": "@AT@"}
        for place, entry in enumerate(document["changelog"]["histories"]):
            entry |= {"id": f"@NUMBER@{place:03d}", "created": "@AT@"}
        self._template = orjson.dumps(document)

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message.get("body", b"")
        body += message.get("body", b"")
        said = self._answer(scope["path"], orjson.loads(body) if body else {})
        status = 404 if said is None else 200
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": said or b"{}"})

    def _answer(self, path: str, query: Mapping[str, Any]) -> bytes | None:
        if path.endswith("/search/jql"):
            return self._page(query)
        last = path.rpartition("/")[2]
        if path.endswith("/project/search"):
            return orjson.dumps({"isLast": True, "total": 1, "startAt": 0, "values": [_PROJECT]})
        answers: Mapping[str, Any] = {
            "serverInfo": {"deploymentType": "Cloud", "serverTime": as_jira_writes(day(30))},
            "myself": {"accountId": "bot", "timeZone": "UTC"},
            "field": FIELDS,
            "status": [],
            "issueLinkType": {"issueLinkTypes": []},
            "role": {},
            "bulk": {"isLast": True, "values": []},
            "approximate-count": {"count": len(self._found(str(query.get("jql"))))},
        }
        if last in answers:
            return orjson.dumps(answers[last])
        if path.startswith("/rest/agile/"):
            return orjson.dumps({"isLast": True, "startAt": 0, "maxResults": 50, "total": 0, "values": []})
        return b"[]"

    def _found(self, jql: str) -> range:
        first, last = 1, self._issues
        for sign, millis in _BOUND.findall(jql):
            number = int(millis) / 1000 - _BEGAN.timestamp()
            if sign in {">=", ">"}:
                first = max(first, int(number) + (sign == ">" or number != int(number)))
            else:
                last = min(last, int(number) - (sign == "<" and number == int(number)))
        found = range(first, last + 1)
        return found[::-1] if " DESC" in jql.upper() else found

    def _page(self, query: Mapping[str, Any]) -> bytes:
        found, at = self._found(query["jql"]), int(query.get("nextPageToken") or 0)
        size = min(int(query.get("maxResults") or 50), 100)
        issues = b",".join(self._issue(number) for number in found[at : at + size])
        more = at + size < len(found)
        tail = b',"nextPageToken":"%d","isLast":false}' % (at + size) if more else b',"isLast":true}'
        return b'{"issues":[' + issues + b"]" + tail

    def _issue(self, number: int) -> bytes:
        at = as_jira_writes(_BEGAN + timedelta(seconds=number)).encode()
        named = self._template.replace(b"@ID@", b"%d" % (1_000_000 + number))
        return named.replace(b"@NUMBER@", b"%d" % number).replace(b"@AT@", at)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("template", type=Path)
    parser.add_argument("issues", type=int)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    app = Made(given.template.read_bytes(), given.issues)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
