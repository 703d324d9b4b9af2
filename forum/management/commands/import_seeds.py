"""Import archived articles: manage.py import_seeds PATH... (docs/import.md)."""

import json
import sys

from django.core.management.base import BaseCommand

from forum.management.imports import Tally, import_files


class Command(BaseCommand):
    help = "Import archived articles from files or folders: all of a file or nothing of it. See docs/import.md."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder read file by file")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, store nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object per file on standard output")
        parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the files (default: utf-8)")
        parser.add_argument("--time-zone", default="America/New_York", metavar="NAME", help="of the datelines")

    def handle(self, *, paths, dry_run, encoding, time_zone, **options):
        tally = Tally(dry_run=dry_run)
        told = self.stderr if options["json"] else self.stdout
        for result in import_files(paths, encoding=encoding, zone=time_zone, dry_run=dry_run):
            tally.add(result)
            if options["json"]:
                self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
            else:
                self.stderr.write("\n".join(result.complaints())) if result.complaints() else None
                self.stdout.write(result.line()) if result.line() else None
        told.write(tally.line())
        sys.exit(1) if tally.refused or not tally.files else None
