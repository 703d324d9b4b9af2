"""How long a text takes to render: ``python -m benchmarks.text``. Milliseconds of processor time, best of five."""

import json
import time
from contextlib import suppress
from pathlib import Path

from forum import policy
from forum.text import MARKUPS, TextRefused, clean, excerpt, render, render_archived

FLOODS = Path(__file__).resolve().parent.parent / "tests" / "forum" / "corpus" / "floods.json"
COMMENT = """\
> Someone said this before, at some length, and was *not* entirely wrong.

That is one way to see it; https://example.org/a/long_address?with=query says otherwise, and `code` says nothing.
People write on for a while, as people do, in words of one or two or even more syllables, and then they stop.

- one point
- another [with a link](https://example.org/)

"""


def milliseconds(work, *arguments) -> float:
    """Best of five runs; a refusal in words counts as an answer."""
    return min(_once(work, *arguments) for _ in range(5)) * 1000


def _once(work, *arguments) -> float:
    before = time.process_time()
    with suppress(TextRefused):
        work(*arguments)
    return time.process_time() - before


def _flood(parts: dict[str, str], length: int) -> str:
    again, close = parts["again"], parts.get("close", "")
    before, middle = parts.get("before", ""), parts.get("middle", "")
    times = (length - len(before) - len(middle)) // len(again + close)
    return before + again * times + middle + close * times


def print_usual(length: int) -> None:
    text = (COMMENT * (length // len(COMMENT) + 1))[:length]
    print(f"\nAn ordinary comment of {length:,} characters")
    for markup in MARKUPS:
        print(f"  {markup:10} {milliseconds(render, text, markup):8.1f} ms")
    html = render(text, "markdown")
    print(f"  {'clean':10} {milliseconds(clean, html):8.1f} ms")
    print(f"  {'excerpt':10} {milliseconds(excerpt, html, 80):8.1f} ms")
    print(f"  {'archived':10} {milliseconds(render_archived, [(0, line) for line in text.splitlines()], {}):8.1f} ms")


def print_worst(length: int) -> None:
    floods = {name: _flood(parts, length) for name, parts in json.loads(FLOODS.read_text()).items()}
    print(f"\nThe worst of {len(floods)} hostile texts of {length:,} characters")
    for markup in MARKUPS:
        cost, name = max((milliseconds(render, text, markup), name) for name, text in floods.items())
        print(f"  {markup:10} {cost:8.1f} ms  {name}")


if __name__ == "__main__":
    print_usual(1_000)
    print_usual(10_000)
    print_worst(10_000)
    print_worst(policy.BODY_MAX)
