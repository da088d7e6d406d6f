import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "@jest/globals";

const PROCESS = fileURLToPath(new URL("../../provider/lifecycle/process.ts", import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
});

test("a provider ends when its engine is gone, although the shell that started it is still there", async () => {
  const sockets = new Set<Socket>();
  const engine = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const provider = `import(${JSON.stringify(PROCESS)}).then(({ configure }) => configure("{}")); setInterval(() => {}, 1e6)`;
  // As the CLI's plugin does it: a shell that waits for node.
  const script = '"$0" --disable-warning=ExperimentalWarning -e "$1" "$2"; echo "ended $?"';
  child = spawn("sh", ["-c", script, process.execPath, provider, address], { stdio: ["ignore", "pipe", "inherit"] });
  const said = new Promise<string>((resolve) => child!.stdout!.once("data", (data) => resolve(String(data))));
  await new Promise((resolve) => engine.once("connection", resolve));
  // One that is only slow, or closes what says nothing, is not gone.
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => engine.once("connection", resolve));
  engine.close();
  for (const socket of sockets) socket.destroy();
  expect(await said).toBe("ended 1\n");
});
