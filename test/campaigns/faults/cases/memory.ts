/** F14: what is remembered is lost. */
import { deviceOf } from "../../routers/script.ts";
import type { Finding } from "../judge.ts";
import { type Case, type Change, make, missed } from "./case.ts";
import { OWN } from "./edits.ts";

export const LOSSES = ["state", "manifest", "both", "the boot files"] as const;
export type Loss = (typeof LOSSES)[number];

export const f14 = (change: Change, what: Loss): Case => ({
  ...make("F14", `${what} lost`, change, async (bench, judge) => {
    if (what === "state" || what === "both") bench.operator.loseState();
    if (what === "manifest" || what === "both") await bench.lab.router.exec("rm -f /run/multiwan/manifest");
    if (what === "the boot files") await bench.lab.router.exec("rm -r /etc/multiwan");
    return judge([change[0]], { judged: false, forgets: what !== "state" });
  }),
  spoils: what !== "state",
  // Others may have files in that folder.
  ...(what === "the boot files" && { labOnly: true }),
});

/** `pulumi refresh` takes over what a hand has done; the next run mends it all the same. */
export const f14Refresh = (change: Change, edit: string): Case =>
  make("F14", `refresh after ${edit} by hand`, change, async (bench, judge) => {
    await bench.dropHeld();
    await bench.lab.router.exec(`${OWN[edit]} || :`);
    const { failures } = await bench.try(change[0], { refresh: true, apply: false });
    const odd = Object.values(failures).map((text) => ({ verdict: "unexplained", text }) as const);
    return [...odd.slice(0, 1), ...(await judge([change[0]], { judged: false }))];
  });

/** What a torn write leaves: the loader passes such a file over, and the one before brings back what a device has lost. */
export const f14Damaged = (change: Change): Case =>
  make("F14", "the boot file is damaged, and a device comes up", change, async (bench, judge) => {
    const { router } = bench.lab;
    const device = bench.router ? deviceOf(bench.router, "eth1") : "eth1";
    const address = "123.234.1.11/32";
    const shown = () => router.exec("ip addr show");
    const without = await router.exec("[ -x /etc/multiwan/load ] && [ -s /etc/multiwan/boot.prev ] || echo none");
    if (without !== "" || !(await shown()).includes(`inet ${address}`))
      return [missed("a boot file and the one before")];
    await router.exec(`cp -p /etc/multiwan/boot /etc/multiwan/whole
sed '2i ip addr add 10.66.0.1/32 dev lo' /etc/multiwan/whole >/etc/multiwan/boot
ip addr del ${address} dev '${device}'; /etc/multiwan/load '${device}'
mv /etc/multiwan/whole /etc/multiwan/boot`);
    const after = await shown();
    await router.exec("ip addr del 10.66.0.1/32 dev lo 2>/dev/null || :");
    const find = (text: string): Finding => ({ verdict: "torn", text });
    return [
      ...(after.includes("inet 10.66.0.1/32") ? [find("a damaged boot file is run")] : []),
      ...(after.includes(`inet ${address}`) ? [] : [find("the boot file before is not run")]),
      ...(await judge([change[0]], { judged: false })),
    ];
  });
