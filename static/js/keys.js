// One-letter keys for reading, as Slashdot had them. Each is also a button in the list that "?" opens.
(() => {
  const home = document.querySelector("section > [data-keys]");
  const thread = () => document.getElementById("thread");
  if (!home || !thread()) return;
  home.innerHTML = home.dataset.keys;
  const list = home.lastElementChild;
  const lamp = list.querySelector("input");
  const all = (parts) => [...thread().querySelectorAll(parts)].filter((one) => one.checkVisibility?.() ?? true);
  const itemOf = (comment) => comment?.closest("li");
  let last = null;

  // Where the reader is: the comment that has the focus or had it last, else the first one in sight.
  function current() {
    const held = document.activeElement.closest?.("#thread .comment, #thread form")?.closest("li")?.querySelector(".comment");
    if (held) return held;
    return last?.isConnected && inSight(last) ? last : all(".comment").find(inSight) || last;
  }

  function inSight(comment) {
    const { top, bottom } = comment.getBoundingClientRect();
    return bottom > 60 && top < innerHeight;
  }

  function visit(comment) {
    if (!comment) return;
    last = comment;
    if (!comment.matches("details")) comment.tabIndex = -1;
    (comment.querySelector("summary") || comment).focus({ preventScroll: true });
    comment.scrollIntoView({ block: "start" });
  }

  // From nowhere the first step leads to the comment in sight itself.
  function step(by, parts = ".comment") {
    const found = all(parts), at = current();
    if (!found.length || !at) return;
    const place = found.indexOf(at);
    const isMet = at === last || at.contains(document.activeElement);
    if (place >= 0) return visit(isMet || by < 0 ? found[place + by] : at);
    const after = found.findIndex((one) => at.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    visit(by > 0 ? found[after] : found[(after < 0 ? found.length : after) - 1]);
  }

  function press(parts, within = thread()) {
    const found = within?.querySelector(parts);
    found?.click();
    return found;
  }

  function toggle(comment) {
    if (comment?.matches("details")) comment.open = !comment.open;
    else if (comment?.matches(".link")) press("a", comment);
  }

  function fold(comment) {
    const replies = itemOf(comment)?.querySelector(":scope > ol");
    if (!replies) return;
    replies.hidden = !replies.hidden;
    if (replies.hidden) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet fold";
      button.addEventListener("click", () => { fold(comment); visit(comment); });
      comment.after(button);
    }
    countFolded();
  }

  function countFolded() {
    for (const button of thread().querySelectorAll(".fold")) {
      const replies = button.parentElement.querySelector(":scope > ol");
      const number = replies.querySelectorAll(".comment").length;
      if (replies.hidden) button.textContent = `Unfold ${number} ${number === 1 ? "reply" : "replies"}`;
      else button.remove();
    }
  }

  // By its own link: neither in Flat mode nor ten levels deep is it around.
  function visitParent(comment) {
    const link = comment?.querySelector('.acts a[href^="/comment/"]:not([rel]), i.orphan a');
    const parent = link ? document.getElementById(`comment-${link.pathname.match(/\d+/)}`) : itemOf(itemOf(comment)?.parentElement)?.querySelector(".comment");
    if (parent) visit(parent);
    else link?.click();
  }

  function within(parts) {
    const comment = current();
    if (comment?.matches("details")) comment.open = true;
    return comment?.querySelector(parts);
  }

  function shift(group, by) {
    const choices = [...document.querySelectorAll(`.controls [aria-labelledby=${group}] a`)];
    choices[choices.findIndex((one) => one.hasAttribute("aria-current")) + by]?.click();
  }

  const does = {
    s: () => step(1),
    w: () => step(-1),
    d: () => step(1, ".thread > li > .comment"),
    a: () => step(-1, ".thread > li > .comment"),
    f: () => step(1, ".comment:has(.fresh)"),
    q: () => step(-1, ".comment:has(.fresh)"),
    p: () => visitParent(current()),
    r: () => (within('.acts a[href*="/reply/"]') || document.querySelector("a[data-reply-in-place]"))?.click(),
    m: () => within('.acts select, .acts [form="undo"]')?.focus(),
    x: () => toggle(current()),
    c: () => fold(current()),
    "[": () => shift("threshold-words", -1),
    "]": () => shift("threshold-words", 1),
    ",": () => shift("full-words", -1),
    ".": () => shift("full-words", 1),
    g: () => press(".news button", document) || press("nav.more [rel=next]"),
    t: () => { scrollTo({ top: 0 }); document.getElementById("main").focus({ preventScroll: true }); },
    "?": open,
  };

  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-words");

  function open() {
    dialog.append(list);
    dialog.showModal();
  }

  // The event comes a moment after the closing; by then a quick hand may have opened it again.
  dialog.addEventListener("close", () => dialog.open || home.append(list));
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    dialog.close();
    does[button.value]?.();
  });

  // Whoever speaks to the machine, or rests a hand on its keys, can switch them off.
  let kept = {}; // where a browser keeps nothing
  try { kept = localStorage; } catch {}
  lamp.checked = kept.keys !== "off";
  lamp.addEventListener("change", () => { kept.keys = lamp.checked ? "on" : "off"; });

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (!lamp.checked || isTyping || dialog.open || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const act = does[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", ({ target }) => {
    const goal = document.querySelector(target.closest('a[href^="#comment-"]')?.hash || "none");
    for (let list; (list = goal?.closest("ol[hidden]")); ) fold(list.parentElement.querySelector(".comment"));
  });
  document.addEventListener("comments", countFolded);
  document.body.append(dialog);
  home.hidden = false;
})();
