// Remember the language of code samples for the whole site: <input type="radio" data-language value="python">.
// Not every sample has every language, so the languages chosen before are remembered too, the last one first.
(() => {
  const key = "language";
  const MOST = 4;
  const inputs = () => document.querySelectorAll("[data-language]");

  const remembered = () => {
    try {
      return (localStorage.getItem(key) ?? "").split(" ").filter(Boolean);
    } catch {
      return []; // Storage is off.
    }
  };

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
    const languages = [event.target.value, ...remembered().filter((each) => each !== event.target.value)];
    try {
      localStorage.setItem(key, languages.slice(0, MOST).join(" "));
    } catch {
      // Storage is off: the choice lasts for this page.
    }
  });

  const restore = () => {
    for (const language of remembered().reverse()) choose(language);
  };
  // Also on a page that "Back" shows as it was, and in another tab.
  addEventListener("pageshow", restore);
  addEventListener("storage", (event) => event.key === key && restore());
  restore();
})();
