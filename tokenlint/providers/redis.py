"""Redis and Valkey: who a password logs in, and what its ACL lets it do.

Source: Redis documentation, ACL GETUSER and the list of command categories (8). Categories and commands are evaluated in
order, as the server does; what is not allowed at the end gives no power.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure
from tokenlint.model import Breadth, Credential, Evidence, Grant, Origin, Power, Status, evidence

_TABLE = """
    get        read string fast                    read:data
    hgetall    read hash slow                      read:data
    lrange     read list slow                      read:data
    smembers   read set slow                       read:data
    zrange     read sortedset slow                 read:data
    xread      read stream slow blocking           read:data
    getbit     read bitmap fast                    read:data
    pfcount    read hyperloglog slow               read:data
    geosearch  read geo slow                       read:data
    keys       keyspace read slow dangerous        read:data
    scan       keyspace read slow                  read:data
    dump       keyspace read slow                  read:data
    sync       admin slow dangerous                read:data
    psync      admin slow dangerous                read:data
    monitor    admin slow dangerous                read:data
    set        write string slow                   write:data
    hset       write hash fast                     write:data
    lpush      write list fast                     write:data
    sadd       write set fast                      write:data
    zadd       write sortedset fast                write:data
    xadd       write stream fast                   write:data
    setbit     write bitmap slow                   write:data
    pfadd      write hyperloglog fast              write:data
    geoadd     write geo slow                      write:data
    restore    keyspace write slow dangerous       write:data
    del        keyspace write slow                 delete:data
    unlink     keyspace write fast                 delete:data
    getdel     write string fast                   delete:data
    expire     keyspace write fast                 delete:data
    rename     keyspace write slow                 delete:data
    hdel       write hash fast                     delete:data
    lpop       write list fast                     delete:data
    srem       write set fast                      delete:data
    zrem       write sortedset fast                delete:data
    xtrim      write stream slow                   delete:data
    flushall   keyspace write slow dangerous       delete:data
    flushdb    keyspace write slow dangerous       delete:data
    swapdb     keyspace write fast dangerous       delete:data
    migrate    keyspace write slow dangerous       read:data,delete:data
    replicaof  admin slow dangerous                read:data,delete:data,admin:infra
    slaveof    admin slow dangerous                read:data,delete:data,admin:infra
    shutdown   admin slow dangerous                admin:infra
    failover   admin slow dangerous                admin:infra
    config|set admin slow dangerous                admin:infra
    config|get admin slow dangerous                read:infra,read:secret
    debug      admin slow dangerous                admin:infra
    cluster|reset admin slow dangerous             delete:data,admin:infra
    acl|setuser admin slow dangerous               mint:identity,admin:identity
    acl|load   admin slow dangerous                mint:identity
    acl|deluser admin slow dangerous               delete:identity
    acl|list   admin slow dangerous                read:identity
    module|load admin slow dangerous               execute:code
    eval       slow scripting                      execute:code
    evalsha    slow scripting                      execute:code
    fcall      slow scripting                      execute:code
    function|load write slow scripting             execute:code,write:code
    function|delete write slow scripting           delete:code
    function|flush write slow scripting            delete:code
    function|restore write slow scripting          execute:code,write:code,delete:code
    publish    pubsub fast                         write:message
    subscribe  pubsub slow                         read:message
    info       slow dangerous                      read:infra
    client|list admin slow dangerous connection    read:infra
    client|kill admin slow dangerous connection    write:infra
"""
COMMANDS: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    words[0]: (frozenset(words[1:-1]), tuple(words[-1].split(","))) for words in map(str.split, _TABLE.strip().splitlines())
}
"""Command -> its categories and the powers it gives: those that read, change, delete, mint or run, of each type of data."""
_CATEGORIES = """
    keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking
    dangerous connection transaction scripting
