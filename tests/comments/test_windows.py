"""Pages of large discussions: every comment on exactly one page, in every mode and order, by plain links."""

import re
from random import Random

import pytest

from comments.actions import hide_comment, recount_discussion
from comments.models import Comment
from comments.queries import windows
from forum import policy
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.forests import plant
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
FOUND = re.compile(r'id="comment-(\d+)"')
ORDERS = ("oldest", "newest", "highest")
PER_PAGE = 20


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(policy, "COMMENTS_PER_PAGE", PER_PAGE)
    monkeypatch.setattr(policy, "THREADS_COUNTED", 3)
    monkeypatch.setattr(policy, "COMMENT_MARKUP_BYTES", 0)
    monkeypatch.setattr(policy, "PARENT_WORDS_BYTES", 0)


def a_discussion_of(parents, *, seed=1, html="<p>Words</p>"):
    """A story whose comment n answers comment ``parents[n]`` (None: the story); scores are drawn from the seed."""
    draw = Random(seed)

    def columns(number):
        score = draw.randint(-1, 5)
        return {"score": score, "start_score": score, "posted_at": NOW}

    return plant(a_story(), parents, first=1000, columns=columns, html=lambda number: html)


def a_forest(size, *, seed=1, roots=0.3):
    draw = Random(seed)
    return [None if not n or draw.random() < roots else draw.randrange(n) for n in range(size)]


SHAPES = {
    "many small threads": a_forest(90, roots=0.5),
    "one thread larger than a page": [None, *[0] * 60],
    "a chain": [None, *range(70)],
    "a large thread among small ones": [None] * 7 + [3] * 45 + [None] * 30,
    "just one page": a_forest(PER_PAGE),
    "one more than a page": [None] * (PER_PAGE + 1),
}


def crawl(client, address):
    """The comments on each page, following the link to the next one."""
    pages = []
    while address:
        html = client.get(address).content.decode()
        pages.append([int(number) for number in FOUND.findall(html)])
        following = re.search(r'<a rel="next" href="([^"#]+)', html)
        address = address.partition("?")[0] + following[1].replace("&amp;", "&") if following else None
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("mode", ["nested", "threaded", "flat"])
def test_a_crawler_meets_every_comment_exactly_once(client, shape, order, mode):
    story = a_discussion_of(SHAPES[shape])
    pages = crawl(client, f"{story.get_absolute_url()}?threshold=-1&mode={mode}&order={order}")
    met = [number for page in pages for number in page]
    assert sorted(met) == [1000 + number for number in range(len(SHAPES[shape]))]
    assert max(map(len, pages)) <= PER_PAGE


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("order", ORDERS)
def test_any_forest_is_met_once_and_in_the_order_of_its_threads(client, seed, order):
    draw = Random(seed)
    parents = a_forest(draw.randrange(1, 130), seed=seed, roots=draw.choice((0.05, 0.3, 0.7)))
    story = a_discussion_of(parents, seed=seed)
    pages = crawl(client, f"{story.get_absolute_url()}?threshold=-1&order={order}")
    met = [number for page in pages for number in page]
    assert sorted(met) == sorted(Comment.objects.values_list("pk", flat=True))
    roots = list(Comment.objects.filter(pk__in=met, parent=None))
    keys = {"oldest": lambda c: c.tree_id, "newest": lambda c: -c.tree_id, "highest": lambda c: (-c.score, c.tree_id)}
    assert [pk for pk in met if Comment.objects.get(pk=pk).parent_id is None] == [
        one.pk for one in sorted(roots, key=keys[order])
    ]


@pytest.mark.parametrize("mode", ["nested", "flat"])
def test_a_page_of_one_branch_is_cut_and_goes_on(client, mode):
    a_discussion_of([None, *[0] * 50, 1, 1, None])
    pages = crawl(client, f"/comment/1000/?threshold=-1&mode={mode}")
    met = [number for page in pages for number in page]
    assert sorted(met) == [1000 + number for number in range(53)]


