"""Which addresses of the network may be asked: public ones, unless the settings allow others.

A name is looked up here, and the connection goes to the very address that was looked at: a name
that leads elsewhere a moment later (DNS rebinding) leads nowhere.
Source: IANA special-purpose address registries, as the standard `ipaddress` keeps them; RFC 6052.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")  # deprecated, and routed by some all the same


class PrivateAddressError(OSError):
    """A name leads only to addresses of this machine or of a private network."""


def looked_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the system's order. Raises: `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def public(host: str, port: int) -> list[str]:
    """Return the public addresses of a name. Raises: `PrivateAddressError` if it has none."""
    found = [each for each in looked_up(host, port) if is_public(each)]
    if not found:
        raise PrivateAddressError("it leads to a private address")
    return found


def is_public(address: str) -> bool:
    """Whether anybody on the internet may be behind an address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _carried(found) if isinstance(found, IPv6Address) else None
    return _is_global(found) and (inner is None or _is_global(inner))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    local = address.is_multicast or address.is_reserved or address in _SITE_LOCAL
    return address.is_global and not local


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries packets to."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
