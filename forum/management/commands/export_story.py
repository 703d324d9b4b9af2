"""Write an archived story in the format it came in: manage.py export_story ID > file (docs/import.md)."""

from django.core.management.base import BaseCommand, CommandError

from stories.archive import write_article
from stories.queries import find_archive


class Command(BaseCommand):
    help = "Write an imported story to standard output, byte for byte as it was imported. See docs/import.md."

    def add_arguments(self, parser):
        parser.add_argument(
            "id", metavar="ID", help="the number in the archive, such as 0177069105, or the story's own"
        )

    def handle(self, **options):
        article = find_archive(options["id"])
        if article is None:
            raise CommandError(f"No imported story has the id {options['id']!r}.")
        written = write_article(article)
        if binary := getattr(self.stdout._out, "buffer", None):  # a text stream would translate line ends
            binary.write(written)
            binary.flush()
        else:
            self.stdout.write(written.decode(), ending="")
