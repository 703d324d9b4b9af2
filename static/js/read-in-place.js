// Thresholds, modes and orders change #thread where it stands, hidden replies and further comments open in place.
// Whatever fails, the link is followed.
(() => {
  const thread = () => document.getElementById("thread");
  if (!thread() || !window.fetch) return;
  const here = () => location.pathname + location.search;
  const comments = () => [...thread().querySelectorAll(".comment")];
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const itemOf = (comment) => document.getElementById(comment.id)?.closest("li");
  const topOf = (part) => part.getBoundingClientRect().top;
  const scrollDown = (top) => window.scrollBy({ top, behavior: "instant" });
  const TOO_DEEP = `.thread${" ol".repeat(11)} > li`; // more than policy.DEPTH_SHOWN_MAX
  let shown = here();

  function say(words) {
    document.getElementById("said").textContent = words;
  }

  async function fetchPage(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok && answer.status !== 410) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("thread")) throw new Error("no thread");
    return page;
  }

  // As many pages as "More comments" has put here.
  async function fetchPages(address, number) {
    const page = await fetchPage(address);
    while (--number > 0) {
      const more = page.querySelector("#thread nav.more"), next = more?.querySelector("[rel=next]");
      if (!next) break;
      const parts = [...(await fetchPage(next.href)).getElementById("thread").children];
      more.replaceWith(...parts.filter((part) => part.matches(".thread, .beneath, nav.more")));
    }
    return page;
  }
  const pageCount = () => thread().querySelectorAll(":scope > .thread").length;

  // The last of the comments that stay which begins no lower, else the first of them.
  function nearest(height, page) {
    const found = comments().filter((one) => one.checkVisibility() && page.getElementById(one.id));
    return found.findLast((one) => topOf(one) <= height) || found[0];
  }

  // What somebody is writing goes along, to the comment that it answers or near it.
  function carryForms(fresh, page) {
    for (const form of thread().querySelectorAll("[data-reply-form]")) {
      const actsOf = (id) => fresh.querySelector(`#${id} .acts, #${id}.link`);
      const acts = actsOf(`comment-${form.action.split("/").at(-2)}`) || actsOf(nearest(topOf(form), page)?.id);
      acts?.closest("details")?.setAttribute("open", "");
      if (acts) acts.after(form);
      else fresh.prepend(form);
    }
  }

  // Inside a discussion the first comment beneath the bar stays where it is, else the bar.
  function replaceThread(page, link) {
    const fresh = document.importNode(page.getElementById("thread"), true);
    const group = link?.closest("[role=group]");
    const place = group && [...thread().querySelectorAll("[role=group]")].indexOf(group);
    const isInside = link && topOf(thread()) < -1 && !link.closest("[aria-label=Order]");
    const line = isInside && Math.max(0, thread().querySelector(".controls").getBoundingClientRect().bottom - 1);
    const tops = comments().map(topOf).filter((top) => top >= line);
    const held = (isInside && nearest(Math.min(innerHeight, ...tops), page)) || thread();
    const before = topOf(held);
    carryForms(fresh, page);
    thread().replaceWith(fresh);
    const [ours, theirs] = [document, page].map((one) => one.querySelector("[data-news]"));
    if (ours && theirs) ours.dataset.comments = theirs.dataset.comments;
    const words = document.getElementById("comments-heading");
    words?.replaceChildren(...document.importNode(page.getElementById("comments-heading"), true).childNodes);
    const next = link && (fresh.querySelectorAll("[role=group]")[place]?.querySelector("[aria-current]") || fresh.querySelector(".controls a"));
    next?.focus({ preventScroll: true });
    const now = document.getElementById(held.id);
    scrollDown(topOf(now) - before);
    const { top, bottom } = now.getBoundingClientRect();
    if (isInside && (bottom <= line || top >= innerHeight)) scrollDown(top - line);
    say(`${count(comments().length, "comment")} on this page now.`);
  }

  async function change(link) {
    const page = await fetchPages(link.href, link.closest("[aria-label=Order]") ? 1 : pageCount());
    const { pathname, search } = new URL(link.href);
    const choice = thread().querySelector(".levels [aria-current]");
    if (choice) history.replaceState(choice.href.split("#")[0], ""); // a plain address would show what the cookie keeps by then
    replaceThread(page, link);
    history.pushState(null, "", pathname + search);
    shown = here();
  }

  // Under what it answers, after the nearest of those before it that stands there.
  function place(comment, parent, before) {
    const item = comment.parentElement.cloneNode();
    item.append(comment.cloneNode(true));
    if (!parent.querySelector(":scope > ol")) parent.append(comment.closest("ol").cloneNode());
    const list = parent.querySelector(":scope > ol");
    const neighbour = before.map(itemOf).findLast((one) => one?.parentElement === list);
    if (neighbour) neighbour.after(item);
    else list.prepend(item);
    return item;
  }

  // What the link counted: comments whose nearest one above that stood here already is the link's.
  async function openBeneath(link) {
    const page = await fetchPage(link.href);
    if (page.querySelector("#thread nav.more")) throw new Error("too many for here");
    const [, ...replies] = page.querySelectorAll("#thread .comment");
    const home = link.closest("li"), opened = [home];
    home.querySelector(":scope > .fold")?.click();
    replies.forEach((reply, at) => {
      const said = reply.querySelector(":scope > p.orphan a")?.textContent.slice(1);
      const answered = page.getElementById(`comment-${said}`) || reply.parentElement.parentElement.previousElementSibling;
      const parent = itemOf(answered);
      const isNews = reply.id.slice(8) > Number(thread().dataset.newest); // it comes when asked for, and marked
      if (itemOf(reply) || isNews || !opened.includes(parent)) return;
      const item = place(reply, parent, replies.slice(0, at));
      opened.push(item);
      if (said || !item.matches(TOO_DEEP)) return;
      const words = `Answers <a href="#${answered.id}">#${answered.id.slice(8)}</a>; from here on replies step in no further.`;
      item.querySelector("header").insertAdjacentHTML("afterend", `<p class="orphan">${words}</p>`);
    });
    home.dataset.opened = "";
    link.remove();
    const marked = comments().filter((one) => one.querySelector(".fresh"));
    marked.forEach((one, at) => {
      one.querySelector(".fresh").href = `#${marked[(at + 1) % marked.length].id}`;
    });
    meet((opened[1] || home).querySelector(".comment"));
    say(`${count(opened.length - 1, "reply").replace("replys", "replies")} opened.`);
  }

  async function append(link) {
    const page = await fetchPage(link.href);
    const parts = [...document.importNode(page.getElementById("thread"), true).children];
    const more = parts.filter((part) => part.matches(".thread, .beneath, nav.more"));
    // News may have put some of it here already: under its own parent, not here.
    const twice = more.flatMap((part) => [...part.querySelectorAll(".comment")]).filter((one) => document.getElementById(one.id));
    for (const one of twice.reverse()) {
      const item = one.parentElement, list = document.getElementById(one.id).parentElement;
      const below = item.querySelector(":scope > ol"), stands = list.querySelector(":scope > ol");
      if (below && stands) stands.append(...below.children);
      else if (below) list.append(below);
      item.remove();
    }
    const first = more.flatMap((part) => [...part.querySelectorAll(".comment")])[0];
    link.closest("nav").replaceWith(...more);
    meet(first);
    say("More comments are here.");
  }

  function meet(comment) {
    if (!comment) return;
    comment.tabIndex = -1;
    comment.focus({ preventScroll: true });
  }

  async function follow(link, act) {
    link.setAttribute("aria-busy", "true");
    try {
      await act(link);
      document.dispatchEvent(new Event("comments"));
    } catch {
      location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }

  const acts = { ".controls a, .beneath.all a": change, ".below": openBeneath, "nav.more [rel=next]": append };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#thread a");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const found = plain && !event.defaultPrevented && Object.keys(acts).find((parts) => link?.matches(parts));
    if (!found) return;
    event.preventDefault();
    if (!link.hasAttribute("aria-busy")) follow(link, acts[found]);
  });
  addEventListener("popstate", async () => {
    if (here() === shown) return;
    shown = here();
    try {
      replaceThread(await fetchPages(history.state || location.href, pageCount()));
      document.dispatchEvent(new Event("comments"));
    } catch {
      location.reload();
    }
  });
})();
