"""What a reader may write, and what becomes of it."""

import pytest

from forum import policy
from forum.text import (
    MARKUPS,
    RENDERER_VERSION,
    TextRefused,
    clean,
    clean_line,
    excerpt,
    quote,
    render,
    render_archived,
    render_story,
)
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

REL = 'rel="nofollow ugc noopener"'


def link(address: str, words: str = "") -> str:
    return f'<a href="{address}" {REL}>{words or address}</a>'


# -- Plain Old Text --------------------------------------------------------------------------------------------


def test_in_plain_text_characters_are_characters():
    assert render("a<b && b>c &amp; <b>", "plain") == "<p>a&lt;b &amp;&amp; b&gt;c &amp;amp; &lt;b&gt;</p>"


def test_in_plain_text_a_blank_line_parts_paragraphs_and_a_line_end_breaks():
    assert render("one\ntwo\n \n\nthree", "plain") == "<p>one<br>\ntwo</p>\n<p>three</p>"


def test_line_ends_of_every_system_are_the_same():
    assert render("one\r\ntwo\rthree", "plain") == render("one\ntwo\nthree", "plain")


def test_quoted_lines_of_plain_text_become_nested_quotations():
    html = render(">> deeper\n> first\n> second\n\nanswer", "plain").replace("\n", "")
    assert html == (
        "<blockquote><blockquote><p>deeper</p></blockquote><p>first<br>second</p></blockquote><p>answer</p>"
    )


def test_quotation_marks_may_stand_apart():
    assert render("> > a", "plain") == render(">>a", "plain")


def test_quotations_deeper_than_the_limit_stand_at_the_limit():
    deep = policy.QUOTE_DEPTH_MAX
    assert render(">" * (deep + 30) + " a", "plain").count("<blockquote>") == deep


def test_a_greater_sign_inside_a_line_quotes_nothing():
    assert render("a > b", "plain") == "<p>a &gt; b</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see http://a.example.", f"see {link('http://a.example')}."),
        ("(https://a.example/b_(c))", f"({link('https://a.example/b_(c)')})"),
        ("<http://a.example/?b=1&c=2>", f"&lt;{link('http://a.example/?b=1&amp;c=2')}&gt;"),
        ("HTTP://A.example, too", f"{link('HTTP://A.example')}, too"),
        ("a.example and b@a.example", "a.example and b@a.example"),
        ("ftp://a.example javascript:alert(1)", "ftp://a.example javascript:alert(1)"),
        ("xhttp://a.example", "xhttp://a.example"),
        ("http:// and https://", "http:// and https://"),
        ("http://user@a.example", "http://user@a.example"),
    ],
)
def test_only_written_out_web_addresses_become_links(text, html):
    assert render(text, "plain") == f"<p>{html}</p>"


def test_an_address_that_imitates_another_shows_where_it_leads():
    assert render("http://\u0430pple.example/", "plain").endswith("</a> [xn--pple-43d.example]</p>")


# -- HTML ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["b", "i", "em", "strong", "tt", "code", "sub", "sup", "s", "del", "abbr"])
def test_tags_inside_a_line_stay(tag):
    assert render(f"<{tag}>words</{tag}>", "html") == f"<p><{tag}>words</{tag}></p>"


def test_blocks_and_lists_stay():
    html = "<blockquote><p>a</p></blockquote><ul><li>b</li></ul><ol><li>c</li></ol><dl><dt>d</dt><dd>e</dd></dl>"
    assert render(html, "html") == html


def test_a_tag_that_is_not_ours_goes_and_leaves_its_words():
    assert render('<font color="red">red</font> <u>line</u>', "html") == "<p>red line</p>"


def test_a_tag_that_nobody_knows_was_meant_as_words():
    assert render("#include <vector> <sarcasm>great</sarcasm>", "html") == (
        "<p>#include &lt;vector&gt; &lt;sarcasm&gt;great&lt;/sarcasm&gt;</p>"
    )


def test_a_comparison_in_html_is_not_eaten():
    assert render("a<b && b>c", "html") == "<p>a&lt;b &amp;&amp; b&gt;c</p>"


def test_slash_tags_become_quotation_and_code():
    assert render("<quote>so</quote>", "html") == "<blockquote>so</blockquote>"
    assert render("<ecode>\nif (a<b) <b>x</b>\n</ecode>", "html") == (
        '<pre tabindex="0"><code>if (a&lt;b) &lt;b&gt;x&lt;/b&gt;</code></pre>'
    )


