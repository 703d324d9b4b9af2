"""Whole pages in the memory of this process, ready to send: the way of a hit is one look into a dictionary.

It stands before Django (forum/wsgi.py), because sessions, middleware and templates cost fifty times what the look
does. A page is kept only if its view says so (``keep_page``), for as long as policy.PAGE_KEPT, under everything that
decided what it holds: host, address, and the cookies that the site reads. So nobody is ever served what was made for
another, and nobody reads what is older than that. Requests with any other secret of their own, and all that comes soon
after the reader sent something, go the whole way (docs/decisions/0015).
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha512
from time import monotonic

from isal import igzip

from forum import policy
from forum.crowds import OneOfMany

WANTED = "threshold.keep"  # in the environ of a request: how many seconds its page may be kept
COOKIE = re.compile(r"(?:^|;\s*)([^=;\s]+)=([^;]*)")
GZIP = re.compile(r"\bgzip\b(?!-|\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
FRESH = "fresh"  # the cookie of a reader who has just sent something
ANSWERS = {"200 OK"}
PAGES = {"text/html", "application/json", "application/atom+xml"}
GZIP_LEVEL = 2  # of igzip: the smallest that still costs next to nothing (docs/measurements.md)
PERSONAL = "private, no-cache"
# A shared cache may serve a page to every visitor for as long as we would.
SHARED = f"public, s-maxage={int(policy.PAGE_KEPT.total_seconds())}, max-age=0"


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it is sent. ``headers``: without Content-Length for an answer that has no body."""

    until: float
    tag: str
    headers: list[tuple[str, str]]
    without_body: list[tuple[str, str]]
    body: bytes


def keep_page(request, *, personal: bool) -> None:
    """Let the page that answers this request be kept for a moment: for its reader alone if it is personal."""
    request.META[WANTED] = (policy.PAGE_KEPT.total_seconds(), personal)


def is_addressed_plainly(request, names: Iterable[str]) -> bool:
    """Whether the address asks for nothing but these; others would fill the memory with copies of one page."""
    return not request.GET.keys() - set(names)


class KeptPages(OneOfMany):
    """The site with a memory before it.

    ``keyed``: the cookies that decide what a page holds; ``chosen``: those that an address sets; whoever has one of
    ``secret`` is served no kept page.
    Whoever waits for a page that another thread is making gets that one.
    """

    def __init__(
        self, site: Callable, *, keyed: Iterable[str], chosen: Iterable[str], secret: Iterable[str], room: int
    ):
        super().__init__()
        self.site, self.keyed, self.secret = site, frozenset(keyed), frozenset(secret)
        self.chosen = frozenset(chosen)
        self.room, self.held = room, 0
        self.pages: OrderedDict[tuple, Kept] = OrderedDict()

    def __call__(self, environ, start_response):
        key = self._key(environ) if environ["REQUEST_METHOD"] in ("GET", "HEAD") else None
        if key is None:
            return _sent_small(self.site, environ, start_response)
        if kept := self._found(key):
            return _send(kept, environ, start_response)
        with self.turn(key):
            if kept := self._found(key):
                return _send(kept, environ, start_response)
            return self._make(key, environ, start_response)

    def clear(self) -> None:
        with self.lock:
            self.pages.clear()
            self.held = 0

    def _key(self, environ) -> tuple | None:
        """What a page is kept under; None if this request must go the whole way."""
        if environ.get("CONTENT_TYPE"):
            return None  # it may name a codec to read the address with; no browser sends one here
        cookies = COOKIE.findall(environ.get("HTTP_COOKIE", ""))
        if any(name in self.secret for name, _ in cookies):
            return None
        return (
            GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None,
            environ.get("HTTP_HOST"),
            environ.get("HTTP_X_FORWARDED_PROTO"),
            environ["wsgi.url_scheme"],
            environ.get("SCRIPT_NAME"),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            *sorted(pair for pair in cookies if pair[0] in self.keyed),
        )

    def _found(self, key: tuple) -> Kept | None:
        kept = self.pages.get(key)
        return kept if kept and kept.until > monotonic() else None

    def _make(self, key: tuple, environ, start_response):
        began = monotonic()
        method, environ["REQUEST_METHOD"] = environ["REQUEST_METHOD"], "GET"
        asked = environ.pop("HTTP_IF_NONE_MATCH", None)
        status, headers, answer = _answer(self.site, environ)
        environ["REQUEST_METHOD"] = method
        seconds, is_personal = environ.pop(WANTED, (0, True))
        headers = [header for header in headers if not _renews(header, key)]
        if not seconds or status not in ANSWERS or not all(map(self._may_be_kept, headers)):
            if method != "GET":
                start_response(status, headers)
                return _closed(answer)
            return _small(status, headers, answer, start_response, is_gzip=key[0])
        body = _whole(answer)
        kept = _as_kept(began + seconds, headers, body, is_gzip=key[0], is_personal=is_personal)
        self._keep(key, kept)
        if asked is not None:
            environ["HTTP_IF_NONE_MATCH"] = asked
        return _send(kept, environ, start_response)

    def _may_be_kept(self, header: tuple[str, str]) -> bool:
        """No cookie but one whose value the key decides: the choice that the address itself asks for."""
        name, value = header
        return name.lower() != "set-cookie" or value.strip().partition("=")[0] in self.chosen

    def _keep(self, key: tuple, kept: Kept) -> None:
        with self.lock:
            old = self.pages.pop(key, None)
            self.held += len(kept.body) - (len(old.body) if old else 0)
            self.pages[key] = kept
            while self.held > self.room:
                _, gone = self.pages.popitem(last=False)
                self.held -= len(gone.body)


