"""Where a request comes from, no closer than its network, and hashes of it that nobody can turn back.

A raw address is never stored. What is stored is a hash under the key of its day, and the key needs SECRET_KEY as well.
"""

import hashlib
import hmac
from ipaddress import ip_address, ip_network

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied

IPV4_BITS, IPV6_BITS = 24, 64  # of an address that name its network (Slash: subnet)


def network_of(request) -> str:
    """The network a request comes from, such as ``203.0.113.0/24``; "" where its address tells nothing.

    The address is the one that allauth believes: the last hop, or what the trusted proxy says. Loopback tells nothing:
    a proxy that is not declared makes everybody local. Our own adapter is not asked: it hides where members are.
    """
    try:
        address = ip_address(DefaultAccountAdapter(request).get_client_ip(request))
    except (PermissionDenied, ValueError):
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback or address.is_unspecified:
        return ""
    return str(ip_network(f"{address}/{narrowest_known(address.version)}", strict=False))


def narrowest_known(version: int) -> int:
    """Bits of an address of this version that the site looks at."""
    return IPV4_BITS if version == 4 else IPV6_BITS


def keyed_hash(secret: bytes, words: str) -> str:
    """128 bits of HMAC-SHA-256, as 32 hexadecimal digits; useless without both the day's secret and SECRET_KEY."""
    key = hmac.digest(settings.SECRET_KEY.encode(), bytes(secret), hashlib.sha256)
    return hmac.digest(key, words.encode(), hashlib.sha256).hex()[:32]
