"""Text written to harm in a real browser: what the renderer made of it, without the content security policy.

A counter hears whatever runs.
"""

import pytest

from forum.text import MARKUPS, TextRefused, render
from tests.security.payloads import CARRIERS, FOLDED, brought_along, scripts, written_by_hand

pytestmark = pytest.mark.django_db

OWN = scripts() + written_by_hand() + list(FOLDED.values())
SCRIPTS = OWN + brought_along()

# -- The counter counts --------------------------------------------------------------------------------------------


def test_the_counter_hears_what_runs_and_sees_what_is_armed(page, counter, complaints):
    page.goto("about:blank")  # what counts is put into pages that are gone to
    page.set_content("".join(f"<div>{text}</div>" for text in (*CARRIERS[:2], "<script>alert(1)</script>")))
    page.wait_for_function("document.readyState === 'complete'")
    page.wait_for_timeout(200)
    assert len(counter.heard) == 3
    assert any("alert" in said for said in counter.heard)
    page.set_content("<a href=' java\nscript:hit()'>x</a><b onclick=hit()>x</b>")
    assert len(counter.armed()) == 2
    complaints.clear()


# -- What was rendered, in every markup ----------------------------------------------------------------------------


@pytest.mark.parametrize("markup", MARKUPS)
def test_nothing_rendered_runs_or_leaves_its_place(page, counter, complaints, markup):
    parts = [f'<div class="one">{shown}</div>' for shown in (rendered(text, markup) for text in SCRIPTS) if shown]
    page.goto("about:blank")
    page.set_content(f"<main>{''.join(parts)}<p id=after>after</p></main>")
    assert len(parts) > len(OWN) / 2
    assert page.locator("main > .one").count() == len(parts)
    assert page.locator("main > #after").count() == 1
    assert counter.armed() == []
    assert counter.heard == []
    assert complaints == []


def rendered(text: str, markup: str) -> str:
    try:
        return render(text, markup)
    except TextRefused:
        return ""
