"""Acts on many at once: previewed, perhaps seconded, done in chunks by a job, undone as one, exactly."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from comments.actions import hide_comment, restore_comment
from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused, change_karma
from forum.accounts.models import StaffAct
from forum.presets import THRESHOLD
from moderation import tasks
from moderation.actions import (
    flag_comment,
    propose_mass_act,
    reject_mass_act,
    run_chunk,
    run_mass_acts,
    second_mass_act,
    spend_point,
    undo_act,
)
from moderation.integrity import wrong_scores
from moderation.models import BulkAct, BulkItem, Flag, Moderation
from tests.desk import act_of, check_page, list_of, page_of
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy, an_editor, staff_of

pytestmark = pytest.mark.django_db
INSIGHTFUL, TROLL = 5, 3
SUBTREE, NEWEST, BOMBS = BulkAct.Kind.HIDE_SUBTREE, BulkAct.Kind.HIDE_NEWEST, BulkAct.Kind.SET_BACK_MODERATOR
SOON = timedelta(minutes=5)


@pytest.fixture
def chunks_of_2(monkeypatch):
    monkeypatch.setattr(policy, "MASS_CHUNK", 2)


def propose(kind, target, most=50, actor=None, now=NOW) -> BulkAct:
    return propose_mass_act(kind=kind, target=target, most=most, actor=actor or an_editor(), reason="A flood", now=now)


def hidden() -> set[int]:
    return set(Comment.objects.filter(hidden_at__isnull=False).values_list("pk", flat=True))


def counts_agree() -> bool:
    """Whether every discussion's total is the number of its visible comments, and every score that of its log."""
    visible = Comment.objects.filter(hidden_at=None)
    discussions = {comment.discussion for comment in Comment.objects.select_related("discussion")}
    totals = all(one.comment_count == visible.filter(discussion=one).count() for one in discussions)
    parades = all(one.hit_parade[0] == one.comment_count for one in discussions)
    return totals and parades and not list(wrong_scores())


def a_thread(size=5, author=None):
    """A comment with replies beneath it, and another thread beside it."""
    first = a_comment(author=author)
    rest = [a_comment(parent=first, author=author) for _ in range(size - 1)]
    a_comment(first.discussion)
    return [first, *rest]


# -- Hiding --------------------------------------------------------------------------------------------------------


def test_a_comment_and_all_beneath_it_are_hidden_as_one_act():
    thread = a_thread()
    mass = propose(SUBTREE, thread[0])
    assert run_mass_acts(now=NOW) == 5
    mass.refresh_from_db()
    assert hidden() == {comment.pk for comment in thread}
    assert (mass.state, mass.done_count, mass.item_count, mass.finished_at) == ("done", 5, 5, NOW)
    assert counts_agree()
    act = StaffAct.objects.get()
    assert (act, act.verb, act.after, act.reason) == (mass.act, "mass hide", "5 comments", "A flood")


def test_a_members_newest_comments_are_hidden_and_no_others():
    member, other = a_member(), a_member()
    old = a_comment(author=member)
    new = [a_comment(author=member) for _ in range(3)]
    a_comment(author=other)
    propose(NEWEST, member, most=3)
    run_mass_acts(now=NOW)
    assert hidden() == {comment.pk for comment in new}
    assert old.pk not in hidden()
    assert counts_agree()


@pytest.mark.usefixtures("chunks_of_2")
def test_each_author_is_told_once_however_many_chunks():
    ann, ben = a_member("Ann"), a_member("Ben")
    first = a_comment(author=ann)
    for author in (ann, ben, None, ann, ben):
        a_comment(parent=first, author=author)
    mass = propose(SUBTREE, first)
    assert run_mass_acts(now=NOW) == 6
    for author in (ann, ben):
        notice = author.notifications.get(event=f"act:{mass.act_id}")
        assert notice.line == "Staff removed comments of yours: A flood"
        assert notice.link == f"/log/{mass.act_id}/"


