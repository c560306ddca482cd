/* Show times in the browser's own zone: <form data-time-zone> with a select. Once a zone was chosen, the server remembers it (data-chosen).
   Without scripts people choose the zone themselves. */
(() => {
  const form = document.querySelector("form[data-time-zone]:not([data-chosen])");
  if (!form || new URL(location.href).searchParams.has("zone")) return;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const select = form.querySelector("select");
  if (zone && zone !== select.value) {
    const address = new URL(location.href);
    address.searchParams.set("zone", zone);
    location.replace(address);
  }
})();
