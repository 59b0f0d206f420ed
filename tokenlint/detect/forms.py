"""The forms of what is no credential: references, placeholders, code, words that everyone uses as a password (floor 3)."""

from __future__ import annotations

import hashlib
import re


def _any(*alternatives: bytes, flags: int = 0) -> re.Pattern[bytes]:
    return re.compile(b"|".join(alternatives), flags)


REFERENCE = _any(
    rb"^(?:\$[A-Za-z_]+)+$|^\$[A-Za-z_][\w.:\->\[\]'\"]*$|^\$\(|^\$\{|^%[A-Za-z_][\w.]*%$|^%\(|^<[%?]|^#\{|^@[A-Za-z]*\{",
    rb"^\{[A-Za-z_][\w.]*\}$|^\*[A-Za-z]|^&[A-Za-z]",
    rb"^(?:op|sm)://|^(?:(?:hc?)?vault|ssm|keyring|keychain|file|kms|doppler|bao|resolve):|^arn:aws|^projects/|^ENC\[",
    rb"^!(?:secret|vault)|^AQICAH|^env[.:(]|^secrets?[.:/]|^process\.env|^awssm|^akv",
    rb"^(?:os|var|self|this|config|data|local|module|params?|settings|options|args|ctx|request|req|res|resp|response)\.[A-Za-z_]",
    rb"\$\{[A-Za-z_][\w.:\-?+/ ,|@]{0,80}\}|\{\{-?\s*[A-Za-z.$_][\w.$| \"'():\-]*\}\}|\$\([A-Za-z][^()]*\)|<%|%>",
    rb"%\(\w+\)[sd]|(?<!\w)%[svdq](?!\w)|%(?:\*|0?\d{0,3})?(?:ll|hh|l|h|z)?[diuxXs](?![0-9A-Za-z])",
    rb"(?<![{$#])\{[A-Za-z_]\w+\}|<[A-Za-z][\w .\-]*>",
    rb"^(?:\*_[a-z0-9_*]+|[a-z0-9_]+_\*(?:_[a-z0-9*]+)*)$",
    rb"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*_(?:tokens?|keys?|secret|password|passwd|pass|pat|pwd|id|auth)$",
    rb"\[[^\]\s]{1,40}\][{+*?]|[\])\w]\{\d+(?:,\d*)?\}|\\[bdwsDWS.]|\(\?[:P!=]|\{\d+:[A-Za-z]|\{\w+!r\}",
)
PLACEHOLDER = _any(
    rb"example|placeholder|your[_\- ]?(?![a-z0-9]{24})|(?<![a-z])my(?:[_\-]|password|secret(?!\d)|token|key)",
    rb"change.?(?:me|it|this)|replace|xxxx|dummy|sample|redacted|insert|todo(?![a-z0-9]{6})|fixme|\*\*\*|\.\.\.|not.?set",
    rb"<[a-z_ \-]+>|(?<![a-z0-9])(?:fake|mock)|fake$|mock|(?:secret|token|key|password|goes).?here|here$|dead.?beef|lorem",
    rb"foo.?bar|test.?(?:key|token|secret|pass)|(?:key|token|secret|pass(?:word)?).?(?:test|123$)|notareal|not.?long",
    rb"not.?a.?(?:real|pass|secret|token)|invalid|unknown|asdf|qwerty|hunter2|(?<![a-z])none(?![a-z])|too.?short",
    rb"[\-_.]short$|12345678(?![0-9a-f]{16})",
    flags=re.I,
)
_SUFFIX = (
    rb"\.(?:py|[jt]sx?|go|java|rb|md|txt|json|ya?ml|toml|xml|html?|pem|key|crt|cer|sh|c|h|cc|cpp|cs|php|css|s?css|svg|png|"
    rb"jpe?g|gif|woff2?|ttf|com|org|net|io|local|conf|ini|cfg|log|zip|gz|tgz|jar|lock|so|dll|exe|whl)(?:[:/?#].*)?$"
)
CODE = _any(
    rb"^[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*){1,12}\(.*$|^[A-Za-z_]\w*(?:->|::)[A-Za-z_]\w*|^[A-Za-z_]\w*\(",
    rb"^[A-Za-z_][\w.]*\[|[;{(]$|^[./~][\w./\-]*$|^[A-Za-z]:\\|^-|^//|^[a-z]{2,10}:\"|^\w+\(\)|^&|^\[",
    rb"^(?:https?|ftp|wss?|git|ssh|file|jdbc)(?::|$)",
    _SUFFIX,
    rb"[A-Za-z]-v?\d+\.\d+(?:\.\d+)*",
)
PATH = re.compile(rb"[A-Za-z_]\w*(?:[.][A-Za-z_]\w*){1,12}")
UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
IDENTIFIER = re.compile(rb"[A-Za-z]+(?:[_\-./ :][A-Za-z]+)*[_\-]?\d{0,2}|[a-z]+\d{0,5}(?:_(?:[a-z]+\d{0,2}|\d{1,3}))+")
DATE = re.compile(rb"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d")
DIGEST = re.compile(rb"sha\d{1,3}[-:=]|md5[-:=]|\{?SSHA")
HASH = re.compile(rb"\$(?:2[abxy]?|1|5|6|8|9|y|argon2\w*|pbkdf2[\w\-]*|scrypt|apr1|P|H)\$")
CONSTANT = re.compile(rb"[A-Z][A-Z0-9]{1,14}(?:_[A-Za-z0-9]{1,14}){1,9}|0x[0-9a-fA-F]{1,16}[uUlL]*")
SHOUTED = re.compile(rb"[A-Z0-9_+]{0,20}(?:AUTH|TOKEN|SECRET|PASSW|KEY)[A-Z0-9_+]{0,20}")
EMPTY = frozenset(
    hashlib.new(name, b"", usedforsecurity=False).hexdigest().encode()
    for name in ("md5", "sha1", "sha224", "sha256", "sha512")
)
"""Digests of nothing: what stands where nothing was hashed."""
BASE32 = re.compile(rb"(?:[A-Z2-7]{8}){2,}")
PUBLIC = _any(
    rb"AAAA(?:B3NzaC1|C3NzaC1lZDI1NTE5|E2VjZHNhLXNoYTItbmlzdHA|GnNrLXNz|InNrLWVj)",
    rb"MIGfMA0GCSqGSIb3DQEBAQ|MII(?:BIj|Boj|CIj)ANBgkqhkiG9w0BAQEF",
    rb"M(?:Fkw|FYw|HYw)E[wA]YHKoZIzj0C|MIGbMBAGByqGSM49Ag|M(?:Co|Cw|EM|EI)wBQYDK2V",
)
"""How the public half of a key begins in base64: of SSH (RFC 4253, 5656, 8709), and a SubjectPublicKeyInfo (RFC 5280)."""
SEALED = re.compile(rb"A[gQ][A-D/][A-Za-z0-9+/]{300,}={0,2}")
"""A sealed secret: base64 that starts with the length (512 or 256) of the encrypted session key."""
PLAIN_WORD = re.compile(
    rb"(?i)(?:my|the|your|new|old|some|a|user|admin|root|default|test|bad|good|wrong)?[_\- ]?"
    rb"(?:pass(?:w(?:or)?d)?(?:phrase)?|passwd|pwd|secret|token|none|null|true|false|nil|undefined|string|text|admin|root|user(?:name)?|default|changeit|test|"
    rb"required|optional|hidden|empty|value|str|bytes|input|prompt|auto|any|yes|no|login|credentials?|key|foo|bar|baz|xxx+|"
    rb"yyy+|abc|letmein|guest|demo|nothing|something)\W?\d{0,4}\W?"
)
TELLING_WORD = re.compile(rb"(?i)token|secret|pass|key|admin|user|test|client")
COMMON = _any(
    rb"(?:letmein|p[a@]ssw[o0]rd|qwerty|admin|welcome|monkey|dragon|iloveyou|master|sunshine)\d{0,6}!?",
    rb"\d{1,10}|([a-z])\1*\d{0,3}|abc\d{1,4}",
    flags=re.I,
)
