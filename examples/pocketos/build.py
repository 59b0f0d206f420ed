"""Build the home of the PocketOS demonstration: a staging checkout, and one Railway token in three places.

    python examples/pocketos/build.py DIRECTORY

Nothing in it is real: the token is minted here. It goes to `DIRECTORY/home/code/staging/scripts/add_domain.sh`, to
`DIRECTORY/home/.railway/config.json` and to `DIRECTORY/home/code/staging/.mcp.json`; `DIRECTORY/token` holds it once
more, outside of the home, for railway_double.py. The checkout is a git repository when git is installed.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import uuid
from pathlib import Path

SCRIPT = """#!/bin/sh
# Points a customer's domain at the staging service.
set -eu
RAILWAY_API_TOKEN="{token}"
curl --fail --silent https://backboard.railway.com/graphql/v2 \\
  --header "Authorization: Bearer $RAILWAY_API_TOKEN" \\
  --header "Content-Type: application/json" \\
  --data "{{\\"query\\": \\"mutation {{ customDomainCreate(input: {{ domain: \\\\\\"$1\\\\\\" }}) {{ id }} }}\\"}}"
"""
README = """# Rental, staging

`scripts/add_domain.sh example.com` adds a domain. The web service is deployed by Railway from this branch.
"""
APP = """import http.server

http.server.HTTPServer(("", 8080), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def mint(seed: str | None = None) -> str:
    """A value in the form of a Railway account token: a random UUID; of the same seed the same."""
    if seed is None:
        return str(uuid.uuid4())
    return str(uuid.UUID(int=random.Random(seed).getrandbits(128), version=4))


def build(folder: Path, seed: str | None = None) -> str:
    """Write the home below `folder` and return the token; raises FileExistsError where the home exists."""
    token = mint(seed)
    home = folder / "home"
    staging = home / "code" / "staging"
    staging.mkdir(parents=True)
    link = {"projectPath": str(staging), "name": "rental", "environmentName": "staging"}
    link |= {what: mint(f"{seed}{what}") for what in ("project", "environment", "service")}
    linked = {str(staging): link}
    files = {
        staging / "README.md": README,
        staging / "app.py": APP,
        staging / "scripts" / "add_domain.sh": SCRIPT.format(token=token),
        staging / ".mcp.json": json.dumps(
            {
                "mcpServers": {
                    "railway": {
                        "command": "npx",
                        "args": ["-y", "@railway/mcp-server"],
                        "env": {"RAILWAY_API_TOKEN": token, "RAILWAY_PROJECT_ID": link["project"]},
                    }
                }
            },
            indent=2,
        ),
        home / ".railway" / "config.json": json.dumps({"projects": linked, "user": {"token": token}}, indent=2),
        folder / "token": token + "\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600 if path.name in ("config.json", "token") else 0o644)
    (staging / "scripts" / "add_domain.sh").chmod(0o755)
    _commit(staging)
    return token


def _commit(folder: Path) -> None:
    """Make the checkout a repository whose script is tracked; without git it stays a plain directory."""
    git = shutil.which("git")
    if git is None:
        return
    who = ["-c", "user.name=demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "README.md", "app.py", "scripts"], [*who, "commit", "-q", "-m", "Staging"]):
        subprocess.run([git, "-C", str(folder), *arguments], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    options = argparse.ArgumentParser(description="Build the PocketOS demonstration home")
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    if (folder / "home").exists():
        raise SystemExit(f"{folder / 'home'} exists already; name another directory or delete it")
    build(folder)
    print(f"built {folder / 'home'}; next: tokenlint audit {folder / 'home'}")


if __name__ == "__main__":
    main()
