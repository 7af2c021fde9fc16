"""A token file that is of no use is named, before anything is bought or signed with it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import ReconnectRequired
from connectors.jira.oauth import OAuth
from connectors.jira.tokens import FileTokenStore
from tests.connectors.jira.site import Site

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
WHOLE = '{"access_token": "hush", "refresh_token": "hush", "expires_at": "2026-03-11T13:00:00+00:00"}'

SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda file: file.unlink(missing_ok=True), "never connected"),
    "unreadable": (Path.mkdir, "cannot be read"),
    "cut off": (lambda file: file.write_text(WHOLE[:40]), "holds no OAuth tokens"),
    "without a token": (lambda file: file.write_text(WHOLE.replace("refresh", "other")), "holds no OAuth"),
    "without an instant": (lambda file: file.write_text(WHOLE.replace("13:00", "soon")), "holds no OAuth"),
    "a list": (lambda file: file.write_text('["hush"]'), "holds no OAuth tokens"),
    "no text": (lambda file: file.write_bytes(b"\xff\xfe\x00"), "cannot be read"),
}


@pytest.mark.parametrize(("spoil", "why"), SPOILED.values(), ids=SPOILED)
async def test_a_spoiled_token_file_asks_for_a_new_connection_and_tells_no_secret(
    tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    file = tmp_path / "tokens.json"
    spoil(file)
    credentials = OAuth("app", "client-secret", FileTokenStore(file), now=lambda: NOW, cloud_id="c-7")
    async with Site(None, credentials=credentials).opened() as site:
        with pytest.raises(ReconnectRequired, match=why) as caught:
            await site.jira.myself()
    assert "hush" not in str(caught.value)
    assert site.requests == []
