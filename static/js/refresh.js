/* Keep a part of a page up to date: <div data-refresh="/address/of/the/part" data-refresh-seconds="2">. It stops when the part contains
   an element with data-done. Without scripts people reload the page. */
(() => {
  const SECONDS = 10;

  const refresh = async (part) => {
    if (document.hidden || part.querySelector("[data-done]")) return;
    try {
      const response = await fetch(part.dataset.refresh, { credentials: "same-origin", redirect: "error" });
      const html = response.ok ? await response.text() : null;
      if (html !== null && html !== part.dataset.last) {
        part.dataset.last = html;
        part.innerHTML = html;
      }
    } catch {
      // Offline or signed out: the figures on the page stay as they are.
    }
  };

  for (const part of document.querySelectorAll("[data-refresh]")) {
    setInterval(refresh, (part.dataset.refreshSeconds ?? SECONDS) * 1000, part);
  }
})();
