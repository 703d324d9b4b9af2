"""Who answers whom: each rule, and what must never be concluded."""

import time
from pathlib import Path

from forum import policy
from stories.archive import read_article

SEED = Path(__file__).resolve().parents[2] / "stories" / "seeds" / "0177069105.txt"
FRONT = "News: 1\n\nA saying\n\nStory title here\n\n(Sunday April 20, 2025 @11:34AM)\n\n\n"
STORY = "The story says that penguins rule the frozen world today."
SAYING = "Nobody expects an archive to remember who answered whom."


def places(*comments: tuple[str, str] | tuple[str, str, int]):
    """(parent, status) of each comment given as (subject, body) or (subject, body, score)."""
    return [(c.parent, c.parent_status) for c in article(*comments).comments]


def article(*comments):
    blocks = [
        f"{subject} (Score:{score[0] if score else 1})\n\nby p{n} ( {n} )\n\n{body}"
        for n, (subject, body, *score) in enumerate(comments, start=1)
    ]
    return read_article((FRONT + STORY + "\n\n\n\n" + "\n\n".join([*blocks, "A fortune\nof two lines."])).encode())


OPENER = ("Own words", SAYING)


def test_the_seed_has_three_orphans_eight_threads_and_one_certain_parent():
    found = [(c.parent, c.parent_status) for c in read_article(SEED.read_bytes()).comments]
    assert found == [(None, "missing")] * 3 + [(None, "top")] * 4 + [(7, "quoted")] + [(None, "top")] * 4


# -- Rule 1: a quotation names the parent -------------------------------------------------------------------------


def test_a_quotation_names_the_comment_it_comes_from():
    assert places(OPENER, ("Re:", "> an archive to remember who\n\nQuite."))[1] == (1, "quoted")


def test_a_quotation_speaks_across_other_comments_and_against_an_own_subject():
    found = places(OPENER, ("Other", "Hm."), ("Re:", "Hm."), ("New subject", "> an archive to remember who\n\nQuite."))
    assert found[3] == (1, "quoted")


def test_case_punctuation_curly_quotes_markers_and_blanks_do_not_matter():
    opener = ("Own", "He said: “Don't [3]panic, and carry a towel!”")
    assert places(opener, ("Re:", '> "DON’T   panic and carry; a [1]towel"\n\nYes.'))[1] == (1, "quoted")


def test_of_several_sources_the_nearest_is_the_parent():
    assert places(OPENER, ("Again", SAYING), ("Re:", f"> {SAYING}\n\nYes."))[2] == (2, "quoted")


def test_fifteen_letters_are_enough_and_fourteen_are_not():
    opener = ("Own", "abcdefghijklmno and so on")
    assert places(opener, ("Re:", "> abcdefghijklmno\n\nYes."))[1] == (1, "quoted")
    assert places(opener, ("Re:", "> abcdefghijklmn\n\nYes."))[1] == (None, "unknown")


def test_words_of_the_story_name_no_comment():
    repeats = ("Own", STORY)
    assert places(repeats, ("Re:", f"> {STORY}\n\nYes."))[1] == (None, "unknown")


def test_words_that_a_comment_only_quoted_are_not_its_own():
    quoting = ("Own", "> words that come from a hidden place\n\nNo.")
    assert places(quoting, ("Re:", "> words that come from a hidden place\n\nYes."))[1] == (None, "missing")


def test_a_quotation_of_a_quotation_names_nobody():
    assert places(OPENER, ("Re:", f">> {SAYING}\n\nYes."))[1] == (None, "unknown")


def test_a_later_comment_and_the_comment_itself_are_never_the_parent():
    found = places(("Own", f"> {SAYING}\n\n{SAYING}"), ("Later", SAYING))
    assert found == [(None, "top"), (None, "top")]


def test_a_quotation_settles_an_early_reply():
    assert places(("Re:", SAYING), ("Re:", f"> {SAYING}\n\nYes.")) == [(None, "missing"), (1, "quoted")]


# -- Rules 2 to 4 -------------------------------------------------------------------------------------------------


def test_a_subject_of_its_own_is_top_level():
    assert places(OPENER, ("Other", "Hm.")) == [(None, "top"), (None, "top")]


def test_a_cut_comment_of_score_three_is_a_reply_whatever_its_subject():
    assert places(OPENER, ("Other", "w" * 512, 3))[1] == (None, "unknown")
    assert places(("Other", "w" * 512, 3))[0] == (None, "missing")


