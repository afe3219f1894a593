"""How webhooks are signed, tried again and given up; which addresses they may not go to.

Source: the Standard Webhooks specification 1.0 (standardwebhooks.com).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

# How long after a try that failed the next one is due; after the last the delivery has failed.
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
OLD_SECRET_GOOD_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
SECONDS_IN_ALL = 10
MOST_ENDPOINTS = 10
LONGEST_URL = 2000
LONGEST_ANSWER = 500
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
LOWEST_FREE_PORT = 1024
HTTPS_PORT = 443
UNPRINTABLE = re.compile(r"[^\x21-\x7e\u00a0-\U0010ffff]")
# Global by their number, and yet no place of the internet: relays, translators, a cloud's own machine.
SPECIAL = tuple(ip_network(net) for net in ("192.88.99.0/24", "168.63.129.16/32", "64:ff9b:1::/48", "fec0::/10"))
TRANSLATED = ip_network("64:ff9b::/96")


class DeliveryState(StrEnum):
    """Whether an event has reached an endpoint."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


def refuse_url(url: str, *, private: bool) -> str | None:
    """Return why nothing is sent to *url*, or None; *private*: plain http and addresses of one's own are allowed."""
    if UNPRINTABLE.search(url) or len(url) > LONGEST_URL:
        return f"An address has no spaces or control characters, and at most {LONGEST_URL} characters."
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return "This is no web address."
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        return "The address has to begin with https://."
    if not host or parts.username is not None or parts.password is not None:
        return "The address needs a host, and takes no user name or password."
    if port is not None and port != HTTPS_PORT and port < LOWEST_FREE_PORT:
        return "The port has to be 443, or 1024 and above."
    return None


def is_public(address: str) -> bool:
    """Return whether an IP address is a place of the internet, by whatever way it is written or wrapped."""
    ip = ip_address(address.partition("%")[0])
    if any(ip in net for net in SPECIAL if net.version == ip.version):
        return False
    if isinstance(ip, IPv6Address) and (inner := _wrapped(ip)) is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    """Return the older address that an IPv6 one carries, or None."""
    if ip in TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo
    return ip.ipv4_mapped or ip.sixtofour or (teredo[1] if teredo else None)


def signature(secret: str, message_id: str, seconds: int, body: bytes) -> str:
    """Return ``v1,`` and the base64 HMAC-SHA256 of ``id.timestamp.body`` under the bytes that *secret* spells."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[str], message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message; while a secret is replaced it is signed with both."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Fairmatch-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(secret, message_id, seconds, body) for secret in secrets),
    }
