"""Rate limits as Jira has them, all off until somebody sets them.

Cloud: a token bucket for each endpoint and method (burst), 20 writes in 2 seconds and 100 in 30 seconds to
one issue, and a quota of points by the hour. 429 says which with `RateLimit-Reason`; `X-RateLimit-NearLimit`
warns below 20 %. Data Center: one bucket for each user, filled in intervals; the body of a 429 is plain text.
Sources: Atlassian's pages on rate limiting (Cloud 2026-08, Data Center 10.3).
"""

import math
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

BURST = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}
PER_ISSUE = ((20, 2.0), (100, 30.0))
NEAR = 0.2
_ID = re.compile(r"/(?:\d+|[A-Za-z][A-Za-z0-9_]*-\d+)(?=/|$)")
_ISSUE = re.compile(r"^/rest/(?:api/\d|agile/1\.0)/issue/([^/]+)(?:/|$)")
_NOT_ISSUES = frozenset({"bulk", "bulkfetch", "createmeta", "rank", "picker"})
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Which limits are in force.

    Attributes:
        burst: requests a second by method (buckets hold one second's worth); None is no limit.
        per_issue: whether writes to one issue are limited.
        quota: points in an hour; a request costs one.
        bucket: Data Center's capacity, fill rate and interval in seconds.
    """

    burst: Mapping[str, float] | None = None
    per_issue: bool = False
    quota: int | None = None
    bucket: tuple[int, int, float] | None = None

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Limits":
        """From `{"burst": {"GET": 100}, "perIssue": true, "quota": 65000, "bucket": [60, 10, 6]}`."""
        burst, bucket, quota = document.get("burst"), document.get("bucket"), document.get("quota")
        rates = BURST if burst is True else burst
        return cls(
            {str(name).upper(): float(rate) for name, rate in rates.items()} if rates else None,
            bool(document.get("perIssue")),
            None if quota is None else int(quota),
            (int(bucket[0]), int(bucket[1]), float(bucket[2])) if bucket else None,
        )

    def document(self) -> dict[str, Any]:
        burst, bucket = self.burst, self.bucket
        return {
            "burst": dict(burst) if burst else None,
            "perIssue": self.per_issue,
            "quota": self.quota,
            "bucket": list(bucket) if bucket else None,
        }


@dataclass(slots=True)
class Bucket:
    left: float
    at: float


@dataclass(slots=True)
class Limiter:
    """Counts requests by real time, whatever the site's own clock does."""

    cloud: bool
    elapsed: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _writes: dict[str, deque[float]] = field(default_factory=dict)
    _spent: int = 0
    _hour: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def set(self, limits: Limits) -> None:
        self.limits = limits
        self._buckets.clear()
        self._writes.clear()
        self._spent = 0

    def admit(self, method: str, path: str, now: datetime) -> tuple[Headers, Response | None]:
        """What the answer must say of limits, and the refusal if there is one."""
        if not self.cloud:
            return self._data_center()
        headers: Headers = {}
        for check in (self._quota, self._issue, self._burst):
            refusal = check(method, path, now, headers)
            if refusal is not None:
                return headers, refusal
        return headers, None

    def _refused(self, reason: str, seconds: float, limit: float, now: datetime) -> Response:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        wait = max(1, math.ceil(seconds))
        headers = {
            "Retry-After": str(wait),
            "RateLimit-Reason": reason,
            "X-RateLimit-Limit": f"{limit:g}",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": _iso(now + timedelta(seconds=wait)),
            "X-RateLimit-NearLimit": "true",
        }
        body = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
        return JSONResponse(body, status_code=429, headers=headers)

    def _burst(self, method: str, path: str, now: datetime, headers: Headers) -> Response | None:
        rate = (self.limits.burst or {}).get(method)
        if rate is None:
            return None
        bucket, at = self._bucket(f"{method} {_ID.sub('/{}', path)}", rate), self.elapsed()
        bucket.left, bucket.at = min(rate, bucket.left + (at - bucket.at) * rate), at
        if bucket.left < 1:
            return self._refused("jira-burst-based", (1 - bucket.left) / rate, rate, now)
        bucket.left -= 1
        _tell(headers, rate, bucket.left, now + timedelta(seconds=1))
        return None

    def _bucket(self, name: str, full: float) -> Bucket:
        return self._buckets.setdefault(name, Bucket(full, self.elapsed()))

    def _issue(self, method: str, path: str, now: datetime, _: Headers) -> Response | None:
        match = _ISSUE.match(path)
        if not self.limits.per_issue or method == "GET" or not match or match[1] in _NOT_ISSUES:
            return None
        writes, at = self._writes.setdefault(match[1].upper(), deque(maxlen=PER_ISSUE[-1][0])), self.elapsed()
        for most, seconds in PER_ISSUE:
            recent = [one for one in writes if at - one < seconds]
            if len(recent) >= most:
                return self._refused("jira-per-issue-on-write", seconds - (at - recent[0]), most, now)
        writes.append(at)
        return None

    def _quota(self, _: str, __: str, now: datetime, headers: Headers) -> Response | None:
        if self.limits.quota is None:
            return None
        hour = round(now.timestamp()) // 3600
        self._spent, self._hour = (self._spent if hour == self._hour else 0), hour
        reset = datetime.fromtimestamp((hour + 1) * 3600, UTC)
        if self._spent >= self.limits.quota:
            wait = (reset - now).total_seconds()
            return self._refused("jira-quota-tenant-based", wait, self.limits.quota, now)
        self._spent += 1
        _tell(headers, self.limits.quota, self.limits.quota - self._spent, reset)
        return None

    def _data_center(self) -> tuple[Headers, Response | None]:
        if self.limits.bucket is None:
            return {}, None
        capacity, fill, interval = self.limits.bucket
        bucket, at = self._bucket("user", capacity), self.elapsed()
        fills = int((at - bucket.at) / interval)
        bucket.left, bucket.at = min(capacity, bucket.left + fills * fill), bucket.at + fills * interval
        refused = bucket.left < 1
        bucket.left -= 0 if refused else 1
        headers = {
            "X-RateLimit-Limit": str(capacity),
            "X-RateLimit-Remaining": str(int(bucket.left)),
            "X-RateLimit-FillRate": str(fill),
            "X-RateLimit-Interval-Seconds": f"{interval:g}",
            "Retry-After": str(max(1, math.ceil(bucket.at + interval - at)) if refused else 0),
        }
        if not refused:
            return headers, None
        self.counts["bucket"] = self.counts.get("bucket", 0) + 1
        return headers, PlainTextResponse("Rate limit exceeded.", status_code=429)


def _tell(headers: Headers, limit: float, left: float, reset: datetime) -> None:
    headers |= {
        "X-RateLimit-Limit": f"{limit:g}",
        "X-RateLimit-Remaining": str(int(left)),
        "X-RateLimit-Reset": _iso(reset),
    }
    if left < limit * NEAR:
        headers["X-RateLimit-NearLimit"] = "true"


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
