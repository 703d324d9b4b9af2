"""Whom an act of staff hit can appeal once; somebody else decides, by a day, and an act overturned is undone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from comments.actions import restore_comment
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct, User
from moderation.actions import (
    ban,
    bar_moderator,
    correct_score,
    decide_appeal,
    file_appeal,
    hide_comment,
    propose_mass_act,
    remind_of_appeals,
    run_mass_acts,
    set_back_comment,
    spend_point,
)
from moderation.models import Appeal, Moderation, Moderator
from moderation.models.acts import APPEALABLE
from tests.desk import act_of, check_page, list_of, page_of, words_of
from tests.factories import NOW, a_comment, a_member, a_story, an_editor, staff_of
from tests.pages import read

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5


def a_hiding(author=None, now=NOW, actor=None, **words) -> StaffAct:
    comment = a_comment(author=author or a_member(), now=now, **words)
    hide_comment(comment=comment, actor=actor or an_editor(), reason="Advertising", now=now)
    return StaffAct.objects.latest("pk")


def decide(appeal, outcome="overturned", actor=None, now=NOW):
    return decide_appeal(appeal=appeal, outcome=outcome, actor=actor or an_editor(), answer="Looked at it", now=now)


# -- Filing --------------------------------------------------------------------------------------------------------


def test_the_author_is_told_reads_what_was_removed_and_appeals(client):
    author = a_member("Ann")
    act = a_hiding(author, now=timezone.now(), subject="Planted subject", body="Planted <b>words</b>")
    notice = author.notifications.get()
    assert notice.line == "Your comment “Planted subject” was removed by staff: Advertising"
    client.force_login(author)
    page = read(client.get(notice.link))
    assert "Planted subject" in page.words
    assert "Planted <b>words</b>" in page.words
    assert "Advertising" in page.words
    answer = client.post(notice.link, {"words": "It was a joke."})
    assert answer.headers["Location"] == f"{notice.link}#appeal"
    appeal = Appeal.objects.get()
    assert (appeal.act, appeal.appellant, appeal.acted_by, appeal.words) == (act, author, act.actor, "It was a joke.")
    assert appeal.due_at - appeal.filed_at == policy.APPEAL_DUE
    assert "Another member of staff decides it by" in read(client.get(notice.link)).words


def test_nobody_else_reads_what_was_removed_or_said_in_an_appeal(client):
    author = a_member()
    act = a_hiding(author, now=timezone.now(), subject="Planted subject", body="Planted words")
    file_appeal(act=act, appellant=author, words="Planted appeal", now=timezone.now())
    for reader in (None, a_member(), an_editor()):
        if reader:
            client.force_login(reader)
        page = read(client.get(f"/log/{act.pk}/")).words
        assert "Planted" not in page
        assert author.username not in page


def test_a_visitor_who_appeals_is_sent_to_sign_in(client):
    act = a_hiding()
    assert client.post(f"/log/{act.pk}/", {"words": "No"}).headers["Location"].startswith("/accounts/login/")


def test_an_appeal_without_words_is_shown_again(client):
    act = a_hiding(author := a_member(), now=timezone.now())
    client.force_login(author)
    assert "Say why" in read(client.post(f"/log/{act.pk}/", {"words": " "}), 422).words
    assert not Appeal.objects.exists()


def test_there_is_one_appeal_for_each_act(client):
    act = a_hiding(author := a_member(), now=timezone.now())
    file_appeal(act=act, appellant=author, words="No", now=timezone.now())
    client.force_login(author)
    assert "appealed already" in read(client.post(f"/log/{act.pk}/", {"words": "No!"}), 409).words
    with pytest.raises(IntegrityError):
        Appeal.objects.create(act=act, appellant=author, words="No", filed_at=NOW, due_at=NOW)


def test_only_whom_it_hit_can_appeal_and_not_for_ever_and_not_what_was_undone():
    act = a_hiding(author := a_member())
    with pytest.raises(Refused, match="Only whom an act hit"):
        file_appeal(act=act, appellant=a_member(), words="No", now=NOW)
    with pytest.raises(Refused, match="within 30 days"):
        file_appeal(act=act, appellant=author, words="No", now=NOW + policy.APPEAL_WITHIN + timedelta(seconds=1))
    with pytest.raises(Refused, match="at most 2,000"):
        file_appeal(act=act, appellant=author, words="x" * 2001, now=NOW)
    decide(file_appeal(act=act, appellant=author, words="No", now=NOW))
    undoing = StaffAct.objects.latest("pk")
    with pytest.raises(Refused, match="Only whom an act hit"):
        file_appeal(act=undoing, appellant=author, words="No", now=NOW)


def test_an_act_on_an_anonymous_comment_hits_nobody_who_is_known():
    comment = a_comment()
    hide_comment(comment=comment, actor=an_editor(), reason="Spam", now=NOW)
    with pytest.raises(Refused, match="Only whom an act hit"):
        file_appeal(act=StaffAct.objects.get(), appellant=a_member(), words="Mine!", now=NOW)


def test_those_who_may_decide_are_told_and_who_acted_is_not():
    actor, other, editor = an_editor(), staff_of("Moderators"), staff_of("Editors")
    author = a_member()
    file_appeal(act=a_hiding(author, actor=actor), appellant=author, words="No", now=NOW)
    assert other.notifications.get().link == page_of(Appeal.objects.get())
    assert not actor.notifications.exists()
    assert not editor.notifications.exists()


# -- Deciding ------------------------------------------------------------------------------------------------------


def test_an_appeal_that_is_granted_undoes_the_act_in_one():
    author = a_member()
    act = a_hiding(author)
    appeal = file_appeal(act=act, appellant=author, words="No", now=NOW)
    before = StaffAct.objects.count()
    decision = decide(appeal)
    assert (decision.verb, decision.undoes, StaffAct.objects.count()) == ("overturn", act, before + 1)
    comment = author.comments.get()
    assert comment.hidden_at is None
    assert comment.discussion.comment_count == 1
    appeal.refresh_from_db()
    assert (appeal.outcome, appeal.answer, appeal.decided_by) == ("overturned", "Looked at it", decision.actor)
    told = author.notifications.latest("pk").line
    assert told == "Your appeal was granted and the act undone (comment removed): Looked at it"


def test_an_appeal_that_is_rejected_leaves_the_act(client):
    author = a_member()
    act = a_hiding(author)
    decision = decide(file_appeal(act=act, appellant=author, words="No", now=NOW), "upheld")
    assert (decision.verb, decision.undoes) == ("uphold", None)
    assert author.comments.get().hidden_at
    assert author.notifications.latest("pk").line.startswith("Your appeal was rejected (comment removed)")
    page = read(client.get(f"/log/{act.pk}/")).words
    assert "rejected, and the act stands" in page
    assert "Looked at it" in page


def moderated(author):
    comment = a_comment(author=author)
    spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    return comment


def bombed(member):
    """A mass act on this member's moderations, done."""
    target = a_comment()
    spend_point(comment=target, moderator=member, reason=INSIGHTFUL, now=NOW)
    propose_mass_act(kind="set-back", target=member, most=5, actor=an_editor(), reason="Bombs", now=NOW)
    run_mass_acts(now=NOW)


