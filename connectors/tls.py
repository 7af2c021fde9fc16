"""Whose certificates we believe: read once for all clients, since each time takes 17 ms and a megabyte."""

import ssl
from functools import cache

import httpx


@cache
def trusted(*, environment: bool) -> ssl.SSLContext:
    """For clients of https: what the package of authorities says.

    Args:
        environment: whether SSL_CERT_FILE and SSL_CERT_DIR name other authorities; they are read once, too.
    """
    return httpx.create_ssl_context(trust_env=environment)
