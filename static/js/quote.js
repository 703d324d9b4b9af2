// What is selected is what "Quote" quotes, and what a reply that is opened begins with; the site looks whether it was said.
addEventListener("click", ({ target }) => {
  const words = String(getSelection()).trim();
  const button = target.closest("[data-quote]");
  const link = target.closest('.acts a[href*="/reply/"]:not([aria-expanded])');
  if (button) button.value = words || "1";
  if (link && words && words.length < 300) link.search = new URLSearchParams({ quote: words });
}, true);