def swept(member):
    a_comment(author=member)
    propose_mass_act(kind="hide-newest", target=member, most=5, actor=an_editor(), reason="Spam", now=NOW)
    run_mass_acts(now=NOW)


BY_STAFF = {"reason": "So", "now": NOW}
HITS = {
    "hide": lambda m: hide_comment(comment=a_comment(author=m), actor=an_editor(), **BY_STAFF),
    "rescore": lambda m: correct_score(comment=moderated(m), score=-1, actor=an_editor(), **BY_STAFF),
    "set back": lambda m: set_back_comment(comment=moderated(m), actor=an_editor(), **BY_STAFF),
    "ban": lambda m: ban(member=m, actor=an_editor(), **BY_STAFF),
    "bar": lambda m: bar_moderator(member=m, actor=an_editor(), **BY_STAFF),
    "mass set back": bombed,
    "mass hide": swept,
}


def standing_of(member) -> tuple:
    """Everything that an act can take from a member."""
    comments = member.comments.order_by("pk").values_list("score", "hidden_at")
    moderator = Moderator.objects.filter(pk=member.pk).values_list("barred_until", "bars").first() or (None, 0)
    fresh = User.objects.get(pk=member.pk)
    active = Moderation.objects.active().by(member).count()
    return list(comments), moderator, fresh.banned_at, fresh.karma, active


@pytest.mark.parametrize("verb", APPEALABLE)
def test_whatever_can_be_appealed_is_undone_exactly_when_overturned(verb):
    member, twin = a_member(points=2), a_member(points=2)
    HITS[verb](member)
    act = StaffAct.objects.latest("pk")
    assert act.verb == verb
    hit = standing_of(member)
    decide(file_appeal(act=act, appellant=member, words="No", now=NOW))
    run_mass_acts(now=NOW)
    assert standing_of(member) != hit
    if verb in ("rescore", "set back"):
        moderated(twin)
    elif verb == "mass set back":
        spend_point(comment=a_comment(), moderator=twin, reason=INSIGHTFUL, now=NOW)
    elif verb in ("hide", "mass hide"):
        a_comment(author=twin)
    assert standing_of(member) == standing_of(twin)
    assert StaffAct.objects.filter(undoes=act).count() == 1


def test_every_kind_of_act_that_can_be_appealed_is_tried():
    assert set(HITS) == set(APPEALABLE)


