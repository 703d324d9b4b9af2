"""Run the jobs of the timetable without a queue: manage.py run_due_jobs [--loop]."""

import sys

from django.core.management.base import BaseCommand

from forum.management.arguments import seconds
from forum.management.jobs import run_due_jobs, run_until, stopped_by_signals


class Command(BaseCommand):
    help = "Run every job whose time has come, one line each. Exit status 1 if one failed; with --loop it never ends."

    def add_arguments(self, parser):
        parser.add_argument("--loop", action="store_true", help="look again and again until stopped")
        parser.add_argument("--every", type=seconds, default=5.0, metavar="SECONDS", help="between two looks (5)")

    def handle(self, *, loop, every, **options):
        failed = 0
        with stopped_by_signals() as stop:
            for ran in run_until(stop, every=every) if loop else run_due_jobs():
                (self.stderr if ran.error else self.stdout).write(ran.line())
                failed += bool(ran.error)
        sys.exit(1) if failed and not loop else None
