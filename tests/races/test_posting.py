"""Many post into one discussion at once: nothing is lost, nothing comes twice, every tree stands right."""

import random
from collections import Counter

import pytest
from django.urls import reverse

from comments.actions import Words, prepare_words
from comments.forms import new_form_key
from comments.models import Comment, CommentText
from comments.queries.windows import load_page
from forum.accounts.actions import Refused
from forum.notifications.models import Notification
from forum.presets import THRESHOLD
from moderation.actions import take_part
from tests.crowd import Watcher, all_at_once, at_the_same_moment, many
from tests.factories import NOW, a_discussion, a_member, a_policy
from tests.trees import wrong_with

pytestmark = pytest.mark.django_db(transaction=True)


def post(discussion, *, author=None, parent=None, token="A") -> Comment:
    words = Words(subject="A subject", source=token, markup="plain", html=f"<p>{token}</p>")
    return take_part(discussion=discussion, author=author, parent=parent, words=words, form_key=None, now=NOW)


def to_anybody(posted, chance):
    return chance.choice(posted) if posted and chance.random() < 0.95 else None


def to_the_newest(posted, chance):
    return posted[-1] if posted else None


def orphans_seen(discussion) -> list:
    """Whatever instant a page meets, it must show each reply beneath its parent."""
    seen = set()
    wrong = []
    for row in load_page(discussion, is_flat=False, order="oldest", after=None).rows:
        if row.parent_id is not None and row.parent_id not in seen:
            wrong.append(f"a page showed {row.id} above its parent")
        seen.add(row.id)
    return wrong


@pytest.mark.parametrize(("whom", "full"), [(to_anybody, 2000), (to_the_newest, 2000)])
def test_replies_by_many_at_once_into_one_discussion(whom, full):
    writers, replies = many(8, on_sqlite=4), many(full, on_sqlite=400)
    discussion, chance, posted = a_discussion(), random.Random(3), []
    members = [a_member() for _ in range(writers)]

    def reply(number):
        def act():
            author = members[number % writers]
            comment = post(discussion, author=author, parent=whom(posted, chance), token=f"token-{number}")
            posted.append(comment)
            return f"token-{number}"

        return act

    with Watcher(lambda: orphans_seen(discussion), pause=0.5) as watcher:
        acknowledged = all_at_once([reply(number) for number in range(replies)], writers=writers)
    assert [outcome for outcome in acknowledged if not isinstance(outcome, str)] == []
    assert watcher.found == []
    present = Counter(CommentText.objects.values_list("source", flat=True))
    assert present == Counter(acknowledged)
    assert wrong_with(discussion) == []
    discussion.refresh_from_db()
    assert (discussion.comment_count, discussion.hit_parade[0]) == (replies, replies)
    answered = Comment.objects.filter(parent__isnull=False).select_related("parent")
    assert Notification.objects.count() == sum(one.author_id != one.parent.author_id for one in answered)


def test_threads_begun_at_once_in_different_discussions_share_no_tree():
    discussions = [a_discussion() for _ in range(8)]
    acts = [lambda d=d, n=n: post(d, token=f"{d.pk}-{n}") for n in range(many(25, on_sqlite=10)) for d in discussions]
    outcomes = all_at_once(acts, writers=many(8, on_sqlite=4))
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert len({comment.tree_id for comment in outcomes}) == len(acts)
    assert [words for discussion in discussions for words in wrong_with(discussion)] == []


def test_crowded_trees_are_spread_while_others_post_into_them():
    discussion = a_discussion()
    ends = [post(discussion) for _ in range(4)]

    def deeper(place):
        def act():
            ends[place] = post(discussion, parent=ends[place])

        return act

    rounds = many(100, on_sqlite=40)
    outcomes = all_at_once([deeper(place) for _ in range(rounds) for place in range(4)], writers=4)
    assert outcomes == [None] * (rounds * 4)
    assert max(Comment.objects.values_list("level", flat=True)) == rounds
    assert wrong_with(discussion) == []


def test_one_form_sent_by_eight_tabs_posts_once(client):
    member, discussion = a_member(), a_discussion()
    form = {"subject": "Once", "body": "Only once.", "markup": "plain", "key": new_form_key(f"{discussion.pk}:")}
    clients = [type(client)() for _ in range(8)]
    for tab in clients:
        tab.force_login(member)
    url = reverse("comment_on", args=[discussion.pk])
    answers = at_the_same_moment(*(lambda tab=tab: tab.post(url, form) for tab in clients))
    comment = Comment.objects.get()
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"/#comment-{comment.pk}")}
    discussion.refresh_from_db()
    assert discussion.comment_count == 1


def test_many_tabs_post_no_more_than_the_day_has_room_for():
    """Each tab in a discussion of its own, where the discussion's lock keeps nobody apart."""
    a_policy(THRESHOLD, posts_low=2)
    member = a_member(karma=-1)
    rooms = [a_discussion() for _ in range(8)]
    outcomes = at_the_same_moment(*[lambda room=room: post(room, author=member) for room in rooms])
    assert sum(isinstance(one, Comment) for one in outcomes) == 2
    assert sum(isinstance(one, Refused) for one in outcomes) == 6
    assert Comment.objects.filter(author=member).count() == 2


def test_of_many_who_say_the_same_at_once_one_is_heard():
    discussion, said = a_discussion(), "One and the same thought, sent at one and the same moment by all of them."
    words = prepare_words(subject="A subject", body=said, markup="plain")

    def act(author):
        return lambda: take_part(discussion=discussion, author=author, parent=None, words=words, form_key=None, now=NOW)

    outcomes = at_the_same_moment(*(act(a_member()) for _ in range(8)))
    assert sum(isinstance(one, Comment) for one in outcomes) == 1
    assert sum(isinstance(one, Refused) and "already" in str(one) for one in outcomes) == 7
    assert Comment.objects.count() == 1
