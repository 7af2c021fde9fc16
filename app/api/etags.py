"""ETag and If-Match (RFC 9110), for what two admins may edit.

A GET answers with `stamp(response, version)`. The route that edits takes an `IfMatch`, answers
`responses(412, 428)`, and has its service call `app.services.versions.check` in the transaction that writes.
"""

from typing import Annotated

from fastapi import Header, Response

from app.services.versions import etag

IfMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        description="The ETag of the version that is edited; needed, or 428.",
        examples=['"3"'],
    ),
]


def stamp(response: Response, version: int | str) -> None:
    """Say which version the answer shows."""
    response.headers["ETag"] = etag(version)
