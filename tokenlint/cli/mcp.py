"""tokenlint mcp: scan and explain for agents, under one root, offline.

An agent must not be handed the map of what it was not given: no audit, no inspect, nothing live, no place outside the
root that the person who started the server chose.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from tokenlint.cli import Command


@click.command("mcp", cls=Command)
@click.option("--root", required=True, type=click.Path(exists=True, file_okay=False), help="The only folder it may scan.")
def command(root: str) -> int:
    """Serve scan and explain to agents (Model Context Protocol, on stdin and stdout)."""
    from tokenlint.errors import UsageError

    try:
        server = build(Path(os.path.realpath(root)))
    except ImportError:
        raise UsageError("mcp: the package is not installed; run: pip install 'tokenlint-scanner[mcp]'") from None
    server.run()
    return 0


def build(root: Path) -> Any:
    """The server with its two tools."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("tokenlint")

    def scan(path: str = ".") -> str:
        """Scan a file or folder under the server's root for credentials; the answer holds no values."""
        return scanned(root, path)

    def explain(what: str) -> str:
        """Explain a code such as TL204, or a kind such as railway.account-token."""
        from tokenlint.catalog import load
        from tokenlint.cli.pages import code_page, kind_page
        from tokenlint.errors import TokenlintError

        try:
            return kind_page(what, load(plugins=False)) if "." in what else code_page(what, load(plugins=False))
        except TokenlintError as error:
            return str(error)

    server.tool()(scan)
    server.tool()(explain)
    return server


def scanned(root: Path, path: str) -> str:
    """The JSON report of a place under the root; a refusal in one sentence for any other."""
    from tokenlint import api
    from tokenlint.formats import Options
    from tokenlint.formats.json_v1 import render

    place = Path(os.path.realpath(root / path))
    if place != root and not place.is_relative_to(root):
        return f"refused: {path!r} lies outside of the folder that this server was started for"
    if not place.exists():
        return f"refused: {path!r} does not exist under the server's folder"
    # the tree's own configuration may tune, as in a plain scan, and is never what decides that nothing is sent
    return str(render(api.scan(place, plugins=False), Options()))