def test_a_division_becomes_a_paragraph_so_that_its_words_stand_apart():
    assert render("<div>one</div><div>two</div>", "html") == "<p>one</p><p>two</p>"


def test_html_without_blocks_breaks_its_lines_as_written():
    assert render("<b>one</b>\ntwo\n\nthree", "html") == "<p><b>one</b><br>\ntwo</p>\n<p>three</p>"


def test_html_with_blocks_breaks_no_lines():
    assert render("<p>one\ntwo</p>", "html") == "<p>one\ntwo</p>"


def test_a_line_may_end_inside_a_tag():
    assert render('<a\nhref="http://a.example">words</a>', "html").startswith(f"<p>{link('http://a.example', 'words')}")


def test_what_is_left_open_is_closed():
    assert render("<p>a<p><b>b<ul><li>c<li>d", "html") == "<p>a</p><p><b>b</b></p><ul><li>c</li><li>d</li></ul>"


def test_a_link_shows_the_host_it_leads_to_unless_it_says_so_itself():
    assert render('<a href="https://a.example/b">words</a>', "html") == (
        f"<p>{link('https://a.example/b', 'words')} [a.example]</p>"
    )
    assert (
        render('<a href="https://a.example/b">https://a.example/b</a>', "html")
        == f"<p>{link('https://a.example/b')}</p>"
    )


def test_a_link_that_names_another_host_is_shown_up():
    assert render('<a href="https://evil.example">https://bank.example</a>', "html").endswith("</a> [evil.example]</p>")


def test_a_link_without_words_shows_its_address():
    assert render('<a href="https://a.example"> </a>', "html").count("https://a.example</a>") == 1


def test_a_mail_address_may_be_linked():
    assert render('<a href="mailto:a@b.example">write</a>', "html") == f"<p>{link('mailto:a@b.example', 'write')}</p>"


def test_script_and_style_take_their_content_with_them():
    assert render("<style>p {}</style>words<script>alert(1)</script>", "html") == "<p>words</p>"


def test_headings_in_a_comment_become_bold_lines():
    assert render("<h2>Title</h2>", "html") == render("## Title", "markdown") == "<p><strong>Title</strong></p>"


# -- Markdown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("5. a", '<ol start="5">\n<li>a</li>\n</ol>'),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("a<b && b>c <b>d</b>", "<p>a&lt;b &amp;&amp; b&gt;c &lt;b&gt;d&lt;/b&gt;</p>"),
        ("[a](https://a.example)", f"<p>{link('https://a.example', 'a')} [a.example]</p>"),
        ("<https://a.example>", f"<p>{link('https://a.example')}</p>"),
        ("https://a.example/b_c_d*", f"<p>{link('https://a.example/b_c_d')}*</p>"),
        ("a.example a@b.example", "<p>a.example a@b.example</p>"),
        ("|a|b|\n|-|-|", "<p>|a|b|\n|-|-|</p>"),
    ],
)
def test_markdown_is_commonmark_with_a_few_choices(text, html):
    assert render(text, "markdown") == html


def test_a_picture_in_markdown_becomes_a_link_to_it():
    assert render("Look: ![cat](https://a.example/cat.png)", "markdown") == (
        f"<p>Look: {link('https://a.example/cat.png', 'cat')} [a.example]</p>"
    )


def test_an_address_defined_elsewhere_is_not_followed():
    assert "<a" not in render("[a][b]\n\n[b]: /c", "markdown")


def test_code_in_a_known_language_has_colors():
    html = render("```python\nreturn 1\n```", "markdown")
    code = '<code><span class="k">return</span> <span class="mi">1</span>\n</code>'
    assert html == f'<pre class="highlight" tabindex="0">{code}</pre>'


def test_code_in_an_unknown_language_has_none():
    assert render("```klingon\nreturn 1\n```", "markdown") == '<pre tabindex="0"><code>return 1\n</code></pre>'


