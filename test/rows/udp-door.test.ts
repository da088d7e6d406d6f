import { expect, test } from "@jest/globals";
import { INTERNET, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { direct } from "./direct.ts";
import { succeeded } from "./helpers.ts";

/** One client that always uses the same port, as phones and tunnels do: his packets keep their conntrack entry alive. */
const ASK = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("${INTERNET.client}", 5060)); s.settimeout(3)
s.sendto(b"hello", ("216.111.1.12", 5060))
print(s.recv(500).decode(errors="replace"))`;

test.each(iptablesVariants("legacy"))(
  "a UDP client with one port for ever follows its door to another server, and only that door; iptables %s",
  async (iptables) => {
    await using lab = await startLab({ iptables });
    await startSite(lab);
    for (const host of ["server1", "server2"] as const) await lab.server(host, { port: 5060, proto: "udp" });
    await using stack = await direct(lab);
    const { publish } = stack.site;
    const ask = async () => (await lab.run("internet", ["python3", "-c", ASK])).stdout;
    const lead = async (server: string) => {
      const door = { link: "wan_two", address: "216.111.1.12", server, udp: [5060] };
      stack.site = { ...stack.site, publish: [...(publish as object[]), door] } as typeof stack.site;
      succeeded(await stack.up());
    };
    await lead("server1");
    expect(await ask()).toContain("server1 udp/5060");
    await lead("server2");
    expect(await ask()).toContain("server2 udp/5060");
  },
);
