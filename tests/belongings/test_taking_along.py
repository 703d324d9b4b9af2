"""Everything that is kept about a member can be taken along, and is about nobody else."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from forum import policy
from forum.accounts.actions import Refused
from forum.belongings.actions import claim_export
from forum.belongings.queries import write_takeout
from forum.presets import SOYLENTNEWS
from moderation.actions import flag_comment, spend_point
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5


def taken(content: bytes) -> dict[str, list[dict]]:
    """The records of a zip file by the name of the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        lines = {name: archive.read(name).decode().splitlines() for name in archive.namelist() if "jsonl" in name}
    return {name.removesuffix(".jsonl"): [json.loads(line) for line in found] for name, found in lines.items()}


def takeout_of(member) -> bytes:
    file = io.BytesIO()
    write_takeout(member=member, file=file, now=NOW)
    return file.getvalue()


def page_of(content: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read("comments.html").decode()


def a_full_life():
    """Somebody who said, moderated, was moderated, flagged and was answered; and the other one who did the rest."""
    a_policy(SOYLENTNEWS)
    me, other = a_member("Robin", points=3, bio="I like trees"), a_member("Marian", points=3)
    mine = a_comment(author=me, discussion=a_discussion(), subject="On oaks", body="They <b>grow</b> & grow")
    theirs = a_comment(author=other, discussion=a_discussion(), subject="On elms", body="They do not")
    a_comment(author=other, parent=mine, subject="Re: On oaks", body="Slowly")
    spend_point(comment=mine, moderator=other, reason=INSIGHTFUL, now=NOW)
    spend_point(comment=theirs, moderator=me, reason=INSIGHTFUL, now=NOW)
    flag_comment(comment=theirs, member=me, kind="spam", words="Elm shop", now=NOW)
    return me, other


def test_what_a_member_did_and_got_is_in_it():
    me, _ = a_full_life()
    found = taken(takeout_of(me))
    assert found["account"][0]["username"] == "Robin"
    assert found["account"][0]["bio"] == "I like trees"
    assert [one["source"] for one in found["comments"]] == ["They <b>grow</b> & grow"]
    assert found["comments"][0]["link"].startswith("/comment/")
    assert len(found["moderations_given"]) == len(found["moderations_received"]) == 1
    assert [one["delta"] for one in found["karma"]] == [1]
    assert [one["words"] for one in found["flags"]] == ["Elm shop"]
    assert "replied to your comment" in found["notifications"][0]["line"]
    assert sum(one["points_granted"] for one in found["mod_points"]) == 3


def test_no_secret_and_nobody_elses_words_are_in_it():
    me, other = a_full_life()
    content = takeout_of(me)
    words = json.dumps(taken(content)) + page_of(content)
    assert me.password not in words
    assert other.email not in words
    assert "They do not" not in words
    assert "moderator_id" not in words


def test_the_page_to_read_escapes_what_is_not_the_sites_own_html():
    member = a_member()
    a_comment(author=member, discussion=a_discussion(), subject="<script>alert(1)</script>", body="Fine")
    page = page_of(takeout_of(member))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def sign_in(client, member):
    """Through the form, and with the password given once more, as these pages ask."""
    client.logout()
    client.post("/accounts/login/", {"login": member.username, "password": "correct horse battery"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})


def test_it_is_downloaded_by_whoever_gave_the_password_lately(client):
    me, _ = a_full_life()
    sign_in(client, me)
    assert client.get("/account/export/").status_code == 200
    answer = client.post("/account/export/")
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert taken(b"".join(answer.streaming_content))["account"][0]["username"] == "Robin"


def test_an_old_session_is_asked_for_the_password_first(client):
    client.force_login(a_member())
    answer = client.post("/account/export/")
    assert answer.status_code == 302
    assert "/accounts/reauthenticate/" in answer["Location"]


def test_a_second_time_right_away_is_refused_with_words(client):
    member = a_member()
    sign_in(client, member)
    assert b"".join(client.post("/account/export/").streaming_content)
    refused = client.post("/account/export/")
    assert refused.status_code == 429
    assert "less than 10 minutes ago" in refused.content.decode()


def test_after_the_pause_it_is_made_again():
    member = a_member()
    claim_export(member=member, now=NOW)
    with pytest.raises(Refused):
        claim_export(member=member, now=NOW + policy.EXPORT_PAUSE - timedelta(seconds=1))
    claim_export(member=member, now=NOW + policy.EXPORT_PAUSE)


def test_a_visitor_is_led_to_the_sign_in(client):
    assert client.get("/account/export/")["Location"].startswith("/accounts/login/")
    assert client.get("/account/erase/")["Location"].startswith("/accounts/login/")