def test_code_beyond_the_limit_of_one_text_has_none():
    block = "```python\n" + "return 1\n" * (policy.COLORED_CODE_MAX // 10) + "```\n\n"
    assert render(block * 3, "markdown").count('class="highlight"') == 1


def test_code_keeps_its_blank_lines_and_blanks():
    assert render("```\n\n  a\n\n\tb\n```", "markdown") == '<pre tabindex="0"><code>\n  a\n\n\tb\n</code></pre>'


# -- Code ------------------------------------------------------------------------------------------------------


def test_code_is_shown_as_it_is():
    assert render("\n  <b>a</b>\n\n  http://a.example\n", "code") == (
        '<pre tabindex="0"><code>  &lt;b&gt;a&lt;/b&gt;\n\n  http://a.example</code></pre>'
    )


# -- Refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("markup", MARKUPS)
def test_a_text_of_the_longest_length_is_taken_and_one_character_more_is_not(markup):
    assert render("a" * policy.BODY_MAX, markup)
    with pytest.raises(TextRefused, match="15,001 characters long; the longest we take is 15,000"):
        render("a" * (policy.BODY_MAX + 1), markup)


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "\u0301", "\u3164", "\u2800", "\u202e", "\u00ad\u200d"])
def test_a_text_that_shows_nothing_is_refused(markup, text):
    with pytest.raises(TextRefused, match="nothing to read"):
        render(text, markup)


@pytest.mark.parametrize(
    ("text", "markup"),
    [("<b> </b><br>", "html"), ("&nbsp;&#8203;", "html"), ("---", "markdown"), ("&nbsp;", "markdown"), (">", "plain")],
)
def test_markup_around_nothing_is_still_nothing(text, markup):
    with pytest.raises(TextRefused, match="nothing to read"):
        render(text, markup)


@pytest.mark.parametrize(("opening", "markup"), [("<blockquote>", "html"), ("> ", "markdown"), ("- ", "markdown")])
def test_a_text_nested_too_deep_is_refused(opening, markup):
    with pytest.raises(TextRefused, match="too deep"):
        render(opening * 60 + "words", markup)


@pytest.mark.parametrize(
    ("text", "words"), [("[a", "square brackets"), ("*a_", "signs of emphasis"), ("a\n", "too many lines")]
)
def test_markdown_too_costly_to_read_is_refused(text, words):
    with pytest.raises(TextRefused, match=words):
        render(text * (policy.BODY_MAX // len(text)), "markdown")


def test_markup_that_would_outgrow_its_text_is_refused(monkeypatch):
    monkeypatch.setattr(policy, "BODY_MAX_GROWTH", 2)
    with pytest.raises(TextRefused, match="far more markup than words"):
        render("[a](http://b.example) " * 40, "markdown")


def test_an_unknown_markup_is_the_programmers_mistake():
    with pytest.raises(ValueError, match="Unknown markup 'wiki'") as error:
        render("words", "wiki")
    assert not isinstance(error.value, TextRefused)


# -- Stories ---------------------------------------------------------------------------------------------------


def test_a_story_keeps_its_headings_below_the_pages_own():
    assert render_story("# One\n\n#### Two", "markdown") == "<h3>One</h3>\n<h4>Two</h4>"
    assert render_story("<h1>One</h1><h4>Two</h4>", "html") == "<h3>One</h3><h4>Two</h4>"


def test_a_story_may_be_longer_than_a_comment_and_holds_no_pictures():
    assert render_story("a" * (policy.BODY_MAX + 1), "plain")
    assert render_story("<img src=http://a.example/b.png>words", "html") == "<p>words</p>"


def test_a_story_shows_no_hosts_after_its_links():
    assert render_story("[a](http://b.example) http://c.example", "markdown") == (
        f"<p>{link('http://b.example', 'a')} {link('http://c.example')}</p>"
    )


def test_a_story_has_its_own_longest_length():
    with pytest.raises(TextRefused, match="50,000"):
        render_story("a" * (policy.STORY_TEXT_MAX + 1), "plain")


# -- Archives --------------------------------------------------------------------------------------------------


def test_archived_text_is_text():
    assert render_archived([(0, "<b>a</b> {{ b }} &amp; c")], {}) == ("<p>&lt;b&gt;a&lt;/b&gt; {{ b }} &amp;amp; c</p>")


def test_archived_quotations_nest_and_their_gaps_are_skipped():
    html = render_archived([(1, "a"), (1, ""), (2, "b"), (0, ""), (0, "c")], {}).replace("\n", "")
    assert html == "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>"


def test_an_archived_marker_is_the_link_and_stays_as_printed():
    assert render_archived([(0, "He [1]answered , at last")], {1: "https://a.example/b"}) == (
        f"<p>He {link('https://a.example/b', '[1]')}answered , at last</p>"
    )


def test_an_archived_marker_without_a_usable_address_stays_as_printed():
    links = {1: "javascript:alert(1)", 2: "ftp://a.example", 3: "mailto:a@b.example"}
    assert render_archived([(0, "[1]a [2]b [3]c [4]d")], links) == (
        f"<p>[1]a [2]b {link('mailto:a@b.example', '[3]')}c [4]d</p>"
    )


def test_an_archived_marker_out_of_turn_is_the_writers_own_text():
    links = {1: "http://a.example", 2: "http://b.example"}
    assert render_archived([(0, "x[2] [1]a"), (1, "[1] [2]b")], links).replace("\n", "") == (
        f"<p>x[2] {link('http://a.example', '[1]')}a</p>"
        f"<blockquote><p>[1] {link('http://b.example', '[2]')}b</p></blockquote>"
    )


def test_an_archived_address_that_no_marker_mentions_holds_up_no_other():
    assert "<a" in render_archived([(0, "[3]c")], {1: "http://a.example", 3: "http://c.example"})


def test_an_archived_depth_beyond_all_measure_is_shown_at_the_limit():
    assert render_archived([(10_000, "a")], {}).count("<blockquote>") == policy.QUOTE_DEPTH_MAX


def test_an_archive_of_nothing_is_empty():
    assert render_archived([], {}) == render_archived([(3, "")], {}) == ""


# -- One line --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("<p>One <b>two</b>three.</p><p>Four &lt;five&gt;</p>", "One twothree. Four <five>"),
        ("a<br>b&nbsp;c", "a b c"),
        ("", ""),
    ],
)
def test_an_excerpt_is_the_text_in_one_line(html, line):
    assert excerpt(html, 100) == line


