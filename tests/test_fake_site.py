"""The invented community: believable, sound in every record, the same each time, and never among real people."""

import io
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from comments.models import Comment, Discussion
from forum.accounts.models import Relation, StaffAct, User
from forum.management.community import fake_site
from forum.management.community.people import worth_of
from forum.management.community.sentences import ANSWERS, OPENINGS
from forum.management.community.talk import Talk
from forum.management.community.topics import BLUEPRINTS
from forum.management.site import check_site
from forum.presets import THRESHOLD
from moderation.models import Appeal, EconomyRun, Flag, MetaVote, Moderation, PointGrant, Reversal, Verdict
from moderation.queries.figures import load_figures
from stories.models import Story
from tests.factories import NOW, a_member

MEMBERS, STORIES = 24, 5


@pytest.fixture(scope="module")
def _site(django_db_setup, django_db_blocker):
    """One community for all tests of this file that only read, in a transaction that is rolled back at the end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        report = fake_site(members=MEMBERS, stories=STORIES, now=NOW)
        yield report
        transaction.set_rollback(True)


@pytest.fixture
def site(_site, django_db_blocker):
    with django_db_blocker.unblock():
        yield _site


def test_it_is_as_large_as_was_asked(site):
    assert (site.members, site.stories) == (MEMBERS, STORIES)
    assert Story.objects.count() == STORIES
    assert site.comments == Comment.objects.count() > 20 * STORIES
    assert str(site.comments) in site.line()


def test_every_record_is_sound(site):
    assert not list(check_site(is_repairing=False))
    out = io.StringIO()
    call_command("replay", stdout=out)
    assert "0 differences" in out.getvalue()


def test_scores_are_spread_over_the_whole_range(site):
    scores = Counter(Comment.objects.values_list("score", flat=True))
    assert min(scores) == -1
    assert max(scores) >= 3
    assert scores[1] > scores[2] > scores[3] > 0


def test_threads_are_deep_and_some_are_much_longer_than_others(site):
    levels = Counter(Comment.objects.values_list("level", flat=True))
    assert max(levels) >= 4
    assert levels[0] > levels[2] > levels[4]
    sizes = sorted(Discussion.objects.values_list("comment_count", flat=True))
    assert sizes[-1] > 1.5 * sizes[0]


def test_about_as_many_comments_are_moderated_as_on_slashdot(site):
    figures = load_figures(days=90, now=NOW)
    assert 0.12 < figures.moderated.ratio < 0.55
    assert figures.by_place[-1].ratio > 0.05
    assert timedelta(minutes=10) < figures.median_wait < timedelta(days=1)


def test_points_came_from_the_economy_alone(site):
    kinds = set(PointGrant.objects.values_list("kind", flat=True))
    assert PointGrant.Kind.TOKENS in kinds
    assert PointGrant.Kind.STAFF not in kinds
    assert EconomyRun.objects.count() > 100
    assert not Moderation.objects.filter(sets_score=None, grant=None).exists()


def test_everything_that_can_happen_has_happened(site):
    kinds = set(Reversal.objects.values_list("kind", flat=True))
    assert Reversal.Kind.POSTED in kinds
    assert {"hide", "rescore", "ban", "set karma", "dismiss flags"} <= set(
        StaffAct.objects.values_list("verb", flat=True)
    )
    assert set(Flag.objects.values_list("outcome", flat=True)) == {Flag.Outcome.ACTED, Flag.Outcome.DISMISSED}
    assert Appeal.objects.get().outcome == Appeal.Outcome.OVERTURNED
    assert MetaVote.objects.exclude(word="").exists()
    assert Verdict.objects.filter(is_fair=True).exists()
    assert Comment.objects.filter(author=None).exists()
    assert Relation.objects.filter(kind="friend").exists()


def test_it_happened_before_now_and_in_the_order_of_the_numbers(site):
    for model, when in ((Comment, "posted_at"), (Moderation, "moderated_at"), (EconomyRun, "ran_at")):
        times = list(model.objects.order_by("pk").values_list(when, flat=True))
        assert times == sorted(times)
        assert times[-1] <= NOW
    assert NOW - Story.objects.earliest("published_at").published_at > timedelta(days=10)


def test_nobody_can_sign_in_as_one_of_them(site):
    assert not [member for member in User.objects.all() if member.has_usable_password() or member.email]


def test_nobody_says_the_same_twice_in_a_thread_and_every_place_is_filled(site):
    texts = [(one.discussion_id, one.text.source) for one in Comment.objects.select_related("text")]
    assert not [text for _, text in texts if "{" in text or "}" in text]
    repeated = [pair for pair, count in Counter(texts).items() if count > 2]
    assert not repeated


def test_the_economys_page_is_full_of_it(site, client, at_noon):
    client.force_login(User.objects.create_superuser("Edith", "edith@example.org", "correct horse battery"))
    page = client.get(reverse("economy")).content.decode()
    assert "Nobody moderated" not in page
    assert page.count("<rect") > 60


# -- How it is made ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_number_makes_the_same_community_and_another_one_another():
    assert fingerprint(seed=5) == fingerprint(seed=5) != fingerprint(seed=6)


def fingerprint(seed: int) -> list:
    from django.db import transaction

    with transaction.atomic():
        fake_site(members=6, stories=1, seed=seed, now=NOW)
        rows = Comment.objects.order_by("pk").values_list("author__username", "subject", "score", "text__source")
        given = Moderation.objects.order_by("pk").values_list("moderator__username", "reason", "moderated_at")
        made = [*rows, *given]
        transaction.set_rollback(True)
    return made


@pytest.mark.django_db
def test_a_second_time_changes_nothing():
    assert fake_site(members=5, stories=1, now=NOW)
    before = Comment.objects.count()
    assert fake_site(members=5, stories=1, now=NOW) is None
    out = io.StringIO()
    call_command("fake_site", stdout=out)
    assert "there already" in out.getvalue()
    assert Comment.objects.count() == before


@pytest.mark.django_db
def test_a_site_with_members_gets_no_invented_ones():
    a_member("Somebody")
    with pytest.raises(CommandError, match="invented people do not belong"):
        call_command("fake_site", members=5, stories=1)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_site_for_trying_out_gets_them_beside_its_members(settings):
    settings.DEBUG = True
    a_member("Somebody")
    assert fake_site(members=5, stories=1, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", [{"members": 4}, {"members": 501}, {"stories": 0}, {"stories": 121}])
def test_numbers_that_make_no_community_are_refused_in_words(numbers):
    with pytest.raises(CommandError, match="Choose 5 to 500 members and 1 to 120 stories"):
        call_command("fake_site", **numbers)


@pytest.mark.parametrize("about", BLUEPRINTS, ids=lambda about: about.dept)
def test_every_sentence_can_be_said_about_every_story(about):
    from random import Random

    talk = Talk(about, Random(1))
    for kind, sentences in OPENINGS.items():
        said = {talk.body(kind, is_reply=True) for _ in sentences}
        assert all(text[0].isupper() or not text[0].isalpha() for text in said)
        assert len(talk.subject(kind)) <= 60


def test_every_kind_can_begin_an_answer_and_has_a_worth():
    assert set(ANSWERS) == set(OPENINGS)
    assert {worth_of(kind) for kind in OPENINGS} == {-1, 0, 1}
    assert THRESHOLD.rule_of
