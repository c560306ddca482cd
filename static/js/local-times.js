/* Show the portal's times in the viewer's own zone, named, with UTC as the title; within a day also how long ago. Times that name
   UTC, and days that are counted in UTC, stay. Without scripts times are Eastern, and say so. */
(() => {
  const ZONE = /\bE[SD]T\b/;
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    month: "short",
    timeZoneName: "short",
    year: "numeric",
  });
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const ago = (at) => {
    const minutes = Math.round((Date.now() - at) / 60000);
    if (minutes < 0 || minutes >= 1440) return "";
    return minutes < 60 ? relative.format(-minutes, "minute") : relative.format(-Math.floor(minutes / 60), "hour");
  };
  for (const time of document.querySelectorAll("main time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || !ZONE.test(time.textContent)) continue;
    const since = ago(at);
    time.title = at.toISOString().replace("T", " ").replace(/\..*/, " UTC");
    time.textContent = since ? `${format.format(at)} (${since})` : format.format(at);
  }
})();
