// Thresholds, modes and orders change #thread where it stands, hidden replies and further comments open in place.
// Whatever fails, the link is followed.
(() => {
  const thread = () => document.getElementById("thread");
  if (!thread() || !window.fetch) return;
  const here = () => location.pathname + location.search;
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
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

  async function openBeneath(link) {
    const item = link.closest("li");
    const page = await fetchPage(link.href);
    const found = page.querySelector("#thread > .thread > li > ol");
    if (!found || page.querySelector("#thread nav.more")) throw new Error("too many for here");
    const list = document.importNode(found, true);
    const old = item.querySelector(":scope > ol");
    const known = new Set([...(old?.querySelectorAll(".comment") || [])].map((one) => one.id));
    if (old) old.replaceWith(list);
    else item.append(list);
    link.remove();
    const fresh = [...list.querySelectorAll(".comment")].filter((one) => !known.has(one.id));
    meet(fresh[0]);
    say(`${count(fresh.length, "reply").replace("replys", "replies")} opened.`);
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
