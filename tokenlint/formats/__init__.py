"""Formats: a finished report, written for somebody: a person, a program, a code host.

One format is one module (or package) here, found by walking this package; it holds exactly

    NAME = "sarif"                                        what `--format` calls it
    def render(report: Report, options: Options) -> str   the whole document, pure and deterministic

and, where a document grows with the findings alone, `pieces(report, options) -> Iterator[str]`: the same document, never
held whole.

A format judges nothing and cannot print a credential, because a report holds none. Every string of a report except
our own sentences may have been written by an attacker: names go through `neutral` where a person reads them and
through the format's own escapes everywhere. The result never holds a lone surrogate, so it always encodes as UTF-8.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TypedDict

from tokenlint.model import Finding, Location, Report, Severity, Status, Violation

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_PAGE = re.compile(r"(.+?) \((https?://[^\s()]+)\)\.?", re.S)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Options:
    """How to write; every format may ignore what does not concern it."""

    color: bool = False
    """ANSI colours (text)."""
    width: int = 80
    """Columns to wrap at (text)."""
    ascii: bool = False
    """Only ASCII characters (text)."""
    verbose: int = 0
    """-1: a line per finding; 1: all facts and problems; 2: everything (text)."""
    hyperlinks: bool = False
    """OSC 8 links (text)."""
    cwd: str | None = None
    """The absolute POSIX directory from which relative targets start; for paths relative to the repository's root."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """kind -> how people call it."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """code -> its page (docs/rules) as Markdown, as `tokenlint explain` shows it."""
    home: str = ""
    """The project's page, for formats that name the tool's."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """code -> its base severity, for formats that list rules apart from results."""


class Given(TypedDict, total=False):
    """The fields of `Options` as keyword arguments, for type checkers."""

    color: bool
    width: int
    ascii: bool
    verbose: int
    hyperlinks: bool
    cwd: str | None
    titles: Mapping[str, str]
    pages: Mapping[str, str]
    home: str
    severities: Mapping[str, Severity]


def neutral(text: str, ascii_only: bool = False) -> str:
    """The text on one line without control, format, bidirectional or unassigned characters: they become `\\x1b`."""
    if text.isprintable() and not (ascii_only and not text.isascii()):
        return text
    return "".join(c if c.isprintable() and (c < "\x7f" or not ascii_only) else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def sealed(text: str) -> str:
    """The text with lone surrogates replaced, so that it encodes as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, `2026-01-31T09:30:00Z`, with a fraction where there is one."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def title(finding: Finding, options: Options) -> str:
    """How people call the kind, else its id."""
    return options.titles.get(finding.kind, finding.kind)


def web(url: str) -> str:
    """The URL if it is plain http(s) and safe to link to, else nothing."""
    safe = url.startswith(("https://", "http://")) and url.isprintable() and not set(url) & set(" <>\"'`\\()[]{}|^")
    return url if safe and url.isascii() else ""


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,204 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def place(location: Location) -> str:
    """`path:line:column`, and the commit where it stands in history."""
    commit = f" (commit {location.commit[:12]})" if location.commit else ""
    return f"{location.path}:{location.line}:{location.column}{commit}"


def host_path(report: Report, location: Location, cwd: str | None = None) -> str:
    """The path as a code host knows it: relative to `report.root`; a member of a container is its container.

    Works on the names alone. A file outside the root keeps its own (absolute or given) path.
    """
    path = location.path.partition("!/")[0]
    full, root = _posix(full_path(location, path)), None if report.root is None else _posix(report.root)
    if location.target == "-" or root is None:
        return path if location.target == "-" else _tidy(full)
    if is_absolute(full) != is_absolute(root):
        if cwd is None:
            return _tidy(path)
        full, root = (name if is_absolute(name) else posixpath.join(_posix(cwd), name) for name in (full, root))
    full, root = posixpath.normpath(full), posixpath.normpath(root)
    if root == "." and not full.startswith("../"):
        return full
    return full[len(root) :].lstrip("/") if full.startswith(root.rstrip("/") + "/") else full


