"""The story desk: the queue, the form with its preview, and what becomes of a story."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission

from comments.models import Discussion
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct
from stories.actions import hide_story, import_raw, publish_story, schedule_story, write_story
from stories.admin.shelves import ShelfAdmin
from stories.models import Section, Story, Topic
from tests.desk import act_of, acts_on, check_page, choose, list_of, page_of, queries_of, words_of
from tests.factories import NOW, a_member, a_story, an_editor, staff_of

pytestmark = pytest.mark.django_db
SEED = Path(__file__).parents[2] / "stories" / "seeds" / "0177069105.txt"
STATE = Story.State
ADD = "/admin/stories/story/add/"


@pytest.fixture
def desk(client, time_machine):
    """An editor at the desk; it is NOW."""
    time_machine.move_to(NOW, tick=False)
    client.force_login(staff_of("Editors", name="Eddy", joined_at=NOW))
    return client


def a_draft(title="A draft", **words) -> Story:
    section, _ = Section.objects.get_or_create(slug="main", defaults={"name": "Main"})
    topic, _ = Topic.objects.get_or_create(slug="news", defaults={"name": "News", "icon": "Ne"})
    words = {"title": title, "intro": "What happened.", "markup": "html", "section": section, "topic": topic} | words
    return write_story(editor=an_editor(), now=NOW - timedelta(hours=2), **words)


def a_form(story=None, **changed) -> dict:
    """What the form sends: a story's words as they are, and what was typed over them."""
    story = story or Story(title="Fresh news", intro="It <em>happened</em>.", markup="html")
    names = ("title", "intro", "body", "markup", "dept", "source_domain")
    words = {name: getattr(story, name) for name in names}
    shelves = {
        "section": story.section_id or Section.objects.get().pk,
        "topic": story.topic_id or Topic.objects.get().pk,
    }
    seen = {"seen_at": story.changed_at.isoformat()} if story.pk else {}
    return words | shelves | seen | {"at_0": "", "at_1": ""} | changed


def fresh(story: Story) -> Story:
    return Story.objects.select_related("discussion").get(pk=story.pk)


@pytest.fixture
def shelves():
    return Section.objects.create(name="Main", slug="main"), Topic.objects.create(name="News", slug="news", icon="Ne")


# -- The queue -----------------------------------------------------------------------------------------------------


def test_what_waits_for_an_editor_stands_first(desk):
    a_story("Out already")
    schedule_story(story=a_draft("Comes tomorrow"), editor=an_editor(), at=NOW + timedelta(days=1), now=NOW)
    a_draft("Still written")
    page = check_page(desk, list_of(Story))
    table = page[page.index("result_list") :]
    assert table.index("Still written") < table.index("Comes tomorrow") < table.index("Out already")
    assert "Draft (1)" in page
    assert "Hidden (0)" in page


def test_what_will_be_published_next_stands_above_soonest_first(desk):
    for title, days in (("In a week", 7), ("Tomorrow", 1)):
        schedule_story(story=a_draft(title), editor=an_editor(), at=NOW + timedelta(days=days), now=NOW)
    page = check_page(desk, list_of(Story))
    coming = page[page.index("What will be published next") : page.index("result_list")]
    assert coming.index("2026-05-05 12:00") < coming.index("Tomorrow") < coming.index("In a week")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=draft", (True, False)),
        ("state=published", (False, True)),
        ("state=lost", (True, True)),
        ("q=bicycle", (True, False)),
        ("q=steam", (False, True)),
    ],
)
def test_stories_are_found_by_state_and_words(desk, query, found):
    a_draft("A new bicycle")
    a_story("An old train", dept="steam")
    page = check_page(desk, f"{list_of(Story)}?{query}")
    assert ("A new bicycle" in page, "An old train" in page) == found


def test_the_queue_leads_to_the_site_and_to_previews(desk):
    draft, story = a_draft(), a_story()
    page = check_page(desk, list_of(Story))
    assert f'<a href="{draft.get_absolute_url()}">preview</a>' in page
    assert f'<a href="{story.get_absolute_url()}">read</a>' in page


def test_the_queue_costs_the_same_for_30_stories_as_for_5(desk):
    editor = an_editor()
    for place in range(5):
        a_story(f"Story {place}", editor=editor)
    few = queries_of(desk, list_of(Story))
    for place in range(25):
        a_story(f"More {place}", editor=editor)
    assert queries_of(desk, list_of(Story)) == few


# -- The form ------------------------------------------------------------------------------------------------------


