"""The public log as an Atom feed, with the same filters as its page."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from forum.text import clean_line
from moderation.forms import LogForm
from moderation.queries.public_log import LogEntry, LogFilter, LogPage, load_log


class LogFeed(Feed):
    """The newest acts of staff; XML has no control characters, whatever an older version of the site stored."""

    feed_type = Atom1Feed

    def get_object(self, request):
        return load_log(LogFilter(**LogForm.asked(request.GET)), now=Now())

    def title(self, page: LogPage) -> str:
        return f"{settings.SITE_NAME}: moderation log"

    def link(self, page: LogPage) -> str:
        return reverse("log") + page.wanted.query()

    def feed_url(self, page: LogPage) -> str:
        return reverse("log_feed") + page.wanted.query()

    def subtitle(self, page: LogPage) -> str:
        return "What staff did to comments, members and the policy, and why."

    def items(self, page: LogPage) -> list[LogEntry]:
        return page.entries

    def item_title(self, entry: LogEntry) -> str:
        return clean_line(entry.sentence)

    def item_description(self, entry: LogEntry) -> str:
        # A feed's description is HTML, whose reader takes the escaping off once and shows the rest as a page.
        return escape(clean_line(f"{entry.change} {entry.act.reason}"))

    def item_link(self, entry: LogEntry) -> str:
        return entry.act.get_absolute_url()

    def item_author_name(self, entry: LogEntry) -> str:
        return clean_line(entry.who)

    def item_pubdate(self, entry: LogEntry) -> datetime:
        return entry.act.acted_at

    def item_updateddate(self, entry: LogEntry) -> datetime:
        return entry.act.acted_at
