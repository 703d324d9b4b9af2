"""Stories, the sections and topics they stand under, and what an imported one was printed as."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from comments.models import Comment, Discussion
from forum import policy, text
from forum.accounts.models import Markup


class Shelf(models.Model):
    """What sections and topics have in common: a name, an address, a place in the list."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers stand first.")

    class Meta:
        abstract = True
        ordering = ("position", "name")

    def __str__(self):
        return self.name


class Section(Shelf):
    """A part of the site with a page of its own (Slash: skin and nexus)."""

    class Meta(Shelf.Meta):
        pass

    def get_absolute_url(self):
        return reverse("section", args=[self.slug])


class Topic(Shelf):
    """What a story is about, with the sign shown beside it (Slash: topic and its icon)."""

    icon = models.CharField(max_length=3, help_text="One to three characters shown as the topic's icon.")

    class Meta(Shelf.Meta):
        pass

    def get_absolute_url(self):
        return reverse("topic", args=[self.slug])


class StoryQuerySet(models.QuerySet):
    def published(self, now):
        """What readers may see; a scheduled story counts from its time on, whether or not the timetable ran."""
        return self.filter(state__in=Story.SHOWN_STATES, published_at__lte=now)

    def due(self, now):
        return self.filter(state=Story.State.SCHEDULED, published_at__lte=now)

    def newest_first(self):
        return self.order_by("-published_at", "-id")

    def with_everything_shown(self):
        return self.select_related("topic", "section", "editor", "discussion")


class Story(models.Model):
    """One story; readers find it by its number, its discussion belongs to it alone."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"
        HIDDEN = "hidden", "Hidden"

    SHOWN_STATES = (State.PUBLISHED, State.ARCHIVED, State.SCHEDULED)  # once their time has come

    title = models.CharField(max_length=policy.ARCHIVE_TITLE_MAX)
    slug = models.SlugField(max_length=80, editable=False)
    intro = models.TextField(help_text="What the front page shows.")
    body = models.TextField(blank=True, help_text="What only the story's page shows.")
    markup = models.CharField(max_length=10, choices=Markup, default=Markup.HTML)
    intro_html = models.TextField(editable=False)
    body_html = models.TextField(blank=True, editable=False)
    dept = models.CharField(
        "department", max_length=policy.ARCHIVE_DATELINE_MAX, blank=True, help_text="from the ... dept."
    )
    source_domain = models.CharField(
        max_length=253, blank=True, help_text="Host name of the source, such as example.com."
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="stories")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="stories")
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="stories_edited"
    )
    editor_name = models.CharField(
        max_length=policy.ARCHIVE_DATELINE_MAX, blank=True, help_text="Of an archived story: as printed there."
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, help_text="When readers see it (may be in the future).")
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)
    discussion = models.OneToOneField(Discussion, on_delete=models.PROTECT, related_name="story", editable=False)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stories"
        default_permissions = ("view", "add", "change")
        permissions = (("publish_story", "Can publish, schedule, hide, restore and archive stories"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("draft", "hidden")) | Q(published_at__isnull=False),
                name="shown_story_has_a_time",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="story_has_a_title"),
        )
        indexes = (
            models.Index(fields=["-published_at", "-id"], name="stories_by_time"),
            models.Index(fields=["section", "-published_at"], name="stories_of_section"),
            models.Index(fields=["topic", "-published_at"], name="stories_of_topic"),
            models.Index(fields=["state", "-published_at"], name="stories_by_state"),
        )

    def __str__(self):
        return self.title

    @property
    def description(self) -> str:
        """The beginning of the intro, for whoever finds the story elsewhere."""
        return text.excerpt(self.intro_html, policy.DESCRIPTION_MAX)

    def get_absolute_url(self):
        return reverse("story", args=[self.pk, self.slug])

    def is_published(self, now) -> bool:
        """Whether readers see it now: the same as the queryset's ``published``, for one story in hand."""
        return self.state in self.SHOWN_STATES and self.published_at is not None and self.published_at <= now

    @property
    def editor_shown(self) -> str:
        return self.editor.username if self.editor else self.editor_name


class ArchivedArticle(models.Model):
    """An imported story as it was printed: everything that the export writes again, byte for byte."""

    story = models.OneToOneField(Story, on_delete=models.CASCADE, primary_key=True, related_name="archive")
    source = models.CharField(max_length=50)
    source_id = models.CharField(max_length=50)
    printed = models.JSONField(help_text="stories.archive's stored form of the document, comments included.")
    fortune = models.TextField(blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "source_id"], name="one_story_per_source_id"),)

    def __str__(self):
        return f"{self.source} {self.source_id}"


class ArchivedPlace(models.Model):
    """Which comment of the document an imported comment is: its number there, and the text it was known by."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, primary_key=True, related_name="archived_place")
    article = models.ForeignKey(ArchivedArticle, on_delete=models.CASCADE, related_name="places")
    number = models.PositiveIntegerField(help_text="Number of the comment in the document, from 1.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article", "number"], name="one_comment_per_document_number"),)

    def __str__(self):
        return f"{self.article} #{self.number}"
