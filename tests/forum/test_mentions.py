"""Names after an @: where they stand in a text, and where they are no links."""

import time

import pytest

from forum import policy
from forum.text import clean, names_in, render
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)
ADA = {"Ada": "https://example.org/~Ada/", "Ada Byron": "https://example.org/~Ada%20Byron/"}
LINK = '<a href="https://example.org/~Ada/" rel="nofollow ugc noopener">@Ada</a>'


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@Ada said", ["Ada said", "Ada"]),
        ("Well, @Ada: no", ["Ada"]),
        ("(@a.b-c_d e f)", ["a.b-c_d", "a.b-c", "a.b"]),
        ("ada@example.org", []),
        ("@@Ada", []),
        ("https://example.org/@Ada", []),
        ("@ Ada", []),
        ("@Žofie", ["Žofie"]),
        ("@" + "x" * 31, []),
        ("@Ada @Ada", ["Ada"]),
    ],
)
def test_what_could_be_a_name(source, names):
    assert names_in(source) == names


def test_so_many_are_looked_at():
    crowd = " ".join(f"@m{number};" for number in range(policy.MENTIONS_SEEN + 5))
    assert len(names_in(crowd)) == policy.MENTIONS_SEEN


@pytest.mark.parametrize("markup", ["plain", "html", "markdown"])
def test_a_known_name_is_a_link_and_others_are_words(markup):
    html = render("Ask @Ada, not @Bob.", markup, ADA)
    assert f"Ask {LINK}, not @Bob." in html
    assert clean(html) == html


def test_the_longest_name_wins():
    assert "~Ada%20Byron/" in render("@Ada Byron knows", "plain", ADA)
    assert LINK in render("@Ada knows", "plain", ADA)


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        ("@Ada", "code"),
        ("`@Ada` and\n\n    @Ada", "markdown"),
        ("<code>@Ada</code> <pre>@Ada</pre>", "html"),
        ("> @Ada said so", "plain"),
        ("<blockquote>@Ada said so</blockquote>", "html"),
        ('<a href="https://evil.example/">@Ada</a>', "html"),
        ("https://example.org/@Ada", "plain"),
    ],
)
def test_not_in_code_nor_quotations_nor_links(source, markup):
    assert "example.org/~Ada/" not in render(source, markup, ADA)


def test_an_address_cannot_break_out():
    html = render("@Ada", "plain", {"Ada": 'https://example.org/"><script>alert(1)</script>'})
    assert "<script" not in html


@pytest.mark.parametrize("flood", ["@" * 15_000, "@a" * 7_500, "@a b c d " * 1_600, "@a_" * 5_000])
def test_a_flood_of_signs_is_no_burden(flood):
    began = time.process_time()
    names = names_in(flood)
    render(flood, "plain", dict.fromkeys(names, "https://example.org/"))
    assert time.process_time() - began < 0.5
