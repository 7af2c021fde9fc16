"""How fast we may ask. Waits before a request instead of being refused after it.

Three kinds of limits, each of a scope of its own: a rate per endpoint and method (Jira's burst limit, shared
by all callers of the site), a rate of writes per issue, and pauses that an answer asks for. Besides, only so
many requests are on their way at once, and writes to one issue go one after the other.

Figures: Atlassian's rate-limiting page. Data Center has a bucket per user that an admin sets; there the
answers say how full it is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.clock import Clock, SystemClock
from connectors.errors import RateLimited
from connectors.watch import Nobody, Watch, Why

METHODS: Mapping[str, float] = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
ENDPOINTS: Mapping[tuple[str, str], float] = {
    ("GET", "/issue/{}"): 150,
    ("GET", "/issue/{}/changelog"): 200,
    ("POST", "/search/approximate-count"): 150,
    ("GET", "/attachment/content/{}"): 300,
}
ISSUE_WRITES: tuple[tuple[int, float], ...] = ((20, 2), (100, 30))
_MANY_ISSUES = 500
_NOTHING = 1e-6
"""Seconds. Sums of fractions miss by less than that, and a clock may not be able to show it."""
_SHORT = 1e-3
"""Seconds. An event loop takes as long to do nothing; it is no waiting worth telling of."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What Jira allows a site; the defaults are Cloud's.

    Attributes:
        at_once: requests on their way at the same time (Atlassian advises 5 to 10).
        methods: requests a second, by method, for an endpoint that is not named.
        endpoints: requests a second, by method and the end of the endpoint's template.
        issue_writes: at most so many writes to one issue within so many seconds.
        near: the part of an endpoint's rate that is used while Jira says that its limit is near.
        longest: seconds. Having to wait longer, a call gives up, so that its caller can do other work.
    """

    at_once: int = 8
    methods: Mapping[str, float] = field(default_factory=lambda: METHODS)
    endpoints: Mapping[tuple[str, str], float] = field(default_factory=lambda: ENDPOINTS)
    issue_writes: tuple[tuple[int, float], ...] = ISSUE_WRITES
    near: float = 0.5
    longest: float = 60

    def rate(self, method: str, template: str) -> float:
        """Requests a second."""
        for (of_method, end), rate in self.endpoints.items():
            if method == of_method and template.endswith(end):
                return rate
        return self.methods.get(method, 50)


@dataclass(slots=True)
class _Bucket:
    """Tokens of one endpoint: as many as a second brings, so a burst of that size goes at once."""

    rate: float
    at: float
    tokens: float
    near_limit: bool = False
    paused_until: float = 0

    def refill(self, now: float, near: float) -> None:
        rate = self.rate * near if self.near_limit else self.rate
        self.tokens = min(max(rate, 1), self.tokens + (now - self.at) * rate)
        self.at = now

    def wait(self, now: float, near: float) -> float:
        self.refill(now, near)
        rate = self.rate * near if self.near_limit else self.rate
        return max(0.0, 1 - _NOTHING - self.tokens) / rate


@dataclass(slots=True)
class _IssueWrites:
    """When one issue was written, and whose turn it is."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    at: deque[float] = field(default_factory=deque)
    paused_until: float = 0

    def wait(self, now: float, limits: tuple[tuple[int, float], ...]) -> float:
        waits = [self.paused_until - now, 0.0]
        for most, seconds in limits:
            if len(self.at) >= most:
                waits.append(self.at[-most] + seconds - now)
        return max(waits)

    def note(self, now: float, limits: tuple[tuple[int, float], ...]) -> None:
        self.at.append(now)
        while len(self.at) > max((most for most, _ in limits), default=0):
            self.at.popleft()


@dataclass(frozen=True, slots=True)
class Request:
    """What a request is for the limits.

    Attributes:
        template: its path with `{}` for every id, which is what Jira calls an endpoint.
        issue: the issue that it writes, if it writes one.
    """

    method: str
    template: str
    issue: str | None = None

    @property
    def asked(self) -> str:
        """For an error's sentence."""
        return f"{self.method} {self.template}"


