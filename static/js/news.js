// Asks now and then whether somebody has written here since, and puts what came at its place when the reader wants it.
(() => {
  const home = document.querySelector("[data-news]");
  if (!home || !window.fetch) return;
  const slot = home.querySelector(".news");
  const SOON = 30_000, LATE = 120_000; // ms between questions, growing while nothing is new
  const known = () => Number(home.dataset.comments);
  let pause = SOON;
  let timer;

  const words = (number) => `${number} new comment${number === 1 ? "" : "s"}`;

  async function ask() {
    try {
      const answer = await fetch(home.dataset.news, { credentials: "omit" });
      if (answer.status === 404) return; // nobody may read it any more
      const { comments } = await answer.json();
      if (comments > known()) offer(comments - known());
      else pause = Math.min(pause * 1.25, LATE);
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

  // Its place is under the same parent, after the same neighbour as on the fetched page.
  function insert(item) {
    const above = item.parentElement.closest("li")?.querySelector(".comment");
    const parent = above ? document.getElementById(above.id)?.closest("li") : document.getElementById("thread");
    if (!parent) return null;
    let list = parent.querySelector(":scope > ol");
    if (!list) {
      list = document.importNode(item.parentElement, false);
      if (above) parent.append(list);
      else parent.prepend(list);
    }
    let before = item.previousElementSibling;
    while (before && !mine(before)) before = before.previousElementSibling;
    const fresh = document.importNode(item, true);
    for (const one of fresh.querySelectorAll("li:has(> .comment)")) if (mine(one)) one.remove();
    if (before) mine(before).after(fresh);
    else list.prepend(fresh);
    return fresh;
  }

  function mine(item) {
    return document.getElementById(item.querySelector(".comment").id)?.closest("li");
  }

  function markNew(items) {
    for (const comment of items.flatMap((item) => [...item.querySelectorAll(".comment")])) {
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
  }

  async function show() {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const seen = [...home.querySelectorAll(".comment")].filter((one) => one.getBoundingClientRect().bottom > 0);
    const eye = seen.find((one) => one.getBoundingClientRect().top >= 0) || seen[0];
    const before = eye?.getBoundingClientRect().top;
    const items = [...page.querySelectorAll("#thread li:has(> .comment)")].filter((item) => !mine(item));
    const placed = items.map((item) => (mine(item) ? null : insert(item))).filter(Boolean);
    markNew(placed);
    for (const part of ["#comments-heading", ".controls"]) {
      const fresh = page.querySelector(part);
      if (fresh) home.querySelector(part)?.replaceWith(document.importNode(fresh, true));
    }
    if (eye) window.scrollBy({ top: eye.getBoundingClientRect().top - before, behavior: "instant" });
    const now = page.querySelector("[data-news]").dataset.comments;
    tell(placed, now - known() - placed.length);
    home.dataset.comments = now;
    pause = SOON;
    document.dispatchEvent(new Event("comments"));
  }

  function tell(placed, elsewhere) {
    const first = placed[0]?.querySelector(".comment");
    const link = document.createElement(first ? "a" : "span");
    if (first) link.href = `#${first.id}`;
    link.textContent = first ? `Show the first of ${words(placed.length)}` : "What is new is beneath your threshold or on another page.";
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
  document.addEventListener("comments", () => slot.querySelector("button")?.remove());
  document.addEventListener("visibilitychange", wait);
  wait();
})();
