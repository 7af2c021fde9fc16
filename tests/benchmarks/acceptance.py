"""How fast deliveries are accepted: signed, 12 KB, 64 connections, one process on one core."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.benchmarks import databases, servers
from tests.benchmarks.knocking import knock
from tests.benchmarks.lines import Line
from tests.benchmarks.servers import Server

ROUNDS = 5
ROUND_SECONDS = 3.0
LONG_PAST = 1_000_000


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of one server.

    Attributes:
        rate: accepted a second.
        p99: milliseconds.
        cpu: microseconds of its processor for each request; a noisy machine disturbs it the least.
    """

    rate: float
    p99: float
    cpu: float


Heards = Mapping[str, list[Round]]


def acceptance(kind: str) -> Iterator[Line]:
    """Against an endpoint that stores nothing: with a new store, a long past, and the worker at work."""
    with ExitStack() as stack:
        here = stack.enter_context(databases.folder())
        server = stack.enter_context(databases.postgresql(here)) if kind == "postgresql" else None
        make = partial(databases.store, kind, here, server)
        asked = {
            "bare": stack.enter_context(servers.bare()),
            "new": stack.enter_context(servers.burnish(make(), here)),
            "long_past": stack.enter_context(servers.burnish(make(deliveries_before=LONG_PAST), here)),
            "working": stack.enter_context(servers.burnish(make(), here, works=True)),
        }
        heard = in_turn(asked)
    name = f"webhook_accept_{kind}"
    yield Line(f"webhook_bare_beside_{kind}", _rate(heard, "bare"), "1/s")
    yield Line(name, _rate(heard, "new"), "1/s", _ratio(heard, "new", "bare"), "bare")
    yield Line(f"{name}_p99", _p99(heard, "new"), "ms", _p99(heard, "new") / _p99(heard, "bare"), "bare")
    yield Line(f"{name}_cpu", _cpu(heard, "new"), "us", _cpu(heard, "new") / _cpu(heard, "bare"), "bare")
    yield Line(f"{name}_1m", _rate(heard, "long_past"), "1/s", _ratio(heard, "long_past", "new"), "new_store")
    yield Line(
        f"{name}_1m_p99",
        _p99(heard, "long_past"),
        "ms",
        _p99(heard, "long_past") / _p99(heard, "bare"),
        "bare",
    )
    yield Line(f"{name}_working", _rate(heard, "working"), "1/s", _ratio(heard, "working", "bare"), "bare")


def on_a_slow_disk(kind: str) -> Iterator[Line]:
    """With 5 ms added to every fsync."""
    with ExitStack() as stack:
        here = stack.enter_context(databases.folder())
        slow = databases.slow_disk(here)
        server = stack.enter_context(databases.postgresql(here, slow)) if kind == "postgresql" else None
        url = databases.store(kind, here, server)
        environment = slow if kind == "sqlite" else None
        slowed = stack.enter_context(servers.burnish(url, here, environment=environment))
        heard = in_turn({"slow": slowed})
    yield Line(f"webhook_accept_{kind}_fsync_5ms", _rate(heard, "slow"), "1/s")
    yield Line(f"webhook_accept_{kind}_fsync_5ms_p99", _p99(heard, "slow"), "ms")


def in_turn(asked: Mapping[str, Server]) -> Heards:
    """All in turns, round after round, so that a noisy neighbour troubles them alike."""
    for server in asked.values():
        knock(server.port, seconds=1)
    heard: dict[str, list[Round]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, server in asked.items():
            before = server.cpu_seconds()
            said = knock(server.port, seconds=ROUND_SECONDS)
            spent = server.cpu_seconds() - before
            heard[name].append(Round(said.rate, said.p99, spent / said.good * 1e6))
    return heard


def _rate(heard: Heards, name: str) -> float:
    return median(one.rate for one in heard[name])


def _p99(heard: Heards, name: str) -> float:
    return median(one.p99 for one in heard[name])


def _cpu(heard: Heards, name: str) -> float:
    return median(one.cpu for one in heard[name])


def _ratio(heard: Heards, name: str, peer: str) -> float:
    """Round by round, since neighbours in time are comparable."""
    return median(one.rate / other.rate for one, other in zip(heard[name], heard[peer], strict=True))
