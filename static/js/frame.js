// Every page: tell the server the browser's time zone, print, show that a form is being sent, and warn before the session ends
// (<body data-session-ends="…">).
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = `time_zone=${zone}`;
  if (zone && !document.cookie.split("; ").includes(cookie)) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser, and never over http
    document.cookie = `${cookie}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  // Buttons that print are hidden in the markup, so that no one without scripts sees one.
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // A form is sent once: a second press within ten seconds is dropped. What takes longer than a moment says so at its button, and
  // to screen readers. passkeys.js sends its form itself, and says when it is "busy" and "idle".
  const status = document.querySelector("[data-busy]");
  let timers = [];
  const idle = () => {
    for (const timer of timers) clearTimeout(timer);
    for (const each of document.querySelectorAll("[data-sent]")) delete each.dataset.sent;
    for (const each of document.querySelectorAll(".is-busy")) {
      each.classList.remove("is-busy");
      each.removeAttribute("aria-disabled");
    }
    status.textContent = "";
  };
  const busy = (button) => {
    idle();
    button.after(status);
    timers = [
      setTimeout(() => {
        button.classList.add("is-busy");
        button.setAttribute("aria-disabled", "true");
        status.textContent = status.dataset.busy;
      }, 1000),
    ];
  };
  addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (event.defaultPrevented || !button || (button.formTarget || form.target) === "_blank") return;
    if ("sent" in form.dataset) {
      event.preventDefault();
    } else if (form.method === "post") {
      busy(button);
      form.dataset.sent = "";
      timers.push(setTimeout(() => delete form.dataset.sent, 10_000));
    }
  });
  addEventListener("busy", (event) => busy(event.target));
  addEventListener("idle", idle);
  addEventListener("pageshow", (event) => event.persisted && idle()); // the way back shows the page as it was left

  const warning = document.querySelector("[data-session-warning]");
  let ends = Date.parse(document.body.dataset.sessionEnds ?? "");
  if (!warning || Number.isNaN(ends)) return;
  const left = () => ends - Date.now();
  const longest = 2 ** 31 - 1;
  const wait = () => {
    const until = left() - 120_000;
    if (until > longest) {
      setTimeout(wait, longest);
    } else {
      setTimeout(
        () => {
          if (left() > 0) warning.hidden = false;
        },
        Math.max(until, 0),
      );
    }
  };
  wait();
  warning.querySelector("button[type=button]").addEventListener("click", () => {
    warning.hidden = true;
  });

  // Staying signed in leaves the page, and what was typed on it, alone.
  const form = warning.querySelector("form");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
    button.disabled = false;
    if (response?.ok) {
      const { ends_at, can_stay } = await response.json();
      ends = Date.parse(ends_at);
      form.hidden = !can_stay;
      warning.hidden = true;
      wait();
    } else if (response) {
      form.hidden = true;
      warning.querySelector("[data-session-warns]").hidden = true;
      warning.querySelector("[data-session-ended]").hidden = false;
    }
  });
})();
