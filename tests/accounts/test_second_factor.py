"""Signing in with more than a password, and staff who must."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.urls import reverse

from forum.accounts.actions import Refused, take_second_factor_away
from forum.accounts.models import StaffAct, User
from forum.accounts.queries import has_second_factor
from tests.factories import NOW, a_member, a_story, an_editor
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SECRET = "correct horse battery"


@pytest.fixture
def staff_need_one(settings):
    settings.STAFF_SECOND_FACTOR = True


def sign_in(client, member, to="/"):
    return client.post(reverse("account_login"), {"login": member.username, "password": SECRET, "next": to})


def prove_oneself(client):
    client.post(reverse("account_reauthenticate"), {"password": SECRET})


def code_for(secret, step=0):
    """What an app shows, ``step`` half minutes from now; one code counts once."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1 + step]))


def set_up(client) -> str:
    """Set an app up as the one who is signed in; the app's secret."""
    prove_oneself(client)
    secret = read(client.get(reverse("mfa_activate_totp"))).html
    secret = re.search(r'id="authenticator_secret" value="(\w+)"', secret)[1]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return secret


def is_signed_in(client) -> bool:
    return "Sign out" in read(client.get("/inbox/", follow=True)).words


def test_after_setting_one_up_the_password_alone_signs_nobody_in(client):
    robin = a_member("Robin")
    sign_in(client, robin)
    secret = set_up(client)
    client.post(reverse("account_logout"))
    answer = sign_in(client, robin, "/inbox/")
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert "Incorrect code" in read(client.post(reverse("mfa_authenticate"), {"code": "000000"})).words
    assert client.post(reverse("mfa_authenticate"), {"code": code_for(secret, 1)})["Location"] == "/inbox/"
    assert is_signed_in(client)


def test_a_code_that_was_used_counts_no_more(client):
    robin = a_member("Robin")
    sign_in(client, robin)
    secret = set_up(client)
    code = code_for(secret, 1)
    for is_first in (True, False):
        client.post(reverse("account_logout"))
        sign_in(client, robin)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_signed_in(client) == is_first


def test_a_recovery_code_signs_in_once(client):
    robin = a_member("Robin")
    sign_in(client, robin)
    set_up(client)
    codes = re.findall(r"<code>(\d+)</code>", read(client.get(reverse("mfa_view_recovery_codes"))).html)
    assert len(codes) == 10
    for is_first in (True, False):
        client.post(reverse("account_logout"))
        sign_in(client, robin)
        client.post(reverse("mfa_authenticate"), {"code": codes[3]})
        assert is_signed_in(client) == is_first


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "usersessions_list"]
)
def test_the_pages_look_like_the_site_and_lead_to_each_other(client, name):
    sign_in(client, a_member("Robin"))
    prove_oneself(client)
    page = read(client.get(reverse(name)))
    assert not page.faults
    assert {"Preferences", "E-mail", "Password", "Second factor", "Sessions"} <= page.links.keys()
    assert "Other sites" not in page.links


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"]
)
def test_the_pages_after_setting_up_look_like_the_site(client, name):
    sign_in(client, a_member("Robin"))
    set_up(client)
    assert not read(client.get(reverse(name))).faults


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "account_email"])
def test_what_can_take_an_account_over_asks_for_the_password_again(client, name):
    client.force_login(a_member("Robin"))
    form = {"action_add": "", "email": "mine@example.org"}
    answer = client.post(reverse(name), form) if name == "account_email" else client.get(reverse(name))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    client.post(answer["Location"], {"password": "wrong", "next": reverse(name)})
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    client.post(answer["Location"], {"password": SECRET, "next": reverse(name)})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_the_database_alone_does_not_tell_a_secret(client):
    sign_in(client, a_member("Robin"))
    secret = set_up(client)
    kept = [str(one.data) for one in Authenticator.objects.all()]
    assert len(kept) == 2
    assert not [data for data in kept if secret in data]


def test_under_another_key_no_code_is_right(client, settings):
    robin = a_member("Robin")
    sign_in(client, robin)
    secret = set_up(client)
    codes = re.findall(r"<code>(\d+)</code>", read(client.get(reverse("mfa_view_recovery_codes"))).html)
    client.post(reverse("account_logout"))
    settings.SECRET_KEY = "another-key-for-this-test-that-is-long-enough-for-a-site"
    sign_in(client, robin)
    for code in (code_for(secret, 1), codes[0], code_for("", 1)):
        assert "Incorrect code" in read(client.post(reverse("mfa_authenticate"), {"code": code})).words
    assert not is_signed_in(client)


