"""Friends and foes: said on a member's page, seen by everybody, at most one word for each person."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forum import policy
from forum.accounts.actions import Refused, relate
from forum.accounts.models import Relation, User
from forum.accounts.queries import AROUND, load_people, load_taste, stance_of
from tests.factories import NOW, a_member
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def ada(client):
    member = a_member("Ada")
    client.force_login(member)
    return member


@pytest.fixture
def bob():
    return a_member("Bob")


def calls(member, other, kind):
    relate(member=member, other=other, kind=kind, now=NOW)


def say(client, person, kind):
    return client.post(reverse("relation", args=[person.username]), {"kind": kind})


@pytest.mark.parametrize("kind", ["friend", "foe"])
def test_what_is_said_twice_holds_once(ada, bob, kind):
    calls(ada, bob, kind)
    calls(ada, bob, kind)
    assert list(Relation.objects.values_list("member", "other", "kind")) == [(ada.pk, bob.pk, kind)]


def test_what_is_said_last_holds(ada, bob):
    calls(ada, bob, "friend")
    calls(ada, bob, "foe")
    assert stance_of(ada, bob).own == "foe"
    calls(ada, bob, None)
    calls(ada, bob, None)
    assert stance_of(ada, bob).own == ""


def test_the_other_side_sees_a_fan_or_a_freak(ada, bob):
    calls(ada, bob, "friend")
    calls(bob, ada, "foe")
    assert (stance_of(ada, bob).own, stance_of(ada, bob).theirs) == ("friend", "freak")
    assert (stance_of(bob, ada).own, stance_of(bob, ada).theirs) == ("foe", "fan")


def test_nobody_is_the_own_friend(client, ada):
    assert "You cannot be your own friend or foe, nor ignore yourself." in read(say(client, ada, "friend"), 409).words
    with pytest.raises(IntegrityError):
        Relation.objects.create(member=ada, other=ada, kind="friend", related_at=NOW)


def test_nobody_has_more_friends_and_foes_than_the_limit(client, ada, bob):
    crowd = User.objects.bulk_create(
        User(username=f"Crowd {n}", name_key=f"crowd{n}") for n in range(policy.RELATIONS_MAX)
    )
    for one in crowd:
        calls(ada, one, "friend")
    assert "You have 200 friends, foes and ignored people" in read(say(client, bob, "foe"), 409).words
    assert not Relation.objects.filter(other=bob).exists()
    calls(ada, crowd[0], "foe")  # another word for somebody is no new one
    calls(ada, crowd[1], None)
    calls(ada, bob, "foe")
    assert Relation.objects.filter(member=ada).count() == policy.RELATIONS_MAX


def test_who_left_is_called_nothing_new_and_stands_on_no_list(client, ada, bob):
    calls(ada, bob, "friend")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "Bob" not in read(client.get(reverse("people", args=["Ada"]))).words
    assert say(client, bob, "foe").status_code == 404
    gone = a_member("Gone", is_active=False)
    with pytest.raises(Refused, match="here no more"):
        calls(ada, gone, "friend")


def test_one_says_it_on_the_page_of_the_other(client, ada, bob):
    assert say(client, bob, "friend")["Location"] == bob.get_absolute_url()
    page = read(client.get(bob.get_absolute_url()))
    assert "Bob is your friend now." in page.words
    assert "Your friend:" in page.words
    calls(bob, ada, "friend")
    say(client, bob, "foe")
    assert "Your foe, and your fan:" in read(client.get(bob.get_absolute_url())).words
    assert (
        "Bob is neither your friend nor your foe."
        in read(client.post(reverse("relation", args=["Bob"]), {"kind": "neither"}, follow=True)).words
    )


@pytest.mark.parametrize("nonsense", [{}, {"kind": "lover"}, {"kind": ""}])
def test_nonsense_is_refused_in_words(client, ada, bob, nonsense):
    answer = client.post(reverse("relation", args=["Bob"]), nonsense)
    assert "Choose friend, foe, ignore or neither." in read(answer, 422).words
    assert not Relation.objects.exists()


def test_nobody_of_that_name_is_not_found(client, ada):
    assert client.post("/~Nobody/relation/", {"kind": "foe"}).status_code == 404
    assert client.get("/~Nobody/people/").status_code == 404


def test_a_visitor_is_sent_to_sign_in_and_is_offered_nothing(client, bob):
    assert say(client, bob, "friend")["Location"].startswith(reverse("account_login"))
    assert "kind" not in read(client.get(bob.get_absolute_url())).fields


def test_ones_own_page_offers_no_choice(client, ada):
    assert "kind" not in read(client.get(ada.get_absolute_url())).fields


def test_an_address_that_is_only_looked_at_leads_to_the_page(client, ada, bob):
    assert client.get(reverse("relation", args=["Bob"]))["Location"] == bob.get_absolute_url()


def test_everybody_sees_the_four_lists(client, bob):
    friend, foe, fan, freak = (a_member(name) for name in ("Friend A", "Foe B", "Fan C", "Freak D"))
    calls(bob, friend, "friend")
    calls(bob, foe, "foe")
    calls(fan, bob, "friend")
    calls(freak, bob, "foe")
    address = reverse("people", args=["Bob"])
    assert "Friends 1 Foes 1 Fans 1 Freaks 1" in read(client.get(address)).words
    for word, name in [
        ("friend", "Friend A"),
        ("foe", "Foe B"),
        ("fan", "Fan C"),
        ("freak", "Freak D"),
        ("x", "Friend A"),
    ]:
        page = read(client.get(f"{address}?of={word}"))
        assert {"Friend A", "Foe B", "Fan C", "Freak D"} & page.links.keys() == {name}


def test_an_empty_list_says_so(client, ada, bob):
    assert "Bob has no freaks." in read(client.get(reverse("people", args=["Bob"]) + "?of=freak")).words
    assert "You have no friends." in read(client.get(reverse("people", args=["Ada"]))).words


def test_a_long_list_has_pages_that_keep_to_it(client, bob, monkeypatch):
    monkeypatch.setattr(policy, "PEOPLE_PER_PAGE", 2)
    for name in ("Fan A", "Fan B", "Fan C"):
        calls(a_member(name), bob, "friend")
    page = read(client.get(reverse("people", args=["Bob"]) + "?of=fan"))
    assert page.links["Older →"] == "?of=fan&page=2"
    assert "Fan A" in read(client.get(reverse("people", args=["Bob"]) + "?of=fan&page=2")).words


def test_a_list_costs_the_same_for_1_friend_as_for_9(client, ada):
    address = reverse("people", args=["Ada"])
    calls(ada, a_member(), "friend")
    for_one = queries_of(client, address)
    for _ in range(8):
        calls(ada, a_member(), "friend")
    assert queries_of(client, address) == for_one


# -- What they add to scores -----------------------------------------------------------------------------------------


def test_a_taste_knows_everybody_related(ada, bob):
    ada.modifiers = {"friend": 3, "fan": 1, "freak": -2}
    foe, freak = a_member(), a_member()
    calls(ada, bob, "friend")
    calls(bob, ada, "friend")
    calls(ada, foe, "foe")
    calls(freak, ada, "foe")
    people = load_taste(ada).people
    assert people == {bob.pk: ("friend and fan", 4), foe.pk: ("foe", 0), freak.pk: ("freak", -2)}


def test_of_too_many_people_the_own_and_the_newest_count(ada, bob, monkeypatch):
    monkeypatch.setattr(policy, "PEOPLE_COUNTED_MAX", 2)
    monkeypatch.setattr(AROUND, "_ready", {})  # the query is put into SQL with the number that stands there
    calls(ada, bob, "foe")
    fans = [a_member() for _ in range(3)]
    for fan in fans:
        calls(fan, ada, "friend")
    assert load_taste(ada).people.keys() == {bob.pk, fans[-1].pk}


def test_a_taste_is_one_question_and_one_more_for_who_counts_the_new(ada, bob, django_assert_num_queries):
    calls(ada, bob, "friend")
    with django_assert_num_queries(1):
        load_taste(ada)
    ada.modifiers = {"new": 1, "new_percent": 50}
    with django_assert_num_queries(2):
        taste = load_taste(ada)
    assert taste.new_from == bob.pk // 2 + 1
    with django_assert_num_queries(0):
        ada.modifiers = {"friend": 2}
        load_taste(ada, of_others=False)


def test_no_question_about_people_reads_the_whole_table(ada, bob):
    calls(ada, bob, "friend")
    with CaptureQueriesContext(connection) as asked:
        load_taste(ada)
        stance_of(ada, bob)
        load_people(person=ada, word="fan", page_number="1")
    about_people = [
        one["sql"] for one in asked if one["sql"].startswith("SELECT") and "accounts_relation" in one["sql"]
    ]
    assert len(about_people) >= 4
    for sql in about_people:
        assert "scan" not in plan_of(sql), sql


def plan_of(sql: str) -> str:
    """How the database would find the relations if there were many: the words of full scans of their table are kept."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            lines = [row[0] for row in cursor.fetchall()]
            return " ".join("scan" for line in lines if "Seq Scan on accounts_relation" in line)
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join("scan" for row in cursor.fetchall() if row[-1].startswith("SCAN accounts_relation"))


def test_a_full_scan_would_be_noticed(ada):
    assert plan_of("SELECT related_at FROM accounts_relation WHERE related_at IS NOT NULL") == "scan"
