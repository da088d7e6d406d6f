/**
 * Where Pulumi.yaml points. Plain JavaScript that any Node loads, so that one that is too old for the TypeScript
 * beside it gets a sentence instead of `Unknown file extension ".ts"`.
 */
import pulumi from "@pulumi/pulumi";

export default async function program() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18))
    throw new pulumi.RunError(
      `pulumi-multiwan needs Node 22.18 or newer, and this is Node ${process.versions.node}: run it as \`npm run\` does, or put a newer node first on PATH.`,
    );
  const { keepCompiled } = await import("../provider/compile-cache.ts");
  keepCompiled();
  const { site } = await import("./index.ts");
  return site();
}
