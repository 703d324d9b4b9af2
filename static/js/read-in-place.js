// Thresholds, modes and orders change #thread where it stands, hidden replies and further comments open in place.
// Whatever fails, the link is followed.
(() => {
  const thread = () => document.getElementById("thread");
  if (!thread() || !window.fetch) return;
  const here = () => location.pathname + location.search;
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const itemOf = (comment) => document.getElementById(comment.id)?.closest("li");
  const TOO_DEEP = `.thread${" ol".repeat(11)} > li`; // more than policy.DEPTH_SHOWN_MAX
  let shown = here();

  function say(words) {
    document.getElementById("said").textContent = words;
  }

  async function fetchPage(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("thread")) throw new Error("no thread");
    return page;
  }

  // What somebody is writing goes along, to the same comment if it is still there.
  function carryForms(fresh) {
    for (const form of thread().querySelectorAll("[data-reply-form]")) {
      const comment = fresh.querySelector(`#${form.closest("li")?.querySelector(".comment")?.id || "none"}`);
      if (comment?.matches("details")) comment.open = true;
      const acts = comment?.querySelector(".acts");
      if (acts) acts.after(form);
      else fresh.prepend(form);
    }
  }

  function replaceThread(page, link) {
    const top = thread().getBoundingClientRect().top;
    const fresh = document.importNode(page.getElementById("thread"), true);
    const group = link?.closest("[role=group]");
    const place = group && [...thread().querySelectorAll("[role=group]")].indexOf(group);
    carryForms(fresh);
    thread().replaceWith(fresh);
    const [ours, theirs] = [document, page].map((one) => one.querySelector("[data-news]"));
    if (ours && theirs) ours.dataset.comments = theirs.dataset.comments;
    const words = document.getElementById("comments-heading");
    words?.replaceChildren(...document.importNode(page.getElementById("comments-heading"), true).childNodes);
    const next = link && (fresh.querySelectorAll("[role=group]")[place]?.querySelector("[aria-current]") || fresh.querySelector(".controls a"));
    next?.focus({ preventScroll: true });
    window.scrollBy({ top: fresh.getBoundingClientRect().top - top, behavior: "instant" });
    say(`${count(fresh.querySelectorAll(".comment").length, "comment")} on this page now.`);
  }

  async function change(link) {
    const page = await fetchPage(link.href);
    const { pathname, search } = new URL(link.href);
    replaceThread(page, link);
    history.pushState(null, "", pathname + search);
    shown = here();
  }

  // The comment on the fetched page that this one answers: it steps in under it, or says so where replies step in no further.
  function answeredBy(comment, page) {
    const named = comment.querySelector(":scope > p.orphan a")?.textContent.slice(1);
    const above = comment.parentElement.parentElement.closest("li").querySelector(".comment");
    return (named && page.querySelector(`#thread #comment-${named}`)) || above;
  }

  function sayWhatItAnswers(comment) {
    const link = [...comment.querySelectorAll(".acts a")].find((one) => one.textContent.startsWith("Parent"))?.cloneNode();
    if (!link || comment.querySelector(":scope > p.orphan a")) return;
    const words = document.createElement("p");
    words.className = "orphan";
    link.textContent = `#${link.pathname.match(/\d+/)}`;
    words.append("Answers ", link, "; from here on replies step in no further.");
    comment.querySelector("header").after(words);
  }

  // Its place is under what it answers, after the nearest comment before it that stands there.
  function place(comment, parent, before) {
    let list = parent.querySelector(":scope > ol");
    if (!list) parent.append((list = document.importNode(comment.closest("ol"), false)));
    const item = document.importNode(comment.parentElement, false);
    item.append(document.importNode(comment, true));
    const neighbour = before.findLast((one) => itemOf(one)?.parentElement === list);
    if (neighbour) itemOf(neighbour).after(item);
    else list.prepend(item);
    if (item.matches(TOO_DEEP)) sayWhatItAnswers(item.firstElementChild);
    return item;
  }

  function linkMarks() {
    const marked = [...thread().querySelectorAll(".comment:has(.fresh)")];
    marked.forEach((one, at) => {
      one.querySelector(".fresh").href = `#${marked[(at + 1) % marked.length].id}`;
    });
  }

  // What the link counted: comments whose nearest one above that stood here already is the link's.
  async function openBeneath(link) {
    const page = await fetchPage(link.href);
    if (page.querySelector("#thread nav.more")) throw new Error("too many for here");
    const [, ...replies] = page.querySelectorAll("#thread .comment");
    const home = link.closest("li"), opened = new Set();
    home.querySelector(":scope > .fold")?.click();
    replies.forEach((reply, at) => {
      const parent = itemOf(answeredBy(reply, page));
      if (itemOf(reply) || !(parent === home || opened.has(parent))) return;
      opened.add(place(reply, parent, replies.slice(0, at)));
    });
    link.remove();
    linkMarks();
    const [first] = opened;
    meet((first || home).querySelector(".comment"));
    say(`${count(opened.size, "reply").replace("replys", "replies")} opened.`);
  }

  async function append(link) {
    const page = await fetchPage(link.href);
    const parts = [...document.importNode(page.getElementById("thread"), true).children];
    const more = parts.filter((part) => part.matches(".thread, .beneath, nav.more"));
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
      replaceThread(await fetchPage(location.href));
      document.dispatchEvent(new Event("comments"));
    } catch {
      location.reload();
    }
  });
})();
