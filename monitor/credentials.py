"""The secrets of the environment: MENTIONDESK_<PLATFORM>_<NAME>, or a file named by …_FILE."""

import re
from collections.abc import Mapping
from pathlib import Path

from monitor.errors import ConfigError

PREFIX = "MENTIONDESK_"
NAMES = {  # what each platform may be given
    "telegram": ("token",),
    "reddit": ("client_id", "client_secret", "username", "password"),
    "x": ("bearer_token", "api_key", "api_secret", "access_token", "access_secret"),
    "bluesky": ("handle", "app_password"),
    "mastodon": ("token",),
}
_SECRET_WORD = re.compile(
    r"(^|_)(tokens?|passwords?|secrets?|api_?keys?|bearer)(_|$)", re.IGNORECASE
)
_LONGEST = 100_000  # characters of a secret that are read: a device has no end
_ALSO_SECRET = frozenset({"MENTIONDESK_REDDIT_CLIENT_ID"})


def variable(platform: str, name: str) -> str:
    """Return the variable that gives the secret `name` of `platform`."""
    return f"{PREFIX}{platform}_{name}".upper().replace("-", "_")


def sounds_secret(name: str) -> bool:
    """Return whether a key of this name would hold a secret: "token", "client_secret"."""
    return _SECRET_WORD.search(name) is not None


def secrets_for(platform: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return what MENTIONDESK_<PLATFORM>_<NAME> and …_<NAME>_FILE say, as {"name": secret}.

    An empty variable counts as unset.

    Raises: `ConfigError` if a secret is given twice, or its file cannot be read.
    """
    prefix = variable(platform, "")
    names = sorted(name for name in environ if name.startswith(prefix) and environ[name].strip())
    found: dict[str, str] = {}
    for name in names:
        plain = name.removesuffix("_FILE")
        if plain != name and plain in names:
            raise ConfigError(f"{plain}: given twice; unset it, or {name}")
        secret = environ[name].strip() if plain == name else _secret_in(name, environ[name])
        found[plain.removeprefix(prefix).lower()] = secret
    return found


def known_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """Return every secret value that `environ` gives, for whoever must keep them out of sight.

    User names and handles are no secrets. Files that cannot be read give none.
    """
    found = {_value_or_nothing(name, environ[name]) for name in environ if _is_secret(name)}
    return frozenset(found - {""})


def _is_secret(name: str) -> bool:
    plain = name.removesuffix("_FILE")
    return name.startswith(PREFIX) and (sounds_secret(plain) or plain in _ALSO_SECRET)


def _value_or_nothing(name: str, value: str) -> str:
    if not name.endswith("_FILE"):
        return value.strip()
    try:
        return _secret_in(name, value)
    except ConfigError:
        return ""


def _secret_in(name: str, path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            secret = file.read(_LONGEST).strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{name}: cannot read {path!r}: {reason}") from None
    if not secret:
        raise ConfigError(f"{name}: {path!r} is empty")
    return secret
