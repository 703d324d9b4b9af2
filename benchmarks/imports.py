"""Importing articles of more and more comments: reading the text, storing it, and storing a newer copy of it.

python -m benchmarks.imports [sqlite|postgresql]

The time for each comment tells whether the work grows with the article or faster.
"""

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.scratch import print_table, scratch_database

SIZES = (500, 1_000, 2_000, 4_000, 8_000)
SAID = "the interesting part is not that it works at all but that it goes on working when many use it at once"


def main(arguments: list[str]) -> None:
    if not arguments:  # Django can be set up on one database in a process
        for vendor in ("sqlite", "postgresql"):
            subprocess.run([sys.executable, "-m", "benchmarks.imports", vendor], check=True)
        return
    with scratch_database(arguments[0]) as words:
        rows = [one_size(size) for size in SIZES]
        columns = ["comments", "reading ms", "a comment", "storing ms", "a comment", "statements"]
        columns += ["100 comments more, ms", "a comment", "wrong in trees"]
        print_table(f"Articles of an archive, {words}", columns, rows)


def one_size(size: int) -> list:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from stories.actions import import_article
    from stories.archive import read_article
    from stories.models import Story
    from tests.trees import wrong_with

    whole, half = an_article(size), an_article(size, until=size - 100)
    started = time.perf_counter()
    read_article(whole)
    read = 1000 * (time.perf_counter() - started)
    article = read_article(half)
    with CaptureQueriesContext(connection) as asked:
        stored, imported = timed(lambda: import_article(article=article, now=timezone.now()))
    newer = read_article(whole)
    updated, _ = timed(lambda: import_article(article=newer, now=timezone.now()))
    wrong = wrong_with(Story.objects.get(pk=imported.pk).discussion)
    each = len(half.split(b"Score:")) - 1
    return [size, read, read / size, stored, stored / each, len(asked), updated, updated / size, len(wrong)]


def timed(act):
    started = time.perf_counter()
    done = act()
    return 1000 * (time.perf_counter() - started), done


def an_article(size: int, until: int | None = None) -> bytes:
    """The article that comes with the site, with so many comments in its place; ``until``: only the first of them."""
    from stories.archive import Paragraph, read_article, write_article

    chance = random.Random(size)
    pattern = read_article(next(Path("stories/seeds").glob("*.txt")).read_bytes())
    like, comments = pattern.comments[0], []
    for number in range(1, size + 1):
        text = " ".join(chance.choices(SAID.split(), k=60)) + f", says {number}."
        said = (Paragraph(0, text.capitalize()),)
        if comments and chance.random() < 0.4:
            quoted = chance.choice(comments).paragraphs[-1]
            said = (Paragraph(1, quoted.text), *said)
        uid = chance.randint(1, size)
        who = {"author": f"person{uid}", "uid": uid, "anonymous": False}
        comments.append(replace(like, n=number, paragraphs=said, links=(), truncated=False, **who))
    return write_article(replace(pattern, id=str(10_000_000 + size), comments=tuple(comments[:until])))


if __name__ == "__main__":
    main(sys.argv[1:])
