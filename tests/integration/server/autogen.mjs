// Calls Humanitec's generated client, one operation after another, and prints what each gave.
// stdin: [{"call": NAME, "parameters": {...}}, ...]; environment: CLIENT (its module), BASE (URL), TOKEN.
import { readFileSync } from "node:fs";

const { Configuration, PublicApi } = await import(process.env.CLIENT);
const headers = { Authorization: `Bearer ${process.env.TOKEN}` };
const api = new PublicApi(new Configuration({ basePath: process.env.BASE, headers }));
const results = [];
for (const { call, parameters } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    results.push({ value: (await api[call](parameters)) ?? null });
  } catch (error) {
    if (!error.response) throw error;
    results.push({ status: error.response.status, body: await error.response.json() });
  }
}
console.log(JSON.stringify(results));