def test_a_new_story_is_a_draft_in_the_editors_name(desk, shelves):
    check_page(desk, ADD)
    form = a_form(title=" Fresh\u00a0news ", dept="no-news", source_domain="https://Example.com/a?b", body="More.")
    assert desk.post(ADD, form).status_code == 302
    story = Story.objects.get()
    assert (story.title, story.dept, story.source_domain) == ("Fresh news", "no-news", "example.com")
    assert (story.state, story.editor.username, story.slug) == ("draft", "Eddy", "fresh-news")
    assert story.intro_html == "<p>It <em>happened</em>.</p>"
    assert story.discussion.status == Discussion.Status.HIDDEN
    assert acts_on(story) == ["write story"]


def test_saving_changes_the_words_and_keeps_the_address(desk):
    story = a_story("A typo hree")
    desk.post(page_of(story), a_form(story, title="A typo here", intro="Corrected."))
    after = fresh(story)
    assert (after.title, after.intro_html, after.slug) == ("A typo here", "<p>Corrected.</p>", story.slug)
    assert after.discussion.title == "A typo here"
    act = StaffAct.objects.on(story).filter(verb="edit story").get()
    assert (act.before, act.after) == ("A typo hree", "A typo here")


def test_saving_an_untouched_story_leaves_no_act(desk):
    story = a_draft()
    desk.post(page_of(story), a_form(story))
    assert acts_on(story) == ["write story"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title": ""}, "required"),
        ({"title": "\u200b"}, "A story needs a title"),
        ({"title": "x" * 201}, "at most 200"),
        ({"dept": "x" * 101}, "at most 100"),
        ({"intro": ""}, "required"),
        ({"intro": "<p> </p>"}, "nothing to read"),
        ({"intro": "<b>" * 60 + "deep"}, "nested too deep"),
        ({"body": "x" * 50_001}, "longest we take"),
        ({"markup": "[" * 2_001}, "valid choice"),
        ({"markup": "markdown", "intro": "[" * 2_001}, "square brackets"),
        ({"source_domain": "not a host"}, "no host name"),
        ({"topic": "999"}, "valid choice"),
        ({"section": "abc"}, "valid choice"),
        ({"at_0": "2030-01-01", "at_1": "12:00"}, "Press Schedule"),
        ({"intro": "a\x00b"}, "Null characters"),
    ],
)
def test_words_that_cannot_be_are_refused_with_everything_kept(desk, shelves, typed, words):
    answer = desk.post(ADD, a_form(**({"body": "Do not lose me."} | typed)))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert words in page
    assert "Do not lose me." in page or "body" in typed
    assert not Story.objects.exists()
    assert not Discussion.objects.exists()


def test_a_preview_shows_what_readers_will_see_and_stores_nothing(desk, shelves):
    answer = desk.post(ADD, a_form(body="And <script>alert(1)</script> **more**", _preview="Preview"))
    page = answer.content.decode()
    preview = page[page.index('id="preview"') :]
    assert "It <em>happened</em>." in preview
    assert "<script>alert" not in preview
    assert "errornote" not in page
    assert not Story.objects.exists()


def test_a_preview_of_a_change_leaves_the_story_alone(desk):
    story = a_story()
    answer = desk.post(page_of(story), a_form(story, intro="Other words.", _preview="Preview"))
    assert "<p>Other words.</p>" in answer.content.decode()
    assert fresh(story).intro == "What happened."


def test_the_page_of_a_story_shows_it_as_readers_see_it(desk):
    page = check_page(desk, page_of(a_draft(intro="Some <strong>strong</strong> words.")))
    assert "<p>Some <strong>strong</strong> words.</p>" in page
    assert "write story" in page


def test_of_two_editors_the_slower_is_told(desk):
    story = a_draft()
    slow = a_form(story, title="From the slower")
    Story.objects.filter(pk=story.pk).update(title="From the quicker", changed_at=NOW)
    answer = desk.post(page_of(story), slow)
    assert "Somebody else has changed this story" in answer.content.decode()
    assert "From the slower" in answer.content.decode()
    assert fresh(story).title == "From the quicker"


# -- What becomes of a story ---------------------------------------------------------------------------------------


def test_a_story_is_saved_and_published_in_one(desk):
    draft = a_draft()
    answer = desk.post(page_of(draft), a_form(draft, title="Final title", _publish="1"), follow=True)
    assert "Readers see it from now on" in words_of(answer)
    story = fresh(draft)
    assert (story.state, story.published_at, story.title) == ("published", NOW, "Final title")
    assert story.discussion.is_open(NOW)
    assert acts_on(story) == ["write story", "edit story", "publish story"]


def test_a_new_story_is_published_from_the_first_form(desk, shelves):
    desk.post(ADD, a_form(_publish="1"))
    assert Story.objects.published(NOW).get().title == "Fresh news"


