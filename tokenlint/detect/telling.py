"""What does the text before a value say: a password, a key, a digest, an identifier? (floor 3)

All functions take a name as lower-case words joined by `_`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PASSWORD = re.compile(
    r"(?:^|_)(?:p(?:a?ss?|s{1,2}|as)?w(?:o?r)?d|pass|pw|passcode|pass_phrase|passwort|identified_by|secure_string|mdp|senha)\d*(?:_|$)|"
    r"password|passwd|passphrase|[a-z]pwd(?:_|$)"
)
_STRONG = re.compile(
    r"secret|token|api_?key|access_?key|private_?key|auth_?key|credential|creds|password|passwd|passphrase|bearer|"
    r"authorization|authentication|client_?secret|app_?key|consumer_?key|encryption_?key|signing_?key|master_?key|"
    r"service_?key|secret_?key|account_?key|license_?key|activation_?key|product_?key|preshared_?key|shared_?key|"
    r"subscription_?key|admin_?key|webhook|x_api|apikey|_pat$|^pat$|auth$|_auth_|basic"
)
_WEAK = re.compile(
    r"(?:^|_)(?:key|keys|auth|access|private|pat|sid|login|session|cookie|signature|seed|dsn|license|pw|pwd|pass|api)(?:_|$)|"
    r"key$|key_"
)
_NOT = re.compile(
    r"(?<!key_)(?<!secret_)(?<!access_)(?<!auth_s)(?:^|_)id$|[a-z]id$(?<!sid)|"
    r"public|pubkey|(?:^|_)(?:sha\d*|sha_\d+|md\d?|hash|hashed|hasher|digest|checksum|crc|etag|integrity|commit|revision|rev|"
    r"version|uuid|guid|"
    r"fingerprint|nonce|iv|thumbprint|image|layer|blob|url|uri|path|file|filename|dir|class|type|name|label|title|event|"
    r"format|regex|pattern|schema|scheme|selector|column|field|locale|charset|algorithm|alg|cipher|suite|length|size|count|"
    r"policy|validator|strength|prompt|hint|message|error|expires?|expiry|expiration|ttl|reset|salt|endpoint|host|server|"
    r"store|manager|provider|service|factory|encoder|config|options?|mode|status|state|enabled|required|callback|scope|"
    r"header|parser|handler|helper|test|tests|mixin|adapter|view|issuer|description|env|getenv|environ|var|variable|group|role|count|domain"
    r")(?:_\d+)?$|"
    r"(?:^|_)(?:sha\d*|sha_\d+|md_?5|hash|hashed|bcrypt|argon2|digest)(?:_|$)|"
    r"(?:next|page|continuation|sync|csrf|xsrf|cancel|cancellation)_?token|(?:^|_)(?:primary|foreign|partition|sort|cache|row|"
    r"websocket|object|registry|map|dict|sort|index|lookup|translation|i18n|message|hot|arrow|modifier|keyboard|ssh_host|dedup)_?keys?$|"
    r"tokeniz|token_?type|key_?(?:code|board|frame|event|down|up|press|map|word|ring|space|path|name|type|size|length)|"
    r"monkey|turkey|donkey|author(?!iz)|authority|passed|passing|passenger|bypass|compass|passive|pass_through|jsonwebtoken"
)
_PRETENDED = re.compile(
    r"(?:^|_)(?:non|not|fake|dummy|mock|sample|example|invalid|wrong|bad|placeholder|expected|stub)(?:_|$)"
)


@lru_cache(1 << 14)
def password(name: str) -> bool:
    """Whether the name is a password's and not a field's, hash's or policy's."""
    return _PASSWORD.search(name) is not None and _NOT.search(name) is None


@lru_cache(1 << 14)
def strength(name: str) -> int:
    """2: says that a credential follows; 1: may say so; 0: says nothing; -1: says that it is something else."""
    if _NOT.search(name):
        return -1
    if _STRONG.search(name):
        return 2
    return 1 if _WEAK.search(name) else 0


def pretended(name: str) -> bool:
    """Whether the name itself says that the value is none: `fake_key`, `expectedToken`, `not_secret`."""
    return _PRETENDED.search(name) is not None
