#!/usr/bin/env node
// Plain JavaScript that any Node can read: it looks at the Node before anything else is loaded.
const needed = [24, 20];
const found = process.versions.node.split(".").map(Number);
const oldNode = found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1]);
const noSuspension = typeof WebAssembly === "undefined" || typeof WebAssembly.Suspending !== "function";

if (oldNode || noSuspension) {
  console.error(
    "error: stele needs Node " +
      needed.join(".") +
      " or newer (WebAssembly with JSPI); this is Node " +
      process.versions.node +
      "\n" +
      "hint: npm install --save-dev node@26, then start it by npx stele or from an npm script, which take that Node first",
  );
  process.exit(2);
}
void import("../dist/host/cli/main.js");
