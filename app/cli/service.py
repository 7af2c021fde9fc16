"""Commands that stay: the service, and a worker."""

import os
import signal
from typing import Annotated

import typer
import uvicorn

from app import main
from app.cli.common import plain_errors, read_settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    *,
    work: Annotated[
        bool, typer.Option(help="Also work off what comes in; --no-work leaves that to `burnish work`.")
    ] = True,
) -> None:
    """Run the service: webhooks, API, worker and schedules."""
    with plain_errors():
        _run(host, port, doors=True, works=work)


def work(
    host: Annotated[str, typer.Option(help="Address for health and metrics.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8001,
) -> None:
    """Run a worker with schedules and without doors; any number of them share one PostgreSQL."""
    with plain_errors():
        _run(host, port, doors=False, works=True)


def _run(host: str, port: int, *, doors: bool, works: bool) -> None:
    settings = read_settings()
    main.prepare(settings)
    service = main.create_app(
        settings, address=_address(host, port), when_worker_ends=_end, doors=doors, works=works
    )
    uvicorn.run(
        service,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nothing here asks who called
        lifespan="on",
        # Supervisors often kill after 10 s; the worker wants some of that to hand its work back.
        timeout_graceful_shutdown=4,
    )


def _address(host: str, port: int) -> str:
    """Where this machine reaches the service."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end() -> None:
    """A service that takes in webhooks and does nothing with them is worse than one that is started anew."""
    os.kill(os.getpid(), signal.SIGTERM)
