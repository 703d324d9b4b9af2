"""Make the example community and serve it on this machine: make run, or manage.py run_demo.

[--port N] [--stories N] [--no-serve]
"""

import os

from django.core.management.base import BaseCommand
from django.utils import timezone

from forum.management import demo
from forum.management.arguments import port
from forum.management.community import STORIES
from forum.management.serving import check_port, serve


class Command(BaseCommand):
    help = "Make an example community, once, and serve it on this machine until Ctrl-C. Needs DEBUG=true."

    def add_arguments(self, parser):
        wanted = os.environ.get("PORT") or "8000"
        parser.add_argument("--port", type=port, default=wanted, metavar="N", help="default: PORT, else 8000")
        parser.add_argument("--stories", type=int, default=STORIES, metavar="N", help="that others told; 0: none")
        parser.add_argument("--no-serve", action="store_true", help="only make the community")

    def handle(self, *, port, stories, no_serve, **options):
        demo.check_may_run()
        if not no_serve:
            check_port(port)
        self._say("Looking after the example community; the first time that takes half a minute ...")
        demo.make_community(stories=stories, now=timezone.now())
        self._say("\n".join(demo.words(port)))
        if not no_serve:
            ready = self.style.SUCCESS(f"\nReady: http://localhost:{port}/ (Ctrl-C ends it)")
            serve(port, lambda: self._say(ready))
            self._say("Ended.")

    def _say(self, words: str) -> None:
        """At once, into a file or a pipe as well."""
        self.stdout.write(words)
        self.stdout.flush()
