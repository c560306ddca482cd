// Serve the files of this folder to your own browser. Any web server can; this one also sends a policy that lets scripts of
// the app alone run, and requests go to MyUSA alone. An app that holds tokens should always have one.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { MYUSA_URL = "http://127.0.0.1:8000", MYUSA_CLIENT_ID = "", PORT = "8004" } = process.env;
const here = new URL("./", import.meta.url);
const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript"],
  "/node_modules/oauth4webapi/build/index.js": ["node_modules/oauth4webapi/build/index.js", "text/javascript"],
};

const html = await readFile(new URL("index.html", here), "utf8");
const importMap = html.match(/<script type="importmap">(.*?)<\/script>/s)[1];
const digest = createHash("sha256").update(importMap).digest("base64");
const policy = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${digest}'`,
  `connect-src 'self' ${MYUSA_URL}`,
  `style-src ${MYUSA_URL}`,
  "img-src data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

createServer(async (req, res) => {
  const { pathname } = new URL(req.url, "http://localhost");
  const headers = { "content-security-policy": policy, "referrer-policy": "no-referrer" };
  if (pathname === "/config.json") {
    res.writeHead(200, { ...headers, "content-type": "application/json" });
    return res.end(JSON.stringify({ url: MYUSA_URL, clientId: MYUSA_CLIENT_ID }));
  }
  if (!(pathname in FILES)) {
    res.writeHead(404, headers);
    return res.end();
  }
  const [file, type] = FILES[pathname];
  res.writeHead(200, { ...headers, "content-type": type });
  res.end(await readFile(new URL(file, here)));
}).listen(Number(PORT), "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${PORT}`));
