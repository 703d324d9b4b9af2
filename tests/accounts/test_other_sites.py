"""Signing in through another site: a server of OpenID Connect that only these tests have."""

from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse
from django.utils import timezone

from forum.accounts.models import User
from tests.factories import a_member
from tests.pages import read

pytestmark = pytest.mark.django_db
SERVER = "https://login.example.org"
APP = {"client_id": "us", "secret": "s3cret", "name": "Our firm", "provider_id": "login.example.org"}
APP |= {"settings": {"server_url": SERVER}}
LOGIN = "/accounts/oidc/login.example.org/login/"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SECRET = "correct horse battery"


class Answer:
    status_code = 200
    headers = {"content-type": "application/json"}

    def __init__(self, content):
        self.content = content
        self.text = str(content)

    def json(self):
        return self.content

    def raise_for_status(self):
        pass


@pytest.fixture
def our_firm(settings, monkeypatch):
    """The server, and who it says is there; what it was asked is in ``asked``."""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [APP], "OAUTH_PKCE_ENABLED": True}}
    person = {"sub": "4711", "email": "ada@example.org", "email_verified": True, "preferred_username": "Ada"}
    asked = []

    def answer(_, method, url, **said):
        asked.append((url, said.get("data")))
        if url.endswith("openid-configuration"):
            places = {one: f"{SERVER}/{one}" for one in ("authorization_endpoint", "token_endpoint")}
            return Answer(
                {**places, "issuer": SERVER, "jwks_uri": f"{SERVER}/keys", "userinfo_endpoint": f"{SERVER}/who"}
            )
        if url.endswith("token_endpoint"):
            now = timezone.now().timestamp()
            claims = {**person, "iss": SERVER, "aud": "us", "iat": now, "exp": now + 60}
            token = jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "one"})
            return Answer({"access_token": "token", "token_type": "Bearer", "id_token": token})
        return Answer(person)

    monkeypatch.setattr(requests.Session, "request", answer)
    monkeypatch.setattr(jwtkit, "lookup_kid_jwk", lambda *_: KEY.public_key())
    return person, asked


def go_there(client, address=LOGIN) -> dict[str, str]:
    """Press the button; what the other site is asked."""
    page = read(client.post(address))
    (place,) = page.links.values()
    assert place.startswith(f"{SERVER}/authorization_endpoint?")
    assert f'content="0;url={SERVER}' in page.html
    return {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}


def come_back(client, asked, **changed):
    return client.get(LOGIN + "callback/", {"code": "a-code", "state": asked["state"]} | changed, follow=True)


def test_without_configuration_nothing_is_shown(client):
    assert "another site" not in read(client.get(reverse("account_login"))).words
    assert client.post(LOGIN).status_code == 404


@pytest.mark.usefixtures("our_firm")
def test_a_new_member_comes_from_another_site_and_chooses_a_name(client):
    assert "Our firm" in read(client.get(reverse("account_login"))).words
    asked = go_there(client)
    assert asked["code_challenge_method"] == "S256"
    page = read(come_back(client, asked))
    assert "Choose a name" in page.words
    a_member("Lovelace")
    form = {"username": "L0velace", "email": "ada@example.org"}
    assert "looks like it, is taken" in read(client.post(reverse("socialaccount_signup"), form)).words
    client.post(reverse("socialaccount_signup"), form | {"username": "Countess"})
    ada = User.objects.get(username="Countess")
    assert ada.name_key
    assert SocialAccount.objects.get(user=ada).uid == "4711"
    assert "Sign out" in read(client.get("/")).words
    assert "You have none" in read(client.get(reverse("account_set_password"))).words


@pytest.mark.usefixtures("our_firm")
def test_who_was_here_before_is_signed_in_at_once(client):
    robin = a_member("Robin", email="robin@example.org")
    SocialAccount.objects.create(user=robin, provider="login.example.org", uid="4711")
    come_back(client, go_there(client))
    assert "~Robin" in read(client.get("/")).words


@pytest.mark.usefixtures("our_firm")
def test_an_address_that_the_other_site_vouches_for_opens_nobodys_account(client):
    a_member("Ada", email="ada@example.org")
    come_back(client, go_there(client))
    assert "~Ada" not in read(client.get("/")).words
    assert not SocialAccount.objects.exists()


@pytest.mark.usefixtures("our_firm")
@pytest.mark.parametrize("changed", [{"state": "another"}, {"error": "access_denied", "code": ""}])
def test_an_answer_to_nothing_and_a_no_sign_nobody_in(client, changed):
    answer = come_back(client, go_there(client), **changed)
    assert "Not signed in" in answer.content.decode()
    assert "Sign out" not in read(client.get("/")).words


@pytest.mark.usefixtures("our_firm")
def test_a_member_connects_another_site_after_saying_who_it_is(client):
    robin = a_member("Robin")
    client.post(reverse("account_login"), {"login": "Robin", "password": SECRET})
    client.post(reverse("account_reauthenticate"), {"password": SECRET})
    come_back(client, go_there(client, LOGIN + "?process=connect"))
    page = read(client.get(reverse("socialaccount_connections")))
    assert "You can sign in here through these" in page.words
    account = SocialAccount.objects.get(user=robin)
    client.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_the_secret_is_told_to_the_other_site_alone(client, our_firm):
    _, asked = our_firm
    come_back(client, go_there(client))
    assert [said for url, said in asked if url.endswith("token_endpoint") and said["client_secret"] == "s3cret"]
    assert "s3cret" not in read(client.get(reverse("account_login"))).html