class Limiter:
    """The limits of one site, for all who call it through one client."""

    def __init__(
        self, limits: Limits | None = None, *, clock: Clock | None = None, watch: Watch | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._watch = watch or Nobody()
        self._slots = asyncio.Semaphore(self.limits.at_once)
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._issues: dict[str, _IssueWrites] = {}
        self._paused_until = 0.0

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait until the request may go, and count it.

        Raises:
            RateLimited: that would take longer than `limits.longest`.
        """
        async with AsyncExitStack() as stack:
            if request.issue is not None:
                with self._watched(request, "issue"):
                    await stack.enter_async_context(self._writes(request.issue).lock)
            while True:
                await self._until_allowed(request)
                with self._watched(request, "slot"):
                    await self._slots.acquire()
                if self._wait(request)[0] <= 0:
                    break
                self._slots.release()  # meanwhile an answer asked for a pause
            stack.callback(self._slots.release)
            self._count(request)
            yield

    def pause(self, request: Request, wait: timedelta, reason: str | None) -> None:
        """Nobody in the scope of `RateLimit-Reason` asks before the time is over.

        A burst limit is of the endpoint, a write limit of the issue; a quota, Data Center's bucket and what a
        gateway says without a reason are of the whole site.
        """
        until, why = self._clock.now() + wait.total_seconds(), (reason or "").lower()
        if "per-issue" in why and request.issue is not None:
            writes = self._writes(request.issue)
            writes.paused_until = max(writes.paused_until, until)
        elif "burst" in why or "per-issue" in why:
            bucket = self._bucket(request)
            bucket.paused_until = max(bucket.paused_until, until)
        else:
            self._paused_until = max(self._paused_until, until)

    def resume(self) -> None:
        """Ask again at once: an admin knows that the site grants more, whatever it told us to wait for."""
        self._paused_until = 0.0
        for bucket in self._buckets.values():
            bucket.paused_until = 0.0

    def learn(self, request: Request, headers: Mapping[str, str]) -> None:
        """What any answer says about how near the limit is (`X-RateLimit-…`)."""
        near = headers.get("x-ratelimit-nearlimit")
        if near is not None:
            self._bucket(request).near_limit = near.lower() == "true"
        interval, left = headers.get("x-ratelimit-interval-seconds"), headers.get("x-ratelimit-remaining")
        if interval is not None and left is not None and left.isdecimal() and int(left) == 0:
            # Data Center: the user's bucket is empty, and filled again after the interval.
            seconds = int(interval) if interval.isdecimal() else 1
            self._paused_until = max(self._paused_until, self._clock.now() + seconds)

    async def _until_allowed(self, request: Request) -> None:
        while (waiting := self._wait(request))[0] > 0:
            wait, why = waiting
            if wait > self.limits.longest:
                raise RateLimited(request.asked, retry_after=timedelta(seconds=wait), reason="pause")
            with self._watched(request, why):
                await self._clock.sleep(wait)

    def _wait(self, request: Request) -> tuple[float, Why]:
        """Seconds until the request may go, and what holds it up for the longest."""
        now, bucket = self._clock.now(), self._bucket(request)
        waits: list[tuple[float, Why]] = [
            (max(self._paused_until, bucket.paused_until) - now, "pause"),
            (bucket.wait(now, self.limits.near), "rate"),
        ]
        if request.issue is not None:
            waits.append((self._writes(request.issue).wait(now, self.limits.issue_writes), "issue"))
        wait, why = max(waits, key=lambda one: one[0])
        return (wait if wait > _NOTHING else 0), why

    @contextmanager
    def _watched(self, request: Request, why: Why) -> Iterator[None]:
        """Tell the onlooker how long the block took, if it took time at all."""
        started = self._clock.now()
        try:
            yield
        finally:
            if (seconds := self._clock.now() - started) > _SHORT:
                self._watch.waited(request.method, request.template, why, seconds)

    def _count(self, request: Request) -> None:
        self._bucket(request).tokens -= 1
        if request.issue is not None:
            self._writes(request.issue).note(self._clock.now(), self.limits.issue_writes)

    def _bucket(self, request: Request) -> _Bucket:
        key = request.method, request.template
        if key not in self._buckets:
            rate = self.limits.rate(*key)
            self._buckets[key] = _Bucket(rate, self._clock.now(), max(rate, 1))
        return self._buckets[key]

    def _writes(self, issue: str) -> _IssueWrites:
        if len(self._issues) > _MANY_ISSUES and issue not in self._issues:
            self._forget_idle()
        return self._issues.setdefault(issue, _IssueWrites())

    def _forget_idle(self) -> None:
        now, longest = self._clock.now(), max((seconds for _, seconds in self.limits.issue_writes), default=0)
        self._issues = {
            name: writes
            for name, writes in self._issues.items()
            if writes.lock.locked()
            or writes.paused_until > now
            or (writes.at and writes.at[-1] > now - longest)
        }
