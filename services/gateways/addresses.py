"""Which web addresses may be spoken to when a stranger chose them, and where exactly they lead."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from services.errors import AppError

Resolve = Callable[[str, int], list[str]]

_USUAL_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ORDINARY_IPV6 = ipaddress.IPv6Network("2000::/3")
# Python calls these global, but they lead to other addresses than they name, or nowhere.
_DETOURS = [ipaddress.ip_network(net) for net in ("2001::/23", "2002::/16", "192.0.0.0/24", "192.88.99.0/24")]


class ResultRefused(AppError):
    """We will not take it: a forbidden address, too large, or nothing in it."""

    status, code = 422, "result_refused"


@dataclass(frozen=True, slots=True)
class Place:
    """One request's destination. `addresses` are checked and to be connected to as they are, without DNS."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        """The name for the Host header, with the port where it is not the usual one."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _USUAL_PORTS[self.scheme] else f"{name}:{self.port}"


def find_addresses(host: str, port: int) -> list[str]:
    """Every address the name stands for. Raises OSError where it stands for none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def find_place(url: str, *, allowed_hosts: frozenset[str], resolve: Resolve = find_addresses) -> Place:
    """Where a URL leads, resolved once.

    Only https on an ordinary port to public addresses, every one the name has, unless `allowed_hosts` names
    the host as `host` or `host:port`. Raises `ResultRefused` for anything else, OSError where DNS fails.
    """
    parts, host, port = _parsed(url)
    allowed = _is_allowed(host, port, allowed_hosts)
    if not allowed and (parts.scheme != "https" or not (port == 443 or port >= 1024)):
        raise ResultRefused(f"Results are fetched by https only, unless MEDIA_ALLOWED_HOSTS names {host}.")
    addresses = _resolved(host, port, resolve)
    if not allowed and not all(is_public(address) for address in addresses):
        raise ResultRefused(f"{host} is no public address, and MEDIA_ALLOWED_HOSTS does not name it.")
    return Place(parts.scheme, host, port, _path(parts), tuple(str(address) for address in addresses))


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is somewhere on the internet, and nowhere near this machine or its cloud."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _ORDINARY_IPV6:
            return False
    odd = address.is_multicast or address.is_reserved or any(address in network for network in _DETOURS)
    return address.is_global and not odd


def _parsed(url: str) -> tuple[SplitResult, str, int]:
    """The address in parts, and its host as DNS spells it."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii")
        port = parts.port or _USUAL_PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise ResultRefused("The result's address is not a web address.") from error
    if not host or "@" in parts.netloc or not url.isprintable() or any(sign in url for sign in " \\"):
        raise ResultRefused("The result's address is not a plain web address.")
    return parts, host, port


def _resolved(host: str, port: int, resolve: Resolve) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        return [ipaddress.ip_address(address) for address in resolve(host, port)]
    except ValueError as error:
        raise ResultRefused("The result's address names no host.") from error


def _is_allowed(host: str, port: int, allowed_hosts: frozenset[str]) -> bool:
    spellings = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}
    return any(allowed.lower().rstrip(".") in spellings for allowed in allowed_hosts)


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return f"{path}?{query}" if query else path
