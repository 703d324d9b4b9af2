"""Posting: place in the tree, start, totals, letterbox, and what is refused."""

import pytest

from comments.actions import DiscussionClosed, FormSpent, erase_words, prepare_words
from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.actions import Refused, ban_member
from forum.notifications.models import Notification
from tests.factories import NOW, a_comment, a_discussion, a_member

pytestmark = pytest.mark.django_db


def test_a_reply_stands_inside_its_parent():
    first = a_comment()
    reply = a_comment(parent=first)
    first.refresh_from_db()
    assert (reply.tree_id, reply.level) == (first.tree_id, 1)
    assert first.lft < reply.lft < reply.rght < first.rght


def test_each_top_level_comment_is_a_tree_of_its_own():
    discussion = a_discussion()
    assert a_comment(discussion).tree_id < a_comment(discussion).tree_id


@pytest.mark.parametrize(
    ("karma", "score", "bonus"), [(0, 1, False), (25, 1, False), (26, 1, True), (-1, 0, False), (-11, -1, False)]
)
def test_a_members_start_depends_on_karma(karma, score, bonus):
    comment = a_comment(author=a_member(karma=karma))
    assert (comment.score, comment.has_bonus) == (score, bonus)


def test_an_anonymous_coward_starts_at_0_and_leaves_no_trace():
    comment = a_comment(author=None)
    assert (comment.score, comment.author, comment.archived_author) == (0, None, None)


def test_the_totals_follow():
    discussion = a_discussion()
    a_comment(discussion, author=a_member())
    a_comment(discussion)
    discussion.refresh_from_db()
    assert (discussion.comment_count, discussion.hit_parade) == (2, (2, 2, 1, 0, 0, 0, 0))
    assert discussion.parade_words == "−1: 2, 0: 2, 1: 1, 2: 0, 3: 0, 4: 0, 5: 0"
    bars = discussion.parade_bars
    assert (bars[0], bars[2], bars[6]) == ("M0 100v-100h15v100z", "M40 100v-50h15v50z", "M120 100v-0h15v0z")


def test_where_all_comments_are_hidden_the_parade_is_flat():
    assert {bar[bar.index("v") :] for bar in a_discussion().parade_bars} == {"v-0h15v0z"}


def test_the_same_form_posts_once():
    discussion = a_discussion()
    first = a_comment(discussion, form_key="key")
    assert a_comment(discussion, form_key="key") == first
    assert Comment.objects.count() == 1


def test_a_fresh_form_with_the_same_words_posts_once():
    discussion, author = a_discussion(), a_member()
    first = a_comment(discussion, author=author, form_key="one")
    assert a_comment(discussion, author=author, form_key="two") == first
    assert a_comment(author=author, parent=first, form_key="three") != first
    assert a_comment(discussion, form_key="four").author is None
    later = NOW + policy.SAME_WORDS_WITHIN
    assert a_comment(discussion, author=author, form_key="five", now=later) != first


def test_other_words_in_a_used_form_are_refused_and_make_no_second_comment():
    discussion = a_discussion()
    first = a_comment(discussion, body="One thing.", form_key="key")
    with pytest.raises(FormSpent, match="send them once more"):
        a_comment(discussion, body="Another.", form_key="key")
    assert a_comment(discussion, body="One thing.", form_key="key") == first
    assert Comment.objects.count() == 1


def test_two_anonymous_cowards_with_one_thought_are_two():
    parent = a_comment()
    first = a_comment(parent=parent, body="Source?", form_key="one")
    assert a_comment(parent=parent, body="Source?", form_key="two") != first


def test_a_form_sent_anonymously_and_again_with_the_name_stays_anonymous():
    discussion, author = a_discussion(), a_member()
    first = a_comment(discussion, form_key="key")
    assert a_comment(discussion, author=author, form_key="key") == first
    assert not Comment.objects.exclude(author=None).exists()


def test_the_parents_author_is_told_once():
    author = a_member()
    reply = a_comment(parent=a_comment(author=author), author=a_member("Somebody"))
    notification = Notification.objects.get(recipient=author)
    assert notification.event == f"reply:{reply.pk}"
    assert notification.line.startswith("Somebody replied")


def test_nobody_is_told_of_an_own_reply():
    author = a_member()
    a_comment(parent=a_comment(author=author), author=author)
    assert not Notification.objects.exists()


@pytest.mark.parametrize("status", [Discussion.Status.LOCKED, Discussion.Status.ARCHIVED, Discussion.Status.HIDDEN])
def test_a_closed_discussion_takes_nothing(status):
    discussion = a_discussion(status=status)
    with pytest.raises(DiscussionClosed):
        a_comment(discussion)
    assert not Comment.objects.exists()


def test_a_banned_member_is_refused_in_words():
    member = a_member()
    ban_member(member=member, actor=a_member(), reason="Spam", now=NOW)
    with pytest.raises(Refused, match="may not post"):
        a_comment(author=member)
    assert not Comment.objects.exists()


# -- The same text again -----------------------------------------------------------------------------------------------

LONG = "A thought of some length that nobody else in this discussion is likely to have had."


def test_a_longer_text_is_said_once_in_a_discussion_by_whomever():
    discussion = a_discussion()
    a_comment(discussion, body=LONG)
    for author in (a_member(), None):
        with pytest.raises(Refused, match="same text stands in this discussion already"):
            a_comment(discussion, author=author, body=f"  {LONG.title()} !")
    assert Comment.objects.count() == 1
    assert a_comment(body=LONG).discussion != discussion
    assert a_comment(discussion, body=f"{LONG} Or is it?")


def test_short_texts_may_be_said_by_many():
    discussion = a_discussion()
    for _ in range(3):
        a_comment(discussion, body="Thank you!")
    assert Comment.objects.count() == 3


def test_erased_words_are_not_remembered_by_their_hash():
    comment = a_comment(body=LONG)
    assert comment.fingerprint
    erase_words(comment, now=NOW)
    assert Comment.objects.get().fingerprint is None
    assert a_comment(comment.discussion, body=LONG)


@pytest.mark.parametrize("body", ["buy now " * 30, "> Only a quotation.", "!?#$%&*()[]{}" * 4])
def test_what_is_no_comment_is_refused(body):
    with pytest.raises(Refused, match=r"again and again|only a quotation|hardly any letters"):
        prepare_words(subject="A subject", body=body, markup="plain")
