"""Two members and a visitor read through the cache at once: does anybody see what was made for another?

python -m benchmarks.leaks [postgresql|sqlite] [--reads 10000]

Each member has a name that nobody else has, which stands in the head of every page made for him. While they read, one
of them posts, moderates and is told so. Afterwards the cache's files are searched for the names.
"""

import argparse
import gzip
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from benchmarks.scratch import scratch_database
from benchmarks.serving import HEAD, ask, collect_static, nginx

THREADS, NAMES = 8, ("Canary-Ada", "Canary-Bob")


class Reader:
    """One browser: its cookies, and the name that its pages must hold ("" for a visitor)."""

    def __init__(self, name: str, cookies: str):
        self.name, self.cookies = name, cookies

    def read(self, port: int, path: str) -> str:
        """What is wrong with the page; "" if nothing."""
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        line.request("GET", path, headers=HEAD | ({"Cookie": self.cookies} if self.cookies else {}))
        answer = line.getresponse()
        body = answer.read()
        line.close()
        body = gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body
        seen = {name for name in NAMES if name.encode() in body or name in str(answer.getheaders())}
        wanted = {self.name} if self.name else set()
        if answer.status != 200:
            return f"{path} answered {answer.status}"
        if not self.name and b"csrfmiddlewaretoken" in body:
            return f"{path}: a visitor was sent the token of a form"
        return "" if seen == wanted else f"{path}: {self.name or 'a visitor'} was shown {sorted(seen)}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for what was made for another reader.")
    parser.add_argument("vendor", nargs="?", default="postgresql")
    parser.add_argument("--reads", type=int, default=10_000)
    asked = parser.parse_args()
    with scratch_database(asked.vendor) as words, TemporaryDirectory() as folder, ExitStack() as stack:
        from benchmarks.floors import web_server

        story, readers, paths = prepare()
        collect_static(Path(folder))
        site = stack.enter_context(web_server(Path(folder)))
        _, cached = stack.enter_context(nginx(Path(folder), site))
        for reader in readers:  # as a browser that has been here: with the token of the forms
            given = ask(site, paths[0], reader.cookies)[1].get("Set-Cookie", "").partition(";")[0]
            reader.cookies = f"{reader.cookies}; {given}".strip("; ")
        wrong = read_all(readers, paths, cached, asked.reads, story)
        files = [path for path in (Path(folder) / "cache").rglob("*") if path.is_file()]
        found = [name for name in NAMES for path in files if name.encode() in plain(path)]
        lately = [line for line in wrong if line]
        print(
            f"{words}: {asked.reads:,} reads, {len(lately)} foreign marks or errors; {len(files)} files in the cache, ",
            end="",
        )
        print(f"{len(found)} names in them")
        print(*lately[:10], sep="\n")
    return int(bool(lately or found or not files))


def prepare():
    from benchmarks.floors import signed_in
    from benchmarks.story_page import now
    from forum.presets import THRESHOLD
    from tests.factories import UNLIMITED, a_comment, a_member, a_policy, a_story, some_points

    a_policy(THRESHOLD, now=now(), **UNLIMITED)
    story = a_story("A story that all read", now=now())
    for number in range(60):
        a_comment(story.discussion, subject=f"Point {number}", now=now())
    members = [a_member(name) for name in NAMES]
    some_points(members[0], 5, now=now())
    page = story.get_absolute_url()
    readers = [Reader(member.username, signed_in(member.pk)) for member in members] + [Reader("", "")]
    return story, readers, [page, "/", f"{page}?threshold=2", f"{page}?mode=flat&order=newest"]


def read_all(readers, paths, port: int, reads: int, story) -> list[str]:
    chance, lock, turn = random.Random(1), Lock(), [0]

    def one(_):
        with lock:
            reader, path = chance.choice(readers), chance.choice(paths)
            turn[0] += 1
            is_turn = turn[0] % 500 == 0
        if is_turn:
            say_something(story, turn[0])
        return reader.read(port, path)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(reads)))


def say_something(story, number: int) -> None:
    """Somebody without a name posts, so that pages change while they are read."""
    from django.db import connection

    from benchmarks.story_page import now
    from tests.factories import a_comment

    a_comment(story.discussion, subject=f"Meanwhile {number}", now=now())
    connection.close()


def plain(path: Path) -> bytes:
    """A file of the cache, with what is compressed in it unpacked."""
    kept = path.read_bytes()
    start = kept.find(b"\x1f\x8b\x08")
    return kept if start < 0 else kept[:start] + gzip.decompress(kept[start:])


if __name__ == "__main__":
    sys.exit(main())
