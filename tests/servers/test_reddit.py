"""The loopback Reddit as a process of its own, steered over HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.servers.reddit", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def test_a_process_prints_its_address_and_takes_posts_and_faults(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        posted = client.post("/_control/add_submission", json={"title": "Acme", "at": 1e9})
        name = posted.json()["result"]
        client.post("/_control/fault", json={"kind": "status", "path": "/new", "status": 503})

        broken = client.get("/r/acme/new/.rss")
        client.post("/_control/clear_faults")
        whole = client.get("/r/acme/new/.rss")

        assert broken.status_code == 503
        assert f"<id>{name}</id>" in whole.text
        assert name in client.get("/_control/state").json()["result"]["things"]
        assert client.post("/_control/stop_everything").status_code == 404
        assert client.post("/_control/edit", json={"name": "t3_none", "text": ""}).is_client_error


def test_an_api_without_a_token_is_refused(address: str) -> None:
    answer = httpx.get(f"{address}/r/acme/new")

    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["www-authenticate"]
