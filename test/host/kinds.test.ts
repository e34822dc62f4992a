/** What a component is for is fixed with its first deployment in a folder. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { openHost } from "../../host/index.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-kinds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function manifest(table: string): string {
  const file = join(folder, `${table}.toml`);
  writeFileSync(file, `[[${table}]]\nname = "work"\nlocation = ${JSON.stringify(guestFile("work"))}\n`);
  return file;
}

test("a component that a folder holds as a stub is refused as anything else, and the host goes on", async () => {
  const data = join(folder, "data");
  const options = { data, cacheDir: join(folder, "cache"), activityThreads: 1 };
  const refusal = {
    code: "component-refused",
    message: expect.stringContaining("holds it as activity_stub") as string,
  };
  const host = await openHost({ ...options, deployment: manifest("activity_stub") });
  try {
    for (const other of ["activity_wasm", "activity_external"]) {
      await expect(host.deploy(manifest(other))).rejects.toMatchObject(refusal);
    }
    const id = await host.submit(".../work.echo", ["text"]);
    await host.stub(id, { ok: "written" });
    expect(await host.result(id)).toEqual({ ok: "written" });
  } finally {
    await host.close();
  }
  await expect(openHost({ ...options, deployment: manifest("activity_wasm") })).rejects.toMatchObject(refusal);
  await (await openHost({ ...options, deployment: manifest("activity_stub") })).close();
});
