"""What stands first in every `--help`: commands to copy, each with what it does."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("tokenlint scan .", "the working tree"),
        ("tokenlint scan --history .", "every commit"),
        ("tokenlint audit", "this machine, offline"),
        ("tokenlint audit --live", "and ask the issuers"),
        ('printf %s "$TOKEN" | tokenlint inspect', "one credential"),
    ),
    "scan": (
        ("tokenlint scan .", "the working tree"),
        ("tokenlint scan --staged", "what is about to be committed"),
        ("tokenlint scan --history .", "every object of the repository"),
        ("tokenlint scan --ci", "what this change adds; policy from the base revision"),
        ("tokenlint scan --report sarif=out.sarif --report html=out.html .", "two reports more"),
        ("tokenlint scan --live-plan .", "what --live would ask, and of whom"),
    ),
    "audit": (
        ("tokenlint audit", "your home: stores first, then a bounded walk"),
        ("tokenlint audit --depth quick", "known stores alone, in seconds"),
        ("tokenlint audit --live", "and ask the issuers, read-only"),
        ("tokenlint audit --report html=audit.html --report json=audit.json", "to read, and to compare with later"),
        ("tokenlint audit --diff audit.json", "what appeared, what went, what got better"),
        ("tokenlint audit --fix", "close open files, ignore credential files; each is asked"),
    ),
    "inspect": (
        ('printf %s "$RAILWAY_TOKEN" | tokenlint inspect --kind railway.account-token', "a value without a shape"),
        ("pbpaste | tokenlint inspect --live", "and ask its issuer"),
    ),
    "recheck": (
        ("tokenlint recheck audit.json", "what still stands there, judged anew"),
        ("tokenlint recheck --live audit.json", "and whether it still lives"),
    ),
    "hook": (
        ("tokenlint hook a.py b.env", "as pre-commit calls it"),
        ("tokenlint hook --staged", "the index, whatever lies in the working tree"),
        ("tokenlint hook --push", "the range that is pushed"),
    ),
    "agents": (
        ("tokenlint agents", "who is here and what each can read"),
        ("tokenlint agents deny --for claude-code", "rules that close what was found"),
        ("tokenlint agents guard install --for claude-code", "ask before a tool uses a credential"),
    ),
    "agents list": (
        ("tokenlint agents list", "your own home"),
        ("tokenlint agents list /home/build", "another one"),
    ),
    "agents deny": (
        ("tokenlint agents deny --for claude-code", "print the rules"),
        ("tokenlint agents deny --for cursor --write", "and merge them into its settings"),
    ),
    "agents guard": (
        ("tokenlint agents guard install --for claude-code", "from now on it is called"),
        ("tokenlint agents guard < payload.json", "what the agent does"),
    ),
    "agents guard install": (("tokenlint agents guard install --for claude-code", "shows the change and asks"),),
    "agents guard uninstall": (("tokenlint agents guard uninstall --for claude-code", "everything else stays"),),
    "agents guard doctor": (("tokenlint agents guard doctor --for claude-code", "installed, and in time?"),),
    "rules": (
        ("tokenlint rules list railway", "the kinds of one issuer"),
        ("tokenlint rules show railway.account-token", "all that is known of one"),
        ("tokenlint rules import .gitleaks.toml -o rules.toml", "take over your own rules"),
    ),
    "rules list": (
        ("tokenlint rules list", "every kind"),
        ("tokenlint rules list github gitlab", "of these issuers"),
    ),
    "rules show": (("tokenlint rules show railway.account-token", "what the value proves, what the issuer says"),),
    "rules check": (
        ("tokenlint rules check", "every rule"),
        ("tokenlint rules check acme --rules acme.toml", "your own"),
    ),
    "rules import": (
        ("tokenlint rules import .gitleaks.toml -o acme.toml --name acme", "then: tokenlint scan --rules acme.toml ."),
        ("tokenlint rules import betterleaks.toml", "look at it first"),
    ),
    "rules docs": (("tokenlint rules docs", "in a checkout of tokenlint"),),
    "explain": (
        ("tokenlint explain TL204", "a code"),
        ("tokenlint explain railway.account-token", "a kind"),
    ),
    "policy": (
        ("tokenlint policy init", "a commented policy to start from"),
        ("tokenlint policy show --origin", "what rules here, and which file says so"),
    ),
    "policy init": (
        ("tokenlint policy init", "asks what matters"),
        ("tokenlint policy init -o policy.toml --force", "without a terminal: the defaults"),
    ),
    "policy show": (
        ("tokenlint policy show", "the effective values"),
        ("tokenlint policy show --origin --profile strict", "of a shipped policy"),
    ),
    "policy check": (("tokenlint policy check tokenlint.toml", "valid, and what soon runs out"),),
    "baseline": (
        ("tokenlint baseline create", "accept what is there today"),
        ("tokenlint baseline review", "and say why, one by one"),
        ("tokenlint baseline import .secrets.baseline", "another scanner's"),
    ),
    "baseline create": (
        ("tokenlint baseline create", "of the working tree"),
        ("tokenlint baseline create --history", "of the whole history"),
    ),
    "baseline update": (("tokenlint baseline update", "add what is new, forget nothing"),),
    "baseline prune": (("tokenlint baseline prune", "remove what is not found any more"),),
    "baseline check": (("tokenlint baseline check --require-reviewed", "a gate for CI"),),
    "baseline review": (
        ("tokenlint baseline review", "in the terminal"),
        ('tokenlint baseline review --fingerprint v1:... --verdict false-positive --reason "a fixture"', "one entry"),
    ),
    "baseline import": (
        ("tokenlint baseline import .secrets.baseline", "of detect-secrets"),
        ("tokenlint baseline import .gitleaksignore", "of gitleaks"),
    ),
    "baseline export": (
        ("tokenlint baseline export --format detect-secrets -o .secrets.baseline", "for whoever still runs it"),
    ),
    "render": (
        ("tokenlint render report.json --format html -o report.html", "a page"),
        ("tokenlint render report.json --format sarif -o report.sarif", "for a code host"),
    ),
    "mcp": (("tokenlint mcp --root ~/work/shop", "an agent may scan this folder and nothing else"),),
    "doctor": (("tokenlint doctor", "engine, rules, cache, git, hook, configuration"),),
    "compat": (('detect-secrets scan -p "$(tokenlint compat detect-secrets)"', "our rules in detect-secrets"),),
    "completion": (
        ('eval "$(tokenlint completion bash)"', "in ~/.bashrc"),
        ('eval "$(tokenlint completion zsh)"', "in ~/.zshrc, after compinit"),
        ("tokenlint completion fish > ~/.config/fish/completions/tokenlint.fish", "once"),
    ),
}  # fmt: skip
"""Command path without `tokenlint` -> example and what it does."""
