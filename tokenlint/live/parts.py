"""What a credential brings along for templates: its parts, the host beside it, and the pieces of a value that is a URL."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tokenlint.errors import Refused
from tokenlint.model import Credential

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://")


def given(credential: Credential) -> dict[str, str]:
    """Template values by name. Of a value that is itself a URL: `user`, `host` (with its port), `port`, `database` and
    `auth_source`. `host` may come from a hint as well; whether it may be asked is decided elsewhere."""
    found = {}
    url = _url(credential)
    if url is not None:
        options = dict(parse_qsl(url.query))
        found = {
            "user": unquote(url.username or ""),
            "host": url.netloc.rpartition("@")[2],
            "port": str(_port(url) or ""),
            "database": unquote(url.path.strip("/")),
            "auth_source": options.get("authSource", ""),
        }
    if "host" in credential.hints:
        found.setdefault("host", credential.hints["host"])
    found.update(credential.parts)
    if "port" in found and "host" in found and re.fullmatch(r"[0-9]{1,5}", found["port"]):
        host = found["host"]
        if re.fullmatch(r"[^:]+|\[[^\]]*\]", host):
            found["host"] = f"{host}:{found['port']}"
    return found


def secret_of(credential: Credential) -> str:
    """What authenticates: the value, or the password of a value that is a URL."""
    url = _url(credential)
    return credential.value if url is None or url.password is None else unquote(url.password)


def secrets_of(credential: Credential) -> tuple[str, ...]:
    """Every text that must never be shown: the value, its password, and parts that are secret by their name."""
    telling = ("secret", "token", "password", "key_material")
    found = [v for k, v in credential.parts.items() if any(word in k for word in telling) and not k.endswith("_id")]
    return tuple({credential.value, secret_of(credential), *found} - {""})


def follows_srv(credential: Credential) -> bool:
    """Whether the value names its hosts by DNS SRV records."""
    url = _url(credential)
    return url is not None and url.scheme.endswith("+srv")


def _url(credential: Credential) -> SplitResult | None:
    if not _URL.match(credential.value):
        return None
    try:
        found = urlsplit(credential.value)
        _port(found)
    except ValueError:
        raise Refused("the value is not a valid URL") from None
    return found if found.password is not None else None


def _port(url: SplitResult) -> int | None:
    return None if "," in url.netloc else url.port
