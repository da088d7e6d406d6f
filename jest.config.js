import { join } from "node:path";

// The suite starts hundreds of Node processes; what one has compiled, the others need not: half of their start.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node");

/** Jest runs the TypeScript sources as they are: Node's own type stripping is the only transform. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/strip-types.js" },
  // An optional peer: see docs/installation-configuration.md, `multiwan:verify`.
  moduleNameMapper: { "^@pulumi/command$": "<rootDir>/test/engine/command/package/index.cjs" },
  // What the tests themselves stand on is tried where all is tried: a fault there fails the others as well.
  testPathIgnorePatterns: process.env.TEST_ALL ? [] : ["/test/lab/", "/test/engine/engine\\.test\\.ts$"],
  testTimeout: 240_000,
  setupFiles: ["<rootDir>/test/fast-check.js"],
};
