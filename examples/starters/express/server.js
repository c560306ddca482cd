// Sign a person in with MyUSA, show their profile, refresh the token, sign out.
// docs: setup
import express from "express";
import session from "express-session";
import { randomBytes } from "node:crypto";
import passport from "passport";
import OAuth2Strategy from "passport-oauth2";
import { page } from "./page.js";

const { MYUSA_URL = "http://127.0.0.1:8000", PORT = "8002" } = process.env;
const { MYUSA_CLIENT_ID, MYUSA_CLIENT_SECRET } = process.env;
const APP_URL = process.env.APP_URL ?? `http://127.0.0.1:${PORT}`;

passport.use(
  "myusa",
  new OAuth2Strategy(
    {
      authorizationURL: `${MYUSA_URL}/oauth/authorize`,
      tokenURL: `${MYUSA_URL}/oauth/token`,
      clientID: MYUSA_CLIENT_ID,
      clientSecret: MYUSA_CLIENT_SECRET,
      callbackURL: `${APP_URL}/auth/myusa/callback`,
      scope: ["profile.email", "profile.first_name"],
      state: true,
      pkce: true,
    },
    (access_token, refresh_token, { expires_in }, _profile, done) =>
      done(null, tokens({ access_token, refresh_token, expires_in })),
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

function tokens({ access_token, refresh_token, expires_in }) {
  return { access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 };
}
// end

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(
  session({
    // Cookies know no ports: a name of its own keeps apart what runs on one machine.
    name: "starter_session",
    secret: process.env.SESSION_SECRET ?? randomBytes(32).toString("hex"),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax", secure: APP_URL.startsWith("https:") },
  }),
);
app.use(passport.session());

// docs: sign-in
app.get("/auth/myusa", passport.authenticate("myusa"));
app.get(
  "/auth/myusa/callback",
  passport.authenticate("myusa", {
    successRedirect: "/",
    failureRedirect: "/?canceled",
  }),
);
// end

// docs: profile
const LEEWAY = 60_000;

async function post(path, form) {
  const pair = Buffer.from(`${MYUSA_CLIENT_ID}:${MYUSA_CLIENT_SECRET}`);
  return fetch(MYUSA_URL + path, {
    method: "POST",
    headers: { Authorization: `Basic ${pair.toString("base64")}` },
    body: new URLSearchParams(form),
  });
}

// Return the profile, or null when the person has to sign in again.
async function profileOf(user) {
  if (user.expires_at - LEEWAY < Date.now()) {
    const form = { grant_type: "refresh_token", refresh_token: user.refresh_token };
    const response = await post("/oauth/token", form);
    if (!response.ok) return null; // it expired or was revoked
    Object.assign(user, tokens(await response.json())); // user is part of the session
  }
  const response = await fetch(`${MYUSA_URL}/api/v1/profile`, {
    headers: { Authorization: `Bearer ${user.access_token}` },
  });
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(`profile: ${response.status}`);
  return response.json();
}

app.get("/", async (req, res, next) => {
  if (!req.user) {
    const message = "canceled" in req.query ? "You canceled the sign-in." : "";
    return res.send(page({ myusaUrl: MYUSA_URL, message }));
  }
  const profile = await profileOf(req.user);
  if (profile) return res.send(page({ myusaUrl: MYUSA_URL, profile }));
  req.logout((error) => {
    if (error) return next(error);
    const message = "You were signed out. Sign in again.";
    res.send(page({ myusaUrl: MYUSA_URL, message }));
  });
});
// end

// docs: sign-out
app.post("/sign-out", async (req, res, next) => {
  if (req.user) await post("/oauth/revoke", { token: req.user.refresh_token });
  req.logout((error) => (error ? next(error) : res.redirect("/")));
});
// end

app.use((error, _req, res, _next) => {
  console.error(error);
  res.status(502).send(page({ myusaUrl: MYUSA_URL, message: "The sign-in failed. Try again." }));
});

app.listen(Number(PORT), "127.0.0.1", () => console.log(`Listening on ${APP_URL}`));
