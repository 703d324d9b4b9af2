"""The same comment in two documents, and what the site holds after the newer one."""

from pathlib import Path

import pytest

from stories.archive import (
    ArchivedComment,
    BadArticle,
    Paragraph,
    as_stored,
    folded_text,
    from_stored,
    match_comments,
    merge_articles,
    read_article,
    write_article,
)

SEED = (Path(__file__).resolve().parents[2] / "stories" / "seeds" / "0177069105.txt").read_bytes()
FRONT = "News: 1\n\nA saying\n\n{title}\n\n(Sunday April {day}, 2025 @11:34AM)\n\n\nThe story.\n\n\n\n"
LONG = "A long remark about penguins and the ice they stand on, word after word after word. " * 8


def comment(n: int, text: str, author: str = "ann", uid: int | None = 7, **fields) -> ArchivedComment:
    known = {"heading": "Mine ", "anonymous": False, "subscriber": False, "score": 1, "reason": None, **fields}
    return ArchivedComment(n=n, author=author, uid=uid, paragraphs=(Paragraph(0, text),), **known)


def coward(n: int, text: str, uid: int | None = None) -> ArchivedComment:
    return comment(n, text, "Anonymous Coward", uid, anonymous=True)


def article(*comments: tuple, title: str = "A title", day: int = 20):
    """From (author, text), (author, text, subject) or (author, text, subject, score)."""
    blocks = [
        f"{subject[0] if subject else 'Mine'} (Score:{subject[1] if subject[1:] else 1})\n\nby {name} ( 7 )\n\n{text}"
        for name, text, *subject in comments
    ]
    front = FRONT.format(title=title, day=day)
    return read_article((front + "\n\n".join([*blocks, "A fortune\nof two lines."])).encode())


def texts(merged) -> list[str]:
    return [found.paragraphs[0].text for found in merged.article.comments]


# -- Who is the same -------------------------------------------------------------------------------------------------


def test_the_first_200_folded_characters_count():
    assert folded_text(comment(1, "Don’t [1]PANIC, “ever”!")) == "dontpanicever"
    assert len(folded_text(comment(1, "word " * 100))) == 200


def test_a_text_without_letters_stands_for_itself():
    assert folded_text(comment(1, "! ?")) == "!?"
    assert match_comments([comment(1, "!")], [comment(1, "?")]).added == (1,)


def test_the_same_comments_are_the_same():
    found = match_comments([comment(1, "One"), comment(2, "Two")], [comment(1, "Two"), comment(2, "One")])
    assert (found.same, found.added, found.changed, found.gone) == (((2, 1), (1, 2)), (), (), ())


@pytest.mark.parametrize("other", [comment(1, "One", "bob"), comment(1, "One", uid=8), comment(1, "One and more")])
def test_another_author_number_or_short_text_is_another_comment(other):
    found = match_comments([comment(1, "One")], [other])
    assert (found.added, found.gone, found.same) == ((1,), (1,), ())


def test_the_anonymous_account_is_one_with_and_without_its_number():
    found = match_comments([coward(1, "One")], [coward(1, "One", 666)])
    assert [change.fields for change in found.changed] == [("author",)]


def test_double_posts_stay_double():
    twice = [comment(1, "Same"), comment(2, "Same")]
    assert match_comments(twice, twice).same == ((1, 1), (2, 2))
    assert match_comments(twice[:1], twice).added == (2,)
    assert match_comments(twice, twice[:1]).gone == (2,)


# -- What changed ----------------------------------------------------------------------------------------------------


def test_score_reason_and_star_are_brought_up_to_date():
    found = match_comments([comment(1, "One")], [comment(1, "One", score=4, reason="Funny", subscriber=True)])
    change = found.changed[0]
    assert change.fields == ("score", "reason", "subscriber")
    assert (change.comment.score, change.comment.reason, change.comment.subscriber) == (4, "Funny", True)


def test_a_longer_text_replaces_the_cut_one_and_the_mark_goes():
    whole, cut = comment(1, LONG), comment(1, LONG[:512], truncated=True, heading="Re: ")
    change = match_comments([cut], [whole]).changed[0]
    assert (change.comment.paragraphs, change.comment.truncated) == (whole.paragraphs, False)
    assert change.fields == ("subject", "text")


