"""INI and its relatives: AWS and git configuration, .npmrc, Java properties, pip.conf, systemd units.

Real files break every one dialect, so lines are read one by one: `[section]`, `[section "sub"]`, `key = value`, `key: value`
where there is no `=`, a value continued on indented lines.
"""

from __future__ import annotations

import re

from tokenlint.detect.formats.leaf import MOST_LEAVES, Leaf, Malformed, flatten, text

_SECTION = re.compile(r'\[([^\]"]*)(?:"((?:[^"\\]|\\.)*)"\s*)?\]')


def read(data: bytes) -> list[Leaf]:
    """Leaves under (section, key), (section, sub, key) or (key,); items of a continued value have a number at the end."""
    section: tuple[str, ...] = ()
    found: list[Leaf] = []
    parent: tuple[str, ...] | None = None
    lines = text(data).splitlines()
    for raw in lines:
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and (match := _SECTION.match(line)):
            name = match[1].strip()
            section, parent = (name,) if match[2] is None else (name, match[2]), None
            continue
        key, sep, value = _split(line)
        if raw[0] in " \t" and parent is not None and (not sep or "://" in key):
            found.append(Leaf((*parent, len(found)), line))
        elif raw[0] in " \t" and parent is not None and found and found[-1].value == "":
            found.append(Leaf((*parent, key), value))
        else:
            path = (*section, key)
            found += flatten(value, path)
            parent = path
        if len(found) > MOST_LEAVES:
            raise Malformed(f"more than {MOST_LEAVES} values")
    if lines and not any(leaf.value for leaf in found) and "\x00" in text(data[:4096]):
        raise Malformed("not an INI file")
    return found


def _split(line: str) -> tuple[str, str, str]:
    key, sep, value = line.partition("=")
    if not sep or (":" in key and "//" not in key and " " in key):
        other = line.partition(":")
        if other[1] and not other[2].startswith("//") and "=" not in other[0]:
            key, sep, value = other
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return key.strip().strip('"'), sep, value
