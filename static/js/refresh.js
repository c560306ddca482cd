/* Keep a part of a page up to date: <div data-refresh="/address/of/the/part">. Without scripts the page is reloaded by hand. */
(function () {
  "use strict";
  var EVERY = 10000;

  function refresh(part) {
    if (document.hidden) {
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
    window.setInterval(refresh, EVERY, part);
  });
})();
