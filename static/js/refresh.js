/* Keep a part of a page up to date: <div data-refresh="/address/of/the/part" data-refresh-seconds="2">. It stops when the part contains
   an element with data-done. Without scripts people reload the page. */
(function () {
  "use strict";
  var SECONDS = 10;

  function refresh(part) {
    if (document.hidden || part.querySelector("[data-done]")) {
      return;
    }
    fetch(part.dataset.refresh, { credentials: "same-origin", redirect: "error" })
      .then(function (answer) {
        return answer.ok ? answer.text() : null;
      })
      .then(function (html) {
        if (html !== null && html !== part.dataset.last) {
          part.dataset.last = html;
          part.innerHTML = html;
        }
      })
      .catch(function () {
        /* Offline or signed out: the figures on the page stay as they are. */
      });
  }

  document.querySelectorAll("[data-refresh]").forEach(function (part) {
    window.setInterval(refresh, (part.dataset.refreshSeconds || SECONDS) * 1000, part);
  });
})();
