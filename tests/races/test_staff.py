"""Staff act at the same moment: one wins, the others are told so, and nothing is done twice or lost."""

import pytest

from comments.actions import restore_comment
from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct
from moderation.actions import (
    bar_moderator,
    decide_appeal,
    dismiss_flags,
    file_appeal,
    flag_comment,
    hide_comment,
    propose_mass_act,
    run_mass_acts,
    second_mass_act,
    spend_point,
    undo_act,
)
from moderation.integrity import wrong_scores
from moderation.models import Appeal, BulkAct, Flag, Moderator
from tests.crowd import all_at_once, at_the_same_moment, many
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy, an_editor
from tests.races.test_posting import post

pytestmark = pytest.mark.django_db(transaction=True)
TROLL = 3


def unforeseen(outcomes) -> list:
    return [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)]


def refused(outcomes) -> list:
    return [one for one in outcomes if isinstance(one, Refused)]


def counts_agree() -> bool:
    visible = Comment.objects.filter(hidden_at=None)
    discussions = {comment.discussion for comment in Comment.objects.select_related("discussion")}
    return not list(wrong_scores()) and all(
        one.comment_count == one.hit_parade[0] == visible.filter(discussion=one).count() for one in discussions
    )


def an_appeal() -> Appeal:
    author = a_member()
    hide_comment(comment=a_comment(author=author), actor=an_editor(), reason="Spam", now=NOW)
    return file_appeal(act=StaffAct.objects.latest("pk"), appellant=author, words="No", now=NOW)


@pytest.mark.parametrize("outcomes", [("overturned", "upheld"), ("overturned", "overturned")])
def test_two_decide_one_appeal_and_one_wins(outcomes):
    appeal, staff = an_appeal(), [an_editor(), an_editor()]

    def decide(outcome, actor):
        return lambda: decide_appeal(appeal=appeal, outcome=outcome, actor=actor, answer="So", now=NOW)

    done = at_the_same_moment(*(decide(*pair) for pair in zip(outcomes, staff, strict=True)))
    assert unforeseen(done) == []
    assert len(refused(done)) == 1
    assert StaffAct.objects.filter(verb__in=("overturn", "uphold")).count() == 1
    appeal.refresh_from_db()
    assert bool(Comment.objects.get().hidden_at) == (appeal.outcome == "upheld")
    assert counts_agree()


def test_an_appeal_is_granted_while_somebody_restores_the_comment():
    appeal, comment = an_appeal(), Comment.objects.get()
    done = at_the_same_moment(
        lambda: decide_appeal(appeal=appeal, outcome="overturned", actor=an_editor(), answer="So", now=NOW),
        lambda: restore_comment(comment=comment, actor=an_editor(), reason="", now=NOW),
    )
    assert unforeseen(done) == []
    assert Comment.objects.get().hidden_at is None
    assert StaffAct.objects.filter(undoes__isnull=False).count() == 1
    assert counts_agree()


def test_an_appeal_sent_twice_is_one():
    author = a_member()
    hide_comment(comment=a_comment(author=author), actor=an_editor(), reason="Spam", now=NOW)
    act = StaffAct.objects.get()
    done = at_the_same_moment(*[lambda: file_appeal(act=act, appellant=author, words="No", now=NOW) for _ in range(3)])
    assert unforeseen(done) == []
    assert (len(refused(done)), Appeal.objects.count()) == (2, 1)


def test_two_bar_one_member_and_the_bar_counts_once():
    member = a_member(points=5)
    done = at_the_same_moment(
        *[lambda: bar_moderator(member=member, actor=an_editor(), reason="Bombs", now=NOW) for _ in range(3)]
    )
    assert unforeseen(done) == []
    assert (len(refused(done)), Moderator.objects.get(pk=member.pk).bars) == (2, 1)
    assert StaffAct.objects.filter(verb="bar").count() == 1


def test_flags_from_two_tabs_count_once_and_keep_to_the_limit(monkeypatch):
    monkeypatch.setattr(policy, "FLAGS_PER_DAY", 3)
    reader, discussion = a_member(), a_discussion()
    comments = [a_comment(discussion) for _ in range(6)]

    def flag(comment):
        return lambda: flag_comment(comment=comment, member=reader, kind="spam", words="", now=NOW)

    done = all_at_once([flag(comment) for comment in [*comments, *comments]], writers=many(6, on_sqlite=3))
    assert unforeseen(done) == []
    assert Flag.objects.count() == 3


