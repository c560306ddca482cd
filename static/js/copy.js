// Buttons that copy: <button type="button" hidden data-copy="id-of-the-text">Copy</button>. Without an ID, what is before it.
// They are hidden in the markup, so that no one without scripts or clipboard sees a button that does nothing.
(() => {
  if (!navigator.clipboard) return;

  const wait = 2500; // milliseconds until the button says again what it does

  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    const status = button.parentElement.querySelector("[data-copy-status]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      const { copy } = button.dataset;
      const source = copy ? document.getElementById(copy) : button.previousElementSibling;
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

  // Headings of the documentation link to themselves: a click goes there and copies the address.
  const announced = document.querySelector("[data-link-status]");
  for (const link of document.querySelectorAll(".heading-link")) {
    link.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(link.href);
      } catch {
        return; // refused: the address is in the address bar now
      }
      link.classList.add("heading-link--copied");
      announced.textContent = announced.dataset.linkStatus;
      setTimeout(() => {
        link.classList.remove("heading-link--copied");
        announced.textContent = "";
      }, wait);
    });
  }
})();
