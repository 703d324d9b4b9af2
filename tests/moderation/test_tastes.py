"""What readers add to scores: for tastes drawn by lot the page, the receipt and everything else tell one number."""

import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from comments.models import Comment
from forum.accounts.actions import keep_archived_person, relate
from forum.accounts.rules import AS_EVERYBODY, own_modifiers
from forum.notifications.models import Notification
from forum.reading import reading_of
from forum.scores import VISITOR
from moderation.actions import spend_point
from tests.factories import NOW, a_comment, a_member, a_story
from tests.moderation.test_receipts import FUNNY, INSIGHTFUL, TROLL, as_json, receipt, scores_on
from tests.pages import queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def a_taste(lot) -> dict[str, int]:
    """Any modifiers whatever."""
    chosen = {name: lot.randint(-6, 6) for name in lot.sample(sorted(AS_EVERYBODY), lot.randint(1, 12))}
    limits = {"new_percent": (1, 100), "short_below": (1, 400), "long_above": (1, 400)}
    return own_modifiers(chosen | {name: lot.randint(*ends) for name, ends in limits.items() if name in chosen})


def a_crowd(lot) -> list:
    """Members, some of them wise, and an Anonymous Coward."""
    return [None, *(a_member(karma=lot.choice((0, 50))) for _ in range(5))]


def words(lot) -> str:
    """From a few to some hundred characters, no two texts alike."""
    return " ".join(f"Word{lot.randint(1, 10_000)}." for _ in range(lot.randint(1, 50)))


def a_discussion_by(crowd, lot) -> list[Comment]:
    discussion = a_story().discussion
    comments = [a_comment(discussion, author=lot.choice(crowd), body=words(lot)) for _ in range(14)]
    for comment in comments:
        for _ in range(lot.randrange(3)):
            reason = lot.choice((FUNNY, INSIGHTFUL, TROLL))
            spend_point(comment=comment, moderator=a_member(points=1, karma=20), reason=reason, now=NOW)
    person = keep_archived_person(source="slashdot.org", number=3, name="Old Hand")
    old = {"is_archived": True, "author": None, "has_bonus": False, "had_bonus": False}
    Comment.objects.filter(pk=comments[0].pk).update(archived_author=person, **old)
    Comment.objects.filter(pk=comments[1].pk).update(**old)
    return list(Comment.objects.filter(discussion=discussion))


def some_relations(reader, crowd, lot):
    for one in crowd[1:]:
        for pair in ((reader, one), (one, reader)):
            relate(member=pair[0], other=pair[1], kind=lot.choice(("friend", "foe", None)), now=NOW)


@pytest.mark.parametrize("seed", range(8))
def test_for_any_taste_every_page_tells_what_the_receipt_tells(client, seed):
    lot = random.Random(seed)
    crowd = a_crowd(lot)
    reader = a_member(modifiers=a_taste(lot), threshold=-1, points=5, mode=lot.choice(("nested", "flat")))
    comments = a_discussion_by(crowd, lot)
    some_relations(reader, crowd, lot)
    client.force_login(reader)
    shown = scores_on(client.get(comments[0].discussion.link).content.decode())
    assert shown.keys() == {comment.pk for comment in comments}
    for comment in comments:
        told = as_json(client, comment)
        end = told["score"] + sum(step["delta"] for step in told["reader"]["modifiers"])
        assert told["reader"]["score"] == max(-1, min(5, end))
        assert told["reader"]["words"] == shown[comment.pk]
        assert f"What you see {shown[comment.pk]}" in receipt(client, comment)
        assert scores_on(client.get(comment.get_absolute_url()).content.decode())[comment.pk] == shown[comment.pk]
        if comment.author:
            on_its_page = scores_on(client.get(comment.author.get_absolute_url()).content.decode())
            assert on_its_page.get(comment.pk, shown[comment.pk]) == shown[comment.pk]