def full_path(location: Location, path: str | None = None) -> str:
    """The path joined to its target, as a command line would name it; a target that is a file is its own path."""
    path = location.path.partition("!/")[0] if path is None else path
    target = location.target
    if not target or target in ("-", path) or is_absolute(path):
        return path
    return posixpath.join(_posix(target), path)


def is_absolute(path: str) -> bool:
    """Whether the path starts at a root, of Windows drives too."""
    return posixpath.isabs(path) or _DRIVE.match(path) is not None


def _posix(path: str) -> str:
    """A path with a drive letter in forward slashes; a backslash elsewhere is a character like any other."""
    return path.replace("\\", "/") if _DRIVE.match(path) else path


def _tidy(path: str) -> str:
    return posixpath.normpath(path) if path else path


def worst_first(violations: tuple[Violation, ...]) -> list[Violation]:
    """Violations by severity, then code."""
    return sorted(violations, key=lambda v: (-v.severity, v.code))


def breaking(report: Report) -> list[Finding]:
    """The findings that count: not suppressed and with a violation, worst first."""
    return sorted((f for f in report.findings if not f.suppressed and f.violations), key=lambda f: -f.severity)


def is_complete(report: Report) -> bool:
    """Whether everything that should have been read was read."""
    return report.summary.complete and not report.summary.problems and not report.problems


def verdict(report: Report) -> str:
    """What was found, in one sentence; never "no violations" after an incomplete scan."""
    found = breaking(report)
    suppressed = sum(1 for f in report.findings if f.suppressed)
    if found:
        levels = Counter(f.severity for f in found)
        by = ", ".join(f"{n:,} {s.label}" for s, n in sorted(levels.items(), reverse=True))
        total = sum(len(f.violations) for f in found)
        verb = "breaks" if len(found) == 1 else "break"
        text = f"{counted(len(found), 'credential')} {verb} least privilege ({by}; {counted(total, 'violation')})"
    elif is_complete(report):
        text = "No violations"
    else:
        text = "No verdict: what was read showed nothing, and not everything was read"
    if suppressed:
        text += f"; {suppressed:,} suppressed"
    return text + "."


def coverage(report: Report) -> str:
    """What was seen, scanned, skipped (by reason) and failed."""
    s = report.summary
    skipped = sum(s.skipped.values())
    reasons = ", ".join(f"{neutral(k)} {n:,}" for k, n in sorted(s.skipped.items(), key=lambda kv: (-kv[1], kv[0])))
    failed = max(s.problems, len(report.problems))
    text = f"Seen {counted(s.files_seen, 'file')}, scanned {s.files_scanned:,} ({size(s.bytes_scanned)}), "
    text += f"skipped {skipped:,}" + (f" ({reasons})" if reasons else "") + f", failed {failed:,}"
    return text + ("." if is_complete(report) else ": the scan is incomplete.")


def closing(report: Report) -> str:
    """The last line of every run."""
    return f"{verdict(report)} {coverage(report)}"


def size(count: int) -> str:
    """`512 B`, `1.2 MB`: bytes for people, in powers of 1,000."""
    number = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            break
        number /= 1000
    return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"


@dataclass(frozen=True)
class Headline:
    """One number at the top of an audit and the findings behind it, by fingerprint."""

    id: str
    number: int
    text: str
    members: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """The first number always is, the others where they are not nought."""
        return bool(self.number) or self.id == "usable"


