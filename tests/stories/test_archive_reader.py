"""The seed document, and each line of the grammar."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stories.archive import Link, Paragraph, error_json, read_article, to_json
from stories.archive.article import BadArticle
from stories.archive.grammar import as_author_line, as_link, as_paragraph, as_score_line, split_title

SEED = Path(__file__).resolve().parents[2] / "stories" / "seeds" / "0177069105.txt"

FRONT = "News: 0042\n\n\u00a0 ARM A saying\n\nA title (example.com)\n\n(Sunday April 20, 2025 @11:34AM)\n\n\n"
FORTUNE = "Two lines\nmake a fortune."


def document(*comments: str, text: str = "The story.", links: str = "", fortune: str = FORTUNE) -> bytes:
    parts = [FRONT + text, *([links] if links else []), "\n\n".join([*comments, fortune])]
    return "\n\n\n\n".join(parts).encode()


def comment(subject: str = "Mine", by: str = "ann ( 7 )", body: str = "Words.", score: str = "1") -> str:
    return f"{subject} (Score:{score})\n\nby {by}" + (f"\n\n{body}" if body else "")


def seed():
    return read_article(SEED.read_bytes())


# -- The seed -----------------------------------------------------------------------------------------------------


def test_the_seed_is_read_without_a_warning():
    assert seed().warnings == ()


def test_the_seeds_front_is_read():
    story = seed()
    assert (story.id, story.domain, story.category) == ("0177069105", "infoworld.com", None)
    assert story.title == "Open Source Advocate Argues DeepSeek is 'a Movement... It's Linux All Over Again'"
    assert story.header.startswith("\u00a0 ARM Give a man a fire")
    assert (story.editor, story.dept) == ("EditorDavid", "penguins-all-the-way-down")


def test_the_seed_was_published_at_1534_utc():
    assert seed().published_utc == datetime(2025, 4, 20, 15, 34, tzinfo=UTC)


def test_the_seed_has_nine_paragraphs_six_of_them_quoted_and_four_gaps():
    paragraphs = seed().paragraphs
    whole = [paragraph for paragraph in paragraphs if not paragraph.is_gap]
    assert (len(whole), sum(paragraph.depth for paragraph in whole), len(paragraphs) - len(whole)) == (9, 6, 4)


def test_the_seeds_links_are_numbered_one_to_eight():
    links = seed().links
    assert [link.number for link in links] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert links[2] == Link(3, "https://arxiv.org/pdf/2501.12948")


def test_the_seeds_fortune_has_four_lines():
    lines = seed().fortune.split("\n")
    assert (len(lines), lines[0], lines[-1]) == (4, "There is a time in the tides of men,", "-- T. K. Lawson")


SEED_COMMENTS = [
    (1, 56, "Re:", "AleRunner", 4556245, 1, None),
    (2, 62, "Re:", "NotEmmanuelGoldstein", 6423622, 3, None),
    (3, 74, "Re:", "martin-boundary", 547041, 2, None),
    (4, 84, "Sooo... this is the year of ...", "Big Hairy Gorilla", 9839972, 4, "Funny"),
    (5, 90, "Like it!", "folderol", 1965326, 5, "Insightful"),
    (6, 96, "Politicians", "markdavis", 642305, 2, None),
    (7, 106, "What was he going on about?", "Entrope", 68843, 5, "Insightful"),
    (8, 120, "Re:", "markdavis", 642305, 2, None),
    (9, 128, "US crypto export regulations", "OrangAsm", 678078, 2, None),
    (10, 134, "Trump is going to build a wall around America", "fredrated", 639554, 2, None),
    (11, 140, "Linux? Hahahaha, no.", "gweihir", 88907, 2, None),
    (12, 146, "attempting to reverse engineer", "allo", 1728082, 2, None),
]


def test_the_seeds_comments_are_read_as_printed():
    found = [(c.n, c.line, c.subject, c.author, c.uid, c.score, c.reason) for c in seed().comments]
    assert found == SEED_COMMENTS


def test_the_seeds_comments_have_no_links_stars_or_cowards():
    assert not [c for c in seed().comments if c.links or c.subscriber or c.anonymous]


def test_four_comments_of_the_seed_are_cut_off():
    assert [c.n for c in seed().comments if c.truncated] == [3, 6, 8, 12]


def test_the_last_comment_of_the_seed_ends_before_the_fortune():
    assert seed().comments[-1].paragraphs[-1].text.endswith("they are actively encouraging the")


def test_the_seed_is_told_as_json():
    told = to_json(seed(), "x.txt")
    assert json.loads(json.dumps(told)) == told
    assert (told["path"], told["outcome"], told["error"], told["warnings"]) == ("x.txt", "import", None, [])
    assert told["story"]["published_utc"] == "2025-04-20T15:34:00Z"
    assert told["story"]["dateline"].startswith("(Sunday April 20, 2025 @11:34AM (EditorDavid)")
    assert told["story"]["header_quote"].startswith("ARM Give a man a fire")
    assert [depth for depth, _ in told["story"]["paragraphs"]] == [0, 0, 1, 1, 1, 1, 0, 1, 1]
    assert told["story"]["links"][0][0] == 1
    assert told["comments"][7]["parent"] == 7
    assert told["comments"][1]["paragraphs"][0] == [1, "... close everything ..."]


def test_the_json_has_exactly_the_promised_keys():
    told = to_json(seed(), "x.txt")
    assert set(told) == {"path", "outcome", "error", "story", "comments", "warnings"}
    assert set(told["story"]) == {
        "id",
        "title",
        "domain",
        "category",
        "dateline",
        "published_utc",
        "editor",
        "dept",
        "header_quote",
        "paragraphs",
        "links",
        "fortune",
    }
    assert set(told["comments"][0]) == {
        "n",
        "subject",
        "author",
        "uid",
        "anonymous",
        "subscriber",
        "score",
        "reason",
        "paragraphs",
        "links",
        "truncated",
        "parent",
        "parent_status",
    }


def test_a_refusal_is_told_as_json_in_the_same_shape():
    told = error_json("x.txt", BadArticle(7, "expected this, found that"))
    assert told["outcome"] == "error"
    assert told["error"] == {"line": 7, "message": "expected this, found that"}
    assert set(told) == set(to_json(seed(), "x"))


# -- Single lines -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "title", "domain"),
    [
        ("A title (example.com)", "A title", "example.com"),
        ("A title (sub-1.example.co.uk)", "A title", "sub-1.example.co.uk"),
        ("Umlauts (example.xn--p1ai)", "Umlauts", "example.xn--p1ai"),
        ("Done (Finally)", "Done (Finally)", None),
        ("Python (v7.0)", "Python (v7.0)", None),
        ("Funny (Score:5, Funny)", "Funny (Score:5, Funny)", None),
        ("Upper (Example.com)", "Upper (Example.com)", None),
        ("Two (a.com) (b.org)", "Two (a.com)", "b.org"),
        ("(example.com)", "(example.com)", None),
    ],
)
def test_only_a_host_name_in_the_last_bracket_is_a_domain(line, title, domain):
    assert split_title(line) == (title, domain)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Re: (Score:1)", ("Re: ", "1", None)),
        ("A (Score:5, Funny) (Score:-1, Troll)", ("A (Score:5, Funny) ", "-1", "Troll")),
        ("(Score:2)", ("", "2", None)),
        ("A (Score:x)", None),
        ("A (Score:2) b", None),
        ("A (Score:\u0662)", None),
        ("A (Score:1, (x))", None),
    ],
)
def test_the_last_bracket_is_the_score(line, parts):
    assert as_score_line(line) == parts


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("by ann ( 7 )", ("ann", "7", False)),
        ("by ann ( 7 ) *", ("ann", "7", True)),
        ("by Big  Hairy Gorilla ( 9 )", ("Big  Hairy Gorilla", "9", False)),
        ("by a ( 1 ) * ( 22 )", ("a ( 1 ) *", "22", False)),
        ("by Smith, J. (Jr.) ( 3 )", ("Smith, J. (Jr.)", "3", False)),
        ("by Anonymous Coward", ("Anonymous Coward", None, False)),
        ("by Anonymous Coward ( 666 )", ("Anonymous Coward", "666", False)),
        ("by ann", None),
        ("by ann (7)", None),
        ("by  ( 7 )", None),
        ("By ann ( 7 )", None),
    ],
)
def test_the_last_number_in_brackets_is_the_authors(line, parts):
    assert as_author_line(line) == parts


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("[1] https://a.example/", (1, "https://a.example/")),
        ("[12] mailto:a@b.example", (12, "mailto:a@b.example")),
        ("[1] javascript:alert(1)", (1, "javascript:alert(1)")),
        ("[1] two words:x", None),
        ("[1] /local", None),
        ("[01] https://a.example/", None),
        ("[1]https://a.example/", None),
    ],
)
def test_a_link_is_a_number_and_an_address_with_a_scheme(line, link):
    assert as_link(line) == link


@pytest.mark.parametrize(
    ("line", "paragraph"),
    [
        ("Plain", (0, "Plain")),
        ("> Quoted", (1, "Quoted")),
        (">> Twice", (2, "Twice")),
        (">", (1, "")),
        (">  two blanks", (1, " two blanks")),
        (">no blank", (0, ">no blank")),
        ("> > typed", (1, "> typed")),
    ],
)
def test_a_quotation_is_signs_and_a_blank_and_is_printed_back(line, paragraph):
    assert as_paragraph(line) == paragraph
    assert Paragraph(*paragraph).printed == line


# -- Parts --------------------------------------------------------------------------------------------------------


def test_a_story_may_lack_domain_editor_department_links_and_comments():
    raw = document(text="One.\n\nTwo.").replace(b" (example.com)", b"")
    story = read_article(raw)
    assert (story.domain, story.editor, story.dept, story.links, story.comments) == (None, None, None, (), ())
    assert (len(story.paragraphs), story.fortune, story.warnings) == (2, FORTUNE, ())


def test_a_story_without_comments_keeps_links_and_fortune_apart():
    story = read_article(document(links="[1] https://a.example/\n\n[2] https://b.example/", fortune="One line."))
    assert ([link.number for link in story.links], story.fortune) == ([1, 2], "One line.")


def test_a_story_may_lack_a_text():
    story = read_article(document(comment(), text="").replace(b"\n" * 7, b"\n" * 6))
    assert (story.paragraphs, len(story.comments), story.warnings) == ((), 1, ())


def test_a_category_stands_before_the_weekday():
    assert read_article(document().replace(b"(Sunday", b"([Games] Sunday")).category == "Games"


def test_addresses_that_end_the_text_are_text_unless_they_are_all_marked():
    story = read_article(document(comment(), text="See below.\n\n[1] https://a.example/"))
    assert (len(story.paragraphs), story.links) == (2, ())


def test_a_comments_own_links_are_numbered_from_one_after_its_text():
    body = "See [1]this and [2]that\n\n[7] https://typed.example/\n\n[1] https://a.example/\n\n[2] https://b.example/"
    found = read_article(document(comment(body=body))).comments[0]
    assert (len(found.paragraphs), [link.number for link in found.links]) == (2, [1, 2])


@pytest.mark.parametrize("number", ["", " ( 666 )"])
def test_anonymous_coward_is_the_anonymous_account_with_or_without_the_number(number):
    assert read_article(document(comment(by=f"Anonymous Coward{number}"))).comments[0].anonymous


def test_a_person_may_bear_the_cowards_name_with_another_number():
    assert not read_article(document(comment(by="Anonymous Coward ( 667 )"))).comments[0].anonymous


def test_a_star_marks_a_subscriber_and_is_no_part_of_the_name():
    found = read_article(document(comment(by="ann ( 7 ) *"))).comments[0]
    assert (found.author, found.subscriber) == ("ann", True)


def test_a_fortune_of_one_line_is_known_by_its_place():
    story = read_article(document(comment(body="One.\n\nTwo."), fortune="Short and wise."))
    assert (len(story.comments[0].paragraphs), story.fortune, story.warnings) == (2, "Short and wise.", ())


def test_a_fortune_keeps_its_tabs_and_blank_lines():
    fortune = "Q:\tWhy?\nA:\tBecause.\n\n\n\t-- somebody"
    assert read_article(document(comment(), fortune=fortune)).fortune == fortune


def test_markup_stays_text():
    body = "<script>alert(1)</script> {{ settings.SECRET_KEY }} &amp;"
    assert read_article(document(comment(body=body))).comments[0].paragraphs == (Paragraph(0, body),)


# -- Cut-off texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "end", "score", "is_cut"),
    [
        (512, "x", "1", True),
        (495, "x", "3", True),
        (494, "x", "1", False),
        (516, "x", "1", True),
        (517, "x", "1", False),
        (512, ".", "1", False),
        (512, "”", "1", False),
        (512, "x", "4", False),
    ],
)
def test_a_text_of_512_characters_with_an_open_end_is_cut_off(length, end, score, is_cut):
    body = "w" * (length - 1) + end
    assert read_article(document(comment(body=body, score=score))).comments[0].truncated is is_cut


def test_markers_and_domain_tags_do_not_count_for_the_length():
    body = "[1]here [example.com]" + "w" * 500
    assert read_article(document(comment(body=body))).comments[0].truncated


def test_quotations_count_only_for_the_whole_length():
    assert read_article(document(comment(body=f"> {'q' * 400}\n\n{'w' * 100}"))).comments[0].truncated
    assert read_article(document(comment(body=f"> {'q' * 400}\n\n{'w' * 512}"))).comments[0].truncated
    assert not read_article(document(comment(body=f"> {'q' * 400}\n\n{'w' * 300}"))).comments[0].truncated
