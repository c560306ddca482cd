// Buttons that copy: <button type="button" hidden data-copy="id-of-the-text">Copy</button>.
// They are hidden in the markup, so that nobody without scripts or clipboard sees a button that does nothing.
(() => {
  if (!navigator.clipboard) return;

  const wait = 2500; // milliseconds until the button says again what it does

  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    const status = button.parentElement.querySelector("[data-copy-status]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
      } catch {
        getSelection().selectAllChildren(source); // refused: let people copy by keyboard
        return;
      }
      button.textContent = button.dataset.copied || "✓";
      if (status) status.textContent = button.dataset.copied || "";
      setTimeout(() => {
        button.textContent = label;
        if (status) status.textContent = "";
      }, wait);
    });
  }
})();
