"""A counter that hears whatever runs on a page, a look at what is armed to run, and many pages looked at in one."""

import re

from forum.integrity import in_batches

AT_ONCE = 40  # pages beside each other in one
SECONDS_TO_RUN = 0.1  # for what runs when a page is there, such as an animation

# Not eval, with which Playwright asks the page.
COUNT_ALL = """
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => window.hit(name);
"""
# What is armed though nobody has touched it yet: what would run at a click, a look, a key.
ARMED = r"""
(page) => [...page.querySelectorAll("*")].flatMap(one => {
  const found = [...one.attributes].filter(({name, value}) => /^on/i.test(name) || name === "srcdoc" ||
    /^(href|src|action|formaction|data|xlink:href|to|values|from|background|poster)$/i.test(name) &&
    /^(javascript|vbscript|data|blob):/i.test(value.replace(/[\u0000-\u0020]/g, "")) &&
    !(one.tagName === "IMG" && value.startsWith("data:image/")) ||
    name === "style").map(({name, value}) => `${one.tagName} ${name}=${value}`);
  const isData = one.type === "application/json", isFile = /^\/(static|admin\/jsi18n)\//.test(one.getAttribute("src"));
  const isOwn = one.tagName === "SCRIPT" && (isData || isFile);
  const isBad = /^(script|i?frame|object|embed|base|style|marquee|animate|set|foreignobject)$/i.test(one.tagName);
  return isBad && !isOwn ? [...found, one.outerHTML.slice(0, 80)] : found;
}).slice(0, 5)
"""
SHOW = (
    """
async ([pages, patience]) => {
  const armed = """
    + ARMED.strip()
    + """;
  const frames = pages.map(([name, html]) => Object.assign(document.createElement("iframe"), {name, srcdoc: html}));
  const wait = time => new Promise(done => setTimeout(done, time));
  const there = frames.map(one => new Promise(done => { one.onload = () => done(); document.body.append(one); }));
  const missed = place => wait(60000).then(() => [`${frames[place].name}: did not come`]);
  const late = await Promise.all(there.map((one, place) => Promise.race([one.then(() => []), missed(place)])));
  await wait(patience);
  const told = frames.flatMap(one => one.contentDocument
    ? [one.contentDocument.querySelector("html > body") ? [] : ["has no body"], armed(one.contentDocument)].flat()
      .map(what => `${one.name}: ${what}`)
    : [`${one.name}: went elsewhere`]);
  frames.forEach(one => one.remove());
  return [...late.flat(), ...told];
}
"""
)
# The site's own files; a page is looked at a thousand times faster without them, and with them it is walked to.
OWN_FILES = re.compile(
    r'<link rel="stylesheet" href="/static/[^"<>]*">'
    r'|<script[^<>]*\ssrc="/(?:static|admin/jsi18n)/[^"<>]*"[^<>]*>\s*</script>'
)


class Counter:
    """Whatever ran so far, each with the name of the frame it ran in."""

    def __init__(self, page, home: str):
        self.page, self.home = page, home
        self.heard: list[str] = []
        page.expose_binding("hit", lambda source, *said: self.heard.append(f"{source['frame'].name}: {said}"))
        page.add_init_script(COUNT_ALL)

    def armed(self) -> list[str]:
        """What would run on the page that is open."""
        return self.page.evaluate(f"({ARMED})(document)")

    def show(self, pages: dict[str, str]) -> list[str]:
        """Look at all of these pages without any policy, each by itself; what is armed in them, with their names."""
        self.page.route("**/shown", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))
        self.page.goto(f"{self.home}/shown")
        named = [(name, OWN_FILES.sub("", html)) for name, html in pages.items()]
        patience = SECONDS_TO_RUN * 1000
        return [fault for some in in_batches(named, AT_ONCE) for fault in self.page.evaluate(SHOW, [some, patience])]
