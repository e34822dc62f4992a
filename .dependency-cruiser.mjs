// The rooms of host/, and who may know whom. Imports point inward; type-only imports count too. TypeScript 7 has no
// compiler API in JavaScript, so files are parsed by swc.

const known = {
  core: [],
  ports: ["core/"],
  journal: ["core/", "ports/"],
  log: ["core/", "ports/"],
  component: ["core/", "ports/", "log/"],
  native: ["core/", "ports/", "log/"],
  engine: ["core/", "ports/"],
  deployment: ["core/", "ports/", "engine/"],
  api: ["core/", "ports/", "engine/", "deployment/"],
  cli: ["core/", "api/wire", "index\\.ts$"],
  web: ["core/", "api/wire", "index\\.ts$"],
};

/** A package that one place wraps, so that no other needs to know it. */
const owned = {
  "@bytecodealliance": "host/component/",
  "better-sqlite3": "host/journal/",
  commander: "host/cli/",
  "ipaddr.js": "host/(component|deployment)/",
  re2js: "host/(component|deployment)/",
  "smol-toml": "host/deployment/",
  ulid: "host/[^/]+$",
  zod: "host/deployment/",
};

const rooms = Object.entries(known).map(([room, others]) => ({
  name: `room-${room}`,
  comment: `host/${room} may import ${["itself", ...others.map((path) => path.replaceAll(/[\\/$]/g, ""))].join(", ")} of host/.`,
  severity: "error",
  from: { path: `^host/${room}/` },
  to: { path: "^host/", pathNot: `^host/(${[`${room}/`, ...others].join("|")})` },
}));

const packages = Object.entries(owned).map(([name, place]) => ({
  name: `package-${name.replace(/^@/, "")}`,
  comment: `Only ${place.replace("[^/]+$", "*.ts")} may import ${name}.`,
  severity: "error",
  from: { path: "^host/", pathNot: `^${place}` },
  to: { path: [`(^|/)node_modules/${name}/`, `(^|/)node_modules/@types/${name}/`, `^${name}(/|$)`] },
}));

export default {
  forbidden: [
    ...rooms,
    ...packages,
    {
      name: "pure",
      comment: "host/core and host/ports import no package and nothing of Node.",
      severity: "error",
      from: { path: "^host/(core|ports)/" },
      to: { pathNot: "^host/" },
    },
    {
      name: "outermost",
      comment: "What joins the rooms (host/*.ts) serves the CLI and the web UI and does not know them.",
      severity: "error",
      from: { path: "^host/[^/]+\\.ts$" },
      to: { path: "^host/(cli|web)/" },
    },
    {
      name: "host-alone",
      comment: "The host knows nothing of what is written around it.",
      severity: "error",
      from: { path: "^host/" },
      to: { path: "^(test|bench|examples|components|tools|dist)/" },
    },
    {
      name: "examples-as-users",
      comment: "An example sees what a user sees: the package `stele`.",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(host|test|bench|components|tools)/" },
    },
    {
      name: "no-tests-outside",
      comment: "Nothing builds on a test.",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
    {
      name: "no-dev-packages",
      comment: "What runs in a host is in `dependencies`; only `stele build` loads optional peers.",
      severity: "error",
      from: { path: "^host/", pathNot: "^host/component/build/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "resolves",
      comment: "Every import leads somewhere; `stele`, the package itself, does once it has been built.",
      severity: "error",
      from: { path: "^(host|test|bench|tools)/" },
      to: { couldNotResolve: true, pathNot: "^stele$" },
    },
    {
      name: "no-cycles",
      comment: "Files that need each other are one thing, or two with a third between them. Types count too.",
      severity: "error",
      from: { path: "^(host|test|bench|tools)/" },
      to: { circular: true },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|\\.dist-[^/]*|build|coverage)/|/generated/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
      extensions: [".ts", ".mjs", ".js", ".d.ts", ".json"],
    },
  },
};
