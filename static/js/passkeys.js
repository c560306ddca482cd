// Passkeys: <div hidden data-passkey="get" data-options="…" data-origin="…"> in a form, with a hidden field "credential", a
// button, and a paragraph for problems. "create" in place of "get" makes a new passkey; "get" with data-autofill also offers
// passkeys in the autofill of the form's email field. Hidden without scripts, without passkeys, and at another address of the site.
(() => {
  const box = document.querySelector("[data-passkey]");
  if (!box || !window.PublicKeyCredential || location.origin !== box.dataset.origin) return;

  const renewAfter = 4 * 60 * 1000; // milliseconds; the server accepts a challenge for five minutes
  const form = box.closest("form");
  const button = box.querySelector("button");
  const problem = box.querySelector("[data-passkey-problem]");
  const isNew = box.dataset.passkey === "create";
  let waiting = null; // what stops the autofill's request: a browser handles one at a time
  let busy = false;

  const say = (state) => button.dispatchEvent(new Event(state, { bubbles: true })); // frame.js shows it

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const withBytes = (credentials) => (credentials || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  const options = async () => {
    const response = await fetch(box.dataset.options, { cache: "no-store" });
    if (response.status === 403) location.assign(location.href); // signed out, or too long ago
    if (!response.ok) throw new Error(`options: ${response.status}`);
    const { publicKey } = await response.json();
    publicKey.challenge = toBytes(publicKey.challenge);
    if (isNew) {
      publicKey.user.id = toBytes(publicKey.user.id);
      publicKey.excludeCredentials = withBytes(publicKey.excludeCredentials);
    } else {
      publicKey.allowCredentials = withBytes(publicKey.allowCredentials);
    }
    return { publicKey };
  };

  const send = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    const id = toText(credential.rawId);
    box.querySelector("[name=credential]").value = JSON.stringify({ id, rawId: id, type: credential.type, response });
    say("busy");
    form.submit();
  };

  const offer = async () => {
    if (!("autofill" in box.dataset) || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    for (;;) {
      const stop = new AbortController();
      waiting = stop;
      const timer = setTimeout(() => stop.abort("renew"), renewAfter);
      try {
        send(await navigator.credentials.get({ ...(await options()), mediation: "conditional", signal: stop.signal }));
        return;
      } catch {
        if (stop.signal.reason !== "renew") return; // no passkey, or the button was pressed
      } finally {
        clearTimeout(timer);
      }
    }
  };

  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    problem.hidden = true;
    say("busy");
    waiting?.abort("button");
    try {
      const wanted = await options();
      send(await (isNew ? navigator.credentials.create(wanted) : navigator.credentials.get(wanted)));
    } catch (error) {
      say("idle");
      const { canceled, exists } = problem.dataset;
      problem.textContent = error.name === "InvalidStateError" && exists ? exists : canceled;
      problem.hidden = false;
      offer();
    }
    busy = false;
  });

  box.hidden = false;
  for (const other of document.querySelectorAll("[data-without-passkeys]")) other.hidden = true;
  offer();
})();
