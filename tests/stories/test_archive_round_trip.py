"""What is read is written back byte for byte."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stories.archive import (
    ArchivedComment,
    Article,
    BadArticle,
    Link,
    Paragraph,
    as_stored,
    from_stored,
    read_article,
    write_article,
)
from stories.archive.dateline import write_dateline
from stories.archive.fold import is_cut_off
from stories.archive.inference import infer_places

SEED = (Path(__file__).resolve().parents[2] / "stories" / "seeds" / "0177069105.txt").read_bytes()


def canon(raw: bytes) -> bytes:
    return write_article(read_article(raw))


def test_the_seed_comes_back_byte_for_byte():
    assert canon(SEED) == SEED


def test_the_seed_survives_its_stored_form():
    stored = json.loads(json.dumps(as_stored(read_article(SEED))))
    assert from_stored(stored) == read_article(SEED)
    assert as_stored(from_stored(stored)) == stored
    assert write_article(from_stored(stored)) == SEED


ODD = """News: 000

\u00a0 ARM  Odd   blanks

Title (Finally) (a.example.com)

([Dept. of (odd)] Thursday September 06, 2018 @01:20PM (An (odd) Editor) from the (from the) odd dept. dept.)


Text with [1]a link , and [9]none.

>

>> Deep \u2028 words

>no quotation



[1] https://a.example/?q=[1]

[1] gopher://again.example

[4] mailto:unmentioned@example.com



  Mine  twice (Score:3)(Score:-1, Troll)

by Mr. X ( Y ) * ( 12 ) *

> quoted

>

See [1]this.

[1] https://b.example/

[3] https://c.example/

(Score:0)

by Anonymous Coward

No subject.

Re:Mine (Score:5, Touché)

by Anonymous Coward ( 666 )

Words.

\tQ:\tTabs?


