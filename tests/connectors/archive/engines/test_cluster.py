"""A cluster reads archives: one of this program's own, or a scheduler and workers elsewhere."""

import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from socket import socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from distributed import Client

from connectors.archive.engines.cluster import ClusterEngine
from connectors.archive.engines.courses import Read
from monitor.errors import ConfigError, UnavailableError
from monitor.model import Archive, Portion
from tests.connectors.archive.engines import readers
from tests.connectors.archive.engines.clusters import Cluster, a_cluster
from tests.connectors.archive.engines.readers import (
    ENDLESS,
    WANTED,
    all_keys,
    an_archive,
    from_the_start,
    keys,
)
from tests.connectors.archive.engines.watching import ROOT, a_program, reached, state, until


def read_there(cluster: Cluster, read: Read, *archives: Archive) -> list[Portion]:
    engine = ClusterEngine(WANTED, scheduler=cluster.address, read=read)
    return list(engine.portions(from_the_start(*archives)))


def queues_of(cluster: Cluster) -> list[str]:
    """Return the queues that a scheduler keeps."""
    with Client(cluster.address, set_as_default=False) as client:
        found: list[str] = client.run_on_scheduler(_queues)
    return found


def _queues(dask_scheduler: object) -> list[str]:
    return list(dask_scheduler.extensions["queues"].queues)  # type: ignore[attr-defined]


class _Page(BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_cluster_of_ones_own_reads_all_whoever_dies(tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, f"a{size}", size) for size in (0, 20, 41)]
    deadly = an_archive(tmp_path, "deadly", 50)
    engine = ClusterEngine(WANTED, workers=2, read=readers.dying_here_and_there)

    portions = list(engine.portions(from_the_start(deadly, *archives)))

    assert [keys(portions, each) for each in archives] == [all_keys(each) for each in archives]
    assert keys(portions, deadly) == all_keys(deadly)[:14]
    assert [each.damage for each in portions if each.damage] == [
        "its reader died 3 times after record 14: its workers were lost"
    ]


def test_a_cluster_of_ones_own_needs_no_port_that_is_taken(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, "a", 20)
    with socket() as taken:
        with suppress(OSError):  # then somebody else has it
            taken.bind(("127.0.0.1", 8787))  # of Dask's pages
            taken.listen()

        engine = ClusterEngine(WANTED, workers=1, read=readers.steady)
        portions = list(engine.portions(from_the_start(archive)))

    assert keys(portions, archive) == all_keys(archive)


def test_a_worker_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, name, 2_000) for name in "ab"]
    with a_cluster(tmp_path, workers=2) as cluster:
        engine = ClusterEngine(WANTED, scheduler=cluster.address, read=readers.steady)
        portions = []

        for portion in engine.portions(from_the_start(*archives)):
            portions.append(portion)
            if len(portions) == 100:
                os.kill(int(portion.mentions[0].place), signal.SIGKILL)

    assert [keys(portions, each) for each in archives] == [all_keys(each) for each in archives]
    assert len({mention.place for each in portions for mention in each.mentions}) == 2


def test_a_worker_that_joins_takes_what_would_wait_behind_a_huge_archive(tmp_path: Path) -> None:
    huge = an_archive(tmp_path, "huge", ENDLESS)
    small = [an_archive(tmp_path, name, 20) for name in "abc"]
    with a_cluster(tmp_path, workers=1) as cluster:
        engine = ClusterEngine(WANTED, scheduler=cluster.address, read=readers.endless_if_huge)
        with closing(engine.portions(from_the_start(*small, huge))) as portions:
            first = next(portions)

            cluster.hire()
            ended = list(islice((each.archive for each in portions if each.last), 3))

    assert first.archive == huge
    assert sorted(each.path for each in ended) == [each.path for each in small]


