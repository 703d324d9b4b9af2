"""Addresses: which links may stand, which host they lead to, and which words are addresses."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from forum import policy
from forum.text.characters import holds_harm

SCHEMES = frozenset(("http", "https", "mailto"))
_REMOVED_BY_BROWSERS = re.compile("[\t\n\r]")
_SPOILS_ATTRIBUTES = re.compile("[\\s<>\"'`]")
_SPOILS_HOSTS = re.compile("[\\s@\\\\%<>\"'`^{|}]")
_BARE = re.compile(r"(?<!\w)https?://[^\s<>\"\u200b]++", re.IGNORECASE)
_ENDS_A_SENTENCE = ".,;:!?'*_~\u2019\u201d\u2026"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def accept_address(written: str) -> str | None:
    """The address as it may stand in ``href``, or None if no link may lead there.

    Decided after the cleaning browsers do: only http, https and mailto, always with a host (or a mailbox), never with a
    name and password before the host, which only serve to show one host and open another.
    """
    address = _REMOVED_BY_BROWSERS.sub("", written).strip()
    if len(address) > policy.ADDRESS_MAX or holds_harm(address):
        return None
    try:
        parts = urlsplit(address)
        lands = "@" in parts.path if parts.scheme == "mailto" else host_of(address) is not None and parts.port != 0
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not lands:
        return None
    return _SPOILS_ATTRIBUTES.sub(lambda character: quote(character.group()), address)


def host_of(address: str) -> str | None:
    """The host an address leads to, in the ASCII form that cannot imitate another; None if it has no usable one."""
    parts = urlsplit(address)
    if not parts.hostname or _SPOILS_HOSTS.search(parts.netloc):
        return None
    host = parts.hostname.strip(".")
    if host.isascii():
        return host or None
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def split_at_addresses(text: str) -> Iterator[tuple[str, str | None]]:
    """The text in pieces, each with its address if the piece is one written out with ``http://`` or ``https://``.

    Found by our own rule because the linkifier at hand takes the square of the text's length: 1.1 s for 15 kB of ``a://``.
    """
    at = 0
    for found in _BARE.finditer(text):
        written = _without_sentence_end(found.group())
        address = accept_address(written)
        if address is None:
            continue
        yield text[at : found.start()], None
        yield written, address
        at = found.start() + len(written)
    yield text[at:], None


def bare_address_at(text: str, start: int) -> str | None:
    """The written-out address that begins exactly at ``start``, or None."""
    found = _BARE.match(text, start)
    return _without_sentence_end(found.group()) if found else None


def _without_sentence_end(written: str) -> str:
    surplus = {close: written.count(close) - written.count(opened) for close, opened in _PAIRS.items()}
    end = len(written)
    while end and (written[end - 1] in _ENDS_A_SENTENCE or surplus.get(written[end - 1], 0) > 0):
        end -= 1
        if written[end] in surplus:
            surplus[written[end]] -= 1
    return written[:end]
