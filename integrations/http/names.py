"""What a peer, a host and a page are called in a request. Pure.

A page of somebody else's that a browser in the house shows may have its own name resolved to us (DNS
rebinding), and its requests look as if they came from here. They still name its host.
"""

import re
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

_HOST = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[^\[\]:/@?#\s]{1,253}))(?::\d{1,5})?", re.ASCII
)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine and nobody else reaches it there."""
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def peer_of(address: str) -> str:
    """The address of a peer in one form: an IPv4 one is never dressed up as IPv6."""
    found = _address(address)
    return address if found is None else str(found)


def network_of(peer: str) -> str:
    """Who is counted as one: an address, or of IPv6 the network that anybody gets as a whole."""
    address = _address(peer)
    if isinstance(address, IPv6Address) and not address.is_loopback:
        return str(ip_network((int(address), 64), strict=False))
    return peer


def host_in(header: str) -> str | None:
    """The name or address in a `Host` header, None: it is malformed."""
    found = _HOST.fullmatch(header)
    if found is None:
        return None
    return (found["v6"] or found["name"]).lower().removesuffix(".")


def is_ours(host: str, hosts: Collection[str], *, beyond: bool) -> bool:
    """Whether we are called `host`.

    `hosts` are names of the configuration. `beyond`: others than this machine may reach us; then any address
    is one of ours, since nobody can have an address resolved to something else, and so is the machine's name.
    """
    if is_loopback(host) or host in hosts:
        return True
    own = socket.gethostname().lower()
    return beyond and (_address(host) is not None or host in (own, f"{own}.local"))


def is_foreign(origin: str, host: str) -> bool:
    """Whether the page that sends a request, as the browser says in `origin`, is none of `host`'s own."""
    try:
        return urlsplit(origin).netloc.lower() != host.lower()
    except ValueError:
        return True


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