def test_wrong_settings_stop_everything(one_worker: Cluster, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such column"):
        read_there(one_worker, readers.misunderstood, an_archive(tmp_path, "a", 20))


def test_nothing_is_left_behind_in_a_scheduler_of_others(
    one_worker: Cluster, tmp_path: Path
) -> None:
    read_there(one_worker, readers.steady, an_archive(tmp_path, "a", 20))

    until(lambda: queues_of(one_worker) == [], "queues are left")


def test_a_worker_waits_while_nobody_takes_what_it_found(
    one_worker: Cluster, tmp_path: Path
) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    engine = ClusterEngine(WANTED, scheduler=one_worker.address, read=readers.endless)

    with closing(engine.portions(from_the_start(archive))) as portions:
        next(portions)
        until(lambda: _stands(archive), "the worker goes on and on")
        _, records = reached(archive)

    assert records < 100 * readers.STEP


def _stands(archive: Archive) -> bool:
    before = reached(archive)
    return all(reached(archive) == before for _ in range(5_000))


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_worker_is_free_again_once_nobody_asks(
    one_worker: Cluster, tmp_path: Path, how: str
) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    if how == "closed":
        engine = ClusterEngine(WANTED, scheduler=one_worker.address, read=readers.endless)
        with closing(engine.portions(from_the_start(archive))) as begun:
            next(begun)
    else:
        with a_program("endless", archive, scheduler=one_worker.address) as program:
            until(lambda: reached(archive)[0] > 0, "it is not read")
            program.kill()

    next_one = an_archive(tmp_path, "b", 20)
    portions = read_there(one_worker, readers.steady, next_one)

    assert keys(portions, next_one) == all_keys(next_one)


def test_workers_that_do_not_reach_an_archive_are_told_at_once(
    one_worker: Cluster, tmp_path: Path
) -> None:
    gone = Archive(path=str(tmp_path / "gone"), identity="gone", size=5, shape="made-up")

    with pytest.raises(ConfigError) as caught:
        read_there(one_worker, readers.steady, gone)

    assert f"does not reach {gone.path}: No such file or directory" in str(caught.value)


def test_workers_that_see_another_file_are_told_at_once(
    one_worker: Cluster, tmp_path: Path
) -> None:
    archive = an_archive(tmp_path, "a", 5)
    os.truncate(archive.path, 6)

    with pytest.raises(ConfigError, match="6 bytes there, 5 here"):
        read_there(one_worker, readers.steady, archive)


def test_standard_input_is_not_for_clusters(one_worker: Cluster) -> None:
    stdin = Archive(path="-", identity="", size=0, shape="made-up")

    with pytest.raises(ConfigError, match="standard input"):
        read_there(one_worker, readers.steady, stdin)


def test_a_scheduler_that_dies_is_told_in_one_line(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    with a_cluster(tmp_path, workers=1) as cluster:
        engine = ClusterEngine(WANTED, scheduler=cluster.address, read=readers.endless)
        with closing(engine.portions(from_the_start(archive))) as portions:
            next(portions)

            cluster.scheduler.kill()

            with pytest.raises(UnavailableError, match="the scheduler is gone"):
                list(portions)


def test_a_scheduler_without_workers_is_told_in_one_line(tmp_path: Path) -> None:
    with a_cluster(tmp_path, workers=0) as cluster:
        engine = ClusterEngine(
            WANTED, scheduler=cluster.address, read=readers.steady, patience_s=0.2
        )

        with pytest.raises(UnavailableError, match="dask: no worker"):
            list(engine.portions(from_the_start(an_archive(tmp_path, "a", 5))))


def test_an_address_where_nobody_answers_is_told_in_one_line(tmp_path: Path) -> None:
    engine = ClusterEngine(
        WANTED, scheduler="tcp://127.0.0.1:1", read=readers.steady, patience_s=0.2
    )

    with pytest.raises(UnavailableError, match="no scheduler answers at tcp"):
        list(engine.portions(from_the_start(an_archive(tmp_path, "a", 5))))


def test_what_answers_and_is_no_scheduler_is_told_in_one_line(tmp_path: Path) -> None:
    with ThreadingTCPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
        engine = ClusterEngine(WANTED, scheduler=address, read=readers.steady)

        with pytest.raises(UnavailableError, match=f"what answers at {address} is no scheduler"):
            list(engine.portions(from_the_start(an_archive(tmp_path, "a", 5))))

        server.shutdown()


def test_an_address_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    engine = ClusterEngine(WANTED, scheduler="ftp://there", read=readers.steady)

    with pytest.raises(ConfigError, match="--scheduler: ftp://there"):
        list(engine.portions(from_the_start(an_archive(tmp_path, "a", 5))))


def test_ctrl_c_ends_a_cluster_of_ones_own_and_only_the_program_speaks_of_it(
    tmp_path: Path,
) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    with a_program("endless", archive, scheduler="own") as program:
        until(lambda: reached(archive)[0] > 0, "it is not read")

        os.killpg(program.pid, signal.SIGINT)  # as a terminal does
        _, said = program.communicate(timeout=60)

    assert said.count("Traceback") == 1, said
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert state(reached(archive)[0]) == ""


def test_a_cluster_of_ones_own_ends_with_a_program_that_was_killed(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    with a_program("endless", archive, scheduler="own") as program:
        until(lambda: reached(archive)[0] > 0, "it is not read")

        program.kill()

        until(lambda: not state(reached(archive)[0]), "an orphan reads on")


def test_a_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from connectors.archive.engines.cluster import ClusterEngine\n"
        "ClusterEngine(None, read=print)"
    )

    outcome = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "ConfigError: --engine dask: pip install 'mentiondesk[cluster]'" in outcome.stderr
