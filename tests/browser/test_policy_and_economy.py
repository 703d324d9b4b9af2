"""The economy's charts and the switch of the policy, as staff meet them in a browser, with and without scripts."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from forum.rulebook.queries import policy_in_force
from moderation.actions import spend_point
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db

MAIN = "#content"
SECRET = "correct horse battery"


@pytest.fixture
def staff(visitor, now):
    an_editor("Edith", now=now)
    visitor.go("/admin/")
    visitor.fill(login="Edith", password=SECRET)
    visitor.press("Sign in")
    return visitor


def faults(page) -> list[str]:
    """What axe finds in our part of the page; the rest is Django's."""
    return [one["id"] for one in Axe().run(page, context=MAIN).response["violations"]]


def test_the_economy_is_seen_in_charts_and_numbers(staff, now, either_way):
    story = a_story("Penguins", now=now - timedelta(hours=3), comments=4)
    comment = a_comment(story.discussion, author=a_member(now=now), now=now - timedelta(hours=2))
    spend_point(comment=comment, moderator=a_member(points=2, now=now), reason=5, now=now)
    staff.go("/admin/")
    staff.follow("The economy of moderation, in charts", within=MAIN)
    staff.sees("Of all comments 20 % were moderated", within=MAIN)
    staff.page.locator("summary").first.click()
    staff.sees("Issued", within=MAIN)
    staff.follow("90 days", within=MAIN)
    staff.sees("What good looks like", within=MAIN)
    if either_way:
        assert not faults(staff.page)


@pytest.mark.parametrize("width", [1280, 390])
def test_neither_page_is_wider_than_the_screen(staff, width):
    staff.page.set_viewport_size({"width": width, "height": 800})
    for address in ("/admin/economy/", "/admin/rulebook/policyversion/switch/?start=soylentnews"):
        staff.go(address)
        assert staff.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_is_switched_after_a_look_at_what_changes(staff, either_way):
    staff.go("/admin/rulebook/policyversion/")
    staff.follow("Switch the policy", within=MAIN)
    staff.page.locator("[name=pair_cap]").fill("-5")
    staff.press("Preview", within=MAIN, status=422)
    staff.sees("Nothing was adopted", within=MAIN)
    staff.page.locator("[name=pair_cap]").fill("7")
    staff.press("Preview", within=MAIN)
    staff.sees("What that means here, today", within=MAIN)
    staff.press("Adopt this policy", within=MAIN, status=422)
    staff.sees("Say why", within=MAIN)
    staff.page.locator("[name=reason]").fill("Five was too few")
    staff.press("Adopt this policy", within=MAIN)
    staff.sees("Five was too few", within=MAIN)
    assert policy_in_force().pair_cap == 7
