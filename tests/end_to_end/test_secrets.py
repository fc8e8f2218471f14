"""No secret is ever written anywhere: not in logs, tracebacks, answers, the database or output."""

import base64
from urllib.parse import quote

from tests.end_to_end.test_run import BROKEN, LATE
from tests.end_to_end.world import ADA, CHAT, SECRETS, World

PUBLIC = "MENTIONDESK_REDDIT_USERNAME"


def spellings(world: World) -> set[str]:
    """Return every secret in the forms in which it travels, with the tokens Reddit gave out."""
    secret = {name: each for name, each in SECRETS.items() if name != PUBLIC}
    client = secret["MENTIONDESK_REDDIT_CLIENT_ID"]
    login = f"{client}:{secret['MENTIONDESK_REDDIT_CLIENT_SECRET']}"
    del secret["MENTIONDESK_REDDIT_CLIENT_ID"]  # Reddit shows it to everyone who logs in
    plain = {*secret.values(), secret["MENTIONDESK_TELEGRAM_TOKEN"].partition(":")[2]}
    quoted = {quote(each, safe="") for each in plain}
    return plain | quoted | {base64.b64encode(login.encode()).decode()} | given_out(world)


def given_out(world: World) -> set[str]:
    """Return every token that came with a request to Reddit."""
    headers = (asked.headers.get("authorization", "") for asked in world.reddit.requests)
    return {each.split()[-1] for each in headers if each.lower().startswith("bearer ")}


def written(world: World) -> dict[str, bytes]:
    """Return every file of the desk, its output among them."""
    return {each.name: each.read_bytes() for each in world.folder.iterdir() if each.is_file()}


def misfortunes(world: World) -> None:
    """Let everything go wrong that puts addresses and requests into error messages."""
    world.reddit.expire_tokens()
    world.reddit.fault("reset", path="access_token", times=1)
    world.reddit.fault("html", path="GET /r", times=2, status=502)
    world.reddit.fault("bad_json", path="GET /(search|user)", times=2)
    world.telegram.fault("garbage", "getUpdates", times=1)
    world.telegram.fault("swallow", "sendMessage", times=1)
    world.telegram.fault("status", "sendMessage", times=1, status=500)
    world.telegram.state.inject("message", {"message_id": 9, "date": "never", "chat": 7})
    world.telegram.state.inject("callback_query", {"id": "1", "from": None})


def test_no_secret_is_written_anywhere(world: World) -> None:
    code = world.answer("team", "invite")["code"]
    world.processes.pop()
    (world.folder / "process-001.out").unlink()  # it was told there, once, on purpose
    for log_format, text in (("text", BROKEN), ("json", LATE)):
        world.begin("--debug", "--log-format", log_format, "run")
        world.until(lambda: world.polls_of(world.running), "the desk reads")
        world.telegram.state.say(ADA, f"/link {code}", ADA)
        misfortunes(world)
        world.card(world.reddit.add_submission(text))
        world.running.kill()
    world.command("--debug", "doctor")
    world.environ["MENTIONDESK_REDDIT_PASSWORD"] = "wrong"
    world.command("--debug", "poll", "--once")

    everything = written(world)

    assert {"desk.db", "desk.db-wal"} & everything.keys()
    assert any(b"Traceback" in content for content in everything.values())
    found = [
        (name, secret)
        for name, content in everything.items()
        for secret in {*spellings(world), code}
        if secret.encode() in content
    ]
    assert found == []
    shown = " ".join(each.text for each in world.telegram.state.messages(CHAT))
    assert not [secret for secret in spellings(world) if secret in shown]