def test_flags_on_what_was_hidden_are_settled():
    thread, reader = a_thread(2), a_member()
    flag_comment(comment=thread[1], member=reader, kind="spam", words="", now=NOW)
    mass = propose(SUBTREE, thread[0])
    run_mass_acts(now=NOW)
    assert (Flag.objects.get().outcome, Flag.objects.get().act) == ("acted", mass.act)


# -- In chunks -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chunks_of_2")
def test_it_goes_chunk_by_chunk_shows_how_far_it_is_and_stops_at_the_end():
    mass = propose(SUBTREE, a_thread(5)[0])
    far = []
    for _ in range(4):
        run_chunk(mass.pk, now=NOW)
        mass.refresh_from_db()
        far.append((mass.done_count, len(hidden()), mass.state))
    assert far == [(2, 2, "running"), (4, 4, "running"), (5, 5, "done"), (5, 5, "done")]


@pytest.mark.usefixtures("chunks_of_2")
def test_a_crash_loses_the_chunk_under_way_and_nothing_else(monkeypatch):
    mass = propose(SUBTREE, a_thread(5)[0])
    run_chunk(mass.pk, now=NOW)
    with monkeypatch.context() as broken:
        broken.setattr("moderation.actions.mass.settle_flags", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_chunk(mass.pk, now=NOW)
    assert len(hidden()) == 2
    assert counts_agree()
    assert run_mass_acts(now=NOW) == 3
    assert len(hidden()) == 5
    assert counts_agree()


@pytest.mark.usefixtures("chunks_of_2")
def test_one_run_does_so_many_chunks_and_the_job_goes_on():
    mass = propose(SUBTREE, a_thread(5)[0])
    assert tasks.run_mass_acts(1) == 2
    assert tasks.run_mass_acts() == 3
    assert tasks.run_mass_acts() == 0
    mass.refresh_from_db()
    assert mass.state == "done"


# -- Undoing -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chunks_of_2")
def test_it_is_undone_as_one_act_in_chunks():
    author = a_member()
    thread = a_thread(5, author)
    mass = propose(SUBTREE, thread[0])
    run_mass_acts(now=NOW)
    assert undo_act(act=mass.act, actor=an_editor(), reason="No flood", now=NOW + SOON)
    mass.refresh_from_db()
    assert (mass.state, mass.done_count) == ("undoing", 0)
    assert run_mass_acts(now=NOW + SOON) == 5
    mass.refresh_from_db()
    assert (mass.state, mass.done_count) == ("undone", 5)
    assert hidden() == set()
    assert counts_agree()
    undone = StaffAct.objects.get(undoes=mass.act)
    assert StaffAct.objects.count() == 2
    assert author.notifications.get(event=f"act:{undone.pk}").line == "Comments of yours are shown again: No flood"
    assert not undo_act(act=mass.act, actor=an_editor(), reason="Again", now=NOW)


def test_what_was_hidden_before_stays_hidden_when_it_is_undone():
    thread = a_thread(3)
    mass = propose(SUBTREE, thread[0])
    hide_comment(comment=thread[1], actor=an_editor(), reason="By itself", now=NOW)
    run_mass_acts(now=NOW + SOON)
    assert set(mass.items.filter(is_changed=True).values_list("row_id", flat=True)) == {thread[0].pk, thread[2].pk}
    undo_act(act=mass.act, actor=an_editor(), reason="No flood", now=NOW + SOON)
    run_mass_acts(now=NOW + SOON)
    assert hidden() == {thread[1].pk}
    assert counts_agree()


def test_what_was_restored_and_hidden_again_since_stays_hidden_when_it_is_undone():
    thread = a_thread(3)
    mass = propose(SUBTREE, thread[0])
    run_mass_acts(now=NOW)
    restore_comment(comment=thread[1], actor=an_editor(), reason="", now=NOW + SOON)
    hide_comment(comment=thread[1], actor=an_editor(), reason="By itself", now=NOW + 2 * SOON)
    restore_comment(comment=thread[2], actor=an_editor(), reason="", now=NOW + SOON)
    undo_act(act=mass.act, actor=an_editor(), reason="No flood", now=NOW + 3 * SOON)
    run_mass_acts(now=NOW + 3 * SOON)
    assert hidden() == {thread[1].pk}
    assert counts_agree()


@pytest.mark.usefixtures("chunks_of_2")
def test_one_undone_while_under_way_stops_and_goes_back():
    mass = propose(SUBTREE, a_thread(5)[0])
    run_chunk(mass.pk, now=NOW)
    undo_act(act=mass.act, actor=an_editor(), reason="No flood", now=NOW)
    assert run_mass_acts(now=NOW) == 2
    mass.refresh_from_db()
    assert (mass.state, mass.done_count, hidden()) == ("undone", 5, set())
    assert counts_agree()


# -- Mod bombs -----------------------------------------------------------------------------------------------------


def a_bomber(comments=4):
    """A member who moderated so many comments down, one of them together with somebody else."""
    bomber, discussion = a_member(points=comments, karma=20), a_discussion()
    targets = [a_comment(discussion, author=a_member(karma=5)) for _ in range(comments)]
    for target in targets:
        spend_point(comment=target, moderator=bomber, reason=TROLL, now=NOW)
    spend_point(comment=targets[0], moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    return bomber, targets


def scores(targets) -> list[tuple[int, int]]:
    found = Comment.objects.filter(pk__in=[one.pk for one in targets]).select_related("author").order_by("pk")
    return [(comment.score, comment.author.karma) for comment in found]


@pytest.mark.usefixtures("chunks_of_2")
def test_a_members_newest_moderations_are_withdrawn_and_put_back_exactly():
    bomber, targets = a_bomber()
    bombed = scores(targets)
    mass = propose(BOMBS, bomber, most=3)
    assert run_mass_acts(now=NOW) == 3
    assert scores(targets) == [bombed[0], (1, 5), (1, 5), (1, 5)]
    assert counts_agree()
    assert mass.act.after == "3 moderations"
    assert bomber.notifications.get(event=f"act:{mass.act_id}").line == (
        "Staff withdrew your newest moderations: A flood"
    )
    assert Moderation.objects.filter(reversals__act=mass.act).count() == 3
    undo_act(act=mass.act, actor=an_editor(), reason="Fair after all", now=NOW + SOON)
    run_mass_acts(now=NOW + SOON)
    assert scores(targets) == bombed
    assert counts_agree()


def test_at_the_lowest_karma_a_bomb_withdrawn_and_put_back_gives_what_the_log_says():
    author, bomber = a_member(), a_member(points=2, karma=20)
    targets = [a_comment(author=author) for _ in range(2)]
    change_karma(member=author, delta=-24, cause="Before", now=NOW)
    for target in targets:
        spend_point(comment=target, moderator=bomber, reason=TROLL, now=NOW)
    bombed = scores(targets)
    assert bombed == [(0, -25), (0, -25)]
    mass = propose(BOMBS, bomber)
    run_mass_acts(now=NOW)
    assert scores(targets) == [(1, -24), (1, -24)]
    undo_act(act=mass.act, actor=an_editor(), reason="Fair", now=NOW)
    run_mass_acts(now=NOW)
    assert scores(targets) == bombed


# -- Who may, and who must second ----------------------------------------------------------------------------------


def test_a_mass_act_needs_a_reason_and_something_to_do():
    with pytest.raises(Refused, match="nothing that this would change"):
        propose(NEWEST, a_member())
    with pytest.raises(Refused, match="Say why"):
        propose_mass_act(kind=SUBTREE, target=a_comment(), most=1, actor=an_editor(), reason=" ", now=NOW)
    assert not BulkAct.objects.exists()
    assert not BulkItem.objects.exists()
    assert not StaffAct.objects.exists()


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(policy, "MASS_MAX", 4)
    with pytest.raises(Refused, match="at most 4"):
        propose(SUBTREE, a_thread(5)[0])
    assert propose(SUBTREE, a_thread(4)[0])


def test_where_the_policy_asks_a_second_member_of_staff_looks_first():
    a_policy(THRESHOLD, second_pair_from=3)
    actor, other = an_editor(), an_editor()
    thread = a_thread(3)
    mass = propose(SUBTREE, thread[0], actor=actor)
    assert (mass.state, mass.act, run_mass_acts(now=NOW), hidden()) == ("proposed", None, 0, set())
    assert [act.verb for act in StaffAct.objects.all()] == ["propose mass act"]
    with pytest.raises(Refused, match="second member of staff"):
        second_mass_act(mass=mass, actor=actor, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkAct.objects.filter(pk=mass.pk).update(seconded_by=actor)
    assert second_mass_act(mass=mass, actor=other, now=NOW)
    assert not second_mass_act(mass=mass, actor=other, now=NOW)
    run_mass_acts(now=NOW)
    assert len(hidden()) == 3
    mass.refresh_from_db()
    assert (mass.seconded_by, mass.act.actor) == (other, actor)


def test_a_smaller_one_begins_at_once_and_a_rejected_one_never():
    a_policy(THRESHOLD, second_pair_from=3)
    assert propose(SUBTREE, a_thread(2)[0]).state == "running"
    waiting = propose(SUBTREE, a_thread(3)[0])
    assert reject_mass_act(mass=waiting, actor=an_editor(), reason="No flood", now=NOW)
    assert not second_mass_act(mass=waiting, actor=an_editor(), now=NOW)
    run_mass_acts(now=NOW)
    assert len(hidden()) == 2


# -- At the desk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators"))
    return client


def proposal(kind, target) -> str:
    return reverse("admin:moderation_bulkact_propose", args=[kind, target.pk])


def test_a_preview_counts_and_shows_what_would_change_and_changes_nothing(desk):
    member = a_member()
    for place in range(4):
        a_comment(author=member, subject=f"Number {place}")
    assert proposal(NEWEST, member) in check_page(desk, page_of(member))
    page = check_page(desk, proposal(NEWEST, member) + "?most=3")
    assert "This would change 3" in page
    assert "Number 3" in page
    assert "Number 0" not in page
    assert not BulkAct.objects.exists()
    for nonsense in ("0", "x", "9" * 30, "-1", ""):
        check_page(desk, proposal(NEWEST, member) + f"?most={nonsense}")


@pytest.mark.django_db(transaction=True)
def test_moderators_do_it_at_the_desk_see_how_far_it_is_and_undo_it(client, settings):
    settings.REDIS_URL = ""
    client.force_login(an_editor())
    thread = a_thread(3)
    assert client.post(proposal(SUBTREE, thread[0]), {"reason": ""}).status_code == 422
    page = client.post(proposal(SUBTREE, thread[0]), {"reason": "A flood"}, follow=True).content.decode()
    mass = BulkAct.objects.get()
    assert len(hidden()) == 3  # the first chunk is done at once where there is no worker, by the nudge
    assert "3 of 3" in page
    assert act_of(mass, "undo") in check_page(client, page_of(mass))
    client.post(act_of(mass, "undo"), {"reason": "No flood"})
    assert hidden() == set()
    assert "Undone" in check_page(client, list_of(BulkAct))


def test_a_second_member_of_staff_decides_at_the_desk(desk):
    a_policy(THRESHOLD, second_pair_from=1, now=timezone.now())
    first, second = (propose(SUBTREE, a_comment(), now=timezone.now()) for _ in range(2))
    desk.post(act_of(first, "second"))
    desk.post(act_of(second, "reject"), {"reason": "No flood"})
    states = BulkAct.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["running", "rejected"]


def test_mass_acts_are_for_those_who_may_and_not_against_staff(client):
    client.force_login(staff_of("Editors"))
    assert client.get(proposal(NEWEST, a_member())).status_code == 403
    client.force_login(staff_of("Moderators"))
    assert client.get(proposal(NEWEST, an_editor())).status_code == 403
    assert client.get(proposal("nonsense", a_member())).status_code == 404
    assert client.get(reverse("admin:moderation_bulkact_propose", args=[SUBTREE, 999])).status_code == 404


def test_a_number_of_endless_digits_is_passed_over_by_the_preview(desk):
    address = proposal(NEWEST, a_member())
    assert desk.get(address, {"most": "000000001" + "9" * 5000}).status_code == 200
