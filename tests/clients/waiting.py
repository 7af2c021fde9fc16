"""Wait until a server answers."""

import time

import httpx


def until_answered(url: str, seconds: float = 30) -> None:
    """Return when `url` answers at all."""
    until = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            assert time.monotonic() < until, f"{url} does not answer"
            time.sleep(0.1)
        else:
            return
