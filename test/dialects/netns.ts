import { execFileSync } from "node:child_process";

/** Why namespaces cannot be used here; undefined if they can. */
export const noNamespaces: string | undefined = reason();

function reason(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root for network namespaces";
  try {
    execFileSync("unshare", ["-n", "-m", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "needs unshare(1) and leave to make network namespaces";
  }
}

/** Runs a shell script in a network and mount namespace of its own, with an empty tmpfs on /run; gone when it ends. */
export function inNamespace(script: string, input = "", shell: readonly string[] = ["sh"]): string {
  const setup = 'mount -t tmpfs -o mode=755 none /run && exec "$@"';
  return execFileSync("unshare", ["-n", "-m", "sh", "-c", setup, "setup", ...shell, "-c", script], {
    input,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
}
