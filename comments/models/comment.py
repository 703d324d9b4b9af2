"""A comment as a narrow row of its tree, and its text apart."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.urls import reverse
from mptt.models import MPTTModel, TreeForeignKey

from comments.models.constraints import SharedWithParent
from comments.models.discussion import Discussion
from comments.tree import CommentManager
from forum import policy
from forum.accounts.models import ArchivedPerson, Markup, NetworkKey
from forum.rulebook.models import PolicyVersion
from forum.scores import Facts, Taste

# What a visitor sees as the score, but for the clamp: "highest first" has one order for everybody.
RANK = F("score") + Cast(F("has_bonus"), models.IntegerField())


class Mark(models.TextChoices):
    """How an archived comment's place became known; nothing guessed is ever shown as certain. Empty: it is known."""

    QUOTED = "quoted", "It quotes the comment above it."
    SUBJECT = "subject", "Guessed from its subject: the archive does not say what it answers."
    ADJACENT = "adjacent", "Guessed from its position: the archive does not say what it answers."
    UNKNOWN = "unknown", "A reply in this thread; the archive does not say to which comment."
    MISSING = "missing", "In reply to a comment that is not in this archive."


class Comment(MPTTModel):
    """One comment. ``author`` and ``archived_author`` both empty: an Anonymous Coward, and nobody knows who.

    The tree columns are django-mptt's. They hold spaced numbers (comments/tree.py), so their differences count nothing.
    """

    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="comments", db_index=False)
    parent = TreeForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", db_index=False
    )
    tree_id = models.BigIntegerField(editable=False)
    lft = models.BigIntegerField(editable=False)
    rght = models.BigIntegerField(editable=False)
    level = models.PositiveIntegerField(editable=False)

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="comments", db_index=False
    )
    archived_author = models.ForeignKey(
        ArchivedPerson, on_delete=models.PROTECT, null=True, related_name="comments", db_index=False
    )
    subject = models.CharField(max_length=policy.ARCHIVE_TITLE_MAX)
    posted_at = models.DateTimeField(null=True, help_text="Empty where an archive does not tell.")
    score = models.SmallIntegerField(editable=False)
    label = models.CharField(
        max_length=policy.ARCHIVE_REASON_MAX, blank=True, editable=False, help_text="The reason beside the score."
    )
    start_score = models.SmallIntegerField(editable=False)
    start_label = models.CharField(max_length=policy.ARCHIVE_REASON_MAX, blank=True, editable=False)
    policy = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, null=True, editable=False, db_index=False, related_name="+"
    )
    has_bonus = models.BooleanField(default=False, editable=False)
    had_bonus = models.BooleanField(default=False, editable=False, help_text="It carried the bonus when posted.")
    is_archived = models.BooleanField(default=False, editable=False)
    is_cut_off = models.BooleanField(default=False, editable=False)
    mark = models.CharField(max_length=10, choices=Mark, blank=True, editable=False)
    hidden_at = models.DateTimeField(null=True, editable=False)
    fingerprint = models.CharField(
        max_length=32, null=True, editable=False, help_text="Of what it says; empty for short texts and archived ones."
    )
    is_deleted = models.BooleanField(default=False, editable=False, help_text="Hidden by its own author.")

    objects = CommentManager()

    class Meta:
        default_permissions = ("view",)
        permissions = (
            ("hide_comment", "Can hide and restore comments"),
            ("erase_comment", "Can erase the words of comments for ever"),
        )
        # Only one index holds a tree column that renumbering writes; (tree_id, lft) keeps django-mptt's own name
        # because django-mptt adds that index by itself when it finds none.
        indexes = (
            models.Index(fields=["tree_id", "lft"], name="comment_tree_order"),
            models.Index(fields=["discussion", "tree_id", "lft"], name="comment_reading_order"),
            models.Index(fields=["parent", "lft"], name="comment_children"),
            models.Index(fields=["author", "-id"], name="comment_by_author"),
            # Windows into large discussions: by number, by score, and the beginnings of threads by score.
            models.Index(fields=["discussion", "id"], name="comment_flat"),
            models.Index(F("discussion"), RANK.desc(), F("id"), name="comment_flat_by_rank"),
            models.Index(
                F("discussion"), RANK.desc(), F("tree_id"), condition=Q(parent=None), name="comment_threads_by_rank"
            ),
            # How many comments each threshold shows of a large discussion.
            models.Index(
                fields=["discussion", "score"],
                condition=Q(has_bonus=True, hidden_at=None),
                name="comment_shown_with_bonus",
            ),
            # How much somebody has posted today is asked at every posting.
            models.Index(
                fields=["author", "posted_at"], condition=Q(author__isnull=False), name="comment_by_author_in_time"
            ),
            models.Index(
                fields=["archived_author", "-id"],
                condition=Q(archived_author__isnull=False),
                name="comment_by_archived_author",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(score__gte=policy.SCORE_MIN, score__lte=policy.SCORE_MAX), name="score_in_range"
            ),
            models.CheckConstraint(
                condition=Q(start_score__gte=policy.SCORE_MIN, start_score__lte=policy.SCORE_MAX),
                name="start_score_in_range",
            ),
            models.CheckConstraint(condition=Q(lft__lt=F("rght")), name="tree_interval_opens_before_it_closes"),
            models.CheckConstraint(
                condition=Q(parent=None, level=0) | Q(parent__isnull=False, level__gt=0), name="only_roots_at_level_0"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="no_reply_to_itself"),
            models.CheckConstraint(condition=Q(author=None) | Q(archived_author=None), name="one_author_at_most"),
            models.CheckConstraint(
                condition=Q(is_archived=True) | Q(posted_at__isnull=False), name="posting_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(is_deleted=False) | Q(hidden_at__isnull=False, author__isnull=False),
                name="deleted_is_hidden_and_had_an_author",
            ),
            models.CheckConstraint(condition=Q(had_bonus=True) | Q(has_bonus=False), name="bonus_only_from_the_start"),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(had_bonus=False), name="bonus_only_with_a_name"
            ),
            models.UniqueConstraint(fields=["tree_id"], condition=Q(parent=None), name="one_root_per_tree"),
            models.UniqueConstraint(fields=["id", "discussion"], name="comment_of_discussion"),
            models.UniqueConstraint(
                fields=["discussion", "fingerprint"],
                condition=Q(fingerprint__isnull=False),
                name="said_once_in_a_discussion",
            ),
            SharedWithParent(parent="parent", shared="discussion", name="reply_in_its_parents_discussion"),
        )

    def __str__(self):
        return f"#{self.pk} {self.subject}"

    def get_absolute_url(self):
        return reverse("comment", args=[self.pk])

    def facts(self, taste: Taste) -> Facts:
        """What this reader's taste judges; the text is asked for only where its length counts."""
        of_archive, length = self.archived_author_id is not None, len(self.text.html) if taste.counts_length else 0
        return Facts(self.score, self.has_bonus, self.label, self.author_id, of_archive, length)

    # django-mptt counts descendants as (rght - lft - 1) / 2, which holds only without gaps.
    def get_descendant_count(self):
        return self._tree_manager.filter(tree_id=self.tree_id, lft__gt=self.lft, lft__lt=self.rght).count()

    def is_leaf_node(self):
        return not self._tree_manager.filter(parent=self).exists()

    def get_leafnodes(self, include_self=False):
        return self.get_descendants(include_self=include_self).filter(children=None)