def _renews(header: tuple[str, str], key: tuple) -> bool:
    """Whether it gives a cookie that the reader has already: Django renews the one of its forms with each page."""
    name, value = header
    return name.lower() == "set-cookie" and tuple(value.strip().partition(";")[0].split("=", 1)) in key


def _answer(site, environ) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    """Status, headers and body of what the site answers, before any of it is sent."""
    told = []

    def remember(status, headers, exc_info=None):
        told[:] = [status, headers]

    body = site(environ, remember)
    return *told, body


def _sent_small(site, environ, start_response):
    """The answer as the site gives it, compressed where that is worth it."""
    status, headers, answer = _answer(site, environ)
    is_gzip = environ["REQUEST_METHOD"] != "HEAD" and GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
    return _small(status, headers, answer, start_response, is_gzip=is_gzip)


def _small(status, headers, answer, start_response, *, is_gzip: bool):
    """Send an answer that is not kept: a page compressed, since a thousand comments are a megabyte; a file as it is.

    Django masks the token of forms anew in each page, so that no length of a page tells it (BREACH).
    """
    named = {name.lower(): value for name, value in headers}
    is_page = named.get("content-type", "").partition(";")[0] in PAGES and "content-encoding" not in named
    if not (is_gzip and is_page) or getattr(answer, "streaming", True):
        start_response(status, headers)
        return answer
    body = _whole(answer)
    if len(body) >= policy.COMPRESSED_FROM:
        body = compressed(body)
        headers = [(name, value) for name, value in headers if name.lower() not in ("content-length", "vary")]
        vary = ", ".join(filter(None, ("Accept-Encoding", named.get("vary"))))
        headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(body))), ("Vary", vary)]
    start_response(status, headers)
    return [body]


def compressed(body: bytes) -> bytes:
    """As gzip, and the processor as it was before.

    ISA-L leaves the upper halves of its vector registers in use. While they are, a thread copies memory at a third of
    its speed, and to make a page is mostly that. SHA-512 of OpenSSL ends with clearing them (docs/measurements.md).
    """
    made = igzip.compress(body, compresslevel=GZIP_LEVEL)
    sha512(b"").digest()
    return made


def _whole(answer) -> bytes:
    try:
        return b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


def _closed(answer):
    if hasattr(answer, "close"):
        answer.close()
    return []


def _as_kept(until: float, headers, body: bytes, *, is_gzip: bool, is_personal: bool) -> Kept:
    if is_gzip:
        body = compressed(body)
    tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'  # of what is sent: a quarter of the bytes to go through
    sets_cookie = any(name.lower() == "set-cookie" for name, _ in headers)
    cache = PERSONAL if is_personal or sets_cookie else SHARED
    ours = {"cache-control", "etag", "vary", "content-length", "content-encoding", "expires", "last-modified"}
    shared = [(name, value) for name, value in headers if name.lower() not in ours]
    shared += [("Cache-Control", cache), ("ETag", tag), ("Vary", "Accept-Encoding, Cookie")]
    encoding = [("Content-Encoding", "gzip")] if is_gzip else []
    return Kept(until, tag, [*shared, *encoding, ("Content-Length", str(len(body)))], shared, body)


def _send(kept: Kept, environ, start_response):
    asked = environ.get("HTTP_IF_NONE_MATCH", "").strip()
    if asked == "*" or kept.tag.removeprefix("W/") in asked:
        start_response("304 Not Modified", kept.without_body)
        return []
    start_response("200 OK", kept.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [kept.body]