# -- Staff ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("staff_need_one")
@pytest.mark.parametrize("place", ["/admin/", "/", "/inbox/", "/moderate/", "/admin/accounts/user/"])
def test_staff_without_one_are_led_to_set_one_up(client, place):
    client.force_login(an_editor("Edith"))
    page = read(client.get(place, follow=True))
    assert "Staff sign in with a second factor" in page.words
    assert page.links["Set up an app"] == reverse("mfa_activate_totp")


@pytest.mark.usefixtures("staff_need_one")
def test_staff_without_one_cannot_act(client):
    client.force_login(an_editor("Edith"))
    robin = a_member("Robin")
    address = reverse("admin:accounts_user_act", args=[robin.pk, "ban"])
    assert client.post(address, {"reason": "Because"})["Location"] == reverse("mfa_index")
    assert not StaffAct.objects.exists()


@pytest.mark.usefixtures("staff_need_one")
def test_staff_who_set_one_up_go_on(client):
    sign_in(client, an_editor("Edith"))
    assert client.get("/admin/").status_code == 302
    set_up(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("staff_need_one")
def test_recovery_codes_alone_are_no_second_factor(client):
    edith = an_editor("Edith")
    Authenticator.objects.create(user=edith, type="recovery_codes", data={"seed": "", "used_mask": 0})
    client.force_login(edith)
    assert client.get("/admin/")["Location"] == reverse("mfa_index")


@pytest.mark.usefixtures("staff_need_one")
def test_nobody_else_is_led_anywhere(client):
    story = a_story()
    assert client.get(story.get_absolute_url()).status_code == 200
    client.force_login(a_member("Robin"))
    assert client.get(story.get_absolute_url()).status_code == 200


@pytest.mark.usefixtures("staff_need_one")
def test_staff_can_still_sign_out_and_the_health_asks_nobody(client, django_assert_num_queries):
    client.force_login(an_editor("Edith"))
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200
    assert client.post(reverse("account_logout"))["Location"] == "/"


# -- When it is lost -----------------------------------------------------------------------------------------------


def test_staff_take_a_lost_one_away_which_also_ends_the_sessions(client):
    robin, edith = a_member("Robin"), an_editor("Edith")
    sign_in(client, robin)
    set_up(client)
    take_second_factor_away(member=robin, actor=edith, reason="Lost his phone", now=NOW)
    assert not has_second_factor(robin)
    assert not Authenticator.objects.exists()
    assert not is_signed_in(client)
    assert StaffAct.objects.get().verb == "second factor off"


def test_nothing_is_taken_away_without_a_reason_or_where_nothing_is(client):
    robin, edith = a_member("Robin"), an_editor("Edith")
    assert take_second_factor_away(member=robin, actor=edith, reason="Asked", now=NOW) is None
    sign_in(client, robin)
    set_up(client)
    with pytest.raises(Refused):
        take_second_factor_away(member=robin, actor=edith, reason=" ", now=NOW)
    assert has_second_factor(robin)
    assert not StaffAct.objects.exists()


@pytest.mark.usefixtures("staff_need_one")
@pytest.mark.parametrize("name", ["password", "second-factor"])
def test_whoever_opens_an_account_of_another_says_again_who_it_is(client, name):
    robin = a_member("Robin")
    sign_in(client, robin)
    set_up(client)
    before = robin.password
    client.post(reverse("account_logout"))
    edith = an_editor("Edith")
    sign_in(client, edith)
    set_up(client)
    del (session := client.session)["account_authentication_methods"]
    session.save()
    act = reverse("admin:accounts_user_act", args=[robin.pk, name])
    form = {"reason": "Asked", "new_password1": "an entirely different secret"}
    form |= {"new_password2": form["new_password1"]}
    for answer in (client.get(act), client.post(act, form)):
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert "entirely" not in str(client.session.items())
    assert (has_second_factor(robin), User.objects.get(pk=robin.pk).password) == (True, before)
    prove_oneself(client)
    assert client.get(act).status_code == 200
    assert client.post(act, form).status_code == 302
    assert StaffAct.objects.filter(target_id=robin.pk).exists()
