"""What this machine cannot tell of itself: how far its clock is off, and by which address the world sees it."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.edge.fetch import Fetcher

# Seconds from the first day of NTP, 1 January 1900, to that of POSIX.
_NTP_TO_POSIX = 2_208_988_800
# NTP counts seconds in 32 bits, anew from 7 February 2036.
_ERA = 2**32


def offset(server: str, timeout: float = 2.0, *, port: int = 123, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds to add to this machine's clock to have the time server's; None when it gives no usable answer.

    One question is asked; half the way there and back is the error that remains. An answer that does not repeat our
    question, or of a server that says its own clock is not set, is none. Source: RFC 5905, part 14 (SNTP).
    """
    question = struct.pack("!B39xQ", 0b00_100_011, nonce := secrets.randbits(64))
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.settimeout(timeout)
            # Connected: only that address may answer.
            sock.connect(address)
            left = now()
            sock.send(question)
            answer = sock.recv(512)
            back = now()
        flags, stratum, echo, received, sent = struct.unpack("!BB22xQQQ", answer[:48])
    except (OSError, UnicodeError, struct.error):
        return None
    if flags & 0b111 != 4 or flags >> 6 == 3 or not 1 <= stratum <= 15 or echo != nonce or not sent:
        return None
    return (_since(received, left) + _since(sent, back)) / 2


def _since(stamp: int, ours: float) -> float:
    """Return how far an NTP time stamp, 32.32 bits, is from our clock; the era is that nearest to it."""
    apart = stamp / 2**32 - _NTP_TO_POSIX - ours
    return (apart + _ERA / 2) % _ERA - _ERA / 2


def public_ip(fetcher: Fetcher, service: str) -> str:
    """Return the address from which the web sees us, as a service that answers with nothing else says it.

    Raises BadInput when it answers anything but one public address, and what `Fetcher.get` raises.
    """
    page = fetcher.get(service, pace_seconds=1.0)
    try:
        address = ipaddress.ip_address(page.body[:100].decode("ascii").strip())
    except ValueError:
        address = None
    if page.status != 200 or address is None or not address.is_global:
        raise BadInput(f"{page.final_url} ne dit pas par quelle adresse le web voit cette machine.")
    return str(address)