A:\tYes.
-- nobody"""


def test_everything_odd_comes_back_byte_for_byte():
    raw = ODD.replace("\tQ:\tTabs?\n", "\tQ:\tTabs?\nQ2:").encode()
    assert read_article(raw).fortune == "\tQ:\tTabs?\nQ2:\n\nA:\tYes.\n-- nobody"
    assert canon(raw) == raw


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n", b"\r\n"),
        (b"\n", b"\r"),
        (b"\n", b" \t\n"),
        (b"Matt", b"\x01Matt"),
        (b"\n\nby ", b"\nby "),
        (b"\n\n\n[1]", b"\n[1]"),
        (b"Sunday", b"Friday"),
    ],
)
def test_what_is_not_canonical_becomes_canonical(old, new):
    assert canon(SEED.replace(old, new)) == SEED


def test_a_one_digit_day_comes_back_with_two():
    once = canon(SEED.replace(b"April 20, 2025 @11:34AM", b"April 6, 2025 @1:34AM"))
    assert b"(Sunday April 06, 2025 @01:34AM (EditorDavid)" in once
    assert canon(once) == once


@pytest.mark.parametrize(
    "dateline", ["Sunday November 02, 2025 @01:30AM", "Sunday March 09, 2025 @02:30AM", "Monday March 5, 1804 @12:00AM"]
)
def test_odd_moments_are_canonical_after_one_writing(dateline):
    once = canon(SEED.replace(b"Sunday April 20, 2025 @11:34AM", dateline.encode()))
    assert canon(once) == once


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(raw):
    for document in (raw, b"News: 1\n" + raw, SEED[:400] + raw):
        assert_read_or_refused(document)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SEED)), st.integers(0, 60), st.binary(max_size=30))
def test_a_damaged_seed_is_refused_or_canonical_after_one_writing(start, length, patch):
    assert_read_or_refused(SEED[:start] + patch + SEED[start + length :])


def assert_read_or_refused(raw: bytes) -> None:
    try:
        once = canon(raw)
    except BadArticle:
        return
    assert canon(once) == once


# -- Generated articles ----------------------------------------------------------------------------------------------

LETTERS = st.characters(exclude_categories=["Cc", "Cs"])
WORDS = st.text(LETTERS, min_size=1, max_size=40).map(lambda text: text.rstrip(" \t")).filter(bool)
# A line that has no other form than that of a plain text.
PLAIN = WORDS.filter(lambda text: not text.startswith((">", "[", "by ")) and "(" not in text)
PARAGRAPHS = st.one_of(
    st.builds(Paragraph, st.just(0), PLAIN),
    st.builds(Paragraph, st.integers(1, 3), PLAIN),
    st.just(Paragraph(1, "")),
)
ADDRESSES = st.from_regex(r"\A(https?://|mailto:|javascript:)[a-z0-9./\[\]()-]{1,30}\Z")
NAMES = st.from_regex(r"\A[a-zA-Z_][ a-zA-Z0-9$_.+!*'(),-]{0,33}[a-z)]\Z")
HOSTS = st.one_of(st.none(), st.from_regex(r"\A[a-z0-9-]{1,10}\.[a-z]{2,5}\Z"))
REASONS = st.sampled_from([None, "Funny", "Insightful", "Troll", "Touché"])
DEPTS = st.one_of(st.none(), st.from_regex(r"\A[a-z-]{1,30}\Z"))
ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "UTC"])
MOMENTS = st.integers(-(10**9) // 30, 10**8).map(
    lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
FORTUNES = st.lists(WORDS, min_size=2, max_size=4).map("\n".join)


@st.composite
def comments(draw, n: int) -> ArchivedComment:
    is_coward = draw(st.booleans())
    uid = draw(st.sampled_from([None, 666])) if is_coward else draw(st.integers(0, 10**7))
    paragraphs = tuple(draw(st.lists(PARAGRAPHS, min_size=1, max_size=4)))
    score = draw(st.integers(-1, 5))
    return ArchivedComment(
        n=n,
        heading=draw(st.sampled_from(["", "Re: ", "Re:Own ", "Own ", "Other  ", " Own "])),
        author="Anonymous Coward" if is_coward else draw(NAMES),
        uid=uid,
        anonymous=is_coward,
        subscriber=uid is not None and draw(st.booleans()),
        score=score,
        reason=draw(REASONS),
        paragraphs=paragraphs,
        links=tuple(Link(number, draw(ADDRESSES)) for number in range(1, draw(st.integers(1, 4)))),
        truncated=is_cut_off(paragraphs, score),
    )


@st.composite
def articles(draw) -> Article:
    published_utc, zone = draw(MOMENTS), draw(ZONES)
    category, editor, dept = draw(DEPTS), draw(st.one_of(st.none(), NAMES)), draw(DEPTS)
    found = Article(
        id=draw(st.from_regex(r"\A[0-9]{1,20}\Z")),
        header=draw(WORDS),
        title=draw(PLAIN.filter(lambda text: text == text.strip())),
        domain=draw(HOSTS),
        category=category,
        published_utc=published_utc,
        zone=zone,
        editor=editor,
        dept=dept,
        paragraphs=tuple(draw(st.lists(PARAGRAPHS, min_size=1, max_size=5))),
        links=tuple(draw(st.lists(st.builds(Link, st.integers(0, 99), ADDRESSES), max_size=4))),
        comments=tuple(draw(comments(n)) for n in range(1, draw(st.integers(1, 6)))),
        fortune=draw(FORTUNES),
        dateline=write_dateline(published_utc, zone, category, editor, dept),
    )
    return replace(found, comments=infer_places(found)[0])


def is_shown_once(article: Article) -> bool:
    """Whether no clock showed the time of the dateline twice; the second one cannot be told."""
    hour = timedelta(hours=1)
    around = (article.published_utc - hour, article.published_utc + hour)
    datelines = [write_dateline(moment, article.zone, None, None, None) for moment in (*around, article.published_utc)]
    return len(set(datelines)) == len(datelines)


@settings(max_examples=300, deadline=None)
@given(articles().filter(is_shown_once))
def test_any_article_is_written_and_read_as_the_same(article):
    raw = write_article(article)
    found = read_article(raw, zone=article.zone)
    assert found == article
    assert found.dateline == article.dateline
    assert write_article(found) == raw
    assert from_stored(json.loads(json.dumps(as_stored(found)))) == found


@settings(max_examples=100, deadline=None)
@given(articles(), st.sampled_from(["\r\n", "\r", " \n"]))
def test_writing_is_canonical_whatever_the_line_ends(article, end):
    raw = write_article(article)
    once = write_article(read_article(raw.replace(b"\n", end.encode()), zone=article.zone))
    assert write_article(read_article(once, zone=article.zone)) == once
