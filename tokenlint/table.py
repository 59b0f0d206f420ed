"""Strict reading of TOML and JSON tables: every error names file, line, key, reason and remedy (floor 0)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from tokenlint.errors import ConfigError, TokenlintError

T = TypeVar("T")
_MISSING: Any = object()
MOST_BYTES = 4 << 20


class Table:
    """A mapping that is read key by key; `done()` refuses what nobody asked for."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        file: str,
        at: str = "",
        text: str = "",
        error: type[TokenlintError] = ConfigError,
        above: tuple[Table, int] | None = None,
    ) -> None:
        self.data, self.file, self.at, self.text, self.error = data, file, at, text, error
        self._above = above  # the table that holds this one, and its number there: errors name its own line
        self._asked: set[str] = set()

    def fail(self, key: str, reason: str, remedy: str) -> TokenlintError:
        """The error to raise for `key`: file, line where it can be told, key, reason, remedy."""
        where = f"{self.at}.{key}" if self.at and key else self.at or key
        return self.error(f"{self.file}{self._line(key)}: {where or 'the file'}: {reason}; {remedy}")

    def _line(self, key: str) -> str:
        if not key:
            return ""
        here = re.compile(rf'^[ \t\[]*"?{re.escape(key)}"?[ \t]*[=\].]', re.M)
        start = self._start()
        found = here.search(self.text, start) or here.search(self.text)
        at = found.start() if found else start
        return f":{self.text.count(chr(10), 0, at) + 1}" if found or at else ""

    def _start(self) -> int:
        """Where in the text the table begins."""
        if self._above is None:
            return 0
        start = self._above[0]._start()
        name = re.escape(re.sub(r"\[[^\]]*\]", "", self.at))
        headers = re.compile(rf"^[ \t]*\[+[ \t]*{name}[ \t]*\]", re.M).finditer(self.text, start)
        return next((h.end() for n, h in enumerate(headers, 1) if n == self._above[1]), start)

    def get(self, key: str, kind: type[T], default: Any = _MISSING) -> T:
        """The value under `key`, which must be a `kind`; without a default it is required."""
        self._asked.add(key)
        value = self.data.get(key, default)
        if value is _MISSING:
            raise self.fail(key, "is missing", f"add it ({_names(kind)})")
        if value is default:
            return value  # type: ignore[no-any-return]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)  # type: ignore[return-value]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(key, f"must be {_names(kind)}, not {_names(type(value))}", "change its type")
        return value

    def strings(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of strings, or one string."""
        self._asked.add(key)
        value = self.data.get(key, default)
        values = (value,) if isinstance(value, str) else value
        if not isinstance(values, (list, tuple)) or not all(isinstance(v, str) for v in values):
            raise self.fail(key, "must be a list of strings", "write it in brackets")
        return tuple(values)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of strings; empty where absent."""
        value = self.get(key, dict, {})
        if not all(isinstance(v, str) for v in value.values()):
            raise self.fail(key, "must hold strings only", "quote its values")
        return dict(value)

    def parsed(self, key: str, parse: Any, default: Any = _MISSING) -> Any:
        """A string run through `parse`, whose ValueError becomes the reason."""
        if key not in self.data and default is not _MISSING:
            self._asked.add(key)
            return default
        text = self.get(key, str)
        try:
            return parse(text)
        except (ValueError, KeyError) as error:
            raise self.fail(key, f"{text!r} is not valid ({error})", "correct the value") from None

    def table(self, key: str) -> Table:
        """The sub-table under `key`, empty where absent."""
        return self._sub(self.get(key, dict, {}), key)

    def tables(self, key: str) -> Iterator[Table]:
        """The array of tables under `key`."""
        for number, item in enumerate(self.get(key, list, []), 1):
            if not isinstance(item, dict):
                raise self.fail(key, f"entry {number} must be a table", f"write it as [[{key}]]")
            yield self._sub(item, f"{key}[{item.get('id') or item.get('code') or number}]", number)

    def _sub(self, data: Mapping[str, Any], key: str, number: int = 1) -> Table:
        at = f"{self.at}.{key}" if self.at else key
        return Table(data, file=self.file, at=at, text=self.text, error=self.error, above=(self, number))

    def holds(self, key: str) -> bool:
        """Whether the key is there; asking makes it a known one."""
        self._asked.add(key)
        return key in self.data

    def done(self) -> None:
        """Refuse keys that nobody asked for, with a suggestion."""
        for key in self.data:
            if key not in self._asked:
                import difflib

                near = difflib.get_close_matches(key, self._asked, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(self._asked))}"
                raise self.fail(key, "unknown key", hint)


def load_toml(data: bytes, *, file: str, error: type[TokenlintError] = ConfigError) -> Table:
    """Parse a TOML file; errors name line and column. Files of more than 4 MiB are refused unread."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    if len(data) > MOST_BYTES:
        raise error(f"{file}: the file has {len(data)} bytes, more than {MOST_BYTES}; split it")
    try:
        text = data.decode("utf-8")
        return Table(tomllib.loads(text), file=file, text=text, error=error)
    except UnicodeDecodeError as bad:
        raise error(f"{file}: byte {bad.start} is not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as bad:
        raise error(f"{file}: not valid TOML: {bad}; correct the syntax there") from None
    except RecursionError:
        raise error(f"{file}: nested too deeply; flatten it") from None


def _names(kind: type) -> str:
    words = {
        str: "a string",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        dict: "a table",
        list: "a list",
    }
    return words.get(kind, kind.__name__)
