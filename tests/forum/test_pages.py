"""Kept pages: a hit is what the site would have said, for this reader and nobody else, and never too old."""

import gzip
import io
from threading import Barrier, Thread

import pytest

from forum import pages, policy
from forum.pages import KeptPages, keep_page

COOKIES = {"keyed": ("sessionid", "csrftoken", "reading"), "chosen": ("reading",), "secret": ("messages", "fresh")}


class Site:
    """Answers with how often it was asked, and by whom; as WSGI."""

    def __init__(self, *, seconds=True, personal=False, status="200 OK", headers=()):
        self.asked, self.seconds, self.personal = 0, seconds, personal
        self.status, self.headers, self.wait = status, list(headers), None

    def __call__(self, environ, start_response):
        self.asked += 1
        if self.wait:
            self.wait.wait()
        if self.seconds:
            keep_page(Request(environ), personal=self.personal)
        words = f"{self.asked} {environ.get('HTTP_COOKIE', '')}"
        start_response(self.status, [("Content-Type", "text/html"), ("Content-Length", "9"), *self.headers])
        return [words.encode()]


class Request:
    def __init__(self, environ):
        self.META = environ


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pages, "monotonic", clock)
    return clock


def ask(app, path="/story/1/", **environ):
    """(status, headers, body) of a request."""
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "here"}
    asked |= {"wsgi.url_scheme": "http", "wsgi.input": io.BytesIO()} | environ
    told = []
    body = b"".join(app(asked, lambda status, headers, exc_info=None: told.extend((status, dict(headers)))))
    return *told, body


def kept(site, room=10_000):
    return KeptPages(site, room=room, **COOKIES)


def test_a_page_is_made_once_a_second(clock):
    site = Site()
    app = kept(site)
    assert [ask(app)[2] for _ in range(3)] == [b"1 "] * 3
    clock.now += policy.PAGE_KEPT.total_seconds()
    assert ask(app)[2] == b"2 "


def test_its_age_counts_from_before_it_was_made(clock):
    site = Site()
    app = kept(site)
    slow = site.__call__

    def slowly(environ, start_response):
        clock.now += 0.9
        return slow(environ, start_response)

    app.site = slowly
    ask(app)
    clock.now += 0.2
    assert ask(app)[2] == b"2 "


@pytest.mark.parametrize(
    "other",
    [
        {"HTTP_COOKIE": "sessionid=b"},
        {"HTTP_COOKIE": "sessionid=a; csrftoken=t"},
        {"HTTP_COOKIE": "sessionid=a; reading=1.flat.oldest.1"},
        {"QUERY_STRING": "threshold=2"},
        {"PATH_INFO": "/story/2/"},
        {"HTTP_HOST": "there"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"wsgi.url_scheme": "https"},
        {"HTTP_ACCEPT_ENCODING": "gzip"},
        {"SCRIPT_NAME": "/forum"},
    ],
    ids=str,
)
def test_what_decides_a_page_is_in_its_key(clock, other):
    site = Site()
    app = kept(site)
    ask(app, HTTP_COOKIE="sessionid=a")
    ask(app, **{"HTTP_COOKIE": "sessionid=a"} | other)
    assert site.asked == 2


@pytest.mark.parametrize("cookie", ["messages=x", "fresh=1", "sessionid=a; fresh=1"])
def test_who_has_just_sent_something_or_has_words_waiting_is_served_no_kept_page(clock, cookie):
    site = Site()
    app = kept(site)
    for _ in range(2):
        ask(app, HTTP_COOKIE=cookie)
    assert site.asked == 2
    assert not app.pages


@pytest.mark.parametrize("environ", [{"REQUEST_METHOD": "POST"}, {"CONTENT_TYPE": "text/plain; charset=utf-16"}])
def test_a_request_that_no_reader_sends_goes_the_whole_way(clock, environ):
    site = Site()
    app = kept(site)
    for _ in range(2):
        ask(app, **environ)
    assert site.asked == 2


