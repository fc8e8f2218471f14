"""What tests of the engines may ask for."""

from collections.abc import Iterator

import pytest

from tests.connectors.archive.engines.clusters import Cluster, a_cluster


@pytest.fixture(scope="module")  # not longer: another module kills whatever reads
def one_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster with one worker."""
    with a_cluster(tmp_path_factory.mktemp("cluster"), workers=1) as cluster:
        yield cluster
