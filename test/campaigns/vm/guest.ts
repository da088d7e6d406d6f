/** A router in qemu, software emulation, or one with systemd in a container: it boots, is throttled, loses its power. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { capture, inNet, run } from "../../lab/command.ts";
import { MANAGEMENT } from "../../lab/names.ts";
import { startContainer } from "./container.ts";

export interface Image {
  /** disk.raw, vmlinuz, initrd, key, host.pub, arch, init */
  readonly folder: string;
}

export interface Places {
  /** Namespace that holds the taps. */
  readonly switchNs: string;
  readonly operatorNs: string;
  readonly dir: string;
  readonly id: string;
}

export interface Guest {
  /** Starts qemu on the disk as it is, and waits until sshd answers. @returns seconds */
  boot(): Promise<number>;
  /** Waits until sshd answers (again). */
  answers(seconds?: number): Promise<number>;
  /** Runs a command in the guest; throws with what it said. */
  exec(command: string): Promise<string>;
  /** The same in a session of its own, which ends with it. */
  alone(command: string): Promise<string>;
  /** kill -9 of qemu: what the guest had not written is gone. */
  cut(): Promise<void>;
  /** Per cent of a core; undefined for no limit. */
  throttle(percent: number | undefined): void;
  readonly console: string;
}

export function createGuest({ folder }: Image, { switchNs, operatorNs, dir, id }: Places): Guest {
  const disk = join(dir, "disk.qcow2");
  const console = join(dir, "console.log");
  const control = join(dir, "ctl");
  let qemu: ChildProcess | undefined;
  let percent: number | undefined;

  const cgroup = createCgroup(id);
  process.once("exit", () => {
    qemu?.kill("SIGKILL");
    for (let i = 0; i < 20 && !cgroup.remove(); i++) spawnSync("sleep", ["0.1"]);
  });

  const ssh = (command: string, shared = true) => [
    ...inNet(operatorNs),
    "ssh",
    ...[
      "-F",
      "none",
      "-i",
      join(folder, "key"),
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
    ],
    ...["-o", "LogLevel=ERROR"],
    ...(shared ? ["-o", "ControlMaster=auto", "-o", `ControlPath=${control}`, "-o", "ControlPersist=30"] : []),
    ...["-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=5", "-o", "BatchMode=yes"],
    `root@${MANAGEMENT.router}`,
    command,
  ];

  const self: Guest = {
    console,
    boot: async () => {
      if (hasSystemd(folder)) {
        qemu = startContainer(join(folder, "disk.raw"), { switchNs, dir, id });
        return self.answers();
      }
      if (!existsSync(disk))
        await run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", join(folder, "disk.raw"), "-F", "raw", disk]);
      const nic = (n: number) => [
        ...["-netdev", `tap,id=n${n},ifname=tap${n},script=no,downscript=no`],
        ...["-device", `virtio-net-pci,netdev=n${n},mac=52:54:00:99:00:0${n},romfile=`],
      ];
      const amd64 = readFileSync(join(folder, "arch"), "utf8").trim() === "amd64";
      const argv = [
        ...["-M", "pc,usb=off,vmport=off", "-nodefaults", "-no-user-config", "-display", "none"],
        ...[
          "-cpu",
          // Without virtualization of its own: its driver would be loaded at every boot.
          amd64 ? "qemu64,-svm" : "pentium,+cmov",
          "-smp",
          "1",
          "-m",
          "128",
          "-accel",
          "tcg,thread=single,tb-size=256",
        ],
        ...["-kernel", join(folder, "vmlinuz"), "-initrd", join(folder, "initrd"), "-append"],
        "root=/dev/vda ro console=ttyS0 net.ifnames=0 quiet panic=5 mitigations=off",
        ...["-drive", `file=${disk},if=virtio,cache=writeback`, ...[0, 1, 2, 3].flatMap(nic)],
        ...["-chardev", `file,id=s,path=${console},append=on`, "-serial", "chardev:s"],
      ];
      qemu = spawn(
        "nsenter",
        [`--net=/run/netns/${switchNs}`, amd64 ? "qemu-system-x86_64" : "qemu-system-i386", ...argv],
        {
          stdio: ["ignore", "inherit", "inherit"],
        },
      );
      await sleep(500);
      self.throttle(percent);
      return self.answers();
    },
    answers: async (seconds = 400) => {
      const start = performance.now();
      spawnSync("ssh", ["-O", "exit", "-o", `ControlPath=${control}`, "x"], { stdio: "ignore" });
      for (;;) {
        if (qemu?.exitCode !== null) throw new Error(`qemu has ended:\n${tail(console)}`);
        const { code } = await capture(ssh("true"));
        if (code === 0) return (performance.now() - start) / 1000;
        if (performance.now() - start > seconds * 1000) throw new Error(`no sshd in ${seconds} s:\n${tail(console)}`);
        await sleep(500);
      }
    },
    exec: (command) => said(command, ssh(command)),
    alone: (command) => said(command, ssh(command, false)),
    cut: async () => {
      const gone = new Promise((resolve) => qemu!.once("exit", resolve));
      // nsenter replaces itself: the process is qemu.
      qemu!.kill("SIGKILL");
      await gone;
    },
    throttle: (wanted) => {
      percent = wanted;
      if (qemu?.pid !== undefined) cgroup.limit(qemu.pid, wanted);
    },
  };
  return self;
}

export const hasSystemd = (folder: string) => readFileSync(join(folder, "init"), "utf8").trim() === "systemd";

async function said(command: string, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await capture(argv);
  if (code !== 0)
    throw new Error(`router: exit code ${code}: ${command.slice(0, 200)}\n${stderr}${stdout.slice(-500)}`);
  return stdout;
}

export function tail(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(-25).join("\n") : "";
}

/** Both versions of cgroups; a short period, so that the guest stutters as little as a slow CPU does. */
function createCgroup(id: string) {
  const v1 = existsSync("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const dir = join(v1 ? "/sys/fs/cgroup/cpu" : "/sys/fs/cgroup", `${id}-vm`);
  const put = (name: string, text: string | number) => writeFileSync(join(dir, name), `${text}`);
  return {
    limit: (pid: number, percent: number | undefined) => {
      mkdirSync(dir, { recursive: true });
      if (v1) {
        put("cpu.cfs_period_us", 10_000);
        put("cpu.cfs_quota_us", percent === undefined ? -1 : percent * 100);
        for (const task of readdirSync(`/proc/${pid}/task`)) put("tasks", task);
      } else {
        put("cpu.max", `${percent === undefined ? "max" : percent * 100} 10000`);
        put("cgroup.procs", pid);
      }
    },
    remove: () => {
      try {
        if (existsSync(dir)) rmdirSync(dir);
        return true;
      } catch {
        return false;
      }
    },
  };
}