def test_a_shorter_text_never_replaces_a_longer_nor_a_bare_re_a_full_subject():
    whole, cut = comment(1, LONG, heading="Re:Ice "), comment(1, LONG[:512], truncated=True, heading="Re: ", score=0)
    change = match_comments([whole], [cut]).changed[0]
    assert change.fields == ("score",)
    assert (change.comment.paragraphs, change.comment.truncated) == (whole.paragraphs, False)
    assert change.comment.heading == "Re:Ice "


# -- The story afterwards --------------------------------------------------------------------------------------------


def test_the_same_document_again_changes_nothing():
    known = from_stored(as_stored(read_article(SEED)))
    merged = merge_articles(known, read_article(SEED.replace(b"\n", b"\r\n")))
    assert (merged.added, merged.changed, merged.gone, merged.story_changed) == ((), {}, (), ())
    assert merged.article == known
    assert write_article(merged.article) == SEED


def test_more_comments_are_added_in_their_places():
    old = article(("ann", "One"), ("bob", "Three"))
    merged = merge_articles(old, article(("ann", "One"), ("eve", "Two"), ("bob", "Three")))
    assert texts(merged) == ["One", "Two", "Three"]
    assert (merged.added, merged.known) == ((2,), {1: 1, 3: 2})
    assert not merged.changed


def test_a_comment_that_is_gone_stays_where_it_stood():
    old = article(("zoe", "Zero"), ("ann", "One"), ("bob", "Two"), ("bob", "Two and a half"), ("eve", "Three"))
    new = article(("ann", "One"), ("eve", "Three"), ("joe", "Four"))
    merged = merge_articles(old, new)
    assert texts(merged) == ["Zero", "One", "Two", "Two and a half", "Three", "Four"]
    assert (merged.gone, merged.added) == ((1, 3, 4), (6,))


def test_the_same_document_after_some_were_gone_changes_nothing():
    old = article(("zoe", "Zero"), ("ann", "One", "Re:Lost"), ("bob", "Two"), ("eve", LONG, "Re:Mine", 5))
    new = article(("ann", "One", "Re:"), ("eve", LONG[:512], "Re:", 1))
    once = merge_articles(old, new).article
    again = merge_articles(once, new)
    assert (again.added, again.changed, again.story_changed) == ((), {}, ())
    assert again.article == once


def test_an_orphan_whose_parent_appears_is_placed():
    reply = ("ann", "> words that only the parent has\n\nYes.", "Re:")
    old = article(reply)
    merged = merge_articles(old, article(("bob", "These are words that only the parent has."), reply))
    assert (merged.article.comments[1].parent, merged.changed) == (1, {2: ("place",)})


def test_a_parent_that_is_only_numbered_anew_is_no_change():
    thread = [("bob", "These are words that only the parent has."), ("ann", "> words that only the parent has", "Re:")]
    merged = merge_articles(article(*thread), article(("joe", "First!"), *thread))
    assert (merged.article.comments[-1].parent, merged.changed) == (2, {})


def test_a_changed_title_is_brought_up_to_date():
    merged = merge_articles(article(("ann", "One")), article(("ann", "One"), title="A better title"))
    assert (merged.article.title, merged.story_changed, merged.article.warnings) == ("A better title", ("title",), ())


def test_another_title_and_date_with_known_comments_is_told():
    merged = merge_articles(article(("ann", "One")), article(("ann", "One"), title="Other", day=27))
    said = "5: expected the known title 'A title' or its date, found 'Other' of another date; the story is updated"
    assert merged.article.warnings == (said,)
    assert {"title", "published_utc"} <= set(merged.story_changed)


def test_another_story_under_a_known_id_is_refused_never_mixed():
    with pytest.raises(BadArticle) as refused:
        merge_articles(article(("ann", "One")), article(("eve", "Two"), title="Other", day=27))
    said = (
        "5: expected the known title 'A title' or its date, found 'Other' of another date: another story with the id 1"
    )
    assert str(refused.value) == said


def test_a_known_story_without_comments_has_nothing_to_be_mixed_with():
    merged = merge_articles(article(), article(("eve", "Two"), title="Other", day=27))
    assert (merged.added, merged.article.title) == ((1,), "Other")
