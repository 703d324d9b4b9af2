"""Times in the zone and the words that a reader chose."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from forum.accounts.forms import zone_choices
from forum.accounts.models import DateFormat, User
from forum.times import FORMATS, in_times_of, time_words, usual_time
from tests.factories import a_comment, a_member, a_story
from tests.pages import read

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEAR = '<time datetime="2025-12-31T23:30:00+00:00">{}</time>'


@pytest.mark.parametrize("form", FORMATS)
def test_a_choice_is_named_by_what_it_does(form):
    assert DateFormat(form).label == time_words(datetime(2026, 5, 4, 13, 30, tzinfo=UTC), form)


def test_every_choice_has_its_way_of_saying():
    assert set(DateFormat.values) == set(FORMATS)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
def test_the_usual_time_is_what_its_parts_say(zone):
    zone = ZoneInfo(zone)
    moments = [datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=37 * step) for step in range(2_000)]
    moments += [datetime(1890, 1, 1, tzinfo=UTC), datetime(1997, 12, 31, 23, 59, 59, tzinfo=UTC)]
    for moment in moments:
        local = moment.astimezone(zone)
        assert usual_time(moment, zone) == (local.isoformat(timespec="minutes"), time_words(local))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("December 31, 2025 @11:30PM", "2026-01-01 00:30"),
        ("Wednesday December 31, 2025 @11:30PM", "2026-01-01 00:30"),
        ("December 31, 2025", "2026-01-01"),
        ("11:30PM", "00:30"),
    ],
)
def test_the_day_the_clock_or_both_are_said_as_before(said, wanted):
    assert in_times_of(NEW_YEAR.format(said), BERLIN, "iso") == NEW_YEAR.format(wanted)


def test_a_piece_in_json_is_read_as_well():
    piece = NEW_YEAR.replace('"', '\\"')
    assert in_times_of(piece.format("December 31, 2025"), BERLIN, "dots") == piece.format("01.01.2026")


@pytest.mark.parametrize(
    "odd",
    [
        '<time datetime="0001-01-01T00:00:00+00:00">January 1, 1 @12:00AM</time>',
        '<time datetime="9999-12-31T23:59:59+00:00">December 31, 9999 @11:59PM</time>',
        '<time datetime="not a time at all">2026</time>',
        "<time>2026</time>",
    ],
)
def test_what_is_no_time_stays_as_it_is(odd):
    assert in_times_of(odd, ZoneInfo("Pacific/Kiritimati"), "slash") in (odd, odd.replace("12:00AM", "02:00PM"))


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_a_member_reads_every_page_in_the_own_zone_and_words(client):
    robin = a_member("Robin", zone="Asia/Kathmandu", date_format="dots")
    story = a_story()
    said = a_comment(story.discussion, author=robin)
    for address in (story.get_absolute_url(), said.get_absolute_url(), robin.get_absolute_url(), "/"):
        assert "04.05.2026" not in read(client.get(address)).words
    client.force_login(robin)
    assert "04.05.2026 17:45" in read(client.get(story.get_absolute_url())).words
    for address in (said.get_absolute_url(), robin.get_absolute_url(), "/"):
        page = read(client.get(address)).words
        assert "04.05.2026" in page
        assert "May 4, 2026" not in page


@pytest.mark.django_db
def test_a_zone_and_a_format_are_chosen_and_nonsense_is_refused(client):
    robin = a_member("Robin")
    client.force_login(robin)
    page = read(client.get(reverse("preferences")))
    form = {name: value for name, value in page.fields.items() if value} | {"threshold": "0", "full_from": "1"}
    form |= {"mode": "nested", "order": "oldest", "markup": "plain", "date_format": "iso", "zone": "Europe/Berlin"}
    assert client.post(reverse("preferences"), form).status_code == 302
    robin = User.objects.get(pk=robin.pk)
    assert (robin.zone, robin.date_format) == ("Europe/Berlin", "iso")
    for wrong in ({"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}, {"date_format": "roman"}):
        assert client.post(reverse("preferences"), form | wrong).status_code == 422


def test_zones_are_places():
    names = [name for _, group in zone_choices()[2:] for name, _ in group]
    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"} <= set(names)
    assert not [name for name in names if name.startswith("Etc/")]
