"""Nobody on the staff decides in a case of the member's own; that is for another one, or for an appeal."""

import pytest

from comments.actions import restore_comment
from comments.models import Comment
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct
from moderation.actions import (
    bar_moderator,
    correct_score,
    dismiss_flags,
    flag_comment,
    hide_comment,
    propose_mass_act,
    run_mass_acts,
    set_back_comment,
    spend_point,
    undo_act,
)
from tests.factories import NOW, a_comment, a_member, an_editor

pytestmark = pytest.mark.django_db
TROLL = 3
SAID = {"reason": "So it is", "now": NOW}


def by_another(act_on, **said) -> StaffAct:
    act_on(actor=an_editor(), **SAID, **said)
    return StaffAct.objects.latest("pk")


def moderated_down(comment):
    spend_point(comment=comment, moderator=a_member(points=1), reason=TROLL, now=NOW)


def flagged(comment):
    flag_comment(comment=comment, member=a_member(), kind="spam", words="", now=NOW)


OWN_COMMENT = {
    "its score": (lambda comment: None, lambda comment, **said: correct_score(comment=comment, score=5, **said)),
    "its moderations": (moderated_down, lambda comment, **said: set_back_comment(comment=comment, **said)),
    "its flags": (flagged, lambda comment, **said: dismiss_flags(comment=comment, **said)),
    "its removal": (
        lambda comment: by_another(hide_comment, comment=comment),
        lambda comment, **said: restore_comment(comment=comment, **said),
    ),
}


@pytest.mark.parametrize("case", OWN_COMMENT)
def test_an_own_comment_is_for_another_member_of_staff(case):
    editor = an_editor()
    comment = a_comment(author=editor)
    before, decide = OWN_COMMENT[case]
    before(comment)
    stood, acts = Comment.objects.values().get(pk=comment.pk), StaffAct.objects.count()
    with pytest.raises(Refused, match="your own comment"):
        decide(comment, actor=editor, **SAID)
    assert Comment.objects.values().get(pk=comment.pk) == stood
    assert StaffAct.objects.count() == acts


def hide_newest(member, **said):
    propose_mass_act(kind="hide-newest", target=member, most=9, **said)
    run_mass_acts(now=NOW)


AGAINST = {
    "a correction": lambda member: by_another(correct_score, comment=member.comments.get(), score=-1),
    "a bar": lambda member: by_another(bar_moderator, member=member),
    "a mass act": lambda member: by_another(hide_newest, member=member),
}


@pytest.mark.parametrize("kind", AGAINST)
def test_what_hit_oneself_is_not_undone_by_oneself(kind):
    editor = an_editor()
    a_comment(author=editor)
    act = AGAINST[kind](editor)
    with pytest.raises(Refused, match="done to you"):
        undo_act(act=act, actor=editor, **SAID)
    assert undo_act(act=act, actor=an_editor(), **SAID)


def test_what_one_did_to_an_own_comment_one_undoes():
    editor = an_editor()
    comment = a_comment(author=editor)
    hide_comment(comment=comment, actor=editor, **SAID)
    assert restore_comment(comment=comment, actor=editor, **SAID)
    hide_newest(editor, actor=editor, **SAID)
    assert undo_act(act=StaffAct.objects.get(verb="mass hide"), actor=editor, **SAID)
