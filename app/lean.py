"""Libraries that load pygments where they find it, to print code in colour, and much of rich for that.

Loaded here without it, before anybody else loads them: 5 MB that a service would hold as long as it lives.
"""

import sys

__all__ = ["structlog"]

_IS_LOADED = "pygments" in sys.modules
if not _IS_LOADED:
    sys.modules["pygments"] = None  # type: ignore[assignment]
try:
    import httpx  # noqa: F401
    import mako.exceptions  # type: ignore[import-untyped]  # noqa: F401
    import structlog
finally:
    if not _IS_LOADED:
        del sys.modules["pygments"]
