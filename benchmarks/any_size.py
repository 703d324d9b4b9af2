"""Discussions of 100,000 comments, of 100,000 replies to one comment, and of a chain 10,000 deep: the first page, and a
crawler that follows the plain links in every mode and order and must meet every comment exactly once.

python -m benchmarks.any_size [postgresql|sqlite] [--comments 100000] [--depth 10000]
"""

import argparse
import random
import re
import sys
import time
from collections import Counter

from benchmarks.scratch import median, print_table, scratch_database

FOUND = re.compile(rb'id="comment-(\d+)"')
NEXT = re.compile(rb'<a rel="next" href="([^"#]+)')
TRIES = 5


def main() -> int:
    parser = argparse.ArgumentParser(description="Open and crawl very large discussions.")
    parser.add_argument("vendor", nargs="?", default="postgresql")
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--depth", type=int, default=10_000)
    asked = parser.parse_args()
    chance = random.Random(7)
    shapes = {
        "1,000 comments": a_forest(chance, 1_000),
        f"{asked.comments:,} comments": a_forest(chance, asked.comments),
        f"{asked.comments:,} under one": [None, *[0] * (asked.comments - 1)],
        f"a chain of {asked.depth:,}": [None, *range(asked.depth - 1)],
    }
    with scratch_database(asked.vendor) as words:
        stories = {name: a_story_of(shape, words_from(chance)) for name, shape in shapes.items()}
        opened = [[name, *first_page(story)] for name, story in stories.items()]
        columns = [
            "discussion",
            "first page ms",
            "later pages ms, cold",
            "queries",
            "bytes",
            "comments",
            "newest ms",
            "highest ms",
        ]
        print_table(f"Opening, nothing rendered before, {words}", columns, opened)
        crawled = [row for name, story in stories.items() for row in crawl_all(name, story)]
        columns = [
            "discussion",
            "mode",
            "order",
            "pages",
            "met once",
            "met again",
            "missed",
            "largest page, bytes",
            "slowest ms",
        ]
        print_table(f"A crawler, {words}", columns, crawled)
    return int(any(row[5] or row[6] for row in crawled))


def a_forest(chance: random.Random, size: int) -> list[int | None]:
    """Which comment each one answers: a fifth begin threads, the rest answer somebody, mostly of late."""
    parents: list[int | None] = [None]
    for number in range(1, size):
        late = max(0, number - int(chance.paretovariate(0.6)))
        parents.append(None if chance.random() < 0.2 else late)
    return parents


def words_from(chance: random.Random) -> list[str]:
    from benchmarks.story_page import vocabulary

    known = vocabulary()
    return [f"<p>{' '.join(chance.choices(known, k=85))}</p>" for _ in range(500)]


def a_story_of(parents: list[int | None], texts: list[str]):
    from benchmarks.story_page import now
    from comments.models import Comment
    from tests.factories import a_member, a_story
    from tests.forests import plant

    at, authors = now(), [a_member() for _ in range(20)]
    first = (Comment.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1

    def columns(number: int) -> dict:
        score = (0, 1, 1, 1, 2, 2, 3, 4, 5, -1)[number * 7 % 10]
        author = authors[number % 20] if number % 5 else None
        bonus = author is not None and number % 3 == 0
        of_bonus = {"has_bonus": bonus, "had_bonus": bonus}
        return {"score": score, "start_score": score, "posted_at": at, "author": author, **of_bonus}

    story = a_story(now=at)
    return plant(story, parents, first=first, columns=columns, html=lambda number: texts[number % len(texts)])


def first_page(story) -> list:
    from django.db import connection
    from django.test import Client

    from comments.store import STORE

    client, address = Client(), story.get_absolute_url() + "?threshold=-1&full_from=-1&mode=nested"

    def cold(more: str):
        times = []
        for _ in range(TRIES):
            STORE.clear()
            started = time.perf_counter()
            answer = client.get(address + more)
            times.append(1000 * (time.perf_counter() - started))
        return median(times), answer

    cold("")  # loads templates
    first, answer = cold("")
    asked = []
    with connection.execute_wrapper(lambda execute, *about: asked.append(about) or execute(*about)):
        cold("")
    following = NEXT.search(answer.content)
    later = cold(f"&after={following[1].rpartition(b'=')[2].decode()}")[0] if following else "–"
    others = [cold(f"&order={order}")[0] for order in ("newest", "highest")]
    return [first, later, len(asked) // TRIES, len(answer.content), len(FOUND.findall(answer.content)), *others]


def crawl_all(name: str, story):
    for mode in ("nested", "threaded", "flat"):
        for order in ("oldest", "newest", "highest"):
            yield [name, mode, order, *crawl(story, mode, order)]


def crawl(story, mode: str, order: str) -> list:
    from django.test import Client

    from comments.models import Comment

    client, met, pages, largest, slowest = Client(), Counter(), 0, 0, 0.0
    path = story.get_absolute_url()
    query = f"?threshold=-1&full_from=-1&mode={mode}&order={order}"
    while query:
        started = time.perf_counter()
        html = client.get(path + query).content
        slowest = max(slowest, 1000 * (time.perf_counter() - started))
        met.update(map(int, FOUND.findall(html)))
        pages, largest, following = pages + 1, max(largest, len(html)), NEXT.search(html)
        query = following[1].replace(b"&amp;", b"&").decode() if following else None
    ids = set(Comment.objects.filter(discussion=story.discussion_id).values_list("pk", flat=True))
    once = sum(met[pk] == 1 for pk in ids)
    return [pages, once, sum(times > 1 for times in met.values()), len(ids - met.keys()), largest, slowest]


if __name__ == "__main__":
    sys.exit(main())
