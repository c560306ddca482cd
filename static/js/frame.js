// Every page: tell the server the browser's time zone, and warn before the session ends (<body data-session-ends="…">).
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = `time_zone=${zone}`;
  if (zone && !document.cookie.split("; ").includes(cookie)) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser, and never over http
    document.cookie = `${cookie}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  const warning = document.querySelector("[data-session-warning]");
  const ends = Date.parse(document.body.dataset.sessionEnds ?? "");
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
  warning.querySelector("button").addEventListener("click", () => {
    warning.hidden = true;
  });
})();
