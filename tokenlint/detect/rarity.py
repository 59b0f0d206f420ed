"""How unlike words is this text? Letter pairs of a random value are rare in identifiers and prose (floor 3).

The table holds, for each letter (rows) and its follower (columns a-z and one class for digits), the rounded bits
-log2 p(follower | letter), measured by tools/letterpairs.py over the source of Python's standard library.
"""

from __future__ import annotations

_SYMBOLS = "abcdefghijklmnopqrstuvwxyz0"
_TABLE = (
    "a544985b5c7343d5b34366777c7"
    "375638aa43a38836c4573b8c595"
    "3a6838a35e447828a56359ac7f7"
    "4875177a3ab59849c5565aa97c6"
    "5844647a8c835385733396746b8"
    "3978448b2ed59929b3654c9c7f6"
    "588929544cc47468f436479eb98"
    "2ba81adb3f97893bf5846cce8ec"
    "6645665d9d944246b543b6f6f6c"
    "5d8a1acb6c8acc28d8593ccd9d8"
    "486618683ba5a576a747684f8c9"
    "389522ab3db3a847f9455a9d5ca"
    "25a628cb4f965833f8576c8f8ba"
    "3a43353a5c778637aa4366ad7d9"
    "7554876c6c654254f2544657aa9"
    "2a7738a74f849a34b363599e5f8"
    "8a98abcaabd7b68b977a0baddd7"
    "3866285a4e775438f444578d5fb"
    "6b6918754d77685598425a8b6ea"
    "3a6727c23e978957d3544a795a9"
    "5567366d5fb34374f243adeaee5"
    "297c19ba3fdb8968e99a8b9ccd7"
    "3a8649b31db6b449a358aa7afca"
    "563645c95fd86a94d982aa967c1"
    "966747885fc55452b423a75b998"
    "5b9819c83dd67837d997adbc886"
    "555555dcccdbbaaafcaacac2cd1"
)
_BITS = {a + b: int(_TABLE[i * len(_SYMBOLS) + j], 16) for i, a in enumerate(_SYMBOLS) for j, b in enumerate(_SYMBOLS)}
_DIGITS = str.maketrans("123456789", "0" * 9)


def rarity(text: str) -> float:
    """Mean bits per letter pair: some 3.5 to 4.5 for words and identifiers, 5.5 and more for random values.

    Pairs with any other character, and two digits, which say nothing, are left out; 0.0 where there is none to measure.
    """
    lowered = text.lower().translate(_DIGITS)
    pairs = (lowered[i : i + 2] for i in range(len(lowered) - 1))
    bits = [_BITS[pair] for pair in pairs if pair in _BITS and pair != "00"]
    return sum(bits) / len(bits) if bits else 0.0