def headlines(report: Report) -> tuple[Headline, ...]:
    """How many credentials an agent could use, never expire, can delete production, its backups too, and of how many
    the end or the powers are unknown, since a small number of the known would reassure where nothing is known.

    Counts what was judged: TL101 (or known never to expire), TL202 where it is not bounded to a test environment or
    named resources (high), TL204. Dead and suppressed ones are not counted. Where agents were not looked for, the
    first number is all usable credentials.
    """
    usable = [f for f in report.findings if not f.suppressed and not is_dead(f)]
    reached = [f for f in usable if f.exposure.agents]
    looked = any(f.exposure.agents is not None for f in report.findings)
    first = reached if looked else usable
    what = "an agent here could use now" if looked else "that could be used now"
    delete = [f for f in first if _breaks(f, "TL202", Severity.HIGH) or _breaks(f, "TL204")]
    both = [f for f in first if _breaks(f, "TL204")]
    never = [f for f in first if _breaks(f, "TL101") or f.evidence.never_expires]
    endless = [f for f in first if f.evidence.never_expires is None and not _breaks(f, "TL101")]
    blank = [f for f in first if f.evidence.grants is None]
    one, none_ends = len(first) == 1, len(never) == 1
    rows = (
        ("usable", first, f"credential{'' if one else 's'} {what}"),
        ("never-expires", never, "never expires" if none_ends else "never expire"),
        ("destructive", delete, "can delete production"),
        ("backups", both, "can delete it with its backups"),
        ("unknown-end", endless, "with an unknown end"),
        ("unknown-powers", blank, "with unknown powers"),
    )
    return tuple(Headline(i, len(found), text, tuple(f.fingerprint for f in found)) for i, found, text in rows)


def _breaks(finding: Finding, code: str, at_least: Severity = Severity.INFO) -> bool:
    return any(v.code == code and v.severity >= at_least for v in finding.violations)


def is_dead(finding: Finding) -> bool:
    """Known to be revoked or expired."""
    return finding.evidence.status in (Status.INACTIVE, Status.EXPIRED)


@dataclass(frozen=True)
class Fix:
    """One step, with a command to copy where there is one and the page that explains it."""

    text: str
    codes: tuple[str, ...]
    command: str = ""
    url: str = ""


_STEPS = ("TL301", "TL204", "TL201", "TL202", "TL203", "TL205", "TL1", "TL206", "TL306", "TL305", "TL302", "TL303")


def fixes(finding: Finding) -> tuple[Fix, ...]:
    """The remedies of a finding as ordered steps: revoke, replace, move to a store, close the file, keep agents out.

    A page that the remedy ends with, `... (https://...)`, becomes the step's own.
    """
    steps: dict[str, list[Violation]] = {}
    for violation in sorted(finding.violations, key=lambda v: (_step(v.code), v.code)):
        if violation.remedy:
            steps.setdefault(violation.remedy, []).append(violation)
    return tuple(_fix(finding, _told_once(remedy, steps), group) for remedy, group in steps.items())


_INSTEAD = " Use instead: "


def _told_once(remedy: str, steps: Mapping[str, object]) -> str:
    """The remedy without the better credential where a step of its own names that."""
    first, _, instead = remedy.partition(_INSTEAD)
    return first if instead and any(instead == other for other in steps if other != remedy) else remedy


def _fix(finding: Finding, remedy: str, group: list[Violation]) -> Fix:
    found = _PAGE.fullmatch(remedy)
    text, page = (found[1], web(found[2])) if found and web(found[2]) else (remedy, "")
    return Fix(
        text=f"{_INSTEAD.strip()} {text}" if text[:1].islower() else text,
        codes=tuple(v.code for v in group),
        command=_chmod(finding) if any(v.code == "TL302" for v in group) else "",
        url=page or next((web(v.url) for v in group if web(v.url)), ""),
    )


def _step(code: str) -> int:
    return next((at for at, prefix in enumerate(_STEPS) if code.startswith(prefix)), len(_STEPS))


def _chmod(finding: Finding) -> str:
    """A command for the places whose mode lets others in; none for names that cannot be pasted safely."""
    import shlex

    names = []
    for location in finding.locations:
        name = full_path(location)
        is_file = "!/" not in location.path and not location.path_encoded and name.isprintable()
        is_open = location.mode is not None and re.search(r"[1-7][0-7]?$|[1-7]$", location.mode[-2:]) is not None
        if is_file and is_open and name not in names:
            names.append(name)
    return "chmod 600 -- " + " ".join(shlex.quote(n) for n in names[:5]) if names else ""
