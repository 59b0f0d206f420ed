"""Measure how often letters follow one another in identifiers and prose, and print the table of detect/rarity.py.

The material is the standard library of the Python that runs this: its source text, lower-cased, digits as one class.
"""

from __future__ import annotations

import math
import re
import sysconfig
from collections import Counter
from pathlib import Path

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0"


def main() -> None:
    pairs: Counter[str] = Counter()
    for path in Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"):
        if "site-packages" in path.parts or "test" in path.parts:
            continue
        text = re.sub(r"[0-9]", "0", path.read_text(encoding="utf-8", errors="ignore").lower())
        for word in re.findall(r"[a-z0]{3,}", text):
            pairs.update(word[i : i + 2] for i in range(len(word) - 1))
    for first in SYMBOLS:
        total = sum(pairs[first + b] for b in SYMBOLS) + len(SYMBOLS)
        row = [min(15, round(-math.log2((pairs[first + b] + 1) / total))) for b in SYMBOLS]
        print('    "' + "".join(f"{v:x}" for v in row) + '"')


if __name__ == "__main__":
    main()