class CommentText(models.Model):
    """The words of a comment: the source as typed, the HTML as rendered once when it was written."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, primary_key=True, related_name="text")
    source = models.TextField()
    markup = models.CharField(max_length=10, choices=Markup)
    html = models.TextField()
    renderer = models.PositiveSmallIntegerField(help_text="Version of the rules that made the HTML.")
    form_key = models.CharField(max_length=32, null=True, unique=True, help_text="Of the form that posted it.")
    edited_at = models.DateTimeField(null=True, editable=False, help_text="When its author last changed the words.")
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When staff erased the words for ever.")

    def __str__(self):
        return f"text of #{self.pk}"


class Revision(models.Model):
    """What a comment said before its author changed it; only added to, and open to every reader."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="revisions", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="1 is what was posted.")
    subject = models.CharField(max_length=policy.ARCHIVE_TITLE_MAX)
    source = models.TextField()
    markup = models.CharField(max_length=10, choices=Markup)
    replaced_at = models.DateTimeField(help_text="When the next words took its place.")

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["comment", "number"], name="each_revision_once"),)

    def __str__(self):
        return f"revision {self.number} of #{self.comment_id}"


class Origin(models.Model):
    """Where a comment came from, as hashes under the key of its day; gone when the key is destroyed.

    ``author`` is that of the member who wrote anonymously: it keeps members from moderating their own words, and names
    nobody.
    """

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, primary_key=True, related_name="origin")
    key = models.ForeignKey(NetworkKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(max_length=32, blank=True)
    author = models.CharField(max_length=32, blank=True)

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["key", "network"], name="origins_of_network"),
            models.Index(fields=["key", "author"], condition=~Q(author=""), name="origins_of_author"),
        )

    def __str__(self):
        return f"origin of #{self.pk}"