def test_no_flag_waits_on_a_comment_that_was_removed_meanwhile():
    for _ in range(many(10, on_sqlite=4)):
        comment, reader, actor = a_comment(), a_member(), an_editor()
        flag_comment(comment=comment, member=a_member(), kind="spam", words="", now=NOW)
        done = at_the_same_moment(
            lambda c=comment, r=reader: flag_comment(comment=c, member=r, kind="spam", words="", now=NOW),
            lambda c=comment, a=actor: hide_comment(comment=c, actor=a, reason="Spam", now=NOW),
            lambda c=comment, a=actor: dismiss_flags(comment=c, actor=a, reason="Fine", now=NOW),
        )
        assert unforeseen(done) == []
        assert not Flag.objects.waiting().filter(comment=comment, comment__hidden_at__isnull=False).exists()


def test_a_mass_act_is_done_once_by_two_workers_while_people_post_and_staff_hide(monkeypatch):
    monkeypatch.setattr(policy, "MASS_CHUNK", 3)
    discussion, spammer, posters = a_discussion(), a_member(), [a_member() for _ in range(4)]
    first = a_comment(discussion, author=spammer)
    flood = [first, *(a_comment(parent=first, author=spammer) for _ in range(many(24, on_sqlite=10)))]
    mass = propose_mass_act(kind="hide-newest", target=spammer, most=99, actor=an_editor(), reason="Flood", now=NOW)
    acts = [
        *[lambda: run_mass_acts(now=NOW) for _ in range(3)],
        *[lambda who=who: post(discussion, author=who) for who in posters],
        lambda: hide_comment(comment=flood[-1], actor=an_editor(), reason="One", now=NOW),
    ]
    done = all_at_once(acts, writers=many(6, on_sqlite=3))
    assert unforeseen(done) == []
    run_mass_acts(now=NOW)
    mass.refresh_from_db()
    assert (mass.state, mass.done_count) == ("done", len(flood))
    assert not Comment.objects.filter(author=spammer, hidden_at=None).exists()
    assert spammer.notifications.filter(event=f"act:{mass.act_id}").count() == 1
    assert counts_agree()


def test_a_bomb_is_withdrawn_and_undone_by_two_workers_while_others_moderate(monkeypatch):
    monkeypatch.setattr(policy, "MASS_CHUNK", 2)
    size = many(10, on_sqlite=5)
    bomber, discussions = a_member(points=size, karma=20), [a_discussion(), a_discussion()]
    targets = [a_comment(discussions[place % 2], author=a_member(karma=5)) for place in range(size)]
    for target in targets:
        spend_point(comment=target, moderator=bomber, reason=TROLL, now=NOW)
    mass = propose_mass_act(kind="set-back", target=bomber, most=99, actor=an_editor(), reason="Bombs", now=NOW)

    def moderate(target):
        moderator = a_member(points=1)
        return lambda: spend_point(comment=target, moderator=moderator, reason=5, now=NOW)

    acts = [*[lambda: run_mass_acts(now=NOW) for _ in range(2)], *map(moderate, targets)]
    acts.insert(5, lambda: undo_act(act=mass.act, actor=an_editor(), reason="Fair", now=NOW))
    done = all_at_once(acts, writers=many(6, on_sqlite=3))
    assert unforeseen(done) == []
    run_mass_acts(now=NOW)
    mass.refresh_from_db()
    assert mass.state == "undone"
    assert bomber.moderations.active().count() == size
    assert counts_agree()


def test_a_mass_act_seconded_by_two_at_once_begins_once():
    a_policy(second_pair_from=1)
    mass = propose_mass_act(kind="hide-subtree", target=a_comment(), most=1, actor=an_editor(), reason="Flood", now=NOW)
    staff = [an_editor() for _ in range(3)]
    done = at_the_same_moment(*[lambda who=who: second_mass_act(mass=mass, actor=who, now=NOW) for who in staff])
    assert unforeseen(done) == []
    assert done.count(True) == 1
    assert StaffAct.objects.filter(verb="mass hide").count() == 1
    assert BulkAct.objects.get().seconded_by in staff
