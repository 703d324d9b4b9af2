"""Text written to harm: to run, to hide, to break out of its place, to keep the server busy."""

import json
import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum import policy
from forum.text import MARKUPS, TextRefused, clean, clean_line, excerpt, quote, render, render_archived, render_story
from forum.text.characters import is_visible
from forum.text.layout import lay_out
from forum.text.shape import COMMENT, STORY
from tests.forum.witness import STORY_TAGS, TAGS, objections, seen
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

CORPUS = Path(__file__).parent / "corpus"
HOSTILE = json.loads((CORPUS / "hostile.json").read_text())
CHARACTERS = json.loads((CORPUS / "characters.json").read_text())
FLOODS = json.loads((CORPUS / "floods.json").read_text())
NEVER_SHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
TIME_LIMIT = 1.0  # seconds of processor time; ten times what is promised, so that a busy machine does not fail it


def attacks() -> list[str]:
    """Every hostile text; an address also as the target of each kind of link."""
    texts = [text for kind, group in HOSTILE.items() if kind != "addresses" for text in group]
    for address in HOSTILE["addresses"]:
        texts += [address, f'<a href="{address}">words</a>', f"<a href={address}>words</a>", f"[words]({address})"]
        texts += [f"[words](<{address}>)", f"<{address}>", f"![words]({address})"]
    return texts


def flood(parts: dict[str, str], length: int) -> str:
    """One text of about ``length`` characters, as its corpus entry says: before, again, middle, close."""
    before, again, middle, close = (parts.get(name, "") for name in ("before", "again", "middle", "close"))
    times = max((length - len(before) - len(middle)) // (len(again) + len(close)), 1)
    return before + again * times + middle + close * times


def render_or_refuse(text: str, markup: str) -> str:
    """The rendered text, or nothing where it was refused in words."""
    try:
        return render(text, markup)
    except TextRefused:
        return ""


def check_safe(html: str) -> None:
    assert objections(html) == []
    assert clean(html) == html
    assert COMMENT.cleaner.clean(html) == html
    assert not NEVER_SHOWN.search(html)


def longest_run_of_marks(text: str) -> int:
    return max(
        map(len, "".join("m" if unicodedata.category(c) in ("Mn", "Me") else " " for c in text).split()), default=0
    )


# -- What would run --------------------------------------------------------------------------------------------


def test_the_corpus_is_large_enough_to_mean_something():
    assert len(attacks()) >= 500
    assert len({text for group in HOSTILE.values() for text in group}) >= 150
    assert sum(map(len, CHARACTERS.values())) >= 60
    assert len(FLOODS) >= 30


def test_the_witness_objects_to_the_corpus_itself():
    assert sum(bool(objections(text)) for text in attacks()) > len(attacks()) / 2


@pytest.mark.parametrize("markup", MARKUPS)
def test_nothing_hostile_survives_in_a_comment(markup):
    for text in attacks():
        check_safe(render_or_refuse(text, markup))


@pytest.mark.parametrize("markup", MARKUPS)
def test_nothing_hostile_survives_in_a_story(markup):
    for text in attacks():
        try:
            html = render_story(text, markup)
        except TextRefused:
            continue
        assert objections(html, STORY_TAGS) == []
        assert clean(html, STORY) == html


def test_nothing_hostile_survives_the_sanitiser_alone():
    for text in attacks():
        check_safe(clean(text))


def test_nothing_hostile_survives_in_an_archive():
    for text in attacks():
        check_safe(render_archived([(2, text), (0, f"[1]{text}")], {1: text}))


def test_nothing_hostile_survives_being_quoted():
    for text in attacks():
        for markup in MARKUPS:
            check_safe(render_or_refuse(quote(text, markup) + "words", markup))


@pytest.mark.parametrize("text", HOSTILE["addresses"])
def test_an_address_that_is_not_plainly_of_the_web_links_nothing(text):
    html = clean(f'<a href="{text}">words</a>')
    assert "<a" not in html or re.search(r'href="http://(a|evil)\.example/', html)


def test_two_texts_side_by_side_keep_to_their_places():
    for text in attacks():
        for markup in MARKUPS:
            html = render_or_refuse(text, markup)
            page = f"<blockquote>{html}</blockquote><p>after</p>"
            assert COMMENT.cleaner.clean(page) == page


def test_the_first_wall_holds_without_the_second():
    for text in attacks():
        assert set(objections(lay_out(text, COMMENT).html)) <= {"a link without rel"}


def test_the_second_wall_holds_without_the_first():
    assert {tag for written in COMMENT.tags.values() for tag in written} == TAGS
    for text in attacks():
        html = COMMENT.cleaner.clean(text.encode(errors="ignore").decode())
        assert not [
            objection for objection in objections(html) if objection.startswith(("tag", "attribute", "comment"))
        ]


# -- What would hide -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("name", CHARACTERS["harmful"])
def test_harmful_characters_never_arrive(name, markup):
    text = CHARACTERS["harmful"][name]
    html = render(text, markup)
    check_safe(html)
    assert longest_run_of_marks(seen(html)) <= policy.COMBINING_RUN_MAX


@pytest.mark.parametrize("markup", ["html", "markdown"])
@pytest.mark.parametrize("name", CHARACTERS["harmful"])
def test_harmful_characters_do_not_arrive_as_entities_either(name, markup):
    text = "".join(c if c in "<b>/" else f"&#{ord(c)};" for c in CHARACTERS["harmful"][name])
    html = render_or_refuse(f"words {text}", markup)
    check_safe(html)
    assert longest_run_of_marks(seen(html)) <= policy.COMBINING_RUN_MAX


@pytest.mark.parametrize("name", CHARACTERS["harmful"])
def test_harmful_characters_never_stand_in_a_line(name):
    line = clean_line(CHARACTERS["harmful"][name])
    assert not NEVER_SHOWN.search(line)
    assert "\n" not in line
    assert longest_run_of_marks(line) <= policy.COMBINING_RUN_MAX
    assert unicodedata.is_normalized("NFC", line)


@pytest.mark.parametrize("name", CHARACTERS["blank"])
def test_what_only_looks_blank_is_refused(name):
    assert clean_line(CHARACTERS["blank"][name]) == ""
    for markup in MARKUPS:
        with pytest.raises(TextRefused, match="nothing to read"):
            render(CHARACTERS["blank"][name], markup)


@pytest.mark.parametrize("name", CHARACTERS["kept"])
def test_what_people_write_in_their_languages_arrives_whole(name):
    text = unicodedata.normalize("NFC", CHARACTERS["kept"][name])
    assert clean_line(text) == text
    for markup in MARKUPS:
        assert seen(render(text, markup)) == text


# -- What would keep the server busy ---------------------------------------------------------------------------


def seconds_of(work, *arguments) -> float:
    before = time.process_time()
    work(*arguments)
    return time.process_time() - before


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("name", FLOODS)
def test_no_flood_keeps_the_renderer_busy(name, markup):
    text = flood(FLOODS[name], policy.BODY_MAX)
    assert seconds_of(render_or_refuse, text, markup) < TIME_LIMIT


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("name", FLOODS)
def test_no_flood_outgrows_its_limit(name, markup):
    text = flood(FLOODS[name], 2_000)
    html = render_or_refuse(text, markup)
    assert len(html) <= policy.BODY_MAX_GROWTH * len(text)
    check_safe(html)


@pytest.mark.parametrize("name", FLOODS)
def test_no_flood_keeps_the_other_doors_busy(name):
    text = flood(FLOODS[name], policy.BODY_MAX)
    html = clean(text)
    assert seconds_of(clean, text) < TIME_LIMIT
    assert seconds_of(clean_line, text) < TIME_LIMIT
    assert seconds_of(excerpt, html, 80) < TIME_LIMIT
    assert seconds_of(render_archived, [(9, text)], {1: text}) < TIME_LIMIT


def test_a_text_too_long_is_refused_before_anything_reads_it():
    with pytest.raises(TextRefused, match="characters long"):
        render("[" * 50_000_000, "markdown")


def test_many_writers_at_once_share_the_sanitiser():
    with ThreadPoolExecutor(8) as writers:
        assert len(set(writers.map(lambda _: render("*a* <b>", "markdown"), range(200)))) == 1


# -- What nobody thought of ------------------------------------------------------------------------------------

PIECES = """
    < > & " ' = / ; # ! [ ] ( ) * _ ~ ` - + . : \\ <b> </b> <p> </p> <a·href= <a·href="http://a.example"> </a> <ul> <li>
    </ul> <pre> </pre> <code> <!-- --> <![CDATA[ ]]> <svg> <math> <style> </style> <script> </script> <table> <h1> <h3>
    <dl> <dd> <blockquote> </blockquote> <ecode> </ecode> <quote> <br> <span·class="k"> <ol·start="3"> &lt; &#60; &amp;
    &nbsp; http:// https://a.example mailto:a@b javascript: ``` ```python [a](http://b) ![ ## >·> words [1] [2]
"""  # "·" stands for a blank
WRITTEN = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(piece.replace("·", " ") for piece in PIECES.split()),
                " ",
                "\n",
                "\n\n",
                "\t",
                "\u0301",
                "\u202e",
                "\ud800",
                "\u0338",
            ]
        ),
        st.text(max_size=4),
    )
).map("".join)


