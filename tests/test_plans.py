"""No page and no act looks at more rows than it shows or changes, however many are stored."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from benchmarks.seed_site import KINDS, Bulk
from comments.actions import archive_old_discussions
from comments.forms import new_form_key
from comments.models import Comment, Discussion
from comments.queries.windows import count_scores
from forum import policy
from forum.accounts.models import User
from forum.jobs.actions import refresh_statistics
from forum.notifications.actions import claim_mail
from moderation.actions import expire_mod_points
from stories.models import Section, Story, Topic
from tests.factories import NOW, a_comment, a_story, some_points
from tests.plans import looks_of, try_out

COMMENTS, WEEKS = 20_000, 2
FEW = 400  # rows; the site has thousands in every table that grows with what people say
FEW_OF_A_KIND = {"users", "discussions", "stories", "entries"}  # hundreds here; a site has one for dozens of comments
BUSY = "m1"  # who said and did most
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stored", "at_noon")]


@pytest.fixture(scope="module")
def stored(django_db_setup, django_db_blocker, tmp_path_factory):
    """A site with 20,000 comments whose nightly jobs have run, for this module alone."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            bulk = Bulk(connection, tmp_path_factory.mktemp("bulk"), record=2_000, began=NOW - timedelta(weeks=WEEKS))
            bulk.grow_to(COMMENTS)
            refresh_statistics()
            yield bulk
            transaction.set_rollback(True)
        with connection.cursor() as cursor:  # what was taken back must not slow down the tests that follow
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        connection.close()


def a_reader(name=BUSY) -> Client:
    client = Client()
    if name:
        client.force_login(User.objects.get(username=name))
    return client


def get(name, *arguments, by=BUSY):
    client, address = a_reader(by), reverse(name, args=arguments)

    def act():
        answer = client.get(address)
        assert answer.status_code == 200, answer

    return act


def post(name, *arguments, by=BUSY, **fields):
    client, address = a_reader(by), reverse(name, args=arguments)

    def act():
        answer = client.post(address, fields)
        assert answer.status_code == 302, answer

    return act


def a_discussion_of(comments: int) -> Discussion:
    """One of about this size."""
    return Discussion.objects.filter(comment_count__lte=comments).order_by("-comment_count").first()


def a_comment_in_it() -> Comment:
    return Comment.objects.filter(discussion=a_discussion_of(100), parent=None).first()


def a_reply(by=BUSY):
    parent = a_comment_in_it()
    key = new_form_key(f"{parent.discussion_id}:{parent.pk}")
    said = {"subject": "Plans", "body": "Some words that nobody said before.", "markup": "plain", "key": key}
    return post("reply", parent.discussion_id, parent.pk, by=by, **said)


def a_moderation():
    """A point of somebody who has not posted there, for a comment of somebody who has said much."""
    comment = a_comment(a_story().discussion, author=User.objects.get(username="m2"))
    some_points(User.objects.get(username=BUSY))
    return post("moderate", comment.discussion_id, **{f"reason-{comment.pk}": 5})


def story_page(by):
    story = Story.objects.get(discussion=a_discussion_of(100))
    return get("story", story.pk, story.slug, by=by)


def with_points(page):
    some_points(User.objects.get(username=BUSY))
    return page()


PAGES = {
    "a story, for a visitor": lambda: story_page(None),
    "a story, for a moderator": lambda: with_points(lambda: story_page(BUSY)),
    "the front page": lambda: get("front", by=None),
    "the front page, for a member": lambda: get("front"),
    "a section": lambda: get("section", Section.objects.first().slug),
    "a topic": lambda: get("topic", Topic.objects.first().slug),
    "one comment": lambda: get("comment", a_comment_in_it().pk),
    "why a comment has its score": lambda: get("score", a_comment_in_it().pk),
    "the form of a reply": lambda: get("reply", a_comment_in_it().discussion_id, a_comment_in_it().pk),
    "the drafts of a member": lambda: get("drafts"),
    "what a comment said before": lambda: get("history", a_comment_in_it().pk),
    "a member": lambda: get("member", "m60"),
    "the inbox": lambda: get("inbox"),
    "points": lambda: get("points", by="m100"),
    "karma": lambda: get("karma"),
    "own verdicts": lambda: get("own_verdicts", by="m100"),
    "metamoderation": lambda: get("metamoderate"),
    "the public log": lambda: get("log", by=None),
    "the feed of the public log": lambda: get("log_feed", by=None),
    "posting a reply": a_reply,
    "posting a reply without a name": lambda: a_reply(by=None),
    "moderating": a_moderation,
    "reading the inbox": lambda: post("mark_read"),
    "sending mail": lambda: lambda: claim_mail(now=NOW),
    "points that expire": lambda: lambda: expire_mod_points(now=NOW),
    "discussions that close": lambda: lambda: archive_old_discussions(now=NOW),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_it_looks_at_few_rows(page):
    dearest = looks_of(page())[0]
    assert dearest.rows <= FEW, dearest


def test_the_levels_of_a_large_discussion_are_counted_by_those_with_the_bonus_alone():
    large = a_discussion_of(COMMENTS)
    assert large.comment_count > 4 * FEW
    with_bonus = list(large.comments.exclude(author=None).values_list("pk", flat=True)[:30])
    Comment.objects.filter(pk__in=with_bonus).update(has_bonus=True, had_bonus=True)
    dearest = looks_of(lambda: count_scores(large))[0]
    assert dearest.rows <= FEW, dearest


def test_the_desk_looks_at_the_comments_of_open_discussions():
    newest = Discussion.objects.filter(comment_count__lte=50).order_by("-opens_at").values("pk")[:5]
    Discussion.objects.exclude(pk__in=list(newest.values_list("pk", flat=True))).update(status="archived")
    dearest = looks_of(with_points(lambda: get("desk")))[0]
    assert dearest.rows <= FEW, dearest


@pytest.mark.parametrize("name", [name for name in KINDS if name not in FEW_OF_A_KIND])
def test_a_whole_table_is_more_than_few_rows(name):
    """Otherwise the tests above would pass whatever they look at."""
    model, _ = KINDS[name]
    assert model.objects.count() > 3 * FEW
    assert try_out(str(model.objects.filter(pk__gt=0).order_by().query), None).rows > FEW


INDEXES = {
    ("comment_by_author", "comment_by_author_in_time"): "a member",
    ("comment_children",): "posting a reply",
    ("moderations_to_judge",): "the inbox",
    ("grants_with_points_left",): "points that expire",
}


@pytest.mark.parametrize(("indexes", "page"), INDEXES.items(), ids=["+".join(indexes) for indexes in INDEXES])
def test_without_its_index_it_is_noticed(indexes, page):
    act = PAGES[page]()
    with connection.cursor() as cursor:
        for index in indexes:
            cursor.execute(f"DROP INDEX {index}")
    assert looks_of(act)[0].rows > FEW


def test_the_front_page_looks_at_no_more_stories_than_it_shows():
    assert Story.objects.count() > 10 * policy.STORIES_PER_PAGE
    looks = [look for look in looks_of(get("front", by=None)) if "stories_story" in look.statement]
    assert looks
    assert looks[0].rows <= 5 * policy.STORIES_PER_PAGE, looks[0]  # each with the five rows that it is joined with
