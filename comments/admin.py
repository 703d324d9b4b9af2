"""The admin's pages about discussions and comments; the page of a comment stands where its moderations are known."""

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import Truncator

from comments import actions
from comments.models import Comment, Discussion, Origin
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.admin.acts import Act, FreeReasonForm, NetworkBanForm
from forum.accounts.admin.desk import RecordAdmin, YesNoFilter, change_link, is_number, list_address
from forum.accounts.admin.members import acts_panel, with_end

NEWEST_DISCUSSIONS = 10  # offered beside the list of comments
STATUS = Discussion.Status


def set_status(status: str):
    """An act that gives a discussion this status."""

    def perform(discussion, **said):
        if Discussion.objects.filter(pk=discussion.pk, status=STATUS.HIDDEN).exists():
            raise Refused("It is hidden with what it is about; restore that instead.")
        actions.set_discussion_status(discussion=discussion, status=status, **said)

    return perform


@admin.register(Discussion)
class DiscussionAdmin(RecordAdmin):
    """Discussions: locked, opened and archived with a reason; hidden and restored only with what they are about."""

    list_display = ("title", "status", "comment_count", "opens_at", "its_comments")
    list_filter = ("status",)
    search_fields = ("title",)
    search_help_text = "Words of the title, or a number."
    ordering = ("-pk",)
    fields = ("title", "link", "status", "opens_at", "comment_count", "hit_parade", "its_comments")
    acts = (
        Act(
            name="lock",
            label="Lock",
            permission="comments.lock_discussion",
            will="Nothing can be posted or moderated until somebody opens the discussion again.",
            perform=set_status(STATUS.LOCKED),
            applies=lambda discussion: discussion.status == STATUS.OPEN,
        ),
        Act(
            name="open",
            label="Open",
            permission="comments.lock_discussion",
            will="Everybody can post and moderate again.",
            perform=set_status(STATUS.OPEN),
            applies=lambda discussion: discussion.status in (STATUS.LOCKED, STATUS.ARCHIVED),
        ),
        Act(
            name="archive",
            label="Archive",
            permission="comments.lock_discussion",
            will="The discussion can be read for ever; nothing is posted or moderated any more.",
            perform=set_status(STATUS.ARCHIVED),
            applies=lambda discussion: discussion.status in (STATUS.OPEN, STATUS.LOCKED),
        ),
    )

    @admin.display(description="comments")
    def its_comments(self, discussion):
        address = list_address(Comment, f"?discussion={discussion.pk}")
        return format_html('<a href="{}">Comments as a tree</a>', address)

    @admin.display(description="comments at or above each score")
    def hit_parade(self, discussion):
        return ", ".join(map(str, discussion.hit_parade))

    def panels(self, request, row):
        if request.user.has_perm("accounts.view_staffact"):
            yield acts_panel(row)


class StateFilter(YesNoFilter):
    title = "state"
    parameter_name = "state"
    halves = {"visible": ("Visible", Q(hidden_at=None)), "hidden": ("Hidden", Q(hidden_at__isnull=False))}


class ArchivedFilter(YesNoFilter):
    title = "origin"
    parameter_name = "archived"
    halves = {"no": ("Posted here", Q(is_archived=False)), "yes": ("Imported", Q(is_archived=True))}


class AnonymousFilter(YesNoFilter):
    title = "author"
    parameter_name = "anonymous"
    halves = {
        "yes": ("Anonymously", Q(author=None, archived_author=None)),
        "no": ("Under a name", ~Q(author=None, archived_author=None)),
    }


class ScoreFilter(YesNoFilter):
    title = "score"
    parameter_name = "score"
    halves = {str(score): (f"{score:+d}" if score else "0", Q(score=score)) for score in policy.SCORES}


class DiscussionFilter(admin.SimpleListFilter):
    """The newest discussions, and the one that is chosen."""

    title = "discussion"
    parameter_name = "discussion"

    def value(self):
        chosen = super().value()
        return chosen if chosen and is_number(chosen) else None

    def lookups(self, request, model_admin):
        newest = Discussion.objects.order_by("-pk").values_list("pk", flat=True)[:NEWEST_DISCUSSIONS]
        shown = Discussion.objects.filter(Q(pk__in=list(newest)) | Q(pk=self.value()))
        return [(str(pk), title) for pk, title in shown.order_by("-pk").values_list("pk", "title")]

    def queryset(self, request, queryset):
        return queryset.filter(discussion=self.value()) if self.value() else queryset


