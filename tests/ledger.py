"""An independent judge of the moderation records: plain SQL and plain Python, with nothing of the site's own code.

It believes only the rows that are never changed (moderations, reversals, point entries, karma lines, token entries) and
holds every copy against them: scores, balances, karma, tokens, totals. Invariants I5 to I8 of the reliability plan.
"""

import json
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, transaction

LOWEST, HIGHEST, KARMA_LOWEST, KARMA_HIGHEST = -1, 5, -25, 50
HERE = "SELECT id FROM comments_comment WHERE discussion_id % {of} = {rest}"
SEEN = f"comment_id IN ({HERE}) OR moderator_id % {{of}} = {{rest}}"
TABLES = {  # what is read, and what narrows it to a share of the discussions and of the members
    "comments": (
        "SELECT id, discussion_id, author_id, score, start_score, posted_at, policy_id, hidden_at, label, has_bonus"
        " FROM comments_comment WHERE {0} ORDER BY id",
        "discussion_id % {of} = {rest}",
    ),
    "moderations": (
        "SELECT id, comment_id, moderator_id, delta, sets_score, grant_id, karma_change_id, withdrawn_at, policy_id,"
        " moderated_at, author_id FROM moderation_moderation WHERE {0} ORDER BY id",
        SEEN,
    ),
    "reversals": (
        "SELECT moderation_id, number, kind FROM moderation_reversal WHERE {0} ORDER BY id",
        f"moderation_id IN (SELECT id FROM moderation_moderation WHERE {SEEN})",
    ),
    "karma": (
        "SELECT id, member_id, delta, reverses_id, withdrawn_at FROM accounts_karmachange WHERE {0} ORDER BY id",
        "member_id % {of} = {rest}",
    ),
    "members": ("SELECT id, karma FROM accounts_user WHERE {0}", "id % {of} = {rest}"),
    "grants": (
        "SELECT id, member_id, points_granted, points_left, points_expired FROM moderation_pointgrant"
        " WHERE {0} ORDER BY id",
        "member_id % {of} = {rest}",
    ),
    "entries": (
        "SELECT grant_id, kind, points, moderation_id FROM moderation_pointentry WHERE {0} ORDER BY id",
        "member_id % {of} = {rest}",
    ),
    "tokens": (
        "SELECT member_id, amount, balance FROM moderation_tokenentry WHERE {0} ORDER BY id",
        "member_id % {of} = {rest}",
    ),
    "moderators": ("SELECT member_id, tokens FROM moderation_moderator WHERE {0}", "member_id % {of} = {rest}"),
    "policies": ("SELECT number, numbers FROM rulebook_policyversion ORDER BY number", ""),
    "discussions": (
        "SELECT id, comment_count, count_minus_1, count_0, count_1, count_2, count_3, count_4, count_5"
        " FROM comments_discussion WHERE {0}",
        "id % {of} = {rest}",
    ),
}
ACTS = "SELECT id, actor_id, verb, target_id, reason, before, after, undoes_id FROM accounts_staffact ORDER BY id"
# The logs, and in each the columns (by place) that are copies of what later rows say; nothing else may ever change.
LOGS = {
    "moderations": {7},
    "reversals": (),
    "karma": {4},
    "grants": {3, 4},
    "entries": (),
    "tokens": (),
    "policies": (),
}


class Moderated(NamedTuple):
    """A row of the moderation log."""

    pk: int
    comment: int
    moderator: int
    delta: int
    sets_score: int | None
    grant: int | None
    karma_line: int | None
    withdrawn_at: object
    policy: int | None
    at: object
    author: int | None


@contextmanager
def one_instant():
    """Everything read inside is as it was at one moment, whatever others commit meanwhile."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def read_books(*, of: int = 1, rest: int = 0) -> dict[str, list[tuple]]:
    """The rows that matter, by table, inside a transaction of the caller's.

    ``of``: read only one of so many shares of the discussions and of the members, the one with number ``rest``.
    """
    books = {}
    with connection.cursor() as cursor:
        for name, (sql, share) in TABLES.items():
            cursor.execute(sql.format("(" + share.format(of=of, rest=rest) + ")" if of > 1 else "1 = 1"))
            books[name] = cursor.fetchall()
    return books


def read_acts() -> list[tuple]:
    """The record of staff acts, which no number follows from."""
    with connection.cursor() as cursor:
        cursor.execute(ACTS)
        return cursor.fetchall()


def lasting(books) -> dict[str, list[tuple]]:
    """The rows of the logs without the columns that are copies."""
    return {
        name: [tuple(value for place, value in enumerate(row) if place not in copies) for row in books[name]]
        for name, copies in LOGS.items()
    }


def rewritten(before, after) -> list[str]:
    """The logs of ``lasting`` in which a row changed or disappeared meanwhile."""
    return [f"the log of {name} was rewritten" for name in after if after[name][: len(before[name])] != before[name]]


def differences_now(**share) -> list[str]:
    """What is wrong at this instant, in words; empty if nothing is. ``share`` as in ``read_books``."""
    with one_instant():
        books = read_books(**share)
    return differences(books)


def differences(books: dict[str, list[tuple]]) -> list[str]:
    log = [Moderated(*row) for row in books["moderations"]]
    reversals = Counter(moderation for moderation, _, _ in books["reversals"])
    active = {one.pk for one in log if reversals[one.pk] % 2 == 0}
    counting = counting_lines(books["karma"])
    return [
        *wrong_copies(log, active, books["karma"], counting),
        *wrong_scores(books, log, active),
        *wrong_totals(books),
        *wrong_points(books, log),
        *wrong_referees(books, [one for one in log if one.pk in active and one.sets_score is None]),
        *wrong_karma(books, counting),
        *wrong_tokens(books),
    ]


def wrong_copies(log, active, karma_lines, counting):
    """``withdrawn_at`` must say what the later rows say, and a moderation's karma must count while it does."""
    known = {pk for pk, *_ in karma_lines}
    for one in log:
        if (one.withdrawn_at is None) != (one.pk in active):
            yield f"moderation {one.pk}: withdrawn_at is not what its reversals say"
        if one.karma_line in known and (one.karma_line in counting) != (one.pk in active):
            yield f"moderation {one.pk}: its karma counts and it does not, or the other way round"
    for pk, *_, withdrawn_at in karma_lines:
        if (withdrawn_at is None) != (pk in counting):
            yield f"karma line {pk}: withdrawn_at is not what the lines that reverse it say"