def test_an_excerpt_is_cut_between_words_and_never_longer_than_asked():
    assert excerpt("<p>one two three, four</p>", 15) == "one two three…"
    assert excerpt("<p>unbreakable</p>", 5) == "unbr…"
    assert all(len(excerpt("<p>one two three, four</p>", length)) <= length for length in range(1, 30))


def test_a_line_is_folded_and_composed():
    assert clean_line("  Cafe\u0301\r\n\tat\u00a0 noon ") == "Caf\u00e9 at noon"


@pytest.mark.parametrize("text", ["a\u202eb", "a\x00b", "a\u200bb", "a\ud800b", "a\u2066b", "a\u200fb"])
def test_a_line_holds_nothing_unseen(text):
    assert clean_line(text) == "ab"


@pytest.mark.parametrize("text", ["", "\u200b\u200d", "\u3164", "\u2800 \u2800", "\u0301", "\u202e"])
def test_a_line_that_shows_nothing_is_empty(text):
    assert clean_line(text) == ""


# -- Quoting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("markup", ["plain", "markdown", "html"])
def test_a_quoted_text_stands_in_a_quotation_with_room_for_the_answer(markup):
    html = render(quote("first\n\nsecond", markup) + "answer", markup)
    quoted, answer = html.split("</blockquote>")
    assert quoted.startswith("<blockquote>")
    assert "second" in quoted
    assert "answer" in answer


def test_a_quotation_of_a_quotation_nests():
    assert quote("> a\nb", "plain") == ">> a\n> b\n\n"


def test_quoted_code_is_marked_line_by_line():
    assert quote("a = 1\n\nb = 2", "code") == "> a = 1\n>\n> b = 2\n\n"


def test_nothing_is_quoted_of_an_empty_text():
    assert quote(" \n", "html") == ""


# -- The sanitiser alone ---------------------------------------------------------------------------------------


def test_clean_drops_tags_nested_too_deep_and_keeps_their_words():
    html = clean("<blockquote>" * 500 + "words")
    assert html.count("<blockquote>") == policy.MARKUP_DEPTH_MAX
    assert "words" in html


def test_clean_adds_nothing_of_its_own():
    assert clean('<a href="http://a.example">b</a> http://c.example') == (
        f"{link('http://a.example', 'b')} http://c.example"
    )


def test_the_renderers_version_is_a_whole_number():
    assert type(RENDERER_VERSION) is int