class CommentAdmin(RecordAdmin):
    """Comments in reading order, each under what it answers: the newest thread first, one discussion from its start.

    Moderation adds scores and their history, and registers it.
    """

    list_display = ("subject_in_tree", "score_shown", "written_by", "in_discussion", "posted")
    list_filter = (StateFilter, ScoreFilter, ArchivedFilter, AnonymousFilter, DiscussionFilter)
    list_select_related = ("author", "archived_author", "discussion")
    search_fields = ("subject", "text__source", "author__username", "archived_author__name")
    search_help_text = "Words of the subject or the text, an author's name, or a comment's number."
    fields = (
        *("subject", "score_shown", "written_by", "in_discussion", "answers", "posted_at", "hidden_at"),
        *("is_deleted", "mark", "is_cut_off", "is_archived", "text_shown", "source_shown", "earlier"),
    )
    acts = (
        Act(
            name="hide",
            label="Hide",
            permission="comments.hide_comment",
            will="The comment is taken off the pages; its replies stay, and its author is told the reason.",
            perform=lambda comment, **said: actions.hide_comment(comment=comment, **said) is not None,
            applies=lambda comment: comment.hidden_at is None,
        ),
        Act(
            name="restore",
            label="Restore",
            permission="comments.hide_comment",
            will="The comment is shown again where it stood, and its author is told.",
            perform=lambda comment, **said: actions.restore_comment(comment=comment, **said) is not None,
            form=FreeReasonForm,
            applies=lambda comment: comment.hidden_at is not None and not comment.is_deleted,
        ),
        Act(
            name="ban-network",
            label="Ban the network it came from",
            permission="accounts.ban_member",
            will=(
                "Nobody can post from there, or not without a name. The site knows the network by a hash alone, so you "
                "do not learn where that is, and the ban ends with the key of that day, at the latest "
                f"{policy.NETWORK_KEY_LIFETIME.days} days after the comment. Others may sit behind the same network."
            ),
            perform=lambda comment, **said: actions.ban_network_of(comment=comment, **with_end(**said)),
            form=NetworkBanForm,
            applies=lambda comment: Origin.objects.filter(pk=comment.pk).exclude(network="").exists(),
            is_bulk=False,
        ),
    )

    def get_list_display(self, request):
        # In one discussion its title on every line would only take room from the subjects.
        is_one = is_number(request.GET.get("discussion", ""))
        return [name for name in self.list_display if not (is_one and name == "in_discussion")]

    def get_ordering(self, request):
        # One discussion begins with its first thread; of all comments the newest threads concern a moderator.
        return ("tree_id" if is_number(request.GET.get("discussion", "")) else "-tree_id", "lft")

    @admin.display(description="subject")
    def subject_in_tree(self, comment):
        level = min(comment.level, policy.DEPTH_SHOWN_MAX)
        state = "is-hidden" if comment.hidden_at else "is-shown"
        return format_html(
            '<span class="level-{}"><span class="{}">{}</span></span>', level, state, comment.subject or "(no subject)"
        )

    @admin.display(description="score")
    def score_shown(self, comment):
        return f"{comment.score} {comment.label}".strip()

    @admin.display(description="author")
    def written_by(self, comment):
        who = comment.author or comment.archived_author
        return change_link(who, getattr(who, "name", "")) or "Anonymous Coward"

    @admin.display(description="discussion")
    def in_discussion(self, comment):
        address = list_address(Comment, f"?discussion={comment.discussion_id}")
        title = str(comment.discussion)
        return format_html('<a href="{}" title="{}">{}</a>', address, title, Truncator(title).chars(24))

    @admin.display(description="posted", ordering="posted_at")
    def posted(self, comment):
        # Short, so that the list fits beside its filters; the comment's own page has the long form.
        return date_format(timezone.localtime(comment.posted_at), "j M H:i") if comment.posted_at else "not told"

    @admin.display(description="in reply to")
    def answers(self, comment):
        return change_link(comment.parent) or "nothing: it begins a thread"

    @admin.display(description="text")
    def text_shown(self, comment):
        return mark_safe(comment.text.html)  # rendered and sanitised by forum.text when it was written

    @admin.display(description="as typed")
    def source_shown(self, comment):
        return format_html("<pre>{}</pre>", comment.text.source)

    @admin.display(description="earlier versions, as typed")
    def earlier(self, comment):
        said = [
            (date_format(timezone.localtime(one.replaced_at), "j M H:i"), one.subject, one.source)
            for one in comment.revisions.order_by("number")
        ]
        return format_html_join("", "<p>Until {}: <b>{}</b></p><pre>{}</pre>", said) or "none: it was never changed"

    def panels(self, request, row):
        if request.user.has_perm("accounts.view_staffact"):
            yield acts_panel(row)
