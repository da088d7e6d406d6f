/** Jest runs the TypeScript sources as they are: Node's own type stripping is the only transform. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/strip-types.js" },
  testTimeout: 240_000,
  setupFiles: ["<rootDir>/test/fast-check.js"],
};
