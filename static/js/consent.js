// Consent: the line of a row names what is checked in it. Without scripts it says what was checked when the page came.
(() => {
  for (const row of document.querySelectorAll(".consent-row")) {
    const boxes = [...row.querySelectorAll("[name=scopes]")];
    const missing = row.querySelector("[data-missing]");
    const update = () => {
      for (const box of boxes) {
        const value = row.querySelector(`[data-of="${CSS.escape(box.value)}"]`);
        if (value) value.hidden = !box.checked;
      }
      row.querySelector("[data-none]").hidden = boxes.some((box) => box.checked);
      if (missing) {
        missing.hidden = !boxes.some(
          (box) => box.checked && box.closest(".consent-item").querySelector(".consent-missing"),
        );
      }
    };
    row.addEventListener("change", update);
    update();
  }
})();
