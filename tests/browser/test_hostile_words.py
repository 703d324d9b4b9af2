"""Text written to harm in a real browser: what the renderer made of it, without the content security policy.

A counter hears whatever runs.
"""

import pytest

from forum.text import MARKUPS, TextRefused, render
from tests.security.payloads import CARRIERS, FOLDED, scripts, written_by_hand

pytestmark = pytest.mark.django_db

SCRIPTS = scripts() + written_by_hand() + list(FOLDED.values())

COUNT_ALL = """
for (const name of ["alert", "confirm", "prompt", "print", "eval"]) window[name] = () => window.hit(name);
"""
# What is armed though nobody has touched it yet: what would run at a click, a look, a key.
ARMED = r"""
() => [...document.querySelectorAll("*")].flatMap(one => {
  const found = [...one.attributes].filter(({name, value}) => /^on/i.test(name) || name === "srcdoc" ||
    /^(href|src|action|formaction|data|xlink:href|to|values|from|background|poster)$/i.test(name) &&
    /^(javascript|vbscript|data|blob):/i.test(value.replace(/[\u0000-\u0020]/g, "")) ||
    name === "style").map(({name, value}) => `${one.tagName} ${name}=${value}`);
  const isData = one.type === "application/json", isFile = /^\/static\//.test(one.getAttribute("src"));
  const isOwn = one.tagName === "SCRIPT" && (isData || isFile);
  const isBad = /^(script|i?frame|object|embed|base|style|marquee|animate|set|foreignobject)$/i.test(one.tagName);
  return isBad && !isOwn ? [...found, one.outerHTML.slice(0, 80)] : found;
}).slice(0, 5)
"""


@pytest.fixture
def hits(page) -> list[str]:
    """Whatever ran so far."""
    heard: list[str] = []
    page.expose_function("hit", lambda *said: heard.append(str(said)))
    page.add_init_script(COUNT_ALL)
    return heard


def armed(page) -> list[str]:
    return page.evaluate(ARMED)


# -- The counter counts --------------------------------------------------------------------------------------------


def test_the_counter_hears_what_runs_and_sees_what_is_armed(page, hits, complaints):
    page.set_content("".join(f"<div>{text}</div>" for text in CARRIERS[:2]))
    page.wait_for_function("document.readyState === 'complete'")
    page.wait_for_timeout(200)
    assert hits
    page.set_content("<a href=' java\nscript:hit()'>x</a><b onclick=hit()>x</b>")
    assert len(armed(page)) == 2
    complaints.clear()


# -- What was rendered, in every markup ----------------------------------------------------------------------------


@pytest.mark.parametrize("markup", MARKUPS)
def test_nothing_rendered_runs_or_leaves_its_place(page, hits, complaints, markup):
    parts = [f'<div class="one">{shown}</div>' for shown in (rendered(text, markup) for text in SCRIPTS) if shown]
    page.set_content(f"<main>{''.join(parts)}<p id=after>after</p></main>")
    assert len(parts) > len(SCRIPTS) / 2
    assert page.locator("main > .one").count() == len(parts)
    assert page.locator("main > #after").count() == 1
    assert armed(page) == []
    assert hits == []
    assert complaints == []


def rendered(text: str, markup: str) -> str:
    try:
        return render(text, markup)
    except TextRefused:
        return ""
