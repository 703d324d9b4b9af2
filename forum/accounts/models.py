"""Members, archived people, the karma log and the record of staff acts."""

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from forum import policy
from forum.accounts import rules
from forum.rulebook.models import PolicyVersion


class ReadingMode(models.TextChoices):
    NESTED = "nested", "Nested"
    THREADED = "threaded", "Threads"
    FLAT = "flat", "Flat"
    NONE = "none", "No comments"


class ReadingOrder(models.TextChoices):
    OLDEST = "oldest", "Oldest first"
    NEWEST = "newest", "Newest first"
    HIGHEST = "highest", "Highest score first"


class Markup(models.TextChoices):
    """How a text is to be read; the values are those of forum.text.render."""

    PLAIN = "plain", "Plain text"
    HTML = "html", "HTML (a few tags)"
    MARKDOWN = "markdown", "Markdown"
    CODE = "code", "Code"


class DateFormat(models.TextChoices):
    """How times are written; the values are those of forum.times.FORMATS."""

    SLASH = "slash", "May 4, 2026 @01:30PM"
    WORDS = "words", "4 May 2026, 13:30"
    ISO = "iso", "2026-05-04 13:30"
    DOTS = "dots", "04.05.2026 13:30"
    SLASHES = "slashes", "04/05/2026 13:30"
    AMERICAN = "american", "05/04/2026 01:30PM"


class Preferences(models.Model):
    """What a member chose once, kept in the member's own row so that a page needs no second query."""

    threshold = models.SmallIntegerField(default=policy.THRESHOLD_DEFAULT)
    full_from = models.SmallIntegerField(default=policy.FULL_FROM_DEFAULT)
    mode = models.CharField(max_length=10, choices=ReadingMode, default=ReadingMode.NESTED)
    order = models.CharField(max_length=10, choices=ReadingOrder, default=ReadingOrder.OLDEST)
    markup = models.CharField(max_length=10, choices=Markup, default=Markup.PLAIN)
    is_willing_to_moderate = models.BooleanField(default=True, help_text="Unticked: no mod points are granted.")
    zone = models.CharField("time zone", max_length=policy.ZONE_NAME_MAX, blank=True, default="")
    date_format = models.CharField(max_length=10, choices=DateFormat, default=DateFormat.SLASH)
    hides_signatures = models.BooleanField(default=False, help_text="Comments end where their words end.")
    mail_replies = models.BooleanField(default=False, help_text="Also send replies to my comments by mail.")
    mail_moderations = models.BooleanField(default=False, help_text="Also send moderations of my comments by mail.")
    # What the reader adds to scores where it is not what everybody has: forum.accounts.rules.AS_EVERYBODY names it.
    modifiers = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True


class UserManager(BaseUserManager):
    """Makes members for commands and tests; the web's way is the sign-up form."""

    use_in_migrations = True

    def create_user(self, username, email="", password=None, **fields):
        """A member with a look-alike key. Raises ValidationError with words: name malformed, name or address taken."""
        try:
            name = rules.check_name(username)
        except rules.BadName as problem:
            raise ValidationError(str(problem)) from problem
        # allauth looks addresses up in small letters.
        member = self.model(username=name, email=self.normalize_email(email).lower(), **fields)
        member.name_key = rules.name_skeleton(name)
        self._check_free(member)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, username, email="", password=None, **fields):
        """Somebody who may do everything and can sign in at once: who has this machine need not confirm an address."""
        if not email and settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory":
            raise ValidationError("An address is needed: where mail is set up, nobody signs in without one.")
        with transaction.atomic(using=self._db):
            member = self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)
            if member.email:
                apps.get_model("account", "EmailAddress").objects.using(self._db).create(
                    user=member, email=member.email, primary=True, verified=True
                )
        return member

    def _check_free(self, member):
        if self.filter(name_key=member.name_key).exists():
            raise ValidationError("That name, or one that looks like it, is taken.")
        if member.email and self.filter(email=member.email).exists():
            raise ValidationError("Another member has this address.")


