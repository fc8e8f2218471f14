"""Archives read on a Dask cluster, one task an archive; the scheduler says who reads what.

Its extra, `cluster`, is needed here and on all workers. Without an address a cluster of processes
is begun on this machine and ends with the reading.
"""

import logging
import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from connectors.archive.engines.courses import (
    STDIN,
    Course,
    Read,
    cores,
    largest_last,
)
from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError, UnavailableError
from monitor.model import Archive, Place, Portion

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_S = 60.0  # without any worker: a cluster may be about to bring new ones
_CONNECT_S = 10.0
_CONFIG = {
    "distributed.worker.profile.enabled": False,  # costs some 5 % of a reader
    "distributed.scheduler.http.routes": [],  # no pages of a cluster of ours
    "distributed.worker.http.routes": [],
    "distributed.comm.timeouts.connect": f"{_CONNECT_S}s",
}


class ClusterEngine:
    """Reads on the cluster at `scheduler`, or on one of its own with so many `workers`."""

    def __init__(
        self,
        wanted: Wanted,
        *,
        scheduler: str | None = None,
        workers: int | None = None,
        read: Read | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        _needs_extra()
        if read is None:
            from connectors.archive.reading import read as archive_read

            read = archive_read
        self._wanted = wanted
        self._read = read
        self._scheduler = scheduler
        self._workers = workers or cores()
        self._patience_s = patience_s

    def portions(self, wanted: Sequence[tuple[Archive, Place]]) -> Generator[Portion, None, None]:
        """Yield what stands in each archive from its place on.

        Raises: `UnavailableError` where the cluster is gone or has no workers; `ConfigError` where
        they cannot reach the archives.
        """
        courses = largest_last(wanted)
        if any(each.archive.path == STDIN for each in courses):
            raise ConfigError(
                "-: a cluster cannot read standard input; read it with --engine local"
            )
        if not courses:
            return
        with _translated_errors(), self._client(len(courses)) as client:
            _check_workers(client, courses, self._patience_s)
            from connectors.archive.engines.cluster_round import Round

            round_ = Round(client, (self._read, self._wanted), courses, self._patience_s)
            try:
                yield from round_.portions()
            finally:
                round_.close()

    @contextmanager
    def _client(self, most: int) -> "Iterator[Client]":
        import dask

        with dask.config.set(_CONFIG):
            place = (
                nullcontext(self._scheduler)
                if self._scheduler
                else _own_cluster(min(self._workers, most))
            )
            with place as address, _connected(address, self._patience_s) as client:
                yield client


def _check_workers(client: "Client", courses: list[Course], patience_s: float) -> None:
    """Have each worker look at the archives. Raises: `ConfigError`, `UnavailableError`."""
    from connectors.archive.engines.cluster_task import installed, look

    try:
        client.wait_for_workers(1, timeout=patience_s)
    except TimeoutError as error:
        raise UnavailableError("dask", f"no worker for {patience_s:.0f} s") from error
    sources = tuple(each.source for each in courses)
    for worker, seen in client.run(look, sources, on_error="return").items():
        if isinstance(seen, BaseException):
            if isinstance(seen, OSError):  # it left meanwhile
                continue
            raise ConfigError(
                f"dask: {worker} cannot read archives ({type(seen).__name__}: {seen}): "
                "install mentiondesk[cluster] there"
            )
        found, faults = seen
        if found != installed():
            raise ConfigError(f"dask: {worker} has mentiondesk {found}, here is {installed()}")
        if faults:
            raise ConfigError(
                f"dask: {worker} does not reach {faults[0]}: archives must have the same path there"
            )


@contextmanager
def _own_cluster(workers: int) -> Iterator[str]:
    """Yield the address of a cluster on this machine: loopback only, no dashboard, no limits.

    A reader takes the archive's window and little else, which Dask's limits would take for a leak.
    """
    from distributed import LocalCluster

    with TemporaryDirectory(prefix="mentiondesk-", ignore_cleanup_errors=True) as folder:
        with _deaf_to_ctrl_c():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                memory_limit=0,
                local_directory=folder,
                silence_logs=logging.CRITICAL,
            )
        with cluster:
            yield cluster.scheduler_address


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have threads begun here, and their processes, not hear Ctrl-C: this process ends them."""
    resource_tracker.ensure_running()  # it lets its thread hear again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _connected(scheduler: str, patience_s: float) -> "Iterator[Client]":
    from connectors.archive.engines.cluster_client import connected

    try:
        client = connected(scheduler, min(patience_s, _CONNECT_S))
    except ValueError as error:
        raise ConfigError(f"--scheduler: {scheduler}: {error}") from error
    except OSError as error:
        raise UnavailableError("dask", f"no scheduler answers at {scheduler}") from error
    except Exception as error:  # whatever is made of the answer of some other service
        raise UnavailableError("dask", f"what answers at {scheduler} is no scheduler") from error
    with client:
        yield client


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError("dask", f"the scheduler is gone: {reason}") from error


def _needs_extra() -> None:
    try:
        import distributed  # noqa: F401 - to see whether it is there
    except ImportError as error:
        raise ConfigError("--engine dask: pip install 'mentiondesk[cluster]'") from error
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is told in one line
