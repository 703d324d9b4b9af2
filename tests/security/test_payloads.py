"""Everything of tests/security/payloads.py through the renderer, in every markup, and through every other door."""

import time

import pytest

from forum import policy
from forum.accounts import rules
from forum.text import MARKUPS, TextRefused, clean, clean_line, excerpt, quote, render, render_archived, render_story
from forum.text.shape import COMMENT, STORY
from tests.forum.test_text_hostile import NEVER_SHOWN, check_safe, longest_run_of_marks
from tests.forum.witness import STORY_TAGS, objections, seen
from tests.security.payloads import FOLDED, brought_along, characters, floods, scripts, written_by_hand
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

OWN = scripts() + written_by_hand()
SCRIPTS = OWN + brought_along()
CHARACTERS = characters() | FOLDED
FLOODS = floods(policy.BODY_MAX)
MILLISECONDS = 100  # of processor time, as promised in docs/text.md; the best of some, for the machine has other work


def rendered(text: str, markup: str) -> str:
    try:
        return render(text, markup)
    except TextRefused:
        return ""


def test_the_corpora_are_as_large_as_they_are_said_to_be():
    assert len(set(SCRIPTS)) >= 600
    assert len(set(CHARACTERS.values())) >= 200
    assert len(FLOODS) >= 100


@pytest.mark.parametrize("markup", MARKUPS)
def test_no_script_survives(markup):
    for text in SCRIPTS:
        check_safe(rendered(text, markup))


def test_no_script_survives_in_a_story_or_an_archive_or_a_quotation():
    for text in SCRIPTS:
        try:
            story = render_story(text, "html")
        except TextRefused:
            story = ""
        assert objections(story, STORY_TAGS) == []
        assert clean(story, STORY) == story
        check_safe(render_archived([(2, text), (0, f"[1]{text}")], {1: text}))
        for markup in MARKUPS:
            check_safe(rendered(quote(text, markup) + "words", markup))


def test_two_texts_side_by_side_keep_to_their_places():
    """Nothing that one of them leaves open swallows what stands after it."""
    for text in SCRIPTS:
        page = f"<blockquote>{rendered(text, 'html')}</blockquote><p>after</p>"
        assert COMMENT.cleaner.clean(page) == page


def test_no_script_is_a_name():
    for text in OWN:
        with pytest.raises(rules.BadName):
            rules.check_name(text[: policy.NAME_MAX])


@pytest.mark.parametrize("markup", MARKUPS)
def test_no_character_hides_turns_round_or_climbs(markup):
    for name, text in CHARACTERS.items():
        html = rendered(text, markup)
        check_safe(html)
        assert longest_run_of_marks(seen(html)) <= policy.COMBINING_RUN_MAX, name


def test_no_character_does_so_in_a_line():
    for name, text in CHARACTERS.items():
        line = clean_line(text)
        assert not NEVER_SHOWN.search(line), name
        assert clean_line(line) == line
        assert longest_run_of_marks(line) <= policy.COMBINING_RUN_MAX, name
        assert len(excerpt(clean(text), 20)) <= 20


@pytest.mark.parametrize("markup", MARKUPS)
def test_no_flood_is_made_into_anything_else_than_text(markup):
    for text in floods(2_000).values():
        check_safe(rendered(text, markup))


@pytest.mark.parametrize("markup", MARKUPS)
def test_no_flood_costs_more_than_was_promised_or_grows(markup):
    slow, grown = {}, {}
    for name, text in FLOODS.items():
        html, cost = rendered(text, markup), milliseconds(text, markup)
        if cost > MILLISECONDS:
            slow[name] = min(cost, *(milliseconds(text, markup) for _ in range(3)))
        if len(html) > policy.BODY_MAX_GROWTH * len(text):
            grown[name] = len(html) // len(text)
    assert not {name: cost for name, cost in slow.items() if cost > MILLISECONDS}
    assert not grown


def milliseconds(text: str, markup: str) -> float:
    began = time.process_time()
    rendered(text, markup)
    return (time.process_time() - began) * 1000