class User(AbstractBaseUser, PermissionsMixin, Preferences):
    """A member. The primary key is the member's public number (Slash: uid)."""

    username = models.CharField("name", max_length=policy.NAME_MAX, unique=True)
    name_key = models.CharField(max_length=4 * policy.NAME_MAX, unique=True, editable=False)
    email = models.EmailField(blank=True)
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField("may sign in", default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    karma = models.SmallIntegerField(default=0, editable=False)
    bio = models.TextField(blank=True, max_length=policy.BIO_MAX)
    # Signed up without a challenge's solution, so what such a member writes waits until staff have posted some of it.
    is_unproven = models.BooleanField(default=False, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When nothing was left of who it was.")
    signature = models.CharField(max_length=policy.SIGNATURE_MAX, blank=True)
    # Rendered when it is written, as comments are: a page of 1,000 comments shows it a thousand times.
    signature_html = models.TextField(blank=True, editable=False)
    signature_at = models.DateTimeField(null=True, editable=False)
    banned_at = models.DateTimeField(null=True, blank=True, editable=False)
    ban_reason = models.CharField(max_length=200, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ("email",)

    class Meta:
        verbose_name = "member"
        default_permissions = ("view", "change")
        permissions = (
            ("ban_member", "Can ban members and lift bans"),
            ("set_karma", "Can set a member's karma"),
            ("rename_member", "Can rename members"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(karma__gte=policy.KARMA_MIN, karma__lte=policy.KARMA_MAX), name="karma_in_range"
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=policy.SCORE_MIN, threshold__lte=policy.SCORE_MAX),
                name="threshold_is_a_score",
            ),
            models.CheckConstraint(
                condition=Q(full_from__gte=policy.SCORE_MIN, full_from__lte=policy.SCORE_MAX),
                name="full_from_is_a_score",
            ),
            models.CheckConstraint(condition=~Q(name_key=""), name="name_has_a_look_alike_key"),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(email="", bio="", is_active=False, is_staff=False),
                name="nothing_left_of_an_erased_member",
            ),
            models.UniqueConstraint(
                "email",
                condition=~Q(email=""),
                name="one_member_per_address",
                violation_error_message="Address in use.",
            ),
        )

    @property
    def number(self) -> int:
        return self.pk

    @property
    def karma_word(self) -> str:
        return rules.karma_word(self.karma)

    def get_absolute_url(self):
        return reverse("member", args=[self.username])


class ArchivedPerson(models.Model):
    """Somebody who wrote in an imported archive: a record of its own, without password, mail, karma or sign-in."""

    source = models.CharField(max_length=50, help_text="The site the archive is of, such as slashdot.org.")
    number = models.BigIntegerField(help_text="The person's number there.")
    name = models.CharField(max_length=policy.ARCHIVE_NAME_MAX)
    name_key = models.CharField(max_length=4 * policy.ARCHIVE_NAME_MAX, db_index=True, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "archived people"
        default_permissions = ("view",)
        permissions = (("hide_archived_person", "Can hide and show the names of archived people"),)
        constraints = (models.UniqueConstraint(fields=["source", "number"], name="one_person_per_source_number"),)

    def __str__(self):
        return f"{self.name} ({self.number}) of {self.source}"

    def get_absolute_url(self):
        return reverse("archived_person", args=[self.pk])


class RelationQuerySet(models.QuerySet):
    def around(self, member: User):
        """Those of a member and those that others have with the member."""
        return self.filter(Q(member=member) | Q(other=member))

    def told_to(self, member: User):
        """Without what others keep to themselves."""
        return self.exclude(~Q(member=member), kind="ignore")


class Relation(models.Model):
    """A member calls another friend or foe (Slash: Zoo), or ignores the other.

    Seen from the other side it is a fan or a freak, which everybody may see. Ignoring is seen by nobody else.
    """

    class Kind(models.TextChoices):
        FRIEND = "friend", "Friend"
        FOE = "foe", "Foe"
        IGNORED = "ignore", "Ignored"

    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="relations", db_index=False)
    other = models.ForeignKey(User, on_delete=models.CASCADE, related_name="relations_of", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind)
    related_at = models.DateTimeField()

    objects = RelationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["member", "other"], name="one_relation_per_pair"),
            models.CheckConstraint(condition=~Q(member=models.F("other")), name="no_relation_to_oneself"),
            models.CheckConstraint(condition=Q(kind__in=("friend", "foe", "ignore")), name="relation_is_known"),
        )
        indexes = (models.Index(fields=["other", "kind"], name="relations_of_other"),)

    def __str__(self):
        return f"{self.member} calls {self.other} {self.kind}"


class KarmaChangeQuerySet(models.QuerySet):
    def active(self):
        return self.filter(withdrawn_at=None)

    def counting(self):
        """Active lines that change something: those that take others back do so without a number of their own."""
        return self.active().filter(reverses=None)


class KarmaChange(models.Model):
    """One line of the karma log. A member's karma is the replay of the lines that are not withdrawn, in order.

    Lines are only ever added. One that takes another back (``reverses``) changes nothing by itself; a line counts
    unless a counting line reverses it. ``withdrawn_at`` is a copy of that for reading and replaying.
    """

    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="karma_changes")
    delta = models.SmallIntegerField()
    cause = models.CharField(max_length=200, help_text="Why, in words for the member.")
    changed_at = models.DateTimeField()
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    reverses = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="reversed_by")
    withdrawn_at = models.DateTimeField(null=True)

    objects = KarmaChangeQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=(Q(reverses=None) & ~Q(delta=0)) | Q(reverses__isnull=False, delta=0),
                name="karma_change_changes",
            ),
            models.CheckConstraint(condition=~Q(reverses=models.F("id")), name="karma_change_reverses_another"),
        )
        indexes = (models.Index(fields=["member", "id"], name="karma_log_of_member"),)

    def __str__(self):
        return f"{self.delta:+d} {self.cause}"


