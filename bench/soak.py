"""Load: very many files, very many bytes, very many findings, very many live tokens. Run by hand: `python bench/soak.py`.

    python bench/soak.py --files 300000 --sparse 20 --findings 100000 --tokens 10000
    python bench/soak.py --files 5000000 --sparse 100 --linked      # the same few files under five million names

It makes a tree (small files, one sparse file, files full of minted tokens), scans it as a user does, and asks a local
double that answers late, wrongly, brokenly or not at all about minted tokens. It ends with 1 where a planted credential
was not found, a question was left without an outcome, or memory grew with the input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

FORM = "ghp_{30:alnum}{crc32-base62:6}"
PER_FOLDER = 1000
PER_FILE = 500


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000, help="small files")
    parser.add_argument("--linked", action="store_true", help="hard links to a thousand files instead (fewer inodes)")
    parser.add_argument("--sparse", type=float, default=10, help="GB of a sparse file, a credential at each GB")
    parser.add_argument("--findings", type=int, default=20_000, help="distinct credentials in files of their own")
    parser.add_argument("--tokens", type=int, default=2_000, help="live tokens asked about at a local double")
    parser.add_argument("--folder", type=Path, help="where the tree is made (a new folder is made below it)")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def make(tree: Path, said: argparse.Namespace) -> int:
    """Write the tree; the number of distinct credentials in it."""
    from tokenlint.mint import mint

    texts = [f"def f{n}(x):\n    return x + {n}\n".encode() * (n % 40 + 1) for n in range(1000)]
    seeds = tree / "seeds"
    seeds.mkdir(parents=True)
    for number, text in enumerate(texts):
        (seeds / f"{number}.py").write_bytes(text)
    for number in range(said.files):
        folder = tree / f"d{number // PER_FOLDER}"
        if number % PER_FOLDER == 0:
            folder.mkdir()
        if said.linked:
            os.link(seeds / f"{number % 1000}.py", folder / f"{number}.py")
        else:
            (folder / f"{number}.py").write_bytes(texts[number % 1000])
    for start in range(0, said.findings, PER_FILE):
        rows = (f"token{n} = '{mint(FORM, n)}'\n" for n in range(start, min(start + PER_FILE, said.findings)))
        (tree / f"tokens{start}.txt").write_text("".join(rows))
    planted = said.findings
    if said.sparse:
        with open(tree / "sparse.bin.txt", "wb") as file:
            for number in range(int(said.sparse)):
                file.seek(number * 1_000_000_000)
                file.write(f"\ntoken = '{mint(FORM, said.findings + number)}'\n".encode())
                planted += 1
            file.truncate(int(said.sparse * 1_000_000_000))
    return planted


def scanned(tree: Path, jobs: int) -> tuple[dict[str, object], float, float]:
    """(report, seconds, MB of the largest process) of the command."""
    report = tree.parent / "report.json"
    before = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tokenlint", "scan", "--isolated", f"-j{jobs}", "-f", "json", "-o", str(report), str(tree)]
    )
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1), "the scan was not complete"
    return json.loads(report.read_text()), time.monotonic() - before, used.ru_maxrss / 1024


def double(port: list[int], ready: threading.Event, seen: set[str]) -> None:
    """An issuer that misbehaves at random, on loopback, until the process ends."""
    chance = random.Random(1)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                for row in head.split(b"\r\n"):
                    if row.lower().startswith(b"authorization:"):
                        seen.add(row.decode("latin-1").rpartition(" ")[2])
                mood = chance.random()
                await asyncio.sleep(chance.random() * 0.02)
                body = b'{"login": "someone", "id": 1}'
                if mood < 0.05:
                    return
                if mood < 0.10:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + body)
                    return
                status, more = b"200 OK", b"X-OAuth-Scopes: repo, delete_repo\r\n"
                if mood < 0.15:
                    status, more = b"429 Too Many Requests", b"Retry-After: 0\r\n"
                elif mood < 0.20:
                    status = b"500 Internal Server Error"
                elif mood < 0.25:
                    body = b"<html>not what you asked for</html>"
                elif mood < 0.30:
                    status, body = b"401 Unauthorized", b'{"message": "Bad credentials"}'
                elif mood < 0.33:
                    body = b"\xff" * 5000
                elif mood < 0.35:
                    status, more = b"302 Found", b"Location: https://elsewhere.host.example/\r\n"
                kind = b"text/html" if body.startswith(b"<") else b"application/json"
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s"
                    % (status, kind, more, len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    asyncio.run(serve())


def asked(count: int) -> tuple[dict[str, int], int, float]:
    """(tokens by what was learnt, tokens that the double saw, seconds)."""
    from tokenlint import live
    from tokenlint.api import Options, run
    from tokenlint.mint import mint
    from tokenlint.sources.stdin import StdinSource

    port: list[int] = []
    seen: set[str] = set()
    ready = threading.Event()
    threading.Thread(target=double, args=(port, ready, seen), daemon=True).start()
    ready.wait()
    with tempfile.TemporaryFile() as file:
        for number in range(count):
            file.write(f"t{number} = '{mint(FORM, 10_000_000 + number)}'\n".encode())
        file.seek(0)
        settings = live.Settings(
            endpoints={"github": f"http://127.0.0.1:{port[0]}"},
            cache=False,
            host_rps=100_000.0,
            host_connections=64,
            timeout_total=20,
        )
        before = time.monotonic()
        done = run([StdinSource(file, name="tokens")], Options(live=settings, cache=False, plugins=False))
    outcomes: dict[str, int] = {}
    for token in done.tokens:
        name = token.evidence.status.value + (f" ({token.evidence.reason})" if token.evidence.reason else "")
        outcomes[name] = outcomes.get(name, 0) + 1
    return outcomes, len(seen), time.monotonic() - before


def main() -> int:
    said = options()
    folder = Path(tempfile.mkdtemp(prefix="tokenlint-soak-", dir=said.folder))
    try:
        before = time.monotonic()
        planted = make(folder / "tree", said)
        print(f"made in {time.monotonic() - before:.0f} s")
        report, seconds, memory = scanned(folder / "tree", said.jobs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = sum(f["kind"] == "github.classic-token" for f in report["findings"])  # type: ignore[index,attr-defined]
    summary = report["summary"]
    print(f"planted {planted:,}, found {found:,} in {seconds:.0f} s, largest process {memory:.0f} MB")
    print(f"seen {summary['files_seen']:,}, scanned {summary['files_scanned']:,}, problems {summary['problems']}")  # type: ignore[index]
    good = found == planted and not summary["problems"]  # type: ignore[index]
    good &= memory < 130 + planted * 0.006 + said.files * 0.0001
    if said.tokens:
        outcomes, seen, seconds = asked(said.tokens)
        for name, count in sorted(outcomes.items(), key=lambda item: -item[1]):
            print(f"  {count:7,} {name}")
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{sum(outcomes.values()):,} of {said.tokens:,} tokens have an outcome, {seen:,} were seen by the issuer; "
              f"{seconds:.0f} s, {own:.0f} MB")  # fmt: skip
        good &= sum(outcomes.values()) == said.tokens
    print("nothing was lost" if good else "NOT AS IT SHOULD BE")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