@pytest.mark.parametrize(
    "site",
    [
        Site(seconds=False),
        Site(status="404 Not Found"),
        Site(status="302 Found"),
        Site(headers=[("Set-Cookie", "sessionid=secret")]),
        Site(headers=[("set-cookie", "csrftoken=secret")]),
    ],
    ids=["unasked", "not found", "redirect", "session", "token"],
)
def test_what_may_not_be_kept_is_not(clock, site):
    app = kept(site)
    ask(app)
    status, headers, body = ask(app)
    assert (site.asked, status, body, app.pages) == (2, site.status, b"2 ", {})
    assert "ETag" not in headers


def test_the_choice_that_an_address_asks_for_may_be_kept_but_not_by_others(clock):
    app = kept(Site(headers=[("Set-Cookie", " reading=2.nested.oldest.1; Path=/")]))
    ask(app)
    _, headers, _ = ask(app)
    assert "reading=2" in headers["Set-Cookie"]
    assert headers["Cache-Control"] == "private, no-cache"


def test_a_cookie_that_the_reader_has_already_is_not_given_again(clock):
    app = kept(Site(headers=[("Set-Cookie", " csrftoken=mine; Path=/")], personal=True))
    for _ in range(2):
        assert "Set-Cookie" not in ask(app, HTTP_COOKIE="sessionid=a; csrftoken=mine")[1]
    assert app.site.asked == 1
    assert "csrftoken=mine" in ask(app, HTTP_COOKIE="sessionid=a; csrftoken=other")[1]["Set-Cookie"]
    assert app.site.asked == 2


def test_a_visitors_page_may_be_shared_for_as_long_as_it_is_kept_and_a_members_never(clock):
    assert ask(kept(Site()))[1]["Cache-Control"] == "public, s-maxage=1, max-age=0"
    personal = ask(kept(Site(personal=True)))[1]
    assert personal["Cache-Control"] == "private, no-cache"
    assert personal["Vary"] == "Accept-Encoding, Cookie"


def test_who_has_it_already_is_told_so_without_a_body(clock):
    app = kept(Site())
    _, headers, _ = ask(app)
    status, again, body = ask(app, HTTP_IF_NONE_MATCH=f'"x", {headers["ETag"]}')
    assert (status, body) == ("304 Not Modified", b"")
    assert "Content-Length" not in again
    assert again["ETag"] == headers["ETag"]
    assert ask(app, HTTP_IF_NONE_MATCH='W/"other"')[0] == "200 OK"


def test_who_has_any_copy_at_all_is_told_that_there_is_one(clock):
    assert ask(kept(Site()), HTTP_IF_NONE_MATCH=" * ")[0] == "304 Not Modified"


def test_the_tag_stays_while_nothing_changes(clock):
    class Same(Site):
        def __call__(self, environ, start_response):
            self.asked = 0
            return super().__call__(environ, start_response)

    app = kept(Same())
    _, first, _ = ask(app)
    clock.now += 10
    assert ask(app, HTTP_IF_NONE_MATCH=first["ETag"])[0] == "304 Not Modified"


@pytest.mark.parametrize("accepts", ["gzip", "GZIP", "br, gzip;q=0.8", "deflate, gzip, br"])
def test_who_reads_gzip_gets_it(clock, accepts):
    app = kept(Site())
    for _ in range(2):
        _, headers, body = ask(app, HTTP_ACCEPT_ENCODING=accepts)
        assert headers["Content-Encoding"] == "gzip"
        assert int(headers["Content-Length"]) == len(body)
        assert gzip.decompress(body) == b"1 "