class StaffActQuerySet(models.QuerySet):
    def on(self, target: models.Model):
        return self.filter(target_kind=target._meta.verbose_name, target_id=target.pk)

    def standing(self, verb: str):
        """Acts of this kind that nobody has taken back, newest first."""
        return self.filter(verb=verb, undone_by=None).order_by("-id")


class StaffAct(models.Model):
    """One line of the record of what staff did: never changed, never deleted."""

    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="staff_acts", db_index=False)
    verb = models.CharField(max_length=30)
    target_kind = models.CharField(max_length=30)
    target_id = models.BigIntegerField()
    target_name = models.CharField(max_length=250)
    reason = models.CharField(max_length=200, blank=True)
    before = models.CharField(max_length=250, blank=True)
    after = models.CharField(max_length=250, blank=True)
    acted_at = models.DateTimeField(db_index=True)
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    objects = StaffActQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["target_kind", "target_id"], name="staff_act_target"),
            # The public log turns its pages by number, whatever it is asked for.
            models.Index(fields=["verb", "-id"], name="staff_acts_of_a_kind"),
            models.Index(fields=["actor", "-id"], name="staff_acts_by_member"),
        )
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.verb} {self.target_kind} {self.target_name}"

    def get_absolute_url(self):
        """Its page in the public log; those that are not public have none there."""
        return reverse("act", args=[self.pk])


class NetworkKey(models.Model):
    """The secret of one day, under which addresses of that day are hashed; destroyed when it is old.

    With it goes every way to tell what network a comment came from (docs/decisions/0010).
    """

    day = models.DateField(unique=True)
    secret = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"key of {self.day}"


class SpentChallenge(models.Model):
    """A challenge whose solution was worth something once, and is worth nothing again: kept until it is too old."""

    signature = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.signature


class RetiredNameQuerySet(models.QuerySet):
    def like(self, name_key: str):
        """Those that look like a name with this key: one or none."""
        return self.filter(name_hash=RetiredName.hash_of(name_key))


class RetiredName(models.Model):
    """The name of a member who was erased, as a hash: nobody may come back under it and be taken for that one."""

    name_hash = models.CharField(max_length=64, unique=True)

    objects = RetiredNameQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name_hash

    @staticmethod
    def hash_of(name_key: str) -> str:
        """64 hexadecimal digits; nobody reads the name from them who does not know SECRET_KEY."""
        return salted_hmac("forum.accounts.RetiredName", name_key, algorithm="sha256").hexdigest()


class BanQuerySet(models.QuerySet):
    def standing(self, now):
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), over_at=None)


class Ban(models.Model):
    """What staff have stopped somebody from doing: a member, a network by its hash, or one they wrote out.

    ``User.banned_at`` is a copy of the member's ban from everything, for what is asked of all members at once.
    """

    class Kind(models.TextChoices):
        ANONYMOUS = "anonymous", "Posting without a name"
        POST = "post", "Posting"
        ALL = "all", "Everything"

    kind = models.CharField(max_length=10, choices=Kind)
    member = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="bans", db_index=False)
    key = models.ForeignKey(NetworkKey, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    network_hash = models.CharField(max_length=32, blank=True, editable=False)
    network = models.CharField(max_length=50, blank=True, help_text="Such as 203.0.113.0/24.")
    reason = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True, help_text="When it was lifted, or had come to its end.")
    act = models.OneToOneField(StaffAct, on_delete=models.PROTECT, null=True, related_name="ban")

    objects = BanQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(member__isnull=False, key=None, network_hash="", network="")
                | (Q(member=None, key__isnull=False, network="") & ~Q(network_hash=""))
                | (Q(member=None, key=None, network_hash="") & ~Q(network="")),
                name="ban_of_one_member_or_one_network",
            ),
            models.UniqueConstraint(
                fields=["member", "kind"], condition=Q(over_at=None, member__isnull=False), name="one_ban_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["network", "kind"], condition=Q(over_at=None) & ~Q(network=""), name="one_ban_of_a_network"
            ),
            models.UniqueConstraint(
                fields=["key", "network_hash", "kind"],
                condition=Q(over_at=None) & ~Q(network_hash=""),
                name="one_ban_of_a_hash",
            ),
        )
        indexes = (models.Index(fields=["ends_at"], condition=Q(over_at=None), name="bans_standing"),)

    def __str__(self):
        # Not against whom: this stands in the record of what staff did, which is public.
        return f"ban {self.pk}"


class NameStamp(models.Model):
    """One row: a number that changes with each name that anybody is shown under; nothing rendered outlives it."""

    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return str(self.version)
