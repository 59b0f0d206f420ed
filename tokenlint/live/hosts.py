"""Which addresses may be connected to. Every name is resolved first, and the connection goes to the checked address."""

from __future__ import annotations

import ipaddress
import socket

from tokenlint.errors import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(a)
    for a in (
        "169.254.169.254",  # nearly every cloud
        "169.254.170.2",  # container credentials
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    )
)
METADATA_NAMES = ("metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal")
CANARY_DOMAINS = ("canarytokens.com", "canarytokens.org", "canarytokens.net")
"""Hosts of a public service for canary tokens: a request to them alerts whoever laid them."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")


def check(host: str, address: str, *, named: bool) -> None:
    """Raise Refused where `address`, to which `host` resolves, must not be connected to.

    Metadata, link-local, multicast and unspecified addresses never; other addresses that are not public only where the
    user named that very host. An IPv4 address inside an IPv6 one counts as itself.
    """
    for ip in _unfolded(ipaddress.ip_address(address.partition("%")[0])):
        if ip in METADATA:
            raise Refused(f"the host {host} is a cloud metadata address, which is never asked")
        if ip.is_link_local or ip.is_multicast or ip.is_unspecified or _reserved(ip):
            raise Refused(f"the host {host} has a link-local, multicast or reserved address, which is never asked")
        if not named and (not ip.is_global or getattr(ip, "is_site_local", False)):
            raise Refused(f"the host {host} has a private address; add --live-host {host} if it is meant")


def check_name(host: str, *, named: bool) -> None:
    """The same for a host as written, where somebody else (a proxy) resolves it: names of metadata services and
    addresses in any notation."""
    if host in METADATA_NAMES:
        raise Refused(f"the host {host} is a cloud metadata address, which is never asked")
    address = literal(host)
    if address is not None:
        check(host, address, named=named)
    elif (host == "localhost" or host.endswith(".localhost")) and not named:
        raise Refused(f"the host {host} has a private address; add --live-host {host} if it is meant")


def literal(host: str) -> str | None:
    """The address that the host is a notation of (`127.1`, `2130706433` and `[::1]` included), None for a name."""
    bare = host.strip("[]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if not bare or bare.rpartition(".")[2][:1] not in tuple("0123456789"):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        return None


def canary(host: str) -> bool:
    """Whether the host belongs to a service for canary tokens."""
    return any(host == domain or host.endswith("." + domain) for domain in CANARY_DOMAINS)


def _reserved(ip: Address) -> bool:
    return isinstance(ip, ipaddress.IPv4Address) and (ip.is_reserved or ip in _THIS_NETWORK)


def _unfolded(ip: Address) -> list[Address]:
    found: list[Address] = [ip]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return [ip.ipv4_mapped]
        if ip in _NAT64:
            return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
        if ip.sixtofour is not None:
            found.append(ip.sixtofour)
        if ip.teredo is not None:
            found.extend(ip.teredo)
    return found
