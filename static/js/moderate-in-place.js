// A chosen reason is sent at once, and what it changes changes where it stands. Without this the page's form sends all.
(() => {
  const home = document.querySelector("[data-moderate-in-place]");
  if (!home) return;
  const isChoice = (part) => part.matches('select[form="moderate"]');
  const all = (parts, within = document) => [...within.querySelectorAll(parts)];

  // Where the form has to do it after all, its button comes back.
  function useScript(yes) {
    for (const part of all("[data-by-script]")) part.hidden = !yes;
    for (const part of all("[data-by-form]")) part.hidden = yes;
  }

  function say(words) {
    home.querySelector("[role=status]").textContent = words;
  }

  function tell(slot, words) {
    const place = slot.querySelector(".told") || document.createElement("span");
    place.className = "told";
    place.textContent = words;
    slot.append(place);
    say(words);
  }

  function endUndoInTime(slot) {
    for (const button of all("[data-undo-seconds]", slot)) {
      setTimeout(() => button.remove(), 1000 * button.dataset.undoSeconds);
    }
  }

  // The thresholds from −1 on say how many comments each shows.
  function recount(before, after) {
    all(".levels a").forEach((link, at) => {
      const [number, word] = link.lastElementChild.childNodes;
      number.data = +number.data + (after >= at - 1) - (before >= at - 1);
      word.textContent = number.data === "1" ? " comment" : " comments";
    });
  }

  function change(one, slot) {
    const comment = slot.closest("[data-score]");
    const fresh = new DOMParser().parseFromString(one.html, "text/html").body.firstElementChild;
    const hadFocus = slot.contains(document.activeElement);
    if (comment) {
      recount(comment.dataset.score, one.shown);
      comment.dataset.score = one.shown;
      for (const score of all(".score", comment)) score.lastChild.textContent = one.score;
    }
    slot.replaceWith(fresh);
    endUndoInTime(fresh);
    if (hadFocus) (fresh.querySelector("button, select") || comment?.querySelector("a.score"))?.focus();
  }

  // One after the other: the answer to the last says how many points are left.
  let last = Promise.resolve();
  function ask(address, body) {
    const sent = { method: "POST", body, headers: { Accept: "application/json" } };
    last = last.catch(() => {}).then(async () => (await fetch(address, sent)).json());
    return last;
  }

  async function send(slot, address, body) {
    if (slot.hasAttribute("aria-busy")) return;
    slot.setAttribute("aria-busy", "true");
    try {
      const told = await ask(address, body);
      for (const one of told.changed) change(one, slot);
      for (const one of told.refusals) tell(slot, one.words);
      if (told.points !== null) for (const part of all("[data-points]")) part.textContent = told.points_words;
      if (told.changed.length) say(`${told.changed[0].says} You have ${told.points_words}.`);
      else for (const select of all("select", slot)) select.value = "";
    } catch {
      tell(slot, "The site did not answer. Try again in a moment.");
      useScript(false);
    } finally {
      slot.removeAttribute("aria-busy");
    }
  }

  function give(select) {
    const body = new FormData(home);
    body.append(select.name, select.value);
    send(select.closest(".moderate"), select.form.action, body);
  }

  // Arrow keys walk through the reasons; only Enter means one of them.
  document.addEventListener("keydown", (event) => {
    const select = event.target;
    if (!isChoice(select)) return;
    if (event.key === "Enter" && select.value) {
      event.preventDefault();
      give(select);
    } else if (event.key !== "Tab") select.dataset.byKey = "";
  });
  document.addEventListener("pointerdown", (event) => {
    if (isChoice(event.target)) delete event.target.dataset.byKey;
  });
  document.addEventListener("change", ({ target }) => {
    if (!isChoice(target)) return;
    if (!target.value) return;
    if (!("byKey" in target.dataset)) give(target);
    else tell(target.closest(".moderate"), `Press Enter to give ${target.selectedOptions[0].text}.`);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest('button[form="undo"]');
    if (!button) return;
    event.preventDefault();
    send(button.closest(".moderate"), button.formAction, new FormData(home));
  });

  function begin() {
    useScript(true);
    endUndoInTime(document);
  }

  document.addEventListener("comments", begin);
  begin();
})();
