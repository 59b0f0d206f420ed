"""PuTTY private key files (.ppk), versions 2 and 3. The comment is never read. The secret is the private lines; what stands
before them is the part `head`.

Source: PuTTY manual, appendix C "PPK file format".
"""

from __future__ import annotations

import re

from tokenlint.codec import malformed, rows, ssh
from tokenlint.codec.bounded import Cursor, Malformed, unbase64
from tokenlint.codec.keys import Key
from tokenlint.model import Credential, Evidence

READS = rows(
    "putty",
    ("protected", "line Encryption", "PuTTY manual, appendix C.2"),
    ("algorithm", "first line, and the key in Public-Lines", "PuTTY manual, appendix C.2"),
)
_FILE = re.compile(
    r"PuTTY-User-Key-File-[23]: ([a-z0-9@.-]{1,64})\n\s*Encryption: ([a-z0-9-]{1,32})\n[^\n]{0,1000}\n"
    r"\s*Public-Lines: (\d{1,4})\n([A-Za-z0-9+/=\s]{1,40000}?)\n\s*(?:Key-Derivation|Private-Lines)"
)


def parse(text: str) -> Key | None:
    """The key, None where the text is no such file. Raises Malformed."""
    found = _FILE.search(re.sub(r"\\+[nr]", "\n", text).replace("\r\n", "\n").replace("\r", "\n"))
    if found is None:
        return None
    algorithm, bits = ssh.public_key(Cursor(unbase64("".join(found[4].split()))))
    return Key(algorithm, bits, found[2] != "none")


def decode(credential: Credential) -> Evidence | None:
    """Algorithm, size and protection; None where the value is no such file."""
    try:
        found = parse(credential.parts.get("head", "") + credential.value)
    except Malformed as why:
        return malformed("putty", f"the public part {why}")
    return found.evidence(READS) if found else None
