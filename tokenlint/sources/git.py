"""The one place that runs git, hardened: nothing in a repository's own configuration may run a command, reach the
network or answer for another repository.

The environment is rebuilt from a short list, command-line configuration overrides the repository's, no protocol is
allowed (which also stops a partial clone from fetching), and git still refuses a repository that another user owns.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import select
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from tokenlint.errors import SourceError

TIMEOUT = 120.0
"""Seconds that a short question may take; a configuration or ignore file that is a pipe would wait for ever."""

STALL = 120.0
"""Seconds of silence after which a stream is given up: among a hostile repository's objects may be a pipe."""

_OVERRIDES = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.gitProxy": "false",
    "core.askPass": "false",
    "core.editor": "false",
    "core.alternateRefsCommand": "false",
    "core.commitGraph": "false",
    "core.bigFileThreshold": "16m",
    "core.useReplaceRefs": "false",
    "core.quotePath": "false",
    "credential.helper": "",
    "protocol.allow": "never",
    "diff.external": "",
    "diff.orderFile": "",
    "diff.renames": "false",
    "diff.noprefix": "false",
    "log.showSignature": "false",
    "log.showRoot": "true",
    "gpg.program": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "color.ui": "false",
    "advice.graftFileDeprecated": "false",
}
_SETTINGS = tuple(part for key, value in _OVERRIDES.items() for part in ("-c", f"{key}={value}"))
_KEPT = (
    "PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA",
    "LOCALAPPDATA", "SYSTEMROOT", "SYSTEMDRIVE", "PATHEXT", "COMSPEC", "SUDO_UID", "DYLD_FALLBACK_LIBRARY_PATH",
    "LD_LIBRARY_PATH", "DEVELOPER_DIR", "GIT_CONFIG_GLOBAL",
)  # fmt: skip
_FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "LC_ALL": "C",
    "NoDefaultCurrentDirectoryInExePath": "1",
}


@dataclass(frozen=True)
class Repo:
    """One repository as seen from one place. Small and picklable."""

    where: str
    """The absolute folder that git runs in: the top level, or the git folder of a bare repository."""
    git_dir: str
    common_dir: str
    """The git folder that all its worktrees share."""
    top: str | None
    """The working tree's top level, None for a bare repository."""
    shallow: bool = False
    hash: str = "sha1"
    environment: tuple[tuple[str, str], ...] = ()
    """What git itself set for a hook: another index, quarantined objects."""

    def run(self, *args: str, input: bytes = b"", timeout: float | None = None, ok: tuple[int, ...] = (0,)) -> bytes:
        """The output of one short command; raises SourceError, naming the repository and the reason."""
        return run_git(self.where, args, self._environ(), input=input, timeout=timeout, ok=ok)

    def stream(self, *args: str, stdin: int | IO[Any] | None = None, stdout: int | IO[Any] | None = None) -> Stream:
        """A command whose output is read as it comes."""
        return Stream(
            [git_program(), *_SETTINGS, *args],
            cwd=self.where,
            env=self._environ(),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 18,
            pipesize=_PIPE,
            start_new_session=os.name == "posix",
        )

    def _environ(self) -> dict[str, str]:
        extra = dict(self.environment)
        if self.top is not None:
            extra.setdefault("GIT_WORK_TREE", self.top)
        return environment(extra)


_PIPE = 1 << 20
"""Bytes that git may write ahead, where the system can be asked for it."""


