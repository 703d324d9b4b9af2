"""Members on the desk: finding them, and what staff may change about them, each with a reason on record."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission

from forum.accounts.actions import ban_member, keep_archived_person, rename_member
from forum.accounts.models import ArchivedPerson, KarmaChange, StaffAct, User
from forum.accounts.rules import name_skeleton
from forum.notifications.models import Notification
from moderation.actions import spend_point
from moderation.models import PointGrant
from moderation.queries import points_of
from tests.desk import act_of, acts_on, check_page, choose, list_of, page_of, queries_of, words_of
from tests.factories import NOW, a_comment, a_member, an_editor, some_points, staff_of

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5


@pytest.fixture
def desk(client):
    """A moderator of the staff."""
    client.force_login(staff_of("Moderators", name="Mona"))
    return client


@pytest.fixture
def chief(client):
    """Somebody who may do everything."""
    client.force_login(an_editor("Chief"))
    return client


def fresh(member: User) -> User:
    return User.objects.get(pk=member.pk)


# -- Reading -------------------------------------------------------------------------------------------------------


def test_members_are_found_by_name_and_number(desk):
    ann, bob = a_member("Ann", karma=30), a_member("Bob")
    assert "30 Excellent" in check_page(desk, list_of(User))
    for query in ("an", f"{ann.pk}", f"%23{ann.pk}"):
        page = check_page(desk, f"{list_of(User)}?q={query}")
        assert (">Ann<" in page, ">Bob<" in page) == (True, str(bob.pk) == query)


def test_members_are_filtered_by_ban(desk):
    ban_member(member=a_member("Ann"), actor=an_editor(), reason="Spam", now=NOW)
    a_member("Bob")
    page = check_page(desk, f"{list_of(User)}?banned=yes")
    assert (">Ann<" in page, ">Bob<" in page) == (True, False)


def test_a_members_page_tells_the_whole_story(desk):
    ann = a_member("Ann", karma=3)
    comment = a_comment(author=ann, subject="What Ann said")
    spend_point(comment=comment, moderator=a_member("Judge", points=1), reason=INSIGHTFUL, now=NOW)
    desk.post(act_of(ann, "karma"), {"karma": "7", "reason": "For the translation"})
    page = check_page(desk, page_of(ann))
    for words in (
        "What Ann said",
        "Insightful",
        "Judge",
        "Brought along",
        "For the translation",
        "set karma",
        "7 Positive",
    ):
        assert words in page


def test_the_address_is_for_those_who_may_change_it(desk):
    ann = a_member("Ann", email="ann@secret.example")
    assert "ann@secret.example" not in check_page(desk, page_of(ann))
    assert ">Ann<" not in check_page(desk, f"{list_of(User)}?q=secret.example")
    desk.force_login(an_editor())
    assert "ann@secret.example" in check_page(desk, page_of(ann))
    assert ">Ann<" in check_page(desk, f"{list_of(User)}?q=secret.example")


@pytest.mark.parametrize(
    "question",
    [
        *("password__startswith=argon2", "password=x", "email__startswith=ann", "email__exact=ann@secret.example"),
        *("username=Ann&password__gte=a", "emailaddress__email=x", "groups__user__password__gte=a", "pk__regex=("),
    ],
)
def test_no_address_of_the_list_asks_about_passwords_or_addresses(desk, question):
    a_member("Ann", email="ann@secret.example")
    assert desk.get(f"{list_of(User)}?{question}").status_code == 400


@pytest.mark.parametrize(
    "question", ["id=", "karma__gte=", "is_active__exact=", "q=", "p=", "o=", "karma_changes__id__exact="]
)
@pytest.mark.parametrize("number", ["9" * 25, "9" * 5000, "9_" * 20, "٣" * 30])
def test_a_number_that_fits_no_column_is_no_fault_of_the_site(chief, question, number):
    assert chief.get(f"{list_of(User)}?{question}{number}").status_code < 500


def test_the_list_costs_the_same_for_30_members_as_for_5(desk):
    for _ in range(5):
        a_member(points=2)
    few = queries_of(desk, list_of(User))
    for _ in range(25):
        a_member(points=2)
    assert queries_of(desk, list_of(User)) == few


def test_nobody_is_added_or_deleted_here(chief):
    ann = a_member("Ann")
    assert chief.get(list_of(User) + "add/").status_code == 403
    assert chief.post(page_of(ann).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert fresh(ann)


# -- Bans ----------------------------------------------------------------------------------------------------------


def test_members_are_banned_in_bulk_and_one_is_let_in_again(desk):
    spammers = [a_member() for _ in range(3)]
    assert "neither post nor moderate" in choose(desk, User, "ban", spammers).content.decode()
    assert "done for 3" in words_of(choose(desk, User, "ban", spammers, kind="all", reason="Watches"))
    assert [fresh(member).ban_reason for member in spammers] == ["Watches"] * 3
    desk.post(act_of(spammers[0], "unban"), {"reason": "It was a brother"})
    assert fresh(spammers[0]).banned_at is None
    assert acts_on(spammers[0]) == ["ban", "unban"]


@pytest.mark.parametrize("act", ["ban", "karma", "rename", "grant-points", "remove-points"])
def test_without_a_reason_nothing_is_done_to_a_member(desk, time_machine, act):
    time_machine.move_to(NOW)
    ann = a_member("Ann", karma=3, points=2)
    said = {"karma": "9", "name": "Anna", "points": "1", "reason": " "}
    assert desk.post(act_of(ann, act), said).status_code == 422
    after = fresh(ann)
    assert (after.username, after.karma, after.banned_at, points_of(after, NOW)) == ("Ann", 3, None, 2)
    assert acts_on(ann) == []


# -- Karma and points ----------------------------------------------------------------------------------------------


def test_karma_is_set_by_one_line_of_the_log(desk):
    ann = a_member(karma=10)
    desk.post(act_of(ann, "karma"), {"karma": "-3", "reason": "Sock puppets"})
    assert fresh(ann).karma == -3
    assert KarmaChange.objects.filter(member=ann).last().delta == -13
    act = StaffAct.objects.on(ann).get()
    assert (act.before, act.after, act.reason, act.actor.username) == ("10", "-3", "Sock puppets", "Mona")


@pytest.mark.parametrize("karma", ["many", "", "51", "-26", "1.5", "9" * 40])
def test_karma_that_is_no_karma_is_refused_in_words(desk, karma):
    ann = a_member(karma=10)
    answer = desk.post(act_of(ann, "karma"), {"karma": karma, "reason": "Because"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["karma"]
    assert fresh(ann).karma == 10
    assert KarmaChange.objects.filter(member=ann).count() == 1


def test_points_are_granted_and_removed(desk, time_machine):
    time_machine.move_to(NOW)
    ann = a_member()
    assert act_of(ann, "remove-points") not in check_page(desk, page_of(ann))
    desk.post(act_of(ann, "grant-points"), {"points": "4", "reason": "For the festival"})
    assert points_of(ann, NOW) == 4
    desk.post(act_of(ann, "remove-points"), {"reason": "It is over"})
    assert points_of(ann, NOW) == 0
    assert acts_on(ann) == ["grant points", "remove points"]


@pytest.mark.parametrize("points", ["0", "-1", "6", "all", ""])
def test_points_that_cannot_be_are_refused_in_words(desk, points):
    ann = a_member()
    assert desk.post(act_of(ann, "grant-points"), {"points": points, "reason": "Because"}).status_code == 422
    assert not PointGrant.objects.exists()


# -- Names ---------------------------------------------------------------------------------------------------------


def test_a_new_name_takes_its_look_alike_key_with_it(desk):
    ann = a_member("Ann")
    desk.post(act_of(ann, "rename"), {"name": "Marie O Neill", "reason": "Asked by mail"})
    assert fresh(ann).username == "Marie O Neill"
    assert fresh(ann).name_key == name_skeleton("Marie O Neill")
    act = StaffAct.objects.on(ann).get()
    assert (act.verb, act.before, act.after) == ("rename", "Ann", "Marie O Neill")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("B0b", "looks like it, is taken"),
        ("Bob", "looks like it, is taken"),
        ("admin", "kept for the site"),
        ("CmdrTac0", "imported archive"),
        ("Боb", "one script"),
        ("x", "between"),
        ("<b>", "made of letters"),
        ("", "required"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_words(desk, name, words):
    a_member("Bob")
    keep_archived_person(source="slashdot.org", number=1, name="CmdrTaco")
    ann = a_member("Ann")
    answer = desk.post(act_of(ann, "rename"), {"name": name, "reason": "Asked by mail"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert fresh(ann).username == "Ann"
    assert acts_on(ann) == []


def test_a_name_can_change_its_letters_case_only():
    ann = a_member("Ann")
    rename_member(member=ann, name="ANN", actor=an_editor(), reason="Louder", now=NOW)
    assert fresh(ann).username == "ANN"


# -- Addresses, rights, passwords ----------------------------------------------------------------------------------


def rights(member: User, **changed) -> dict:
    """What the form of a member sends when nothing but ``changed`` was touched."""
    flags = {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(member, name)}
    return {"email": member.email, "groups": [g.pk for g in member.groups.all()], **flags} | changed


def test_address_and_rights_are_stored_and_kept_on_record(chief):
    ann = a_member("Ann")
    moderators = Group.objects.get(name="Moderators")
    answer = chief.post(page_of(ann), rights(ann, email="Ann@Example.NET", is_staff="on", groups=[moderators.pk]))
    assert answer.status_code == 302
    after = fresh(ann)
    assert (after.email, after.is_staff, after.is_superuser) == ("ann@example.net", True, False)
    assert list(after.groups.all()) == [moderators]
    assert after.emailaddress_set.get().verified is False
    act = StaffAct.objects.on(ann).get()
    assert (act.verb, act.before) == ("edit member", "may sign in")
    assert act.after == "may sign in, may use the admin, Moderators, another address"
    assert LogEntry.objects.get().object_id == str(ann.pk)


def test_saving_an_untouched_member_leaves_no_act(chief):
    ann = a_member("Ann")
    chief.post(page_of(ann), rights(ann))
    assert acts_on(ann) == []
    assert fresh(ann).email == ann.email


@pytest.mark.parametrize("address", ["no address", "taken@example.org", "TAKEN@example.org"])
def test_an_address_that_cannot_be_is_refused_in_words(chief, address):
    a_member("Bob", email="taken@example.org")
    ann = a_member("Ann")
    answer = chief.post(page_of(ann), rights(ann, email=address))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert fresh(ann).email == ann.email
    assert acts_on(ann) == []


def test_typing_over_karma_or_name_changes_nothing(chief):
    ann = a_member("Ann", karma=1)
    chief.post(page_of(ann), rights(ann, karma="50", username="Root", banned_at="2020-01-01", name_key="x"))
    after = fresh(ann)
    assert (after.karma, after.username, after.banned_at, after.name_key) == (1, "Ann", None, ann.name_key)


def test_a_password_is_set_by_djangos_rules_and_kept_on_record(chief):
    ann = a_member("Ann")
    answer = chief.post(act_of(ann, "password"), {"new_password1": "short", "new_password2": "short", "reason": "Lost"})
    assert answer.status_code == 422
    assert fresh(ann).check_password("correct horse battery")
    good = "a rather long new password"
    chief.post(act_of(ann, "password"), {"new_password1": good, "new_password2": good, "reason": "Lost"})
    assert fresh(ann).check_password(good)
    assert acts_on(ann) == ["set password"]
    assert good not in str(StaffAct.objects.on(ann).values())


def test_a_moderator_can_neither_act_on_staff_nor_take_over_an_account(desk):
    chief, ann = an_editor("Chief"), a_member("Ann")
    for act in ("ban", "karma", "rename", "grant-points"):
        answer = desk.post(act_of(chief, act), {"reason": "Coup", "karma": "-25", "name": "Nobody", "points": "1"})
        assert answer.status_code == 403
    assert "nothing to do" in words_of(choose(desk, User, "ban", [chief], reason="Coup"))
    assert desk.post(act_of(ann, "password"), {"reason": "Coup"}).status_code == 403
    assert desk.post(page_of(ann), rights(ann, is_superuser="on")).status_code == 403
    assert (fresh(chief).banned_at, fresh(ann).is_superuser) == (None, False)
    assert not StaffAct.objects.exists()


def test_who_may_change_members_still_gives_no_rights(client):
    clerk, ann = staff_of(), a_member("Ann")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "change_user")))
    client.force_login(clerk)
    check_page(client, page_of(ann))
    client.post(page_of(ann), rights(ann, email="new@example.org", is_superuser="on", is_staff="on"))
    assert (fresh(ann).email, fresh(ann).is_superuser, fresh(ann).is_staff) == ("new@example.org", False, False)
    chief = an_editor()
    assert client.post(page_of(chief), rights(chief, email="mine@example.org")).status_code == 403
    assert fresh(chief).email == chief.email


# -- Archived people, records --------------------------------------------------------------------------------------


def test_an_archived_name_is_hidden_and_shown_with_a_reason(desk):
    person = keep_archived_person(source="slashdot.org", number=2, name="Hemos")
    assert "Hemos" in check_page(desk, list_of(ArchivedPerson) + "?q=2&name=shown")
    assert desk.post(act_of(person, "hide"), {"reason": ""}).status_code == 422
    desk.post(act_of(person, "hide"), {"reason": "Asked by mail"})
    assert ArchivedPerson.objects.get().hidden_at
    check_page(desk, page_of(person))
    desk.post(act_of(person, "show"), {"reason": "Changed his mind"})
    assert ArchivedPerson.objects.get().hidden_at is None
    assert acts_on(person) == ["hide name", "show name"]


def test_the_record_of_staff_acts_is_read_and_never_written(chief):
    ann = a_member("Ann")
    chief.post(act_of(ann, "ban"), {"kind": "all", "reason": "Watches"})
    act = StaffAct.objects.get()
    for query in ("", "?verb=ban", "?target_kind=member", "?q=watches"):
        page = check_page(chief, list_of(StaffAct) + query)
        assert "Watches" in page
        assert page_of(ann) in page
    check_page(chief, page_of(act))
    assert chief.post(page_of(act), {"reason": "Nothing"}).status_code == 403
    assert chief.post(page_of(act).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert StaffAct.objects.get().reason == "Watches"


def test_every_record_answers_and_none_is_written_by_hand(chief):
    ann = a_member("Ann", karma=3)
    a_comment(parent=a_comment(author=ann), author=a_member("Bob"))
    chief.post(page_of(ann), rights(ann, email="new@example.org"))
    for row in (KarmaChange.objects.first(), Notification.objects.first(), LogEntry.objects.first()):
        check_page(chief, list_of(type(row)))
        check_page(chief, list_of(type(row)) + "?q=ann")
        check_page(chief, page_of(row))
        assert chief.post(page_of(row), {}).status_code == 403
        assert chief.get(list_of(type(row)) + "add/").status_code == 403


def test_the_index_bears_the_sites_name_and_leads_back(chief):
    page = check_page(chief, "/admin/")
    assert "Threshold: the desk" in page
    assert '<a href="/">' in page


def test_rows_removed_meanwhile_are_answered_in_words(chief):
    assert "doesn’t exist" in words_of(chief.get("/admin/accounts/user/999999/change/", follow=True))
    assert "doesn’t exist" in words_of(chief.get("/admin/accounts/user/abc/change/", follow=True))
    assert chief.get("/admin/accounts/user/999999/act/ban/").status_code == 404
    assert chief.get("/admin/accounts/user/99999999999999999999999/act/ban/").status_code == 404


def test_points_that_expired_are_not_listed(desk, time_machine):
    time_machine.move_to(NOW)
    ann = a_member("Ann", points=3)
    some_points(ann, 2, now=NOW.replace(year=2020))
    assert '<td class="field-points">3</td>' in check_page(desk, list_of(User) + "?q=ann")


# -- Groups and addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", ["x", "9" * 30, "\0", "-1"])
@pytest.mark.parametrize("act", ["delete_selected", "make_verified"])
@pytest.mark.parametrize("model", [Group, User])
def test_nonsense_chosen_on_a_list_is_no_fault_of_the_site(chief, model, act, chosen):
    before = model.objects.count()
    assert choose(chief, model, act, [chosen], post="yes").status_code == 200
    assert model.objects.count() == before


def test_a_group_is_made_changed_and_deleted_by_the_chief(chief):
    chief.post(list_of(Group) + "add/", {"name": "Readers of logs"})
    group = Group.objects.get(name="Readers of logs")
    right = Permission.objects.get(codename="view_staffact")
    chief.post(page_of(group), {"name": "Readers of logs", "permissions": [right.pk]})
    assert group.permissions.get() == right
    assert "Readers of logs" in check_page(chief, page_of(group))
    chief.post(page_of(group).replace("change", "delete"), {"post": "yes"})
    assert not Group.objects.filter(pk=group.pk).exists()


def test_addresses_have_no_list_of_their_own(chief):
    assert chief.get("/admin/account/emailaddress/").status_code == 404
