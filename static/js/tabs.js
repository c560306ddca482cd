// Remember the language of code samples for the whole site: <input type="radio" data-language value="python">.
(() => {
  const key = "language";
  const inputs = () => document.querySelectorAll("[data-language]");

  const choose = (language) => {
    for (const input of inputs()) {
      if (input.value === language) input.checked = true;
    }
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-language]")) return;
    const before = event.target.getBoundingClientRect().top;
    choose(event.target.value);
    scrollBy(0, event.target.getBoundingClientRect().top - before); // other samples changed their height
    try {
      localStorage.setItem(key, event.target.value);
    } catch {
      // Storage is off: the choice lasts for this page.
    }
  });

  try {
    choose(localStorage.getItem(key));
  } catch {
    // As above.
  }
})();