def held(value, lowest, highest):
    return max(lowest, min(highest, value))


def wrong_scores(books, log, active):
    lines = defaultdict(list)
    for one in log:
        if one.pk in active:
            lines[one.comment].append(one)
    for pk, _, _, score, start, *_ in books["comments"]:
        replayed = start
        for line in lines[pk]:
            replayed = held(replayed + line.delta, LOWEST, HIGHEST) if line.sets_score is None else line.sets_score
        if score != replayed or not LOWEST <= score <= HIGHEST:
            yield f"comment {pk}: score {score}, its log says {replayed}"


def wrong_totals(books):
    found = defaultdict(Counter)
    for _, discussion, _, score, _, _, _, hidden_at, *_ in books["comments"]:
        if hidden_at is None:
            found[discussion][score] += 1
    for pk, total, *by_score in books["discussions"]:
        counted = [found[pk][score] for score in range(LOWEST, HIGHEST + 1)]
        if (total, by_score) != (sum(counted), counted):
            yield f"discussion {pk}: totals {total} {by_score}, its comments say {counted}"


def wrong_points(books, log):
    """granted + returned - spent - gone = left, and never below 0: no point is lost, none is doubled."""
    spent = Counter(one.grant for one in log if one.grant)
    returned, gone = Counter(), Counter()
    for grant, kind, points, _ in books["entries"]:
        (returned if kind == "returned" else gone)[grant] += points
    owner = {pk: member for pk, member, *_ in books["grants"]}
    own = {one.pk for one in log if one.grant in owner}
    undone = {moderation for moderation, _, kind in books["reversals"] if kind == "undone"} & own
    given_back = Counter(moderation for _, kind, _, moderation in books["entries"] if kind == "returned")
    if set(given_back) != undone or set(given_back.values()) - {1}:
        yield "points were returned for other moderations than those taken back, or twice"
    for pk, member, granted, left, expired in books["grants"]:
        replayed = granted + returned[pk] - spent[pk] - gone[pk]
        if left != replayed or expired != gone[pk] or left < 0:
            yield f"grant {pk} of {member}: {left} left and {expired} gone, its log says {replayed} and {gone[pk]}"
    foreign = [one.pk for one in log if one.grant in owner and owner[one.grant] != one.moderator]
    yield from (f"moderation {pk}: another's point was spent" for pk in foreign)


def wrong_referees(books, active):
    """Nobody moderates a comment twice, an own one, or (where the policy says so) where he has posted by name."""
    author = {pk: by for pk, _, by, *_ in books["comments"]}
    place = {pk: discussion for pk, discussion, *_ in books["comments"]}
    for (comment, moderator), times in Counter((one.comment, one.moderator) for one in active).items():
        if times > 1:
            yield f"comment {comment}: moderated {times} times by {moderator}"
    exclusive = {number: is_exclusive(numbers) for number, numbers in books["policies"]}
    posts = defaultdict(list)
    for _, discussion, by, _, _, posted_at, policy, *_ in books["comments"]:
        if by:
            posts[discussion, by].append((posted_at, exclusive[policy or 1]))
    for one in active:
        if one.comment not in place:
            continue
        if author[one.comment] == one.moderator:
            yield f"moderation {one.pk}: of an own comment"
        # Whichever came second had to see the other, under its own policy.
        for posted_at, posted_exclusively in posts[place[one.comment], one.moderator]:
            if posted_exclusively if posted_at > one.at else exclusive[one.policy or 1]:
                yield f"moderation {one.pk}: {one.moderator} is player and referee"


def is_exclusive(numbers) -> bool:
    return (json.loads(numbers) if isinstance(numbers, str) else numbers)["is_exclusive"]


def counting_lines(karma_lines) -> set[int]:
    """The karma lines that count: those no counting line reverses. A line is reversed by later ones only."""
    counting, reversed_by_counting = set(), set()
    for pk, _, _, reverses, _ in reversed(karma_lines):
        if pk not in reversed_by_counting:
            counting.add(pk)
            reversed_by_counting.add(reverses)
    return counting


def wrong_karma(books, counting):
    replayed = Counter()
    for pk, member, delta, _, _ in books["karma"]:
        if pk in counting:
            replayed[member] = held(replayed[member] + delta, KARMA_LOWEST, KARMA_HIGHEST)
    for pk, karma in books["members"]:
        if karma != replayed[pk]:
            yield f"member {pk}: karma {karma}, its log says {replayed[pk]}"


def wrong_tokens(books):
    running = Counter()
    for member, amount, balance in books["tokens"]:
        running[member] += amount
        if running[member] != balance:
            yield f"member {member}: an entry leaves {balance} tokens, those before it make {running[member]}"
    stored = Counter(dict(books["moderators"]))
    for member in running.keys() | stored.keys():
        if running[member] != stored[member]:
            yield f"member {member}: {stored[member]} tokens, its log says {running[member]}"
