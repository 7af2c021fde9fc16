"""Who works in a process, and the sites that it serves: started together, ended together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime

from app import log
from app.connections import jira_of
from app.metrics import Metrics
from app.services.oauth_tokens import StoredTokens
from app.services.similarity import Learnt
from app.settings import Settings, SiteSettings
from app.site_book import SiteBook
from app.store import sites, wakeups
from app.store.database import Database
from app.tracing import Tracing
from connectors.charts.renderer import Renderer
from connectors.jira.client import JiraClient
from connectors.watch import Everybody, Watch
from jobs.context import Context
from jobs.scheduler import Scheduler
from jobs.worker import Worker

Clock = Callable[[], datetime]

_log = log.get(__name__)


class Crew:
    """Who works in this process: the worker, the clock of the schedules, and the ear for other processes."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        book: SiteBook,
        make_worker: Callable[..., tuple[Context, Worker]],
        *,
        now: Clock,
        metrics: Metrics,
        traces: Tracing,
    ) -> None:
        self._settings = settings
        self._database = database
        self._book = book
        self._make_worker = make_worker
        self._now = now
        self._metrics = metrics
        self._traces = traces
        self.charts = Renderer()
        self.learnt = Learnt()
        self._worker: Worker | None = None
        self._working: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether nothing that was started here has ended."""
        return self._working is None or not self._working.done()

    def wake(self) -> None:
        """There is work in the store; whoever works elsewhere hears of it from the store."""
        if self._worker is not None:
            self._worker.wake()

    async def open_sites(
        self, stack: AsyncExitStack, rows: Mapping[str, sites.Site], *, works: bool, visits: bool
    ) -> None:
        """Begin to serve the sites, and follow whatever others change of them."""

        def connect(site: SiteSettings, name: str) -> Awaitable[JiraClient]:
            # None is used before it is needed, so Jira may be down at the start.
            tokens = StoredTokens(self._database, self._book.keyring, name, now=self._now)
            return jira_of(stack, site, now=self._now, watch=self._watch(name), tokens=tokens)

        await self._book.open(rows, connect if works else None)
        if not visits:
            following = asyncio.create_task(self._book.follow(), name="sites")
            stack.push_async_callback(_cancelled, following)

    async def start(self, stack: AsyncExitStack, when_worker_ends: Callable[[], object]) -> None:
        """Begin to work; the stack ends it."""
        context, worker = self._make_worker(
            self._settings,
            self._database,
            self._book.jira,
            self._now,
            metrics=self._metrics,
            traces=self._traces,
            charts=self.charts,
            learnt=self.learnt,
        )
        self._worker = worker
        self._working = working = asyncio.create_task(worker.run(), name="worker")
        working.add_done_callback(lambda _: None if worker.stopped else when_worker_ends())
        stack.push_async_callback(_stop_worker, worker, working)
        if not self._database.has_one_writer:
            url = self._settings.database_url.get_secret_value()
            listening = asyncio.create_task(wakeups.listen(url, worker.wake), name="wakeups")
            stack.push_async_callback(_cancelled, listening)
        scheduler = Scheduler(context)
        await scheduler.start()
        stack.callback(scheduler.stop)

    def _watch(self, site: str) -> Watch:
        return Everybody(self._metrics.watch(site), self._traces.watch(site))


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


async def _stop_worker(worker: Worker, working: "asyncio.Task[None]") -> None:
    worker.stop()
    await asyncio.wait([working])
    if (error := working.exception()) is not None:
        _log.error("worker.failed", exc_info=error)
