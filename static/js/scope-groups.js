// Groups of scopes: a button selects or clears all of a group. Without scripts there is none.
(() => {
  for (const button of document.querySelectorAll("[data-all]")) {
    const group = button.closest("fieldset");
    const boxes = [...group.querySelectorAll("[name=scopes]")];
    const areAll = () => boxes.every((box) => box.checked);
    const update = () => {
      button.querySelector("[data-all-select]").hidden = areAll();
      button.querySelector("[data-all-clear]").hidden = !areAll();
    };
    button.addEventListener("click", () => {
      const checked = !areAll();
      for (const box of boxes) box.checked = checked;
      update();
    });
    group.addEventListener("change", update);
    button.hidden = false;
    update();
  }
})();
