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
    elif "scheme" in credential.parts:
        found = _decoded(credential)
    if "host" in credential.hints:
        found.setdefault("host", credential.hints["host"])
    found = {**credential.parts, **found} if "scheme" in credential.parts else {**found, **credential.parts}
    if "port" in found and "host" in found and re.fullmatch(r"[0-9]{1,5}", found["port"]):
        host = found["host"]
        if re.fullmatch(r"[^:]+|\[[^\]]*\]", host):
            found["host"] = f"{host}:{found['port']}"
    return found


def _decoded(credential: Credential) -> dict[str, str]:
    """The parts of a value that was found inside of a URL (it has the part `scheme`), without percent-encoding."""
    found = {name: unquote(credential.parts[name]) for name in ("user", "database") if name in credential.parts}
    options = dict(parse_qsl(credential.parts.get("options", "")))
    return {**found, "auth_source": options.get("authSource", "")}


def secret_of(credential: Credential) -> str:
    """What authenticates: the value (decoded where it was found inside of a URL), or the password of a value that is one."""
    if "scheme" in credential.parts:
        return unquote(credential.value)
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
    scheme = credential.parts.get("scheme", "") if url is None else url.scheme
    return scheme.lower().endswith("+srv")


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
