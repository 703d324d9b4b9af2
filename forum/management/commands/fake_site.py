"""Make a believable community through the real actions: manage.py fake_site [--members N] [--stories N] [--seed N]."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from forum.management.community import MEMBERS, STORIES, fake_site


class Command(BaseCommand):
    help = "Let an invented community live for some weeks that end now. For an empty site, or where DEBUG=true is set."

    def add_arguments(self, parser):
        parser.add_argument("--members", type=int, default=MEMBERS, metavar="N", help=f"default: {MEMBERS}")
        parser.add_argument("--stories", type=int, default=STORIES, metavar="N", help=f"default: {STORIES}")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="another number, another community")

    def handle(self, *, members, stories, seed, **options):
        report = fake_site(members=members, stories=stories, seed=seed, now=timezone.now())
        self.stdout.write(report.line() if report else "The community is there already; nothing was changed.")
