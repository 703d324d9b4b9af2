// "Reply" opens the reply form under its comment, "Post a comment" under itself. Whatever fails, the link is followed.
(() => {
  const links = 'a[data-reply-in-place], .acts a[href*="/reply/"]';
  const open = new Map(); // by address: links come and go with the thread around them

  async function fetchForm(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = page.querySelector("[data-reply-form]");
    if (!form) throw new Error("no form");
    return document.importNode(form, true);
  }

  // Two forms on one page may not share ids, or a label would lead to the wrong field.
  function renameIds(form, suffix) {
    for (const name of ["id", "for"]) {
      for (const part of form.querySelectorAll(`[${name}]`)) part.setAttribute(name, part.getAttribute(name) + suffix);
    }
    for (const part of form.querySelectorAll("[aria-describedby]")) {
      const ids = part.getAttribute("aria-describedby").split(" ");
      part.setAttribute("aria-describedby", ids.map((id) => id + suffix).join(" "));
    }
  }

  function addClose(form, link) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button second";
    button.textContent = "Close";
    button.addEventListener("click", () => toggle(form, document.querySelector(`a[href="${link.getAttribute("href")}"]`)));
    form.querySelector(".row:last-of-type")?.append(button);
  }

  function toggle(form, link) {
    form.hidden = !form.hidden;
    link?.setAttribute("aria-expanded", String(!form.hidden));
    (form.hidden ? link : form.querySelector("textarea"))?.focus();
  }

  async function reply(link) {
    const known = open.get(link.href);
    if (known?.isConnected) return toggle(known, link);
    link.setAttribute("aria-busy", "true");
    try {
      const form = await fetchForm(link.href);
      renameIds(form, `-${open.size + 1}`);
      addClose(form, link);
      form.setAttribute("aria-label", link.textContent.trim());
      (link.closest(".acts") || link.closest(".comments-head") || link).after(form);
      if (form.dataset.script) document.head.append(Object.assign(document.createElement("script"), { src: form.dataset.script }));
      open.set(link.href, form);
      link.setAttribute("aria-expanded", "true");
      form.querySelector("textarea").focus();
    } catch {
      window.location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(links);
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    if (!link.hasAttribute("aria-busy")) reply(link);
  });
})();
