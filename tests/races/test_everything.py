"""People and staff do everything at once in a few discussions; afterwards every stored number follows from its log."""

import random

import pytest

from comments.actions import hide_comment, recount_discussion, restore_comment
from comments.models import Comment, Discussion
from forum.accounts.actions import Refused, recompute_karma, set_karma
from forum.accounts.models import User
from moderation.actions import (
    expire_mod_points,
    grant_points,
    reconcile_comment,
    reconcile_grant,
    remove_points,
    set_back_comment,
    spend_point,
)
from moderation.models import Moderation, PointGrant
from tests.crowd import all_at_once, many
from tests.factories import NOW, a_discussion, a_member, an_editor
from tests.races.test_posting import post
from tests.trees import wrong_with

pytestmark = pytest.mark.django_db(transaction=True)


class Town:
    """Eight members, two editors, four discussions with four comments each."""

    def __init__(self):
        self.members = [a_member(karma=random.Random(n).randint(-3, 30), points=5) for n in range(8)]
        self.editors = [an_editor(), an_editor()]
        self.discussions = [a_discussion() for _ in range(4)]
        authors = self.members[:4]
        self.comments = [post(place, author=author) for place in self.discussions for author in authors]

    def an_act(self, chance):
        member, editor, comment = map(chance.choice, (self.members, self.editors, self.comments))
        by_staff = {"actor": editor, "reason": "A race", "now": NOW}
        return chance.choice(
            [
                lambda: spend_point(comment=comment, moderator=member, reason=chance.randint(1, 10), now=NOW),
                lambda: spend_point(comment=comment, moderator=member, reason=chance.randint(5, 8), now=NOW),
                lambda: self.comments.append(post(comment.discussion, author=member, parent=comment)),
                lambda: post(comment.discussion, parent=comment),
                lambda: hide_comment(comment=comment, **by_staff),
                lambda: restore_comment(comment=comment, **by_staff),
                lambda: set_back_comment(comment=comment, **by_staff),
                lambda: grant_points(member=member, points=2, **by_staff),
                lambda: remove_points(member=member, **by_staff),
                lambda: set_karma(member=member, karma=chance.randint(-25, 50), **by_staff),
                lambda: expire_mod_points(now=NOW),
            ]
        )


def test_everything_at_once_leaves_every_number_as_its_log_says():
    town, chance = Town(), random.Random(11)
    outcomes = all_at_once(
        [town.an_act(chance) for _ in range(many(600, on_sqlite=150))], writers=many(12, on_sqlite=4)
    )
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)] == []
    assert any(isinstance(one, Moderation) for one in outcomes)
    assert [words for place in Discussion.objects.all() for words in wrong_with(place)] == []
    assert not any(recount_discussion(place) for place in Discussion.objects.values_list("pk", flat=True))
    assert not any(reconcile_comment(pk) for pk in Comment.objects.values_list("pk", flat=True))
    assert not any(recompute_karma(pk) for pk in User.objects.values_list("pk", flat=True))
    assert not any(reconcile_grant(pk) for pk in PointGrant.objects.values_list("pk", flat=True))
    for active in Moderation.objects.active().select_related("comment"):
        assert not Comment.objects.filter(discussion=active.comment.discussion_id, author=active.moderator_id).exists()
