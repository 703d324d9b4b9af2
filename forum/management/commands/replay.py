"""Hold everything computed against the logs it was computed from: manage.py replay [--repair] [--json]."""

import json
import sys
import time

from django.core.management.base import BaseCommand

from forum.management.replay import LISTED_MAX, Replayed, replay


class Command(BaseCommand):
    help = (
        "Compute scores, karma, points, tokens and totals again from the logs. Exit status 1 if a difference is left."
    )

    def add_arguments(self, parser):
        parser.add_argument("--repair", action="store_true", help="bring what differs up to the logs")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output and nothing else")

    def handle(self, *, repair, **options):
        report, started = Replayed(), time.monotonic()
        for finding in replay(is_repairing=repair):
            is_told = not options["json"] and len(report.listed) < LISTED_MAX
            report.add(finding)
            self.stdout.write(finding.line()) if is_told else None
        report.seconds = time.monotonic() - started
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) if options["json"] else report.line())
        sys.exit(1) if report.left else None
