// While someone registers an app: suggest the callback address that goes with the app's web address.
(() => {
  const url = document.getElementById("id_url");
  const uris = document.getElementById("id_redirect_uris");
  const hint = document.querySelector("[data-suggestion]");
  if (!url || !uris || !hint) return;

  const suggest = () => {
    const address = url.value.trim().replace(/\/+$/, "");
    const untouched = !uris.value.trim() || uris.value === uris.defaultValue;
    const fits = /^https?:\/\/[^\s/]+/.test(address) && untouched;
    hint.querySelector("code").textContent = fits ? `${address}/auth/myusa/callback` : "";
    hint.hidden = !fits;
  };

  hint.querySelector("button").addEventListener("click", () => {
    uris.value = hint.querySelector("code").textContent;
    hint.hidden = true;
    uris.focus();
  });
  url.addEventListener("input", suggest);
  uris.addEventListener("input", suggest);
  suggest();
})();
