/** Stele inside a program of one's own: no server, no port, only a folder. */
import { join } from "node:path";
import { openHost } from "stele";

const host = await openHost({
  data: process.env["STELE_DATA"] ?? join(import.meta.dirname, "build", "data"),
  deployment: join(import.meta.dirname, "deployment.toml"),
});
try {
  const id = await host.submit("hello:greetings/greetings@1.0.0.greet", [process.argv[2] ?? "world"]);
  // Durable from here on: killed now and started again, the program finds the greeting going on.
  const outcome = await host.result(id);
  if (!("ok" in outcome)) throw new Error(`the greeting failed: ${JSON.stringify(outcome)}`);
  console.log(outcome.ok);
} finally {
  await host.close();
}
