// Middleware for Express (and anything with (req, res, next)): ask MyUSA about each token (RFC 7662), and report the outcome.
//
//   app.use(myusa({ url: "https://myusa.example", clientId, clientSecret, product: "case-status" }));
//
// A handler finds the facts in req.myusa. Reports leave in batches, from a buffer that drops the oldest when MyUSA is down.
// Put it behind express.json() or express.raw() if payload digests should tell different bodies apart.

import { createHmac, randomBytes } from "node:crypto";

const MAX_WAITING = 10_000;
const BATCH = 1_000;

export function myusa({ url, clientId, clientSecret, product, pauseMs = 500 }) {
  const digestKey = randomBytes(32);
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(":");
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  const waiting = [];

  const post = (path, body, type) =>
    fetch(url + path, {
      method: "POST",
      body,
      headers: { authorization, "content-type": type },
      signal: AbortSignal.timeout(10_000),
    });

  const report = async () => {
    const outcomes = waiting.splice(0, BATCH);
    if (!outcomes.length) return;
    try {
      const response = await post("/gateway/outcomes", JSON.stringify({ outcomes }), "application/json");
      if (!response.ok) throw new Error(`outcomes: ${response.status}`);
    } catch {
      waiting.unshift(...outcomes);
      waiting.splice(0, waiting.length - MAX_WAITING > 0 ? waiting.length - MAX_WAITING : 0);
    }
  };
  setInterval(report, pauseMs).unref();

  const refuse = (res, status, error, headers = {}) => {
    res.writeHead(status, { "content-type": "application/json", ...headers });
    res.end(JSON.stringify({ error }));
  };

  return async (req, res, next) => {
    const [scheme, token] = (req.headers.authorization ?? "").split(" ");
    const challenge = { "www-authenticate": "Bearer" };
    if (scheme.toLowerCase() !== "bearer" || !token) return refuse(res, 401, "invalid_token", challenge);
    const uri = req.originalUrl ?? req.url;
    const address = req.ip ?? req.socket.remoteAddress ?? "";
    const asked = new URLSearchParams({ token, product, method: req.method, uri, address });
    if (req.headers["x-test-user"]) asked.set("test_user", req.headers["x-test-user"]);
    let answer;
    try {
      answer = await post("/oauth/introspect", asked, "application/x-www-form-urlencoded");
    } catch {
      return refuse(res, 503, "temporarily_unavailable");
    }
    if (answer.status === 429) {
      return refuse(res, 429, "slow_down", { "retry-after": answer.headers.get("retry-after") ?? "1" });
    }
    if (!answer.ok) return refuse(res, 503, "temporarily_unavailable");
    const facts = await answer.json();
    if (!facts.active) return refuse(res, 401, "invalid_token", challenge);
    req.myusa = facts;
    const started = performance.now();
    res.on("finish", () => {
      const body = Buffer.isBuffer(req.body) ? req.body : JSON.stringify(req.body ?? "");
      const digest = (...parts) => parts.reduce((sum, part) => sum.update(part), createHmac("sha256", digestKey)).digest("hex");
      const etag = res.getHeader("etag");
      waiting.push({
        trace_id: facts.trace_id,
        product,
        status: res.statusCode,
        // The name of the operation, never a raw path: a handler sets it, or the route has one.
        endpoint: req.operation ?? req.route?.path?.replaceAll("/", " ").trim() ?? "unknown",
        method: req.method,
        latency_ms: performance.now() - started,
        payload_digest: digest(`${req.method} ${uri} `, body),
        response_digest: etag ? digest(etag) : undefined,
      });
      if (waiting.length > MAX_WAITING) waiting.shift();
    });
    next();
  };
}
