// Walk an authorization code flow, a refresh and a revocation with simple-oauth2, unmodified.
// Reads {base, clientID, clientSecret, callbackURL} and then {"code": …} from standard input, one JSON a line.
"use strict";
const readline = require("node:readline");
const { AuthorizationCode, ClientCredentials } = require("simple-oauth2");

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");

(async () => {
  const options = JSON.parse((await lines.next()).value);
  const credentials = { id: options.clientID, secret: options.clientSecret };
  const endpoints = { tokenHost: options.base, tokenPath: "/oauth/token", revokePath: "/oauth/revoke" };
  const client = new AuthorizationCode({ client: credentials, auth: { ...endpoints, authorizePath: "/oauth/authorize" } });
  say({ authorize: client.authorizeURL({ redirect_uri: options.callbackURL, scope: "profile.email tasks", state: "s" }) });
  const { code } = JSON.parse((await lines.next()).value);
  const first = await client.getToken({ code, redirect_uri: options.callbackURL });
  const second = await first.refresh();
  await second.revoke("refresh_token");
  const own = await new ClientCredentials({ client: credentials, auth: endpoints }).getToken({ scope: "tasks" });
  say({ first: first.token, second: second.token, own: own.token });
  process.exit(0);
})().catch((error) => {
  say({ error: String(error.message || error), data: error.data || null });
  process.exit(1);
});
