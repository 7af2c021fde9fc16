"""The token that dynamic webhooks carry: a JWT (RFC 7519) signed with HS256."""

import base64
import hashlib
import hmac
import json


def signed_token(secret: str, *, issuer: str) -> str:
    """Header and claims with the signature of the app's client secret."""
    parts = [_encoded(json.dumps(one).encode()) for one in ({"alg": "HS256", "typ": "JWT"}, {"iss": issuer})]
    text = ".".join(parts)
    return f"{text}.{_encoded(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
