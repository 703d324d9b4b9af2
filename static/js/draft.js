// Saves what a member types, by the form's own "Save draft", and says so beside it. Without it Preview keeps the words.
(() => {
  const PAUSE = 2000; // milliseconds after the last key
  const waiting = new Map(); // form: timer

  async function save(form) {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    const words = new FormData(form);
    words.set("draft_button", "1");
    const said = form.querySelector("[data-draft-said]");
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(words), headers, keepalive: true });
      const told = await answer.json();
      if (told.draft) form.elements.draft.value = told.draft;
      said.textContent = told.words;
    } catch {
      said.textContent = "Not saved at present. Your words stay here.";
    }
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.closest("[data-draft]");
    if (!form) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(save, PAUSE, form));
  });
  // Posting takes the draft with it, so nothing may be saved behind it.
  document.addEventListener("submit", ({ target }) => {
    clearTimeout(waiting.get(target));
    waiting.delete(target);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) [...waiting.keys()].forEach(save);
  });
})();