def test_who_acted_appealed_or_wrote_the_comment_does_not_decide():
    actor, author = an_editor(), an_editor()
    appeal = file_appeal(act=a_hiding(author, actor=actor), appellant=author, words="No", now=NOW)
    with pytest.raises(Refused, match="what you did yourself"):
        decide(appeal, actor=actor)
    with pytest.raises(Refused, match="your own appeal"):
        decide(appeal, actor=author)
    for who in (actor, author):
        with pytest.raises(IntegrityError):
            _force(appeal, who)
    appeal.refresh_from_db()
    assert appeal.decided_at is None


def _force(appeal, who):
    with transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(outcome="upheld", decided_by=who, decided_at=NOW)


def test_an_appeal_is_decided_once_and_with_an_answer():
    appeal = an_appeal_of_ann()
    with pytest.raises(Refused, match="Say why"):
        decide_appeal(appeal=appeal, outcome="upheld", actor=an_editor(), answer=" ", now=NOW)
    decide(appeal, "upheld")
    with pytest.raises(Refused, match="decided this appeal meanwhile"):
        decide(appeal)
    assert Appeal.objects.get().outcome == "upheld"


def an_appeal_of_ann(now=NOW, actor=None) -> Appeal:
    author = a_member()
    return file_appeal(act=a_hiding(author, now=now, actor=actor), appellant=author, words="It was a joke.", now=now)


def test_an_act_undone_meanwhile_is_not_undone_again():
    appeal = an_appeal_of_ann()
    comment = appeal.appellant.comments.get()
    restore_comment(comment=comment, actor=an_editor(), reason="A mistake", now=NOW)
    assert not Appeal.objects.waiting().exists()
    assert decide(appeal).undoes is None
    comment.refresh_from_db()
    assert comment.hidden_at is None
    assert comment.discussion.comment_count == 1


# -- Deadlines -----------------------------------------------------------------------------------------------------


def test_staff_are_reminded_once_before_the_day_and_once_after_it():
    actor, other = an_editor(), staff_of("Moderators")
    appeal = an_appeal_of_ann(actor=actor)
    lines = other.notifications.order_by("pk")
    assert remind_of_appeals(now=NOW + timedelta(days=5)) == 0
    for days in (6.1, 6.5, 7.1, 8, 9):
        assert remind_of_appeals(now=NOW + timedelta(days=days)) == 1
    told = [line.partition(":")[0] for line in lines.values_list("line", flat=True)]
    assert told == [
        "An appeal waits for you until May 11",
        "An appeal waits for you until May 11",
        "An appeal is overdue since May 11",
    ]
    assert not actor.notifications.exists()
    decide(appeal)
    assert remind_of_appeals(now=NOW + timedelta(days=20)) == 0


# -- At the desk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators"))
    return client


def test_the_list_shows_what_waits_by_its_day_and_marks_what_is_overdue(desk):
    now = timezone.now()
    recent, old, done = (an_appeal_of_ann(now=now - timedelta(days=days)) for days in (1, 9, 20))
    decide(done)
    page = check_page(desk, list_of(Appeal))
    places = [page.index(page_of(one)) for one in (old, recent, done)]
    assert places == sorted(places)
    assert page.count("overdue</strong>") == 1
    assert page_of(done) not in check_page(desk, list_of(Appeal) + "?open=yes")


@pytest.mark.parametrize(("act", "outcome"), [("uphold", "upheld"), ("overturn", "overturned")])
def test_moderators_decide_at_the_desk(desk, act, outcome):
    appeal = an_appeal_of_ann()
    assert "It was a joke." in check_page(desk, page_of(appeal))
    assert desk.post(act_of(appeal, act), {"answer": ""}).status_code == 422
    assert "done for 1" in words_of(desk.post(act_of(appeal, act), {"answer": "Looked at it"}, follow=True))
    appeal.refresh_from_db()
    assert appeal.outcome == outcome


def test_an_own_act_is_refused_in_words_at_the_desk(client):
    actor = staff_of("Moderators")
    client.force_login(actor)
    appeal = an_appeal_of_ann(actor=actor)
    answer = client.post(act_of(appeal, "uphold"), {"answer": "I was right"})
    assert answer.status_code == 422
    assert "another member of staff has to decide it" in answer.content.decode()


def test_deciding_is_for_those_who_may(client):
    client.force_login(staff_of("Editors"))
    assert client.get(list_of(Appeal)).status_code == 403


def test_a_banned_member_can_still_sign_in_and_appeal(client):
    member = a_member()
    a_story(now=timezone.now())
    ban(member=member, actor=an_editor(), reason="Threats", now=timezone.now())
    client.force_login(member)
    link = member.notifications.get().link
    assert client.post(link, {"words": "It was not me."}).status_code == 302
    assert Appeal.objects.get().appellant == member


def test_an_answer_of_several_lines_is_one_line_in_the_letterbox():
    author = a_member()
    appeal = file_appeal(act=a_hiding(author), appellant=author, words="It was a joke.", now=NOW)
    decide_appeal(appeal=appeal, outcome="upheld", actor=an_editor(), answer="First.\r\n\r\nSecond.", now=NOW)
    assert author.notifications.latest("pk").line.endswith("First. Second.")
