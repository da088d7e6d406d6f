/** The lab's site around a router in qemu: its router namespace is only the switch that the taps hang on. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeLab, removeLabNow, sweep } from "../../lab/cleanup.ts";
import { inNet, run, start } from "../../lab/command.ts";
import { createHosts } from "../../lab/hosts.ts";
import type { Lab } from "../../lab/index.ts";
import { setUpIsps } from "../../lab/isp.ts";
import { labId, MANAGEMENT, namespaceOf, type Role, TWO_ISPS } from "../../lab/names.ts";
import { createProber, type Prober } from "../../lab/probe.ts";
import { SERVICES } from "../../lab/site.ts";
import { buildTopology } from "../../lab/topology.ts";
import { createGuest, type Guest, hasSystemd } from "./guest.ts";

export interface VmLab extends AsyncDisposable {
  readonly id: string;
  /** Goes with the lab. */
  readonly dir: string;
  readonly guest: Guest;
  readonly prober: Prober;
  /** What `drive` needs of a lab. */
  readonly asLab: Lab;
  readonly operatorNs: string;
  readonly settings: Record<string, unknown>;
}

export async function startVmLab(folder: string): Promise<VmLab> {
  await sweep();
  const id = labId(process.pid, 900);
  const dir = mkdtempSync(join(tmpdir(), `${id}-`));
  process.once("exit", () => removeLabNow(id));
  await buildTopology(id, { rpFilter: 0, defaultRoute: undefined, isps: TWO_ISPS });
  await setUpIsps(id, TWO_ISPS);
  const switchNs = namespaceOf(id, "router");
  const operatorNs = namespaceOf(id, "operator");
  await run([...inNet(switchNs), "sh", "-e"], { input: hasSystemd(folder) ? BARE : SWITCH });
  const hosts = createHosts(id, dir);
  for (const { host, port, ...rest } of SERVICES) {
    const address = "address" in rest ? rest.address : "0.0.0.0";
    await hosts.ask(host, { op: "listen", proto: "tcp", port, address, banner: `${host} tcp/${port}` });
  }
  const ssh = {
    host: MANAGEMENT.router,
    port: 22,
    keyFile: join(folder, "key"),
    hostKey: readFileSync(join(folder, "host.pub"), "utf8").trim(),
  };
  const asLab = {
    id,
    router: { ssh },
    inNamespace: (role: Role, argv: readonly string[], options = {}) =>
      start([...inNet(namespaceOf(id, role)), ...argv], options),
  } as unknown as Lab;
  return {
    ...{ id, dir },
    guest: createGuest({ folder }, { switchNs, operatorNs, dir, id }),
    prober: createProber(id, TWO_ISPS, hosts),
    asLab,
    operatorNs,
    settings: { host: ssh.host, port: ssh.port, privateKeyFile: ssh.keyFile, hostKey: ssh.hostKey },
    [Symbol.asyncDispose]: async () => {
      hosts.stop();
      await removeLab(id);
    },
  };
}

/** Each cable of the lab's router ends on a bridge with a tap; the namespace itself has no addresses and filters nothing. */
const SWITCH = `
for n in 0 1 2 3; do
  ip addr flush dev eth$n
  ip link add br$n type bridge
  ip tuntap add tap$n mode tap
  ip link set eth$n master br$n
  ip link set tap$n master br$n
  ip link set tap$n up
  ip link set br$n up
done
for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 >$f; done
echo 0 >/proc/sys/net/ipv4/ip_forward`;

/** A container has the cables themselves; its addresses are its own business. */
const BARE = "for n in 0 1 2 3; do ip addr flush dev eth$n; done";
