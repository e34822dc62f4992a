/** How deployments were stored once, and are read for ever. */
import { expect, test } from "vitest";
import { noGrants, storedDeployment } from "../../host/core/deployment.ts";

const digest = `sha256:${"0".repeat(64)}`;

test("a deployment from before grants and limits has those that it was run with", () => {
  const retry = { retriesMax: 2, backoffMs: 100, backoffMaxMs: 60_000 };
  const allowedHosts = [{ pattern: "https://a.example" }];
  const old = { name: "shop", kind: "activity", digest, retry, deadlineMs: 1_000, allowedHosts };
  expect(storedDeployment(JSON.stringify({ components: [old] }))).toEqual({
    components: [
      {
        name: "shop",
        kind: "activity",
        digest,
        policy: { retry, deadlineMs: 1_000 },
        functions: {},
        grants: { ...noGrants, allowedHosts },
        limits: {},
      },
    ],
  });
});
