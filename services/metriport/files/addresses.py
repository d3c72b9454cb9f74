"""Which addresses of files may be asked for: those of the upstream, and public ones over HTTPS.

An address comes in a signed message. It is checked nevertheless: whoever could write one would have
this program ask machines of its own network, and hand out what they answer.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

from services.errors import FileUnusable, Unreachable

Resolve = Callable[[str], Sequence[str]]
"""Answers the IP addresses of a host; raises `OSError` where it has none."""

Origin = tuple[str, str | None, int | None]

_HTTPS_PORT = 443
_MOST_TRIED = 3
# RFC 6052: the last 32 bits of such an address are that of the machine behind the translator.
_TRANSLATED = IPv6Network("64:ff9b::/96")


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def resolve_host(host: str) -> Sequence[str]:
    """The IP addresses of a host, in the order in which the system would try them."""
    found = socket.getaddrinfo(host, _HTTPS_PORT, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class Checked:
    """What may be asked: the same file at each machine of its host.

    `host` is the name that the machine's certificate must have; None for the upstream itself.
    """

    addresses: Sequence[str]
    host: str | None = None


def checked(url: str, own: Origin, resolve: Resolve) -> Checked:
    """Where the file at `url` may be asked for; `own` is the origin of the upstream.

    The host is resolved here, once, and what is asked are the very machines that were checked: a
    name that leads elsewhere a moment later changes nothing. Raises `FileUnusable` for an address
    that may not be asked, and `Unreachable` for a host that nobody knows.
    """
    parts = _split(url)
    if (parts.scheme, parts.hostname, parts.port) == own:
        return Checked([url])
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.port not in (None, _HTTPS_PORT) or "@" in parts.netloc:
        raise FileUnusable("The address of the records is none that may be asked.")
    try:
        machines = resolve(host)
    except (OSError, UnicodeError):
        raise Unreachable("The store of the records could not be found.") from None
    if not machines or not all(map(_is_public, machines)):
        raise FileUnusable("The address of the records leads into a private network; not followed.")
    return Checked([_at(parts, machine) for machine in machines[:_MOST_TRIED]], host)


def _at(parts: SplitResult, machine: str) -> str:
    netloc = f"[{machine}]" if ":" in machine else machine
    return urlunsplit(parts._replace(netloc=netloc, fragment=""))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        # Read here, because a port that is no number raises when it is asked for.
        _ = parts.port
    except ValueError:
        raise FileUnusable("The address of the records cannot be read.") from None
    if not parts.hostname or not (url.isascii() and url.isprintable()):
        raise FileUnusable("The address of the records cannot be read.")
    return parts


def _is_public(machine: str) -> bool:
    try:
        address = ip_address(machine)
    except ValueError:
        # An IPv6 address with the name of an interface is of this network only.
        return False
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    target = inner or address
    return target.is_global and not target.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, or None."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
