// What a visitor's device works out for a comment, as ALTCHA 2 asks for it (docs/decisions/0025): begun at the first key.
(() => {
  const together = 8; // tries at a time; browsers do them beside the page
  const read = (hex) => hex.match(/../g).map((pair) => parseInt(pair, 16));

  async function keyOf({ nonce, salt, cost }, counter) {
    const password = new Uint8Array([...read(nonce), 0, 0, 0, 0]);
    new DataView(password.buffer).setUint32(password.length - 4, counter);
    const secret = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(read(salt)), iterations: cost };
    const key = new Uint8Array(await crypto.subtle.deriveBits(how, secret, 256));
    return Array.from(key, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function solve(address) {
    const challenge = await (await fetch(address, { credentials: "omit" })).json();
    const { parameters } = challenge; // a refusal has none, and ends here
    for (let counter = 0; counter < 1e5; counter += together) {
      const keys = await Promise.all(Array.from({ length: together }, (_, more) => keyOf(parameters, counter + more)));
      const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
      if (found < 0) continue;
      return btoa(JSON.stringify({ challenge, solution: { counter: counter + found, derivedKey: keys[found] } }));
    }
    throw new Error("no solution");
  }

  function arm(field) {
    const form = field.form;
    const words = field.nextElementSibling;
    let work, failed;
    const say = (what) => (words.textContent = words.dataset[what]);

    function begin() {
      work ||= solve(field.dataset.challenge).then(
        (solution) => {
          field.value = solution;
          setTimeout(forget, field.dataset.anew * 1000);
        },
        () => say((failed = "failed")),
      );
      return work;
    }

    // It is worth one comment, and not for ever: after Back, or a long sleep, another is worked out.
    function forget() {
      work = failed = undefined;
      field.value = "";
      say("begun");
    }

    forget();
    form.addEventListener("input", begin);
    addEventListener("pageshow", (event) => event.persisted && forget());
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if ((button?.name || "post") !== "post" || field.value || failed) return; // Preview and its like need none
      event.preventDefault();
      say("busy");
      await begin();
      if (!failed) form.requestSubmit(button);
    });
  }

  for (const field of document.querySelectorAll("[data-challenge]:not([data-armed])")) {
    field.dataset.armed = "";
    arm(field);
  }
})();