def test_a_reply_before_any_subject_is_an_orphan():
    assert places(("Re:", "Hm."), ("Re:Lost", "Hm."), OPENER)[:2] == [(None, "missing")] * 2


def test_a_quotation_that_is_nowhere_makes_an_orphan():
    assert places(OPENER, ("Re:", "> these words are not in the document\n\nNo."))[1] == (None, "missing")
    assert places(OPENER, ("Re:Own words", "> these words are not in the document\n\nNo."))[1] == (None, "missing")


def test_one_known_source_outweighs_a_quotation_that_is_nowhere():
    body = f"> these words are not in the document\n\n> {SAYING}\n\nNo."
    assert places(OPENER, ("Re:", body))[1] == (1, "quoted")


# -- Rules 5 to 7 -------------------------------------------------------------------------------------------------


def test_a_reply_directly_below_a_subject_is_guessed_to_answer_it():
    assert places(OPENER, ("Re:", "Hm."))[1] == (1, "adjacent")


def test_a_reply_that_quotes_the_story_is_not_guessed():
    assert places(OPENER, ("Re:", f"> {STORY}\n\nHm."))[1] == (None, "unknown")


def test_a_named_subject_is_guessed_to_be_the_parents():
    for subject in ("Re:Own words", "Re: own  Words"):
        assert places(OPENER, ("Re:", "Hm."), (subject, "Hm."))[2] == (1, "subject")


def test_a_named_subject_that_nobody_has_makes_an_orphan():
    assert places(OPENER, ("Re:Lost", "Hm."))[1] == (None, "missing")


def test_a_named_subject_of_another_thread_names_no_parent():
    assert places(OPENER, ("Other", "Hm."), ("Re:Own words", "Hm."))[2] == (None, "unknown")


def test_any_other_reply_is_in_this_thread_and_names_no_parent():
    found = article(OPENER, ("Re:", "Hm."), ("Re:", "Hm."), ("Other", "Hm."), ("Re:", "Hm."), ("Re:", "Hm.")).comments
    assert [(c.parent, c.parent_status) for c in (found[2], found[5])] == [(None, "unknown")] * 2
    assert [c.thread for c in found] == [1, 1, 1, 4, 4, 4]


def test_a_changed_subject_opens_no_other_thread():
    found = article(OPENER, ("Changed", f"> {SAYING}\n\nNo."), ("Re:Changed", "Hm."), ("Re:Own words", "Hm.")).comments
    assert [(c.parent, c.parent_status) for c in found[1:]] == [(1, "quoted"), (2, "subject"), (1, "subject")]
    assert {c.thread for c in found} == {1}


def test_a_guess_never_changes_the_order():
    branch = ("Changed", f"> {SAYING}\n\nNo.")
    found = places(OPENER, branch, ("Re:Own words", "Hm."), ("Re:Changed", "Hm."))
    assert found[2:] == [(1, "subject"), (None, "unknown")]


# -- Never --------------------------------------------------------------------------------------------------------


def test_every_parent_is_earlier_so_there_are_no_cycles():
    echo = [("Re:" if n % 3 else f"S{n}", f"> {SAYING}\n\n{SAYING} {n}") for n in range(60)]
    assert all(parent is None or parent < n for n, (parent, _) in enumerate(places(*echo), start=1))


def test_ten_thousand_comments_that_quote_each_other_take_seconds():
    texts = [f"Comment number {n} speaks of things numbered {n * 7919} and nothing else at all." for n in range(10_000)]
    many = [(f"S{n}" if n % 10 == 0 else "Re:", f"> {texts[n // 2]}\n\n{texts[n]}") for n in range(10_000)]
    begun = time.process_time()
    found = places(*many)
    assert time.process_time() - begun < 20
    assert sum(status == "quoted" for _, status in found) == 9_999


def test_a_crafted_file_gets_no_certain_parent_for_work_not_done(monkeypatch):
    monkeypatch.setattr(policy, "ARCHIVE_QUOTE_WORK_MAX", -1)
    found = article(OPENER, ("Re:", f"> {SAYING}\n\nYes."), ("Re:", f"> {SAYING}\n\nYes."))
    assert [c.parent_status for c in found.comments] == ["top", "unknown", "unknown"]
    assert [w for w in found.warnings if "too many to look up" in w]
