"""What every test may ask for."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


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
