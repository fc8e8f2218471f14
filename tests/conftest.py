"""What every test may ask for."""

import signal
from pathlib import Path

import pytest

from tests import nursery

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """Hear Ctrl-C even where a shell started the tests in the background, which passes it by."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    """End the process in which commands began."""
    nursery.close()


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the daemon does."""
    return "asyncio"


@pytest.fixture
def shared() -> Path:
    """Return the folder of recorded payloads and labelled posts beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (recorded payloads and labelled posts), which is not here")
    return SHARED
