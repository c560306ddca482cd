// Walk an authorization code flow with passport-oauth2, unmodified.
// Reads one JSON line from standard input: {base, clientID, clientSecret, callbackURL, pkce, tokenPath}.
// Writes {"authorize": url} and waits for a second line, {"callback": url}; then writes the tokens.
"use strict";
const readline = require("node:readline");
const OAuth2Strategy = require("passport-oauth2");

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const session = {};

function run(strategy, url) {
  return new Promise((resolve, reject) => {
    const request = { url, query: Object.fromEntries(new URL(url).searchParams), session, headers: {}, connection: {} };
    const instance = Object.create(strategy);
    instance.redirect = (location) => resolve({ authorize: location });
    instance.success = (user) => resolve(user);
    instance.fail = (info, status) => reject(new Error(`fail ${JSON.stringify(info)} ${status}`));
    instance.error = reject;
    instance.authenticate(request, {});
  });
}

(async () => {
  const options = JSON.parse((await lines.next()).value);
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: options.base + "/oauth/authorize",
      tokenURL: options.base + options.tokenPath,
      clientID: options.clientID,
      clientSecret: options.clientSecret,
      callbackURL: options.callbackURL,
      scope: ["profile.email", "tasks"],
      state: true,
      pkce: options.pkce,
    },
    (accessToken, refreshToken, results, profile, done) => done(null, { accessToken, refreshToken, results })
  );
  strategy.userProfile = (accessToken, done) => done(null, {});
  say(await run(strategy, options.callbackURL));
  const { callback } = JSON.parse((await lines.next()).value);
  say(await run(strategy, callback));
  process.exit(0);
})().catch((error) => {
  say({ error: String(error.message || error), data: error.data || error.oauthError || null });
  process.exit(1);
});
