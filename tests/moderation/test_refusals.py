"""Every refusal of a moderation: said in words on a page and to a script, with nothing moved."""

from datetime import timedelta

import pytest
from django.urls import reverse

from comments.actions import hide_comment, prepare_words
from comments.models import Comment, Discussion
from forum.accounts.actions import Refused
from forum.accounts.models import KarmaChange, User
from forum.presets import SOYLENTNEWS, THRESHOLD
from moderation.actions import spend_point
from moderation.models import Moderation, Moderator, PointGrant
from tests.factories import NOW, a_comment, a_member, a_policy, a_story, an_editor, post_comment, some_points
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
OFFTOPIC, INSIGHTFUL, OVERRATED, SPAM = 1, 5, 9, 11
HERE, NETWORK = "203.0.113.9", "203.0.113.0/24"


def others(story, **changed):
    comment = a_comment(story.discussion, author=a_member())
    if changed:
        Comment.objects.filter(pk=comment.pk).update(**changed)
    return comment


def posted(story, **how):
    words = prepare_words(subject="Words", body="Some words.", markup="plain")
    return post_comment(
        discussion=story.discussion, author=None, parent=None, words=words, form_key=None, now=NOW, **how
    )


def own(story, moderator):
    return a_comment(story.discussion, author=moderator)


def own_anonymous(story, moderator):
    return posted(story, writer=moderator)


def same_network(story, moderator):
    return posted(story, network=NETWORK)


def moderated_already(story, moderator):
    comment = others(story)
    spend_point(comment=comment, moderator=moderator, reason=OFFTOPIC, now=NOW)
    return comment


def posted_here(story, moderator):
    a_comment(story.discussion, author=moderator)
    return others(story)


def at_status(status):
    def arrange(story, moderator):
        comment = others(story)
        Discussion.objects.update(status=status)
        return comment

    return arrange


def too_old(story, moderator):
    return others(story, posted_at=NOW - THRESHOLD.window - timedelta(seconds=1))


def removed(story, moderator):
    comment = others(story)
    hide_comment(comment=comment, actor=an_editor(), reason="Advertising", now=NOW)
    return comment


def no_points(story, moderator):
    PointGrant.objects.update(points_left=0, points_expired=3)
    return others(story)


def points_expired(story, moderator):
    PointGrant.objects.update(expires_at=NOW, granted_at=NOW - timedelta(days=3))
    return others(story)


def at_the_top(story, moderator):
    return others(story, score=5, start_score=5)


def at_the_bottom(story, moderator):
    return others(story, score=-1, start_score=-1)


def the_author_five_times(story, moderator):
    author = a_member()
    some_points(moderator)
    for _ in range(THRESHOLD.pair_cap):
        comment = a_comment(story.discussion, author=author)
        spend_point(comment=comment, moderator=moderator, reason=INSIGHTFUL, now=NOW)
    return a_comment(story.discussion, author=author)


def barred(story, moderator):
    until = NOW + timedelta(days=30)
    Moderator.objects.update_or_create(
        member=moderator, defaults={"barred_until": until, "barred_because": "A downmod bomb."}
    )
    return others(story)


def banned(story, moderator):
    User.objects.filter(pk=moderator.pk).update(banned_at=NOW, ban_reason="Rude.")
    return others(story)


def low_karma(story, moderator):
    a_policy(THRESHOLD, down_karma_min=10)
    return others(story)


def nothing_to_answer(story, moderator):
    a_policy(SOYLENTNEWS, down_karma_min=-25)
    return others(story)


def plain(story, moderator):
    return others(story)


def gone(story, moderator):
    comment = others(story)
    elsewhere = a_story("Elsewhere")
    return Comment(pk=comment.pk + 1_000, discussion=elsewhere.discussion)


