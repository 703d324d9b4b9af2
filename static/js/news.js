// Asks now and then whether somebody has written here since, and puts what came at its place when the reader wants it.
(() => {
  const home = document.querySelector("[data-news]");
  if (!home || !window.fetch) return;
  const slot = home.querySelector(".news");
  const SOON = 30_000, LATE = 120_000; // ms between questions, growing while nothing is new
  const thread = () => document.getElementById("thread");
  const known = () => Number(home.dataset.comments);
  const newest = () => Number(thread().dataset.newest);
  let pause = SOON;
  let latest = 0;
  let timer;

  // Where others were removed nobody can tell how many.
  const words = (number) => (number > 0 ? `${number} new comment${number === 1 ? "" : "s"}` : "New comments");

  async function ask() {
    try {
      const answer = await fetch(home.dataset.news, { credentials: "omit" });
      if (answer.status === 404) return; // nobody may read it any more
      const now = await answer.json();
      latest = now.newest;
      if (latest > newest()) offer(now.comments - known());
      else {
        home.dataset.comments = now.comments; // removed or restored meanwhile
        pause = Math.min(pause * 1.25, LATE);
      }
    } catch {
      pause = LATE;
    }
    wait();
  }

  function wait() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, pause);
  }

  function offer(number) {
    const button = slot.querySelector("button") || document.createElement("button");
    button.type = "button";
    button.className = "button";
    if (button.textContent !== words(number)) button.textContent = words(number);
    if (!button.isConnected) slot.replaceChildren(button);
  }

  // And those that "More comments" has put here.
  async function fetchPages() {
    const pages = [];
    let next = location;
    do {
      const answer = await fetch(next.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.statusText);
      pages.push(new DOMParser().parseFromString(await answer.text(), "text/html"));
      next = pages.at(-1).querySelector("nav.more [rel=next]");
    } while (next && pages.length < thread().querySelectorAll(":scope > .thread").length);
    return pages;
  }

  // Its place is under the same parent, after the same neighbour as on the fetched page. What stands here already moves
  // only to come under what it answers.
  function place(item, page) {
    let own = mine(item);
    const said = own ? null : item.querySelector(":scope > .comment > .orphan a");
    const named = /beneath/.test(said?.parentElement.textContent) && document.getElementById(`comment-${said.textContent.slice(1)}`)?.closest("#thread li");
    const above = named || item.parentElement.closest("li");
    const parent = named || (above ? mine(above) : thread());
    if (own && parent.contains(own)) return;
    if (own) {
      const [stood, stands] = [own, item].map((one) => one.querySelector(":scope > .comment > p.orphan:has(a)"));
      stood?.replaceWith(stands || "");
    } else {
      own = document.importNode(item, true);
      own.querySelector(":scope > ol")?.remove();
      if (named) own.querySelector(":scope > .comment > .orphan").remove();
    }
    let list = parent.querySelectorAll(":scope > ol")[above ? 0 : page];
    if (!list) {
      list = document.importNode(item.parentElement, false);
      if (above) parent.append(list);
      else parent.querySelector(".controls").after(list);
    }
    let before = item.previousElementSibling;
    while (before && mine(before).parentElement !== list) before = before.previousElementSibling;
    if (named) list.append(own);
    else if (before) mine(before).after(own);
    else list.prepend(own);
  }

  function mine(item) {
    return document.getElementById(item.querySelector(".comment").id)?.closest("li");
  }

  // What is beneath the threshold now, but not what was opened here.
  function countBeneath(pages) {
    for (const comment of pages.flatMap((page) => [...page.querySelectorAll("#thread .comment")])) {
      const own = document.getElementById(comment.id), [old, link] = [own, comment].map((one) => one.querySelector(".below"));
      if (old) old.replaceWith(link || "");
      else if (link && !("opened" in own.closest("li").dataset)) own.querySelector(".acts")?.append(" ", link);
    }
    for (const old of thread().querySelectorAll(":scope > .beneath")) old.remove();
    const more = thread().querySelector(":scope > nav.more");
    for (const part of pages.flatMap((page) => [...page.querySelectorAll("#thread > .beneath")])) {
      if (more) more.before(part);
      else thread().append(part);
    }
  }

  // One that rose over the threshold is not.
  function markNew() {
    const isNew = (comment) => Number(comment.id.split("-")[1]) > newest();
    const fresh = [...thread().querySelectorAll(".comment:not(.gone)")].filter(isNew);
    for (const comment of fresh) {
      if (comment.querySelector(".fresh")) continue;
      const mark = document.createElement("a");
      mark.className = "fresh";
      mark.textContent = "new";
      comment.querySelector("h3, a").after(mark);
    }
    const marked = [...home.querySelectorAll(".comment:has(.fresh)")];
    marked.forEach((one, place) => {
      one.querySelector(".fresh").href = `#${marked[(place + 1) % marked.length].id}`;
    });
    return fresh;
  }

  async function show() {
    const pages = await fetchPages();
    const seen = [...home.querySelectorAll(".comment")].filter((one) => one.getBoundingClientRect().bottom > 0);
    const line = Math.max(0, home.querySelector(".controls")?.getBoundingClientRect().bottom || 0);
    const eye = seen.find((one) => one.getBoundingClientRect().top >= line - 1) || seen[0];
    const before = eye?.getBoundingClientRect().top;
    for (const part of ["#comments-heading", ".controls"]) {
      const fresh = document.importNode(pages[0].querySelector(part), true);
      const old = home.querySelector(part);
      if (old) old.replaceWith(fresh);
      else thread().prepend(fresh);
    }
    home.querySelector(".empty")?.remove();
    pages.forEach((page, number) => {
      for (const item of page.querySelectorAll("#thread li:has(> .comment)")) place(item, number);
    });
    countBeneath(pages);
    const fresh = markNew();
    if (eye) window.scrollBy({ top: eye.getBoundingClientRect().top - before, behavior: "instant" });
    const now = pages[0].querySelector("[data-news]").dataset.comments;
    tell(fresh, now - known() - fresh.length);
    home.dataset.comments = now;
    thread().dataset.newest = pages[0].getElementById("thread").dataset.newest;
    pause = SOON;
    document.dispatchEvent(new Event("comments"));
  }

  function tell(fresh, elsewhere) {
    const [first] = fresh;
    const link = document.createElement(first ? "a" : "span");
    if (first) link.href = `#${first.id}`;
    link.textContent = first ? `Show the first of ${words(fresh.length)}` : "What is new is beneath your threshold or on another page.";
    if (first && elsewhere > 0) link.textContent += ` (${elsewhere} more beneath your threshold or on another page)`;
    slot.replaceChildren(link);
    if (first) link.focus({ preventScroll: true });
  }

  slot.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (event.target.closest("a")) setTimeout(() => slot.replaceChildren());
    if (!button || button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      await show();
    } catch {
      location.reload();
    }
  });
  document.addEventListener("comments", () => latest > newest() || slot.querySelector("button")?.remove());
  document.addEventListener("visibilitychange", wait);
  wait();
})();
