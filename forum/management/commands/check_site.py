"""Hold the records against what they must be: manage.py check_site [--repair] [--json]."""

import json
import sys

from django.core.management.base import BaseCommand

from forum.management.site import Report, check_site


class Command(BaseCommand):
    help = "Check trees, totals, scores, points, karma and what belongs to what. Exit status 1 if a problem is left."

    def add_arguments(self, parser):
        parser.add_argument("--repair", action="store_true", help="compute derived values anew from parents and logs")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output and nothing else")

    def handle(self, *, repair, **options):
        report = Report()
        for finding in check_site(is_repairing=repair):
            report.findings.append(finding)
            None if options["json"] else self.stdout.write(finding.line())
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) if options["json"] else report.line())
        sys.exit(1) if report.left else None