@pytest.mark.parametrize("seed", range(4))
def test_for_any_taste_a_moderation_in_place_and_the_letter_tell_the_same(client, seed):
    lot = random.Random(seed)
    author, reader = a_member(karma=50, modifiers=a_taste(lot)), a_member(modifiers=a_taste(lot), points=1)
    comment = a_comment(a_story().discussion, author=author, body=words(lot))
    client.force_login(reader)
    choice = {f"reason-{comment.pk}": FUNNY}
    address = reverse("moderate", args=[comment.discussion_id])
    told = client.post(address, choice, headers={"accept": "application/json"}).json()["changed"][0]
    assert told["score"] == as_json(client, comment)["reader"]["words"]
    client.force_login(author)
    seen_by_author = as_json(client, comment)["reader"]["score"]
    letter = Notification.objects.get(recipient=author)
    assert letter.line.endswith(f"its score is now {str(seen_by_author).replace('-', '−')}")


LINES = [
    ({"friend": 2}, "Friend: your friend wrote it +2"),
    ({"anonymous": -1}, None),
    (
        {"new": -1, "new_percent": 100},
        "New account: its author is one of the newest members, those from number 1 on −1",
    ),
    ({"reason_8": -2}, "Funny: the word beside its score −2"),
    ({"short": -1, "short_below": 5000}, "Short: it has fewer than 5,000 characters −1"),
    ({"long": 1, "long_above": 1}, "Long: it has more than 1 characters +1"),
]


@pytest.mark.parametrize(("modifiers", "line"), LINES)
def test_each_modifier_has_its_line_in_the_receipt(client, modifiers, line):
    author, reader = a_member(), a_member(modifiers=modifiers)
    comment = a_comment(a_story().discussion, author=author)
    spend_point(comment=comment, moderator=a_member(points=1), reason=FUNNY, now=NOW)
    relate(member=reader, other=author, kind="friend", now=NOW)
    client.force_login(reader)
    words = receipt(client, comment)
    assert ("Your own reading" in words) == bool(line)
    assert (line or "What you see 2, Funny") in words


def test_friends_are_no_key_to_who_was_an_anonymous_coward(client):
    author, reader = a_member(), a_member(modifiers={"friend": 3})
    comment = a_comment(a_story().discussion, writer=author)
    relate(member=reader, other=author, kind="friend", now=NOW)
    client.force_login(reader)
    assert as_json(client, comment)["reader"] == {"modifiers": [], "held": False, "score": 0, "words": "0"}


@pytest.mark.parametrize(("of_person", "told"), [(True, 0), (False, -1)])
def test_a_person_of_an_archive_is_no_anonymous_coward(client, of_person, told):
    comment = a_comment(a_story().discussion)
    person = keep_archived_person(source="slashdot.org", number=3, name="Old Hand") if of_person else None
    Comment.objects.filter(pk=comment.pk).update(is_archived=True, archived_author=person)
    client.force_login(a_member(modifiers={"anonymous": -1}, threshold=-1))
    page = scores_on(client.get(comment.discussion.link).content.decode())
    assert as_json(client, comment)["reader"]["score"] == told
    assert page[comment.pk] == str(told).replace("-", "−")


# -- What it costs ---------------------------------------------------------------------------------------------------


def test_a_story_costs_a_reader_with_every_modifier_the_same_for_2_comments_as_for_20(client):
    reader = a_member(modifiers=dict.fromkeys(AS_EVERYBODY, 2))
    friend = a_member()
    relate(member=reader, other=friend, kind="friend", now=NOW)
    few, many = a_story(comments=2), a_story(comments=20)
    client.force_login(reader)
    client.get(few.get_absolute_url())
    for_two = queries_of(client, few.get_absolute_url())
    for _ in range(9):
        relate(member=reader, other=a_member(), kind="foe", now=NOW)
    client.get(many.get_absolute_url())
    assert queries_of(client, many.get_absolute_url()) == for_two


def test_a_taste_costs_a_member_one_question_and_a_visitor_none(rf, django_assert_num_queries):
    request = rf.get("/")
    request.user = AnonymousUser()
    with django_assert_num_queries(0):
        assert reading_of(request).taste is VISITOR
    request.user = a_member(modifiers={"friend": 3, "reason_8": -2})
    with django_assert_num_queries(1):
        assert reading_of(request).taste.reasons == {"Funny": -2}
