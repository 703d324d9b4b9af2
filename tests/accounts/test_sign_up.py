"""Signing up, in and out: the pages, and the names that are refused."""

import pytest
from allauth.socialaccount.models import SocialLogin
from django.core import mail
from django.urls import reverse

from forum.accounts.actions import Refused, keep_archived_person, rename_member
from forum.accounts.forms import ProviderSignUpForm
from forum.accounts.models import User
from forum.accounts.rules import name_skeleton
from tests.factories import NOW, a_member, a_story
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SECRET = "correct horse battery staple"


def sign_up(client, name, **changed):
    form = {"username": name, "email": "new@example.org", "password1": SECRET, "password2": SECRET} | changed
    return client.post(reverse("account_signup"), form)


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
)
def test_the_pages_for_visitors_look_like_the_site(client, name):
    page = read(client.get(reverse(name)))
    assert page.links["Stories"] == reverse("front")


@pytest.mark.parametrize(
    "name", ["account_logout", "account_email", "account_change_password", "account_reauthenticate"]
)
def test_the_pages_for_members_look_like_the_site(client, name):
    member = a_member()
    client.post(reverse("account_login"), {"login": member.username, "password": "correct horse battery"})
    assert read(client.get(reverse(name))).links["Stories"] == reverse("front")


def test_a_new_member_is_signed_in_and_has_a_page(client):
    assert sign_up(client, "Ada Lovelace")["Location"] == "/"
    member = User.objects.get(username="Ada Lovelace")
    assert f"Ada Lovelace ({member.number})" in read(client.get(member.get_absolute_url())).words


@pytest.mark.parametrize("name", ["Entrope", "entrope", "Entr0pe", "En-trope", "Еntrоре", "Éntrope"])
def test_a_name_that_looks_like_another_is_refused_in_words(client, name):
    a_member("Entrope")
    words = read(sign_up(client, name)).words
    assert "That name, or one that looks like it, is taken." in words or "letters of one script" in words
    assert User.objects.count() == 1


def test_the_name_of_an_archived_person_is_kept_for_them(client):
    keep_archived_person(source="slashdot.org", number=68843, name="Entrope")
    assert "kept for them" in read(sign_up(client, "entr0pe")).words
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["Anonymous Coward", "adm1n", "x", "a" * 31, "two  blanks", "-x-", "<b>"])
def test_a_name_the_site_cannot_take_is_refused_and_kept_in_the_form(client, name):
    page = read(sign_up(client, name))
    assert page.fields["username"] == name
    assert not User.objects.exists()


def test_passwords_that_differ_are_refused_in_words(client):
    assert "what is wrong is said in red below" in read(sign_up(client, "Ada", password2="another one 123")).words
    assert not User.objects.exists()


def test_signing_in_leads_back_to_where_one_was(client):
    story, member = a_story(), a_member()
    page = read(client.get(story.get_absolute_url()))
    form = {"login": member.username, "password": "correct horse battery"}
    answer = client.post(page.links["Sign in"], form | {"next": story.get_absolute_url()})
    assert answer["Location"] == story.get_absolute_url()


def test_a_wrong_password_says_so_and_keeps_the_name(client):
    member = a_member("Ada")
    page = read(client.post(reverse("account_login"), {"login": member.username, "password": "wrong"}))
    assert page.fields["login"] == "Ada"
    assert 'role="alert"' in page.html


def test_signing_out_is_a_button_not_a_link(client):
    client.force_login(a_member())
    assert "Sign out?" in read(client.get(reverse("account_logout"))).words
    client.post(reverse("account_logout"))
    assert "Sign in" in read(client.get("/")).words


def test_a_forgotten_password_is_answered_by_mail(client):
    a_member("Ada")
    client.post(reverse("account_reset_password"), {"email": "ada@example.org"})
    assert mail.outbox[0].to == ["ada@example.org"]


@pytest.mark.parametrize("name", ["Threshold", "thresh0ld", "Thresh-old"])
def test_the_sites_own_name_is_kept(client, name):
    assert "kept for the site itself" in read(sign_up(client, name)).words
    assert not User.objects.exists()
    with pytest.raises(Refused, match="kept for the site itself"):
        rename_member(member=a_member("Eve"), name=name, actor=a_member("Edith"), reason="Asked", now=NOW)


@pytest.mark.parametrize("way", ["rename", "another site"])
def test_an_archived_person_is_claimed_in_no_way(client, way):
    keep_archived_person(source="slashdot.org", number=68843, name="Entrope")
    if way == "rename":
        with pytest.raises(Refused, match="kept for them"):
            rename_member(member=a_member("Eve"), name="Entr0pe", actor=a_member("Edith"), reason="Asked", now=NOW)
    else:
        form = ProviderSignUpForm(
            data={"username": "Entr0pe", "email": "e@example.org"}, sociallogin=SocialLogin(User())
        )
        assert "kept for them" in str(form.errors["username"])
    assert not User.objects.filter(name_key=name_skeleton("Entrope")).exists()
