// Send the first call without leaving the page: the form's response page contains the new content of #first-call-result.
(() => {
  const part = document.getElementById("first-call-result");
  const form = document.querySelector("[data-first-call]");
  if (!part || !form) return;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        credentials: "same-origin",
      });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const result = page.getElementById("first-call-result");
      if (!response.ok || !result) throw new Error("no result");
      part.innerHTML = result.innerHTML;
    } catch {
      form.submit(); // signed out, or offline: let the browser say so
    } finally {
      button.disabled = false;
    }
  });
})();