@pytest.mark.parametrize("accepts", ["", "br", "identity", "gzip;q=0", "gzip; q=0.0, br", "gzip-not"])
def test_who_does_not_gets_plain_bytes(clock, accepts):
    _, headers, body = ask(kept(Site()), HTTP_ACCEPT_ENCODING=accepts)
    assert "Content-Encoding" not in headers
    assert (body, headers["Content-Length"]) == (b"1 ", "2")


def test_head_is_told_the_same_without_the_body(clock):
    app = kept(Site())
    _, whole, _ = ask(app)
    status, headers, body = ask(app, REQUEST_METHOD="HEAD")
    assert (status, headers, body) == ("200 OK", whole, b"")


def test_many_who_ask_at_once_let_one_make_it():
    site = Site()
    app, start, seen = kept(site), Barrier(12), []
    slow = site.__call__

    def slowly(environ, start_response):
        answer = slow(environ, start_response)
        for thread in threads:  # nobody has got it yet, so all others wait or have not come
            assert thread.is_alive()
        return answer

    app.site = slowly

    def reader():
        start.wait()
        seen.append(ask(app)[2])

    threads = [Thread(target=reader) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (site.asked, set(seen)) == (1, {b"1 "})
    assert not app.making


def test_a_page_that_fails_lets_the_next_one_try(clock):
    class Broken(Site):
        def __call__(self, environ, start_response):
            super().__call__(environ, start_response)
            if self.asked == 1:
                raise RuntimeError
            return [b"mended"]

    app = kept(Broken())
    with pytest.raises(RuntimeError):
        ask(app)
    assert ask(app)[2] == b"mended"
    assert not app.making


def test_the_memory_has_an_end(clock):
    app = kept(Site(), room=20)
    for number in range(100):
        ask(app, path=f"/story/{number}/")
    assert app.held == sum(len(page.body) for page in app.pages.values()) <= 20
    clock.now += 10
    ask(app, path="/story/99/")
    assert app.held == sum(len(page.body) for page in app.pages.values())


class Page(list):
    """An answer of Django that is whole in memory."""

    streaming = False


def site_of(body: bytes, *headers: tuple[str, str], kind="text/html; charset=utf-8", whole=True):
    def site(environ, start_response):
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body))), *headers])
        return Page([body]) if whole else [body]

    return site


LONG = b"so long " * 1_000


@pytest.mark.parametrize("asked", [{}, {"REQUEST_METHOD": "POST"}, {"HTTP_COOKIE": "fresh=1"}])
def test_a_page_that_is_not_kept_is_sent_compressed_as_well(asked):
    app = KeptPages(site_of(LONG, ("Vary", "Cookie")), room=1_000, **COOKIES)
    _, headers, body = ask(app, HTTP_ACCEPT_ENCODING="gzip", **asked)
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == LONG
    assert headers["Content-Length"] == str(len(body))
    assert headers["Vary"] == "Accept-Encoding, Cookie"


@pytest.mark.parametrize(
    ("site", "asked"),
    [
        (site_of(LONG), {}),
        (site_of(LONG), {"HTTP_ACCEPT_ENCODING": "gzip;q=0"}),
        (site_of(LONG[: policy.COMPRESSED_FROM - 1]), {"HTTP_ACCEPT_ENCODING": "gzip"}),
        (site_of(LONG, kind="application/zip"), {"HTTP_ACCEPT_ENCODING": "gzip"}),
        (site_of(LONG, ("Content-Encoding", "br")), {"HTTP_ACCEPT_ENCODING": "gzip"}),
        (site_of(LONG, whole=False), {"HTTP_ACCEPT_ENCODING": "gzip"}),
    ],
    ids=["not asked for", "refused", "small", "a file", "compressed already", "a stream"],
)
def test_what_gains_nothing_by_it_is_sent_as_it_is(site, asked):
    _, headers, body = ask(KeptPages(site, room=1_000, **COOKIES), **asked)
    assert headers.get("Content-Encoding") in (None, "br")
    assert LONG.startswith(body)
    assert headers["Content-Length"] == str(len(body))
