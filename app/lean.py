"""Libraries that load pygments where they find it, to print code in colour, and much of rich for that.

Loaded here without it, before anybody else loads them: 5 MB that a service would hold as long as it lives.
"""

import sys
from importlib import import_module

__all__ = ["structlog"]

_IS_LOADED = "pygments" in sys.modules
if not _IS_LOADED:
    sys.modules["pygments"] = None  # type: ignore[assignment]
try:
    import structlog

    for _name in ("httpx", "mako.exceptions"):  # which are used elsewhere
        import_module(_name)
finally:
    if not _IS_LOADED:
        del sys.modules["pygments"]