@settings(max_examples=200, deadline=None)
@given(WRITTEN, st.sampled_from(MARKUPS))
def test_whatever_is_written_is_safe_or_refused_in_words(text, markup):
    check_safe(render_or_refuse(text, markup))


@settings(max_examples=200, deadline=None)
@given(WRITTEN)
def test_whatever_is_cleaned_is_clean(text):
    check_safe(clean(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), WRITTEN)), st.dictionaries(st.integers(0, 3), WRITTEN))
def test_whatever_is_archived_is_safe_and_never_refused(paragraphs, links):
    check_safe(render_archived(paragraphs, links))


@settings(max_examples=100, deadline=None)
@given(WRITTEN)
def test_a_line_is_clean_once_and_for_all(text):
    line = clean_line(text)
    assert clean_line(line) == line
    assert line == "" or is_visible(line)


@settings(max_examples=100, deadline=None)
@given(WRITTEN, st.integers(1, 50))
def test_an_excerpt_is_one_short_line_without_markup(text, length):
    line = excerpt(render_or_refuse(text, "html"), length)
    assert len(line) <= length
    assert "\n" not in line


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "S")), min_size=1))
def test_plain_text_loses_no_visible_letter(text):
    words = f"words {text}"
    shown = re.sub(r"\s", "", seen(render(words, "plain")))
    assert re.sub(r" \[[^\]]*\]", "", shown) == re.sub(r"\s", "", unicodedata.normalize("NFC", words))
