"""Commands that stay: the service, and a worker."""

import errno
import os
import signal
import socket
from typing import Annotated, Any

import typer
import uvicorn

from app import main
from app.cli.common import plain_errors, read_settings
from app.errors import NotPossible

_NO_PORT = {
    errno.EADDRINUSE: "another process has it",
    errno.EACCES: "this user may not take it",
}


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
    _check_free(host, port)
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


def _check_free(host: str, port: int) -> None:
    """The server asks for its port last, when a worker has begun already; so look before anything is done.

    Raises:
        NotPossible: nobody can listen there.
    """
    refused, there = "", False
    try:
        for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
            try:
                _listen_once(found[0], found[4])
                there = True
            except OSError as error:
                if error.errno in _NO_PORT:
                    message = f"Port {port} of {host} cannot be had: {_NO_PORT[error.errno]}."
                    raise NotPossible(f"{message} Choose another with --port.") from error
                refused = os.strerror(error.errno or 0)  # a machine without IPv6 may name such an address
    except socket.gaierror as error:
        refused = error.strerror or "no such name"
    if not there:
        raise NotPossible(f"Nothing can listen at {host}: {refused}. Choose another address with --host.")


def _listen_once(family: socket.AddressFamily, where: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind(where)


def _address(host: str, port: int) -> str:
    """Where this machine reaches the service."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end() -> None:
    """A service that takes in webhooks and does nothing with them is worse than one that is started anew."""
    os.kill(os.getpid(), signal.SIGTERM)
