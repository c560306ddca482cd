const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => String(text).replace(/[&<>"]/g, (character) => ENTITIES[character]);

const signedIn = (profile) => `
    <h1>Hello, ${escape(profile.first_name ?? profile.email ?? "you")}</h1>
    <dl>
      <dt>Email</dt>
      <dd>${escape(profile.email ?? "not shared")}</dd>
      <dt>MyUSA ID</dt>
      <dd>${escape(profile.uid)}</dd>
    </dl>
    <form method="post" action="/sign-out"><button>Sign out</button></form>`;

const signedOut = `
    <h1>Starter for Express</h1>
    <a class="btn btn-social btn-myusa" href="/auth/myusa">Connect with MyUSA</a>`;

export const page = ({ myusaUrl, message, profile }) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Starter for Express</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${escape(myusaUrl)}/button.css">
  </head>
  <body>
    ${message ? `<p role="status">${escape(message)}</p>` : ""}${profile ? signedIn(profile) : signedOut}
  </body>
</html>
`;
