"""One sync of a Jira into a new SQLite file: `python -m tests.benchmarks.sync_once URL FILE`.

Prints one JSON document: `seconds` of the sync, `cpu` seconds of this process in it, `issues` and `changes`
in the store, `peak_mb` of memory.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from app import connections, interpreter, main
from app.clock import utc_now
from app.settings import Settings, SiteSettings
from app.store import schema, tables
from connectors.sandbox.config import SandboxConfig
from jobs.sync.run import sync


async def _silent(_: Mapping[str, Any]) -> None:
    pass


async def _sync(url: str, file: str) -> dict[str, Any]:
    account = SandboxConfig()
    site = SiteSettings.model_validate({"url": url, "email": account.email, "token": account.token})
    settings = Settings.model_validate({"database_url": f"sqlite:///{file}", "sites": {"demo": site}})
    async with AsyncExitStack() as stack:
        database = schema.open_newest(settings.database_url.get_secret_value(), {"doing": "a benchmark"})
        stack.callback(database.close)
        rows = await database.call_write(partial(main.ensure_sites, settings=settings, now=utc_now()))
        (jira_site,) = await connections.connect(stack, settings, rows, now=utc_now)
        context, _ = main.make_worker(settings, database, [jira_site], utc_now)
        interpreter.tune()  # as the command does
        begun, cpu = time.perf_counter(), time.process_time()
        reading = await sync(context, jira_site, report=_silent)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        with database.read() as tx:
            issues, changes = (
                tx.exec_driver_sql(f"SELECT count(*) FROM {table.name}").scalar_one()
                for table in (tables.issues, tables.changes)
            )
    assert not reading.failures, reading.failures
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "issues": issues, "changes": changes, "peak_mb": peak}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_sync(*sys.argv[1:]))))