class Stream(subprocess.Popen[bytes]):
    """A running git that is ended, rather than waited for, when its reader leaves."""

    stalled = False

    @functools.cached_property
    def output(self) -> io.BufferedReader:
        """What it writes; it ends, and so does git, after `STALL` seconds of silence."""
        return io.BufferedReader(_Patient(self), 1 << 18)

    def __exit__(self, *reason: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop it and close its pipes."""
        if self.poll() is None:
            self.kill()
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was still to be written to a git that has ended
                    pipe.close()
        self.wait()


class _Patient(io.RawIOBase):
    """The raw output of a stream, read with a limit on silence where the system can wait for pipes."""

    def __init__(self, git: Stream) -> None:
        assert git.stdout is not None
        self.git, self.fd = git, git.stdout.fileno()
        self.poll: Any = None
        if hasattr(select, "poll"):
            self.poll = select.poll()
            self.poll.register(self.fd, select.POLLIN)
            os.set_blocking(self.fd, False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            try:
                return os.readv(self.fd, [buffer]) if self.poll is not None else self._copied(buffer)
            except BlockingIOError:
                if not self.poll.poll(STALL * 1000):
                    self.git.stalled = True
                    self.git.kill()
                    return 0

    def _copied(self, buffer: Any) -> int:
        data = os.read(self.fd, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment that git gets: the few variables it needs, and what closes every door."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_FIXED, **(extra or {})}


@functools.lru_cache(maxsize=1)
def git_program() -> str:
    """The absolute path of git; relative entries of PATH are passed over, because git runs inside foreign folders."""
    places = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(p)]
    for place in places:
        found = os.path.join(place, "git.exe" if os.name == "nt" else "git")
        if os.path.isfile(found) and os.access(found, os.X_OK):
            return found
    raise SourceError("git: was not found on the PATH; install git, or scan files without --staged, --history and --since")


def run_git(
    where: str,
    args: tuple[str, ...],
    env: Mapping[str, str],
    *,
    input: bytes = b"",
    timeout: float | None = None,
    ok: tuple[int, ...] = (0,),
) -> bytes:
    """One hardened command in the folder `where`; raises SourceError."""
    try:
        done = subprocess.run(
            [git_program(), *_SETTINGS, *args],
            cwd=where,
            env=dict(env),
            input=input,
            capture_output=True,
            timeout=TIMEOUT if timeout is None else timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason = f"git {args[0]} did not answer in time"
        raise SourceError(f"{where}: {reason}; look for a pipe among its configuration and ignore files") from None
    except OSError as error:
        raise SourceError(f"{where}: git could not be started ({os.strerror(error.errno or 0)}); check the folder") from None
    if done.returncode not in ok:
        raise SourceError(f"{where}: {reason_of(done.stderr, args[0], done.returncode)}")
    return done.stdout


_REASONS = (
    ("dubious ownership", "git refuses a repository that another user owns; if you trust it, run: git config --global "
     "--add safe.directory with its path"),
    ("not a git repository", "its .git leads to no repository; repair it (git worktree repair, git submodule update)"),
    ("invalid gitfile", "its .git file is broken; repair it (git worktree repair, git submodule update)"),
    ("git repo version", "its format is newer than this git; update git"),
    ("repository format", "its format is newer than this git; update git"),
    ("repository extension", "its format is newer than this git; update git"),
    ("bad config", "its git configuration is not valid; correct it (git config --list names the line)"),
    ("bad numeric config", "its git configuration is not valid; correct it (git config --list names the line)"),
    ("bad boolean config", "its git configuration is not valid; correct it (git config --list names the line)"),
    ("index file", "its index is broken; rebuild it (git read-tree HEAD)"),
    ("bad signature", "its index is broken; rebuild it (git read-tree HEAD)"),
    ("corrupt", "an object is corrupt; run git fsck"),
    ("bad object", "an object is missing or corrupt; run git fsck"),
    ("unable to read", "an object is missing or corrupt; run git fsck"),
)  # fmt: skip


def reason_of(stderr: bytes, command: str, code: int) -> str:
    """A sentence for git's failure. Git's own words may quote contents and URLs, so they are not passed on."""
    text = stderr.decode("utf-8", "replace").lower()
    for sign, reason in _REASONS:
        if sign in text:
            return reason
    return f"git {re.sub('[^a-z-]', '', command)} failed with code {code}; run git fsck there"