def test_a_story_is_scheduled_for_the_time_given(desk, shelves):
    desk.post(ADD, a_form(at_0="2026-05-05", at_1="06:30", _schedule="1"))
    story = Story.objects.select_related("discussion").get()
    at = datetime(2026, 5, 5, 6, 30, tzinfo=UTC)
    assert (story.state, story.published_at, story.discussion.opens_at) == ("scheduled", at, at)
    later = a_form(story, at_0="2026-05-06", at_1="06:30", _schedule="1")
    desk.post(page_of(story), later)
    assert fresh(story).published_at == at + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [
        ("2026-05-04", "11:59", "still to come"),
        ("", "", "For when?"),
        ("2026-02-30", "12:00", "Enter a valid date"),
        ("2026-05-05", "", "Enter a valid time"),
        ("soon", "later", "Enter a valid"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(desk, day, hour, words):
    draft = a_draft()
    answer = desk.post(page_of(draft), a_form(draft, title="Changed", at_0=day, at_1=hour, _schedule="1"))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    after = fresh(draft)
    assert (after.state, after.title, after.published_at) == ("draft", "A draft", None)
    assert acts_on(draft) == ["write story"]


def test_saving_a_scheduled_story_keeps_its_time(desk):
    story = a_draft()
    schedule_story(story=story, editor=an_editor(), at=NOW + timedelta(days=1), now=NOW)
    story.refresh_from_db()
    desk.post(page_of(story), a_form(story, title="Better", at_0="2026-05-05", at_1="12:00:00"))
    assert (fresh(story).title, fresh(story).state) == ("Better", "scheduled")
    assert fresh(story).published_at == NOW + timedelta(days=1)


def test_hiding_needs_a_reason_and_takes_the_discussion_along(desk):
    story = a_story()
    assert desk.post(act_of(story, "hide"), {"reason": ""}).status_code == 422
    assert fresh(story).state == STATE.PUBLISHED
    desk.post(act_of(story, "hide"), {"reason": "A hoax"})
    assert (fresh(story).state, fresh(story).discussion.status) == ("hidden", "hidden")
    assert StaffAct.objects.on(story).filter(verb="hide story").get().reason == "A hoax"


def test_a_restored_story_is_as_it_was(desk):
    story = a_story()
    desk.post(act_of(story.discussion, "lock"), {"reason": "A quarrel"})
    desk.post(act_of(story, "hide"), {"reason": "A hoax"})
    desk.post(act_of(story, "restore"), {"reason": "It was true"})
    assert (fresh(story).state, fresh(story).discussion.status) == ("published", "locked")


def test_a_restored_archived_story_stays_archived(desk):
    story = a_story()
    desk.post(act_of(story, "archive"), {"reason": "Long ago"})
    assert (fresh(story).state, fresh(story).discussion.status) == ("archived", "archived")
    desk.post(act_of(story, "hide"), {"reason": "By request"})
    desk.post(act_of(story, "restore"), {"reason": "A mistake"})
    assert (fresh(story).state, fresh(story).discussion.status) == ("archived", "archived")


def test_a_hidden_draft_is_restored_as_a_draft(desk):
    draft = a_draft()
    desk.post(act_of(draft, "hide"), {"reason": "Twice the same"})
    desk.post(act_of(draft, "restore"), {"reason": ""})
    assert (fresh(draft).state, fresh(draft).discussion.status) == ("draft", "hidden")


def test_stories_are_published_hidden_and_restored_in_bulk(desk):
    drafts = [a_draft(f"Draft {place}") for place in range(3)]
    assert "Readers see the story from now on" in choose(desk, Story, "publish", drafts[:2]).content.decode()
    choose(desk, Story, "publish", drafts[:2], reason="")
    assert [fresh(draft).state for draft in drafts] == ["published", "published", "draft"]
    choose(desk, Story, "hide", drafts, reason="A hoax")
    assert {fresh(draft).state for draft in drafts} == {"hidden"}
    choose(desk, Story, "restore", drafts, reason="")
    assert [fresh(draft).state for draft in drafts] == ["published", "published", "draft"]


@pytest.mark.parametrize("chosen", [["0"], ["abc"], ["9" * 30]])
def test_unknown_stories_are_answered_in_words(desk, chosen):
    assert choose(desk, Story, "publish", chosen, reason="").status_code == 200


def test_a_published_story_is_not_published_again(desk):
    story = a_story()
    at = fresh(story).published_at
    assert 'name="_publish"' not in check_page(desk, page_of(story))
    answer = desk.post(page_of(story), a_form(story, title="Changed", _publish="1"), follow=True)
    assert "is published now, so one cannot publish it" in words_of(answer)
    assert (fresh(story).published_at, fresh(story).title) == (at, story.title)
    with pytest.raises(Refused, match="cannot publish"):
        publish_story(story=story, editor=an_editor(), now=NOW)


def test_a_story_that_somebody_hid_meanwhile_is_told(desk):
    draft, form = a_draft(), {"reason": "A hoax"}
    hide_story(story=draft, editor=an_editor(), reason="First", now=NOW)
    assert "nothing to do" in words_of(desk.post(act_of(draft, "hide"), form, follow=True))
    with pytest.raises(Refused, match="hidden now"):
        hide_story(story=draft, editor=an_editor(), reason="Second", now=NOW)
    assert acts_on(draft) == ["write story", "hide story"]


def test_moderators_have_no_desk_and_writers_without_the_permission_publish_nothing(client):
    draft = a_draft()
    client.force_login(staff_of("Moderators"))
    assert client.get(list_of(Story)).status_code == 403
    assert client.post(page_of(draft), a_form(draft, _publish="1")).status_code == 403
    writer = staff_of()
    writer.user_permissions.set(Permission.objects.filter(codename__in=("view_story", "change_story")))
    client.force_login(writer)
    assert 'name="_publish"' not in check_page(client, page_of(draft))
    for form in (a_form(draft, _publish="1"), a_form(draft, _schedule="1", at_0="2030-01-01", at_1="12:00")):
        assert client.post(page_of(draft), form).status_code == 403
    assert client.post(act_of(draft, "publish"), {"reason": ""}).status_code == 403
    assert fresh(draft).state == STATE.DRAFT


def test_an_imported_story_is_kept_as_printed(desk):
    import_raw(raw=SEED.read_bytes(), encoding="utf-8", zone="UTC", dry_run=False, now=NOW)
    story = Story.objects.get()
    check_page(desk, list_of(Story))
    assert 'name="title"' not in check_page(desk, page_of(story))
    assert desk.post(page_of(story), a_form(story, title="Other")).status_code == 403
    desk.post(act_of(story, "hide"), {"reason": "By request"})
    assert fresh(story).state == STATE.HIDDEN


def test_stories_are_never_deleted(client):
    story = a_story()
    client.force_login(an_editor())
    assert client.post(page_of(story).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert fresh(story)


# -- Sections and topics -------------------------------------------------------------------------------------------

TOPIC = {"name": "Space", "slug": "space", "icon": "✦", "description": "", "position": "1"}


def test_a_topic_is_added_changed_and_deleted_on_record(desk):
    desk.post("/admin/stories/topic/add/", TOPIC)
    topic = Topic.objects.get()
    check_page(desk, list_of(Topic))
    desk.post(page_of(topic), TOPIC | {"name": "Outer space"})
    assert "Outer space" in check_page(desk, page_of(topic))
    check_page(desk, page_of(topic).replace("change", "delete"))
    desk.post(page_of(topic).replace("change", "delete"), {"post": "yes"})
    assert not Topic.objects.exists()
    acts = StaffAct.objects.on(topic).order_by("pk")
    assert [act.verb for act in acts] == ["add topic", "change topic", "delete topic"]
    assert (acts[1].before, acts[1].after) == ("name: Space", "name: Outer space")


def test_positions_are_changed_on_the_list(desk, shelves):
    section, _ = shelves
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": section.pk,
        "form-0-position": "7",
        "_save": "Save",
    }
    desk.post(list_of(Section), form)
    section.refresh_from_db()
    assert section.position == 7
    assert acts_on(section) == ["change section"]


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"slug": "no slug"}, {"icon": "four"}, {"position": "-1"}, {"name": "News"}]
)
def test_a_topic_that_cannot_be_is_refused_in_words(desk, shelves, typed):
    answer = desk.post("/admin/stories/topic/add/", TOPIC | typed)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert Topic.objects.count() == 1
    assert not StaffAct.objects.exists()


def test_a_topic_under_which_stories_stand_is_not_deleted(desk):
    topic = a_story().topic
    page = page_of(topic).replace("change", "delete")
    assert "News: 1 stories stand under it" in check_page(desk, page)
    assert desk.post(page, {"post": "yes"}).status_code == 200
    assert Topic.objects.filter(pk=topic.pk).exists()
    assert acts_on(topic) == []


def test_a_story_that_came_to_the_topic_meanwhile_keeps_it(desk, monkeypatch):
    topic = a_story().topic
    monkeypatch.setattr(ShelfAdmin, "get_deleted_objects", lambda *_: ([], {}, set(), []))
    answer = desk.post(page_of(topic).replace("change", "delete"), {"post": "yes"}, follow=True)
    assert "Give them another topic first" in words_of(answer)
    assert Topic.objects.filter(pk=topic.pk).exists()
    assert acts_on(topic) == []


def test_only_staff_come_to_the_desk(client):
    client.force_login(a_member())
    assert client.get(list_of(Story)).status_code in (302, 403)
    assert client.post(ADD, {}).status_code in (302, 403)
