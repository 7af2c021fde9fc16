"""What happened, counted: for Prometheus, and in its words (base units, `_total`, bounded labels).

One registry an application, so that several can live in a process. What is told here is of this process; what
the store knows (depth and age of the queues) is read when somebody looks, by `app.api.metrics`.
"""

from collections.abc import Collection
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from connectors.watch import Watch, Why

OTHER, UNKNOWN = "other", "unknown"
_DOOR = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_WORK = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)
_JIRA = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_WAIT = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60)

# A second series beside each counter that only says when it began; it would double what is stored.
disable_created_metrics()  # type: ignore[no-untyped-call]


@cache
def version_of_this() -> str:
    """Burnish's own version, looked up once."""
    try:
        return version("burnish")
    except PackageNotFoundError:  # a checkout that nobody installed
        return UNKNOWN


class Metrics:
    """Told what happened, by methods that are named after it.

    Args:
        sites: names of the sites; a label never takes what a stranger wrote.
        events: names of Jira's events that are known; others count as "other".
    """

    def __init__(self, *, sites: Collection[str] = (), events: Collection[str] = ()) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=True)
        self._sites, self._events = set(sites), frozenset(events)
        self._doors: dict[tuple[str, int], Counter] = {}
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        info = Info("burnish_build", "What runs here.", registry=registry)
        info.info({"version": version_of_this()})
        self._work = Histogram(
            "burnish_work_seconds",
            "How long handling a row of a queue took, and how it ended.",
            ("queue", "kind", "outcome"),
            buckets=_WORK,
            registry=registry,
        )
        self._effects = self._counter(
            "burnish_effects_total",
            "Effects by what became of an attempt to carry them out.",
            ("kind", "outcome"),
        )
        self._deliveries = self._counter(
            "burnish_deliveries_total", "Webhook deliveries by what became of them.", ("event", "outcome")
        )
        self._decisions = self._counter(
            "burnish_rule_decisions_total",
            "Decisions of rules by how they ended, live and in shadow.",
            ("outcome", "mode"),
        )
        self._webhooks = self._counter(
            "burnish_webhook_requests_total",
            "Requests at the door for webhooks, by the status of the answer.",
            ("site", "status"),
        )
        self._unannounced = self._counter(
            "burnish_sync_unannounced_total",
            "Changes in Jira that no webhook told although the site's webhooks come in, by who found them.",
            ("site", "found_by"),
        )
        self._webhook_seconds = Histogram(
            "burnish_webhook_request_duration_seconds",
            "From a webhook request's headers to our answer; an accepted delivery is on disk by then.",
            buckets=_DOOR,
            registry=registry,
        )
        self._jira = JiraMetrics(registry)

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def know_site(self, name: str) -> None:
        """A site that was made while we ran."""
        self._sites.add(name)

    def work_done(self, queue: str, kind: str, outcome: str, seconds: float) -> None:
        """A row of a queue (for deliveries: a batch) was handled.

        Args:
            queue: the table's name.
            kind: of the row, out of few.
            outcome: the state that the row ended in, or "postponed", "lost", "handed back".
            seconds: from claim to end.
        """
        self._work.labels(queue, kind, outcome).observe(seconds)

    def effect_done(self, kind: str, outcome: str) -> None:
        """An attempt at an effect ended: "done", "skipped", "postponed", "dead"."""
        self._effects.labels(kind, outcome).inc()

    def delivery_settled(self, event: str | None, outcome: str) -> None:
        """A delivery ended in a state."""
        self._deliveries.labels(event if event in self._events else OTHER, outcome).inc()

    def rule_decided(self, outcome: str, *, shadow: bool) -> None:
        """A rule decided on an event."""
        self._decisions.labels(outcome, "shadow" if shadow else "live").inc()

    def unannounced(self, site: str, found_by: str, changes: int) -> None:
        """A catch-up or a reconcile found changes that a webhook should have told."""
        self._unannounced.labels(site, found_by).inc(changes)

    def webhook_answered(self, site: str, status: int, seconds: float) -> None:
        """The door for webhooks answered.

        Args:
            site: as the address names it; whatever is not in the settings counts as "unknown".
            status: of the answer.
            seconds: since the request came.
        """
        counter = self._doors.get((site, status))
        if counter is None:
            known = site if site in self._sites else UNKNOWN
            counter = self._webhooks.labels(known, str(status))
            if known is not UNKNOWN:  # strangers' words are not kept
                self._doors[site, status] = counter
        counter.inc()
        self._webhook_seconds.observe(seconds)

    def watch(self, site: str) -> Watch:
        """Looks on while Jira is asked."""
        return _SiteWatch(self._jira, site)


class JiraMetrics:
    """How the sites answer; what is asked there too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        endpoint = ("site", "method", "endpoint")
        self.requests = Counter(
            "jira_requests_total",
            "Requests to Jira by endpoint and by status, or by the error that came instead of an answer.",
            (*endpoint, "status"),
            registry=registry,
        )
        self.duration = Histogram(
            "jira_request_duration_seconds",
            "From sending a request to Jira to its whole answer.",
            endpoint,
            buckets=_JIRA,
            registry=registry,
        )
        self.limiter_wait = Histogram(
            "jira_limiter_wait_seconds",
            "How long requests that had to wait did so before they were sent, by what they waited for.",
            ("site", "reason"),
            buckets=_WAIT,
            registry=registry,
        )


class _SiteWatch:
    def __init__(self, jira: JiraMetrics, site: str) -> None:
        self._jira = jira
        self._site = site

    def answered(self, method: str, template: str, outcome: str, seconds: float) -> None:
        self._jira.requests.labels(self._site, method, template, outcome).inc()
        self._jira.duration.labels(self._site, method, template).observe(seconds)

    def waited(self, method: str, template: str, why: Why, seconds: float) -> None:  # noqa: ARG002
        self._jira.limiter_wait.labels(self._site, why).observe(seconds)