"""
CATEGORIES = frozenset(_CATEGORIES.split())
_HARMLESS_WORDS = """
    ping echo auth hello select quit reset client client|setname client|setinfo client|getname client|id command exists type
    ttl pttl strlen hlen llen scard zcard dbsize time wait multi exec discard watch unwatch acl|whoami acl|getuser acl|cat
    acl|genpass cluster|slots cluster|nodes cluster|info cluster|shards readonly readwrite role lastsave object memory|usage
    latency slowlog|get module|list lolwut memory post host: touch randomkey unsubscribe psubscribe punsubscribe bgsave save
"""
_HARMLESS = frozenset(_HARMLESS_WORDS.split())


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the user's name, then for its rules."""
    answer = yield Ask("whoami")
    row = _row(answer)
    name = row.get("value")
    if not isinstance(name, str) or not name:
        return _unanswered(answer)
    found = _said("ACL WHOAMI", status=Status.ACTIVE, subject=name)
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", name):
        return found
    rules = _row((yield Ask("user", {"name": name})))
    commands = rules.get("commands")
    if not isinstance(commands, str):
        return found + _said("ACL GETUSER", reason="live, but not allowed to read its own rules")
    grants, unknown = powers(commands, _keys(rules))
    words = tuple(w for w in commands.split() if w)
    return found + _said("ACL GETUSER: commands and keys", scopes=words, grants=grants, unknown_scopes=unknown)


def powers(commands: str, keys: tuple[str, ...]) -> tuple[tuple[Grant, ...], tuple[str, ...]]:
    """What the rules allow at the end, over all keys or those whose patterns are named; and rules that are not known."""
    allowed: set[str] = set()
    unknown: list[str] = []
    for word in commands.split():
        rule = {"allcommands": "+@all", "nocommands": "-@all"}.get(word, word).lower()
        named = {command for command in COMMANDS if _covers(rule[1:], command)}
        if rule[:1] == "+":
            allowed |= named
            if not named and not _known(rule[1:]):
                unknown.append(word)
        elif rule[:1] == "-":
            allowed -= named
    wide = "*" in keys
    grants = []
    for power in sorted({Power.parse(p) for command in allowed for p in COMMANDS[command][1]}):
        whole = wide or power.target != "data" or any(command in allowed for command in _WHOLE.get(power.verb, ()))
        if whole:
            grants.append(Grant(power, Breadth.WORKSPACE))
        elif keys:
            grants.append(Grant(power, Breadth.RESOURCE, tuple(f"keys {k}" for k in keys)))
    return tuple(grants), tuple(dict.fromkeys(unknown))


_WHOLE = {
    "delete": ("flushall", "flushdb", "swapdb", "replicaof", "slaveof"),
    "read": ("sync", "psync", "monitor", "replicaof"),
}
"""Commands that no key pattern binds."""


def _covers(rule: str, command: str) -> bool:
    if rule.startswith("@"):
        return rule == "@all" or rule[1:] in COMMANDS[command][0]
    return command in (rule, rule.partition("|")[0]) or command.partition("|")[0] == rule


def _known(rule: str) -> bool:
    return rule in _HARMLESS or rule.partition("|")[0] in _HARMLESS or (rule[:1] == "@" and rule[1:] in CATEGORIES | {"all"})


def _keys(rules: dict[str, Any]) -> tuple[str, ...]:
    """The key patterns without their sign: `~app:* %R~shared:*` -> app:*, shared:*."""
    found = rules.get("keys")
    words = found.split() if isinstance(found, str) else [str(k) for k in found] if isinstance(found, list) else []
    if "allkeys" in words:
        return ("*",)
    return tuple(word.rpartition("~")[2] for word in words if word)[:20]


def _row(answer: Answer) -> dict[str, Any]:
    body = answer.json() if answer.status == 200 and not answer.problem else None
    found = body.get("rows") if isinstance(body, dict) else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def _unanswered(answer: Answer) -> Evidence:
    if answer.status == 401 and not answer.problem:
        return _said("login", status=Status.INACTIVE, reason="the server refused the login")
    if answer.status == 403 and not answer.problem:
        return _said("login", status=Status.ACTIVE, reason="live, but not allowed to ask who it is")
    return _said("login", status=Status.UNKNOWN, reason=failure(answer) or "not a documented answer")


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"redis: {what}", **fields)
