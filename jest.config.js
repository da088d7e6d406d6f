/** Jest runs the TypeScript sources as they are: Node's own type stripping is the only transform. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/strip-types.js" },
  // The slices of the fault campaign are not steady yet: FAULTS=1 npm run jest -- test/faults.
  testPathIgnorePatterns: process.env.FAULTS ? [] : ["/test/faults/"],
  testTimeout: 240_000,
  setupFiles: ["<rootDir>/test/fast-check.js"],
};
