// Use the types that openapi-typescript generated from the site's OpenAPI document.
// docs: generated
import process from "node:process";
import createClient from "openapi-fetch";
import type { paths } from "./myusa.js";

const client = createClient<paths>({
  baseUrl: process.env.MYUSA_URL,
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
});

const profile = await client.GET("/api/v1/profile");
if (!profile.data) throw new Error(profile.error.errors[0]?.code);
if ("email" in profile.data) console.log(profile.data.email);

const body = { task: { name: "Renew your card" } };
const task = await client.POST("/api/v1/tasks", { body });
if (!task.data) throw new Error(task.error.errors[0]?.code);
console.log(task.data.id, task.data.name);
// end
