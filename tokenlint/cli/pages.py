"""Pages of codes and kinds for a terminal, made from the rules' data."""

from __future__ import annotations

import difflib

from tokenlint.catalog import Catalog
from tokenlint.errors import UsageError
from tokenlint.provider import Kind, Provider


def code_page(text: str, catalog: Catalog) -> str:
    """The code's page, and what each provider offers instead."""
    from tokenlint.policy import explain, find_code

    code = find_code(text)
    rows = []
    for name in catalog.names:
        provider = catalog.provider(name)
        for remedy in provider.remedies:
            if any(provider.remedy(k.rule.kind, code.code) is remedy for k in provider.kinds):
                rows.append(f"- {provider.title}: {remedy.text}" + (f" <{remedy.url}>" if remedy.url else ""))
    page = explain(code.code).rstrip()
    return page + ("\n\n## By provider\n\n" + "\n".join(dict.fromkeys(rows)) if rows else "")


def kind_page(full: str, catalog: Catalog) -> str:
    """Everything that is known of a kind offline and live."""
    provider, kind = _find(full, catalog)
    lines = [f"{full}: {provider.title}, {kind.title}", ""]
    if kind.source:
        lines.append(f"Format: {kind.source}")
    lines += _facts(kind)
    asked = provider.asked(full)
    lines.append("")
    if kind.refresh:
        lines.append("Live: never sent, since using a refresh token may revoke or rotate the grant.")
    elif asked:
        lines.append("Live (only with --live, read-only):")
        lines += [f"  {r.method} {r.url}" + (f"  ({r.leaves})" if r.leaves else "") for r in asked]
    else:
        lines.append("Live: nothing to ask.")
    remedy = provider.remedy(full, "TL201")
    if remedy is not None:
        lines += ["", f"Use instead: {remedy.text}" + (f" <{remedy.url}>" if remedy.url else "")]
    return "\n".join(lines)


def _facts(kind: Kind) -> list[str]:
    if not kind.facts:
        return ["Documented lifetime and reach: nothing that holds for every one of them."]
    lines = ["Documented:"]
    for fact in kind.facts:
        value = ", ".join(map(str, fact.value)) if isinstance(fact.value, tuple) else fact.value
        lines.append(f"  {fact.field.replace('_', ' ')}: {value}  ({fact.detail})")
    return lines


def _find(full: str, catalog: Catalog) -> tuple[Provider, Kind]:
    name = full.partition(".")[0]
    if name in catalog.names:
        provider = catalog.provider(name)
        kind = provider.kind(full)
        if kind is not None:
            return provider, kind
    every = [f"{p.name}.{k['id']}" for p, k in catalog.kinds]
    near = difflib.get_close_matches(full, every, 1)
    hint = f"did you mean {near[0]}?" if near else "see tokenlint rules list"
    raise UsageError(f"{full}: there is no such kind; {hint}")
