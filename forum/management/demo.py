"""The example community that run_demo makes, once: accounts, an archived story, a live one to try everything in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from comments.actions import prepare_words
from comments.models import Comment
from forum import policy
from forum.accounts.actions import set_karma
from forum.accounts.models import Markup, User
from forum.management.community import STORIES, fake_site
from forum.notifications.actions import mark_read
from moderation.actions import grant_points, spend_point, take_part
from moderation.queries import points_of
from stories.actions import add_shelf, publish_story, write_story
from stories.models import ArchivedArticle, Section, Story, Topic

PASSWORD = "threshold-demo"  # for everybody to read: a demo answers on its own machine alone
SEED = Path(settings.BASE_DIR) / "stories" / "seeds" / "0177069105.txt"
INSIGHTFUL = 5
WHY = "The example community"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of the example community, and what there is to try as that member."""

    name: str
    what: str
    karma: int = 0
    is_editor: bool = False


EDITOR = Account("Edith", "the editor: stories, the admin, everything staff do", is_editor=True)
MODERATOR = Account("Morgan", "a member with karma, mod points and news in the inbox", karma=30)
READER = Account("Robin", "a member who has just begun")
ACCOUNTS = (EDITOR, MODERATOR, READER)

TITLE = "Welcome: a story to try everything in"
INTRO = """\
<p>This site was made a moment ago on your own machine. Nobody else can reach it, so reply, moderate and hide as you
like.</p>
<p>Every comment has a score from −1 to 5 and a reason beside it. Move the threshold above the comments to see fewer or
more of them, and follow a score to see where it came from.</p>"""
QUESTION = "Who decides about scores?", "Is there somebody who reads everything and hands out the numbers?"
ANSWER = (
    "Members do",
    "Members with a good record get a few mod points for some days. A point changes one comment by one step and names "
    "a reason. Whoever posts in a discussion takes his moderations in it back: *nobody is player and referee*.",
)
THANKS = "Thanks", "Then I will look for something worth a point in the archived story, where I have not posted."
COWARD = "Without a name", "One can also post as an Anonymous Coward. Such comments start at 0."


def check_may_run() -> None:
    """Raise CommandError, in words, where a known password would be a danger."""
    if not settings.DEBUG:
        raise CommandError(
            "The example community has a password that everybody knows, so it is made only where DEBUG=true is set. "
            "For a real site see docs/operating.md."
        )


def make_community(*, stories: int = STORIES, now: datetime) -> None:
    """Bring the example community into being, or what is missing of it. Raises CommandError if it must not be.

    Some weeks of ``stories`` stories come first, by members whom nobody can be; 0: only who can sign in.
    """
    check_may_run()
    call_command("migrate", interactive=False, verbosity=0)
    if stories and not User.objects.exists():
        fake_site(stories=stories, now=now)
    members = {account.name: _member(account, now) for account in ACCOUNTS}
    if not ArchivedArticle.objects.filter(source=policy.ARCHIVE_SOURCE, source_id=SEED.stem).exists():
        call_command("import_seeds", str(SEED))
    if not Story.objects.filter(title=TITLE).exists():
        _tell_welcome(*members.values(), now)
    _fill_up(members[MODERATOR.name], members[EDITOR.name], now)


def words(port: int) -> Iterator[str]:
    """Who can sign in where, and where the records are."""
    yield f"Sign in at http://localhost:{port}/accounts/login/ with the password {PASSWORD} as"
    for account in ACCOUNTS:
        yield f"  {account.name:<8} {account.what}"
    yield f"The records are in {connection.settings_dict['NAME']} ({connection.display_name})."


@transaction.atomic
def _member(account: Account, now: datetime) -> User:
    member = User.objects.filter(username=account.name).first()
    if member is None:
        make = User.objects.create_superuser if account.is_editor else User.objects.create_user
        member = make(account.name, f"{account.name.lower()}@example.org", PASSWORD)
        set_karma(member=member, karma=account.karma, actor=None, reason=WHY, now=now)
        member.refresh_from_db()
    return member


@transaction.atomic
def _tell_welcome(editor: User, moderator: User, reader: User, now: datetime) -> None:
    """The live story: a question, an answer that was moderated, thanks, and an Anonymous Coward."""
    section = _shelf(Section, editor, now, slug="main", name="Main")
    topic = _shelf(Topic, editor, now, slug="this-site", name="This Site", icon="Th")
    words = {"title": TITLE, "intro": INTRO, "markup": Markup.HTML, "dept": "try-it-and-see"}
    story = write_story(editor=editor, section=section, topic=topic, now=now, **words)
    publish_story(story=story, editor=editor, now=now)
    question = _say(story, moderator, QUESTION, now=now)
    answer = _say(story, editor, ANSWER, now=now, parent=question)
    _say(story, moderator, THANKS, now=now, parent=answer)
    _say(story, None, COWARD, now=now)
    _fill_up(reader, editor, now)
    for comment in (question, answer):
        spend_point(comment=comment, moderator=reader, reason=INSIGHTFUL, now=now)
    mark_read(member=editor, ids=None, now=now)


def _shelf(kind, editor: User, now: datetime, **words):
    shelf = kind.objects.filter(slug=words["slug"]).first()
    if shelf is None:
        shelf = kind(**words)
        add_shelf(shelf=shelf, editor=editor, now=now)
    return shelf


def _say(story: Story, author: User | None, said: tuple[str, str], *, now: datetime, parent=None) -> Comment:
    words = prepare_words(subject=said[0], body=said[1], markup=Markup.MARKDOWN)
    return take_part(discussion=story.discussion, author=author, parent=parent, words=words, form_key=None, now=now)


def _fill_up(member: User, editor: User, now: datetime) -> None:
    """Points expire after days; a demo that is started again later should have some to spend."""
    if not points_of(member, now):
        grant_points(member=member, points=policy.MOD_POINTS_HELD_MAX, actor=editor, reason=WHY, now=now)
