"""What does the text before a value say: a password, a key, a digest, an identifier? (floor 3)"""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(?:^|_)(?:pass|passw|passwd|password\d*|passphrase|passcode|pwd|pw|pswd|mdp)(?:_|$)|password|passwd|passphrase")
_STRONG = re.compile(
    r"secret|token|api_?key|access_?key|private_?key|auth_?key|credential|password|passwd|passphrase|bearer|authorization|"
    r"client_?secret|app_?key|consumer_?key|encryption_?key|signing_?key|master_?key|service_?key|secret_?key|account_?key|"
    r"webhook|x_api|apikey|_pat$|^pat$|auth$|_auth_|basic"
)
_WEAK = re.compile(r"(?:^|_)(?:key|keys|auth|access|private|pat|sid|login|session|cookie|signature|seed|dsn|license|pw|pwd|pass)(?:_|$)|key$|key_")
_NOT = re.compile(
    r"public|pubkey|(?:^|_)(?:sha\d*|md\d|hash|digest|checksum|crc|etag|integrity|commit|revision|rev|version|uuid|guid|"
    r"fingerprint|nonce|iv|thumbprint|image|layer|blob|url|uri|path|file|filename|dir|class|type|name|label|title|event|"
    r"format|regex|pattern|schema|selector|column|field|locale|charset|algorithm|alg|cipher|suite|length|size|count)$|"
    r"(?:next|page|continuation|sync|csrf|xsrf|cancel|cancellation)_?token|(?:primary|foreign|partition|sort|cache|row|"
    r"object|registry|map|dict|sort|index|lookup|translation|i18n|message|hot|arrow|modifier|keyboard)_?keys?$|"
    r"tokeniz|token_?type|key_?(?:code|board|frame|event|down|up|press|map|word|ring|space|path|name|type|size|length)|"
    r"monkey|turkey|donkey|author(?!iz)|authority|passed|passing|passenger|bypass|compass|passive|pass_through"
)


def password(name: str) -> bool:
    """Whether the name (lower-case words joined by `_`) is a password's."""
    return _PASSWORD.search(name) is not None


def strength(name: str) -> int:
    """2: says that a credential follows; 1: may say so; 0: says nothing; -1: says that it is something else."""
    if _NOT.search(name):
        return 2 if re.search(r"secret|api_key|apikey|private_key|access_token", name) and not name.startswith("public") else -1
    if _STRONG.search(name):
        return 2
    return 1 if _WEAK.search(name) else 0