def test_threads_that_fit_are_never_torn(client):
    parents = [n // 5 * 5 if n % 5 else None for n in range(60)]
    story = a_discussion_of(parents)
    for page in crawl(client, f"{story.get_absolute_url()}?threshold=-1"):
        assert {number - (number - 1000) % 5 for number in page} <= set(page)
        assert len(page) % 5 == 0


def test_long_comments_make_a_page_hold_fewer(client, monkeypatch):
    monkeypatch.setattr(policy, "THREAD_BYTES_MAX", 1000)
    story = a_discussion_of([None] * 12, html=f"<p>{'x' * 290}</p>")
    assert list(map(len, crawl(client, f"{story.get_absolute_url()}?threshold=-1"))) == [3, 3, 3, 3]


def test_words_about_a_parent_on_another_page_take_room_too(client, monkeypatch):
    monkeypatch.setattr(policy, "THREAD_BYTES_MAX", 1000)
    monkeypatch.setattr(policy, "PARENT_WORDS_BYTES", 300)
    story = a_discussion_of([None] + [0] * 6, html=f"<p>{'x' * 290}</p>")
    assert list(map(len, crawl(client, f"{story.get_absolute_url()}?threshold=-1"))) == [3, 1, 1, 1, 1]


def test_a_comment_longer_than_a_page_has_one_of_its_own(client, monkeypatch):
    monkeypatch.setattr(policy, "THREAD_BYTES_MAX", 100)
    story = a_discussion_of([None, 0, None], html=f"<p>{'x' * 290}</p>")
    assert list(map(len, crawl(client, f"{story.get_absolute_url()}?threshold=-1"))) == [1, 1, 1]


def test_what_is_posted_meanwhile_moves_no_page(client):
    story = a_discussion_of([None] * 50)
    address = f"{story.get_absolute_url()}?threshold=-1"
    first = crawl(client, address)[0]
    a_comment(parent=Comment.objects.get(pk=1005))
    a_comment(story.discussion)
    rest = crawl(client, f"{address}&after={first[-1]}")
    assert [number for page in rest for number in page][: 50 - len(first)] == list(range(1000 + len(first), 1050))


def test_a_reply_in_a_thread_that_was_read_is_on_the_next_page_and_says_whom_it_answers(client):
    story = a_discussion_of([None] * 50)
    first = crawl(client, f"{story.get_absolute_url()}?threshold=-1")[0]
    late = a_comment(parent=Comment.objects.get(pk=first[-1]))
    page = read(client.get(f"{story.get_absolute_url()}?threshold=-1&after={first[-1]}"))
    assert f"In reply to #{first[-1]}, on another page." in page.words
    assert f"#{late.pk}" in page.links


@pytest.mark.parametrize("size", [7, 90])
def test_without_comments_the_thresholds_still_say_how_many_there_are(client, size):
    story = a_discussion_of(a_forest(size))
    hide_comment(comment=Comment.objects.get(pk=1001), actor=an_editor(), reason="spam", now=NOW)
    levels = [
        re.findall(r'<b>([^<]+)</b><span class="unseen">:</span> <span>(\d+)', read(client.get(address)).html)
        for address in (f"{story.get_absolute_url()}?threshold=-1&mode={mode}" for mode in ("none", "nested"))
    ]
    assert levels[0] == levels[1]
    assert dict(levels[0])["−1"] == str(size - 1)


def test_another_threshold_leaves_a_reader_on_the_page_and_another_order_begins_anew(client):
    story = a_discussion_of([None] * 50)
    cursor = crawl(client, f"{story.get_absolute_url()}?threshold=-1")[0][-1]
    page = read(client.get(f"{story.get_absolute_url()}?threshold=-1&after={cursor}"))
    links = [link.replace("&amp;", "&") for link in re.findall(r'rel="nofollow" href="(\?[^"#]+)', page.html)]
    stay = {link for link in links if "mode=flat" not in link and "order=oldest" in link and "mode=none" not in link}
    assert len(stay) > 10
    assert all(link.endswith(f"&after={cursor}") for link in stay)
    leave = [link for link in links if "mode=flat" in link or "order=oldest" not in link]
    assert len(leave) == 3
    assert not [link for link in leave if "after" in link]
    kept = crawl(client, f"{story.get_absolute_url()}{stay.pop()}")
    assert min(kept[0]) > cursor


def test_the_counts_are_those_of_all_pages(client):
    story = a_discussion_of(a_forest(90))
    words = read(client.get(story.get_absolute_url())).words
    assert "90 comments" in words
    for score in range(6):
        assert f" {score}: {Comment.objects.filter(score__gte=score).count()} comment" in words


def test_the_counts_tell_those_with_the_bonus_and_leave_out_what_is_hidden(client):
    story = a_discussion_of(a_forest(90))
    author = a_member()
    for comment in Comment.objects.filter(pk__in=range(1000, 1090, 3)):
        Comment.objects.filter(pk=comment.pk).update(author=author, had_bonus=True, has_bonus=comment.pk % 2)
    Comment.objects.filter(pk__in=range(1000, 1090, 7)).update(hidden_at=NOW)
    recount_discussion(story.discussion_id)
    found = windows.count_scores(story.discussion)
    visible = Comment.objects.filter(hidden_at=None)
    assert found == {
        (score, bonus): visible.filter(score=score, has_bonus=bonus).count()
        for score in range(-1, 6)
        for bonus in (True, False)
    }
    assert sum(found[score, True] for score in range(-1, 6)) > 5
    words = read(client.get(story.get_absolute_url())).words
    shown = [min(5, comment.score + comment.has_bonus) for comment in visible]
    for score in range(6):
        assert f" {score}: {sum(one >= score for one in shown)} comment" in words


@pytest.mark.parametrize("after", ["0", "-1", "x", "99999999999999999999", "١", "1e3", ""])
def test_a_cursor_that_makes_no_sense_begins_at_the_beginning(client, after):
    story = a_discussion_of([None] * 25)
    assert 1000 in crawl(client, f"{story.get_absolute_url()}?threshold=-1&after={after}")[0]


def test_a_cursor_of_another_discussion_begins_at_the_beginning(client):
    stranger = a_comment()
    story = a_discussion_of([None] * 25)
    assert 1000 in crawl(client, f"{story.get_absolute_url()}?threshold=-1&after={stranger.pk}")[0]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [60, 600])
def test_a_page_costs_no_more_in_a_discussion_ten_times_as_large(django_assert_max_num_queries, order, size):
    story = a_discussion_of(a_forest(size))
    with django_assert_max_num_queries(4 + 2 * PER_PAGE // policy.THREADS_COUNTED):
        windows.load_page(story.discussion, is_flat=False, order=order, after=1020)
