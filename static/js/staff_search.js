/* Ctrl-K (or Command-K) opens the staff search from every admin page. */
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const field = document.getElementById("staff-search");
  if (field) field.focus();
  else document.getElementById("staff-search-link").click();
});
