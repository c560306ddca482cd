/* Keep a part of a page up to date: <div data-refresh="/address/of/the/part" data-refresh-seconds="2">. It asks less often while
   nothing changes, and stops when the part contains an element with data-done, or after half an hour without a change. Without scripts
   people reload the page. */
(() => {
  const SECONDS = 10;
  const LONGEST_SECONDS = 60;
  const SLOWER = 1.25;
  const GIVE_UP_SECONDS = 1800;

  const changed = async (part) => {
    try {
      const response = await fetch(part.dataset.refresh, { credentials: "same-origin", redirect: "error" });
      const html = response.ok ? await response.text() : null;
      if (html === null || html === part.dataset.last) return false;
      const isFirst = part.dataset.last === undefined;
      part.dataset.last = html;
      const unfolded = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
      part.innerHTML = html;
      for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
      return !isFirst;
    } catch {
      // Offline or signed out: the figures on the page stay as they are.
      return false;
    }
  };

  const watch = (part) => {
    const shortest = Number(part.dataset.refreshSeconds ?? SECONDS);
    let seconds = shortest;
    let unchanged = 0;

    const look = async () => {
      if (part.querySelector("[data-done]")) return;
      if (!document.hidden) {
        const isNew = await changed(part);
        unchanged = isNew ? 0 : unchanged + seconds;
        seconds = isNew ? shortest : Math.min(seconds * SLOWER, Math.max(shortest, LONGEST_SECONDS));
      }
      if (unchanged < GIVE_UP_SECONDS) setTimeout(look, seconds * 1000);
    };
    setTimeout(look, seconds * 1000);
  };

  for (const part of document.querySelectorAll("[data-refresh]")) watch(part);
})();
