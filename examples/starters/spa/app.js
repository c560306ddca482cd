// Sign a person in with MyUSA, show their profile, refresh the token, sign out. There is no secret and no server.
// docs: setup
import * as oauth from "oauth4webapi";

const config = await (await fetch("/config.json")).json();

const issuer = new URL(config.url);
// Only a site on your own machine has no https.
const options = { [oauth.allowInsecureRequests]: issuer.protocol === "http:" };
const client = { client_id: config.clientId };
const redirectUri = `${location.origin}/`;

const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...options });
const server = await oauth.processDiscoveryResponse(issuer, found);
// end

// docs: sign-in
let tokens = null; // in memory only: no script of another page can read them there

async function signIn() {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  sessionStorage.setItem("sign-in", JSON.stringify({ verifier, state }));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: "profile.email profile.first_name",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  location.assign(`${server.authorization_endpoint}?${query}`);
}

async function finishSignIn(address) {
  const { verifier, state } = JSON.parse(sessionStorage.getItem("sign-in") ?? "{}");
  sessionStorage.removeItem("sign-in");
  const parameters = oauth.validateAuthResponse(server, client, address, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, oauth.None(), parameters, redirectUri, verifier, options,
  );
  keep(await oauth.processAuthorizationCodeResponse(server, client, response));
}

function keep(response) {
  tokens = { ...response, expires_at: Date.now() + response.expires_in * 1000 };
}
// end

// docs: profile
const LEEWAY = 60_000;

async function readProfile() {
  if (tokens.expires_at - LEEWAY < Date.now()) {
    const { refresh_token } = tokens;
    const response = await oauth.refreshTokenGrantRequest(
      server, client, oauth.None(), refresh_token, options,
    );
    keep(await oauth.processRefreshTokenResponse(server, client, response));
  }
  const address = new URL("/api/v1/profile", issuer);
  const response = await oauth.protectedResourceRequest(
    tokens.access_token, "GET", address, undefined, undefined, options,
  );
  if (!response.ok) throw new Error(`profile: ${response.status}`);
  return response.json();
}
// end

// docs: sign-out
async function signOut() {
  const { refresh_token } = tokens;
  tokens = null;
  await oauth.revocationRequest(server, client, oauth.None(), refresh_token, options);
}
// end

const find = (id) => document.getElementById(id);

function show(message, profile) {
  find("message").textContent = message;
  find("signed-in").hidden = !profile;
  find("signed-out").hidden = Boolean(profile);
  if (!profile) return;
  find("name").textContent = profile.first_name ?? profile.email ?? "you";
  find("email").textContent = profile.email ?? "not shared";
  find("uid").textContent = profile.uid;
}

async function showProfile() {
  try {
    show("", await readProfile());
  } catch (error) {
    // 400 (the refresh token) or 401 (the access token): the person has to allow the app again.
    console.warn(error);
    tokens = null;
    show("You were signed out. Sign in again.");
  }
}

async function start() {
  const address = new URL(location);
  if (!address.searchParams.has("state")) return show("");
  history.replaceState(null, "", "/"); // the code works once and belongs in no history
  try {
    await finishSignIn(address);
  } catch (error) {
    console.warn(error);
    const canceled = error.error === "access_denied";
    return show(canceled ? "You canceled the sign-in." : "The sign-in failed. Try again.");
  }
  await showProfile();
}

const button = document.createElement("link");
button.rel = "stylesheet";
button.href = new URL("/button.css", issuer);
document.head.append(button);
find("sign-in").addEventListener("click", signIn);
find("reload").addEventListener("click", showProfile);
find("sign-out").addEventListener("click", async () => {
  await signOut();
  show("");
});
await start();
