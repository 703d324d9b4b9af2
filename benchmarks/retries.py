"""No time: one form sent again and again, by eight writers at once, must make one comment and leave no draft.

python -m benchmarks.retries [postgresql|sqlite] [--retries 10000] [--pages 500]

``--retries`` go to the action, ``--pages`` through the whole view, with the draft saved before each; all that twice,
under a name and without one. Every answer must name the same comment.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.scratch import print_table, scratch_database

WRITERS = 8


def main() -> int:
    parser = argparse.ArgumentParser(description="Send one form again and again.")
    parser.add_argument("vendor", nargs="?", default="postgresql")
    parser.add_argument("--retries", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=500)
    asked = parser.parse_args()
    with scratch_database(asked.vendor) as words:
        columns = ["sent", "times", "comments named in answers", "comments made", "drafts left", "other answers"]
        rows = []
        for is_anonymous in (False, True):
            rows.append(send(asked, is_anonymous=is_anonymous))
            print_table(f"One form, {WRITERS} writers at once, {words}", columns, rows[-1:])
    return 0 if all(row[2:5] == [1, 1, 0] for row in rows) else 1


def send(asked, *, is_anonymous: bool) -> list:
    from django.urls import reverse

    from comments.forms import new_form_key, read_form_key
    from comments.models import Comment, Draft
    from tests.factories import a_member, a_story

    member, story = a_member(), a_story()
    signed = new_form_key(f"{story.discussion_id}:")
    key, address = read_form_key(signed, f"{story.discussion_id}:"), reverse("comment_on", args=[story.discussion_id])
    form = {"subject": "Once", "body": "Said once, whatever happens.", "markup": "plain", "key": signed}
    form |= {"is_anonymous": "on"} if is_anonymous else {}
    acts = [lambda: act(story, member, key, is_anonymous)] * asked.retries
    acts += [lambda: page(member, address, form)] * asked.pages
    found = Counter(outcome for share in in_turns(acts) for outcome in share)
    named = [outcome for outcome in found if isinstance(outcome, int)]
    made = Comment.objects.filter(discussion=story.discussion).count()
    others = sum(count for outcome, count in found.items() if not isinstance(outcome, int))
    name = "without a name" if is_anonymous else "under a name"
    return [name, f"{found.total():,}", len(named), made, Draft.objects.count(), others]


def in_turns(acts):
    """Eight threads, each with a connection of its own, take every eighth."""
    from django.db import connection

    def run(place: int) -> list:
        try:
            return [one() for one in acts[place::WRITERS]]
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def act(story, member, key: str, is_anonymous: bool) -> int | str:
    from django.db import OperationalError
    from django.utils import timezone

    from comments.actions import prepare_words
    from moderation.actions import take_part

    words = prepare_words(subject="Once", body="Said once, whatever happens.", markup="plain")
    author = None if is_anonymous else member
    said = {"discussion": story.discussion, "author": author, "writer": member, "parent": None, "words": words}
    try:
        return take_part(**said, form_key=key, now=timezone.now()).pk
    except OperationalError as problem:  # SQLite lets one of eight wait for so long; a reader is told to try again
        return str(problem)


def page(member, address: str, form: dict) -> int | str:
    """Save the draft, then post: the comment that the answer leads to, or what it was instead."""
    from django.test import Client

    client = Client(raise_request_exception=False)
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    saved = client.post(address, form | {"draft_button": "1"}, headers={"accept": "application/json"})
    posted = client.post(address, form | {"post": "1"})
    if saved.status_code != 200 or posted.status_code != 302:
        return f"{saved.status_code}, {posted.status_code}"
    return int(posted["Location"].rpartition("-")[2])


if __name__ == "__main__":
    sys.exit(main())
