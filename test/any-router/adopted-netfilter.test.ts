/** Rules of iptables typed by hand, in words that a reader of rules mixes up: what is adopted comes back as it was printed. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

/** As iptables-save prints them. */
const RULES = [
  "-s 10.1.0.0/16 -d 10.2.0.0/16 -i eth0 -m policy --dir in --pol ipsec --reqid 1 --proto esp -j MARK --set-xmark 0x500/0xff00",
  "-m policy --dir in --pol ipsec --strict --proto esp --mode tunnel --tunnel-src 10.1.0.1 --next --proto ah -j RETURN",
  "-m state --state NEW -j MARK --set-xmark 0x600/0xff00",
  "-m conntrack --ctstate NEW -j MARK --set-xmark 0x600/0xff00",
  "-p tcp -m state --state INVALID,RELATED -m tcp --dport 22 -j LOG --log-prefix -j",
  "-m recent --set --name -x --mask 255.255.255.255 --rsource",
  '-m string ! --string "!" --algo bm -j NFLOG --nflog-prefix -j',
  "-p tcp -m tcp --dport 22 -m helper --helper -j -j RETURN",
  '-p esp -m comment --comment "!" -j RETURN',
];

describe.each(iptablesVariants("nft"))("%s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let printed: string[];
  // nft lists chains as they were made; that order has no meaning.
  const dump = async () => (await lab.router.dump()).replace(/^## nft\n[\s\S]*?(?=^## )/m, "");
  const rules = async () => {
    const save = await lab.router.exec("iptables-save -t mangle");
    return save.split("\n").filter((line) => line.startsWith("-A"));
  };
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false });
    await startSite(lab);
    const lines = [
      ...RULES.map((rule) => `-A vpnmark ${rule}`),
      "-A PREROUTING -j vpnmark",
      `-A PREROUTING ${RULES[0]}`,
    ];
    await lab.router.exec("iptables-restore", ["*mangle", ":vpnmark -", ...lines, "COMMIT", ""].join("\n"));
    printed = await rules();
    expect(printed).toEqual([...lines.slice(-2), ...lines.slice(0, -2)]);
    stack = await direct(lab);
  });
  afterAll(() => lab?.stop());

  test("a chain and a hook go for the site, and are back word for word when it goes", async () => {
    const before = await dump();
    stack.site.adopt = ["-N vpnmark", ...printed].map((line) => `-t mangle ${line}`);
    succeeded(await stack.up());
    expect((await rules()).filter((line) => /vpnmark|policy/.test(line))).toEqual([]);
    expect(new Set(Object.values((await stack.preview()).ops))).toEqual(new Set(["same"]));
    succeeded(await stack.destroy());
    expect(await dump()).toBe(before);
  });

  test("rules come back next to the ones they stood next to, though others have come in front of them meanwhile", async () => {
    const chain = async () => (await lab.router.exec("iptables-save -t nat")).match(/^-A POSTROUTING .*/gm) ?? [];
    await lab.router.exec(`iptables -t nat -A POSTROUTING -s 172.16.1.0/24 -o eth1 -j MASQUERADE
      iptables -t nat -A POSTROUTING -d 10.8.0.0/16 -j ACCEPT
      iptables -t nat -A POSTROUTING -s 172.16.1.0/24 -o eth2 -j MASQUERADE
      iptables -t nat -A POSTROUTING -s 10.7.0.0/16 -j MASQUERADE`);
    const before = await chain();
    stack.site.adopt = [...(stack.site.adopt as string[]), `-t nat ${before[0]}`, `-t nat ${before[2]}`];
    succeeded(await stack.up());
    expect((await chain()).filter((line) => !line.includes("mw-"))).toEqual([before[1], before[3]]);
    await lab.router.exec("iptables -t nat -I POSTROUTING -s 10.66.0.0/16 -j ACCEPT");
    succeeded(await stack.destroy());
    expect(await chain()).toEqual(["-A POSTROUTING -s 10.66.0.0/16 -j ACCEPT", ...before]);
    await lab.router.exec("iptables -t nat -F; iptables -t nat -X");
  });

  test("the operator's way in, adopted away: a rollback brings it back, also where the router has no names of protocols", async () => {
    await lab.router.exec(`rm /etc/protocols; iptables -t mangle -F; iptables -t mangle -X
      iptables -N vpn; iptables -A vpn -p 47 -j ACCEPT; iptables -A vpn -s 192.168.99.0/24 -j ACCEPT
      iptables -A INPUT -s 10.0.0.1 -j ACCEPT; iptables -A INPUT -s 10.0.0.2 -j ACCEPT; iptables -A INPUT -j vpn
      iptables -P INPUT DROP`);
    const before = await dump();
    stack.site.adopt = [
      "-N vpn",
      "-A vpn -p 47 -j ACCEPT",
      "-A vpn -s 192.168.99.0/24 -j ACCEPT",
      "-A INPUT -j vpn",
    ].map((line) => `-t filter ${line}`);
    stack.router = { ...stack.router, connectTimeout: 4, confirmTimeout: 10 };
    await expect(stack.deploy()).rejects.toThrow(/rolled it back/);
    for (let i = 0; i < 200 && /^\/run\/multiwan\/(tx|lock)/m.test(await dump()); i++) await sleep(100);
    await lab.router.exec("rm -f /run/multiwan/reverted; rmdir /run/multiwan 2>/dev/null || :");
    expect(await dump()).toBe(before);
  });
});