REFUSALS = [
    (own, INSIGHTFUL, "This is your own comment; others decide about it."),
    (own_anonymous, INSIGHTFUL, "This is your own comment; others decide about it."),
    (same_network, INSIGHTFUL, "This comment came from the network you are on"),
    (moderated_already, INSIGHTFUL, "You have moderated this comment already."),
    (posted_here, INSIGHTFUL, "You have posted in this discussion, so you cannot moderate in it."),
    (at_status("locked"), INSIGHTFUL, "This discussion is closed."),
    (at_status("archived"), INSIGHTFUL, "This discussion is archived: its scores stay as they are."),
    (too_old, INSIGHTFUL, "This comment is older than 14 days; its score stays as it is."),
    (removed, INSIGHTFUL, "This comment was removed meanwhile."),
    (no_points, INSIGHTFUL, "You have no mod points left."),
    (points_expired, INSIGHTFUL, "You have no mod points left."),
    (at_the_top, INSIGHTFUL, "This comment is at 5 already, the highest score there is."),
    (at_the_bottom, OFFTOPIC, "the lowest score there is."),
    (plain, SPAM, "The policy of this site does not know that reason."),
    (the_author_five_times, INSIGHTFUL, "You have moderated this author 5 times within 7 days."),
    (barred, INSIGHTFUL, "Staff have barred you from moderating until 2026-06-03. The reason: A downmod bomb."),
    (banned, INSIGHTFUL, "You may not moderate"),
    (low_karma, OFFTOPIC, "Moderating downwards takes a karma of 10 or more."),
    (nothing_to_answer, OVERRATED, "Overrated answers an earlier moderation, and this comment has none."),
    (gone, INSIGHTFUL, "This comment is not in this discussion, or gone."),
]


def what_could_move():
    return (
        list(Moderation.objects.order_by("pk").values_list("pk", "withdrawn_at")),
        list(PointGrant.objects.order_by("pk").values_list("pk", "points_left", "points_expired")),
        list(Comment.objects.order_by("pk").values_list("pk", "score", "label")),
        list(User.objects.order_by("pk").values_list("pk", "karma")),
        KarmaChange.objects.count(),
    )


@pytest.mark.parametrize("way", ["page", "script", "desk"])
@pytest.mark.parametrize(("arrange", "reason", "words"), REFUSALS, ids=lambda part: getattr(part, "__name__", ""))
def test_each_refusal_is_said_in_words_and_moves_nothing(client, way, arrange, reason, words):
    story, moderator = a_story(), a_member("Morgan", points=3)
    comment = arrange(story, moderator)
    before = what_could_move()
    client.force_login(moderator)
    address = reverse("desk") if way == "desk" else reverse("moderate", args=[comment.discussion_id])
    how = {"headers": {"Accept": "application/json"}} if way == "script" else {}
    answer = client.post(address, {f"reason-{comment.pk}": reason}, REMOTE_ADDR=HERE, **how)
    if way == "script":
        assert answer.status_code == 409
        assert words in answer.json()["refusals"][0]["words"]
    else:
        page = read(answer, 409)
        assert words in page.words
        assert ("Back to the desk" if way == "desk" else "Back to the discussion") in page.links
    assert what_could_move() == before


def test_the_page_of_a_barred_member_says_so_and_offers_nothing(client):
    story, moderator = a_story(), a_member(points=3)
    barred(story, moderator)
    client.force_login(moderator)
    page = read(client.get(story.get_absolute_url()))
    assert "Staff have barred you from moderating until 2026-06-03." in page.words
    assert not [name for name in page.fields if name.startswith("reason-")]


def test_reasons_that_lower_are_not_offered_below_the_karma_for_them(client):
    story, moderator = a_story(), a_member(points=3)
    low_karma(story, moderator)
    client.force_login(moderator)
    html = client.get(story.get_absolute_url()).content.decode()
    assert "Insightful +1" in html
    assert "Offtopic" not in html


def test_a_reason_that_moves_nothing_is_offered_as_such(client):
    story, moderator = a_story(), a_member(points=3, karma=20)
    nothing_to_answer(story, moderator)
    client.force_login(moderator)
    html = client.get(story.get_absolute_url()).content.decode()
    assert "Disagree ±0" in html
    assert "Offtopic −1" in html


def test_who_has_no_point_learns_nothing_about_where_a_comment_came_from():
    comment = a_comment(network=NETWORK)
    with pytest.raises(Refused, match="no mod points"):
        spend_point(comment=comment, moderator=a_member(), reason=INSIGHTFUL, now=NOW, network=NETWORK)
