"""What a phone on a slow line sees of a page and when, and the checks of Lighthouse that need no service.

python -m benchmarks.vitals [sqlite|postgresql]

Chromium, 412 px wide, its processor slowed down four times and its line to 1.6 Mbit/s with 150 ms there and back, as
Lighthouse does for phones. Each page is opened with an empty cache, three times, from a server as ``make serve`` starts
it; the table has the medians. Below it stands every check that failed; axe's are tests of their own (tests/browser).
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.scratch import median, print_table, scratch_database
from benchmarks.serving import collect_static

ROUNDS, WIDTH, HEIGHT, SLOWER, QUIET = 3, 412, 823, 4, 2_000  # px, times, ms
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
LISTEN = """
window.seen = {lcp: 0, cls: 0, blocked: 0};
new PerformanceObserver(list => list.getEntries().forEach(e => seen.lcp = e.startTime))
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) seen.cls += e.value }))
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(e => seen.blocked += Math.max(0, e.duration - 50)))
  .observe({type: 'longtask', buffered: true});
"""
TELL = """() => {
  const page = performance.getEntriesByType('navigation')[0];
  const files = [page, ...performance.getEntriesByType('resource')];
  const painted = performance.getEntriesByName('first-contentful-paint')[0];
  return {...seen, fcp: painted ? painted.startTime : 0, byte: page.responseStart, requests: files.length,
          kilobytes: files.reduce((sum, file) => sum + file.transferSize, 0) / 1000,
          nodes: document.getElementsByTagName('*').length};
}"""
# Each check as a question to the page; what it returns is wrong with it.
CHECKS = """() => {
  const wrong = [], all = query => [...document.querySelectorAll(query)];
  const shown = one => one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length;
  const say = (words, found) => found.length && wrong.push(`${words}: ${found.length}, such as ` +
    found[0].outerHTML.slice(0, 90));
  if (document.doctype?.name !== 'html') wrong.push('no doctype');
  if (document.characterSet !== 'UTF-8') wrong.push('not UTF-8');
  if (!document.documentElement.lang) wrong.push('no language');
  if (!document.title.trim()) wrong.push('no title');
  if (!document.querySelector('meta[name=viewport]')) wrong.push('no viewport');
  if (!document.querySelector('meta[name=description]')?.content.trim()) wrong.push('no description');
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('wider than the screen');
  if (all('h1').length !== 1) wrong.push(`${all('h1').length} first headings`);
  say('links that lead nowhere', all('a:not([href])').filter(shown));
  say('links without words', all('a').filter(one => shown(one) && !one.innerText.trim() && !one.ariaLabel));
  say('pictures without size', all('img').filter(one => !one.width || !one.height));
  const hasWords = one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const size = one => parseFloat(getComputedStyle(one).fontSize);
  say('words smaller than 12 px', all('body *').filter(one => shown(one) && hasWords(one) && size(one) < 12));
  // WCAG 2.5.8: 24 px, but for links inside a line of text; a label is part of its target.
  const named = one => one.ariaHidden || one.type === 'hidden' || one.labels?.length;
  const small = one => one.offsetWidth < 24 || one.offsetHeight < 24;
  say('targets smaller than 24 px', all('button, input, select, textarea, summary')
    .filter(one => shown(one) && !named(one) && small(one)));
  return wrong;
}"""


def main(arguments: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    from tests.lanes import path_of_chromium

    with scratch_database(arguments[0] if arguments else "sqlite") as words, TemporaryDirectory() as folder:
        from benchmarks.floors import web_server

        collect_static(Path(folder))
        pages = prepare()
        with web_server(Path(folder)) as port, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=path_of_chromium(), args=["--no-sandbox", "--disable-gpu"])
            seen = {name: [look(browser, port, *page) for _ in range(ROUNDS)] for name, page in pages.items()}
            browser.close()
    print_table(
        f"A phone on a slow line, {words}", ["page", *COLUMNS], [row(name, all_) for name, all_ in seen.items()]
    )
    wrong = {f"{name}: {one}" for name, looks in seen.items() for _, found in looks for one in found}
    print(f"\nWrong on {len(pages)} pages: {len(wrong)}", *sorted(wrong), sep="\n")
    return int(bool(wrong))


COLUMNS = {
    "first byte, ms": "byte",
    "first words (FCP), ms": "fcp",
    "largest (LCP), ms": "lcp",
    "shifted (CLS)": "cls",
    "blocked (TBT), ms": "blocked",
    "requests": "requests",
    "kB": "kilobytes",
    "elements": "nodes",
}


def row(name: str, looks: list) -> list:
    return [name, *(float(median([numbers[key] for numbers, _ in looks])) for key in COLUMNS.values())]


def prepare() -> dict[str, tuple[str, str]]:
    """By name: the address, and the cookies of who looks."""
    from benchmarks.floors import signed_in
    from benchmarks.story_page import a_talked_about_story, now
    from forum.presets import THRESHOLD
    from tests.factories import UNLIMITED, a_member, a_policy

    a_policy(THRESHOLD, now=now(), **UNLIMITED)
    small, large = a_talked_about_story(60), a_talked_about_story(1_000)
    first = large.discussion.comments.order_by("pk").first()
    member = signed_in(a_member().pk)
    return {
        "front page": ("/", ""),
        "story, 60 comments": (small.get_absolute_url(), ""),
        "story, 1,000 comments": (large.get_absolute_url(), ""),
        "the same, a member": (large.get_absolute_url(), member),
        "one comment": (first.get_absolute_url(), ""),
        "its score": (f"{first.get_absolute_url()}score/", ""),
        "the form of a reply": (f"/reply/{large.discussion_id}/{first.pk}/", member),
        "preferences": ("/preferences/", member),
        "inbox": ("/inbox/", member),
        "moderation log": ("/log/", ""),
        "sign-in": ("/accounts/login/", ""),
    }


def look(browser, port: int, path: str, cookies: str) -> tuple[dict, list[str]]:
    """(what was measured, what is wrong) of one look with an empty cache."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1, is_mobile=True)
    home = f"http://127.0.0.1:{port}"
    if cookies:
        name, _, value = cookies.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": home}])
    page = context.new_page()
    page.add_init_script(LISTEN)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", LINE)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    said: list[str] = []
    page.on("console", lambda one: said.append(f"console: {one.text}") if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: said.append(f"script: {problem}"))
    answer = page.goto(home + path, wait_until="load", timeout=120_000)
    page.wait_for_timeout(QUIET)
    if answer.status != 200:
        said.append(f"answered {answer.status}")
    found = page.evaluate(TELL), [*said, *page.evaluate(CHECKS)]
    context.close()
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
