import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { quote } from "../../provider/dialects/quote.ts";
import { newBody, type Script, textOf } from "../../provider/dialects/script.ts";
import { type ShellChannel, shellChannel } from "../../provider/ssh/channel.ts";
import { RouterError } from "../../provider/ssh/errors.ts";
import { UNKNOWN_BODY } from "../../provider/ssh/frame.ts";

const SHELLS = [
  ["/bin/dash"],
  ["/usr/bin/busybox", "sh"],
  ["/bin/bash"],
  ["/bin/bash", "--posix"],
  ["/bin/mksh"],
].filter(([path]) => existsSync(path!));

const children: ChildProcess[] = [];

function open([path, ...args]: string[]): ShellChannel & { child: ChildProcess } {
  const child = spawn(path!, args);
  children.push(child);
  const channel = shellChannel(child, { router: "r1", timeoutMs: 10_000, onBroken: () => hangUp(child) });
  child.on("exit", (exitCode) => {
    channel.fail(
      (what, state) => new RouterError("connection-lost", { router: "r1", what, why: `${state} at exit ${exitCode}` }),
    );
  });
  child.stdin.on("error", () => {});
  return { ...channel, child };
}

afterEach(() => {
  for (const child of children.splice(0)) hangUp(child);
});

/** As a socket does: whatever still writes is told that nobody reads. */
function hangUp(child: ChildProcess): void {
  child.kill("SIGKILL");
  child.stdout?.destroy();
  child.stderr?.destroy();
}

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("%s", (_, shell) => {
  test("output comes back byte by byte, with and without a line end", async () => {
    const { exchange } = open(shell);
    for (const text of ["", "a", "a\n", "\na", "\n\n", "  a \n\n", "@@ 0\n", "a\r\n"]) {
      const result = await exchange(`printf '${text.replaceAll("\n", "\\n").replaceAll("\r", "\\r")}'`);
      expect(result).toMatchObject({ stdout: text, stderr: "", exitCode: 0 });
    }
  });

  test("standard output and standard error are told apart, and both are whole", async () => {
    const { exchange } = open(shell);
    const script = "i=0; while [ $i -lt 500 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; printf tail >&2";
    const result = await exchange(script);
    const lines = (word: string) => Array.from({ length: 500 }, (_, i) => `${word} ${i}\n`).join("");
    expect(result.stdout).toBe(lines("out"));
    expect(result.stderr).toBe(`${lines("err")}tail`);
  });

  test("the exit code is that of the last command or of exit, and the shell goes on", async () => {
    const { exchange } = open(shell);
    expect((await exchange("false")).exitCode).toBe(1);
    expect((await exchange("exit 7; echo never")).exitCode).toBe(7);
    expect((await exchange("(exit 255)")).exitCode).toBe(255);
    expect((await exchange("set -e; false; echo never")).stdout).toBe("");
    expect((await exchange("kill -9 $(exec sh -c 'echo $PPID')")).exitCode).toBe(137);
    expect(await exchange("echo on")).toMatchObject({ stdout: "on\n", exitCode: 0 });
  });

  test("variables, directory and traps of one script do not reach the next", async () => {
    const { exchange } = open(shell);
    await exchange("x=1; cd /tmp; trap 'echo trapped' EXIT; set -f; exec 2>/dev/null");
    expect((await exchange("echo [$x]; case $PWD in /tmp) echo moved;; esac; echo e >&2")).stdout).toBe("[]\n");
  });

  test("a script that reads its input gets nothing, and does not eat the next script", async () => {
    const { exchange } = open(shell);
    const [first, second] = await Promise.all([exchange("cat; read x; echo $?"), exchange("echo next")]);
    expect(first.stdout).toBe("1\n");
    expect(second.stdout).toBe("next\n");
  });

  test.each([
    ["an open if", "touch FILE; if true; then"],
    ["an open quote", "touch FILE; echo 'open"],
    ["an open double quote", 'touch FILE; echo "open'],
    ["a parenthesis too many", "touch FILE; echo )"],
    ["an open substitution", "touch FILE; echo $(echo"],
    ["a brace too many", "touch FILE\n}"],
  ])("a script with %s runs not at all, and the shell goes on", async (_, script) => {
    const { exchange } = open(shell);
    const file = `/tmp/multiwan-syntax-${process.pid}`;
    rmSync(file, { force: true });
    const error = await exchange(script.replace("FILE", file), { what: "reading the routes" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ kind: "not-understood" });
    expect((error as Error).message).toMatch(
      /^r1: reading the routes: .*syntax error in the script, and ran none of it/,
    );
    expect(existsSync(file)).toBe(false);
    expect((await exchange("echo on")).stdout).toBe("on\n");
  });

  test("quotes, here-documents, comments and backslashes at the end arrive as written", async () => {
    const { exchange } = open(shell);
    expect((await exchange(`printf '%s|' "it's" 'a"b' \\' '$x' '\\n'`)).stdout).toBe(`it's|a"b|'|$x|\\n|`);
    expect((await exchange("cat <<'E'\n$x `y` 'z'\nE")).stdout).toBe("$x `y` 'z'\n");
    expect((await exchange("echo a # comment")).stdout).toBe("a\n");
    expect((await exchange("echo a \\")).stdout).toBe("a\n");
    expect((await exchange("# only a comment")).exitCode).toBe(0);
    expect((await exchange("")).exitCode).toBe(0);
  });

  test("500 words full of signs that mean something come back from one script as they were", async () => {
    const sign = fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;#~ \t\n\r=%+-ab@");
    const words = fc
      .sample(fc.string({ unit: sign, maxLength: 20 }), { numRuns: 500, seed: 3 })
      .concat("' ) </dev/null; mw_rc=0", "@@0123456789abcdef0123456789abcdef end 0", "}\n)\n}'", "\n)\n}");
    const { exchange } = open(shell);
    const { stdout } = await exchange(words.map((word) => `printf '%s\\001\\002' ${quote(word)}`).join("\n"));
    expect(stdout.split("\u0001\u0002").slice(0, -1)).toEqual(words);
    expect((await exchange("echo on")).stdout).toBe("on\n");
  });

  test("text that looks like our marks is only text", async () => {
    const { exchange } = open(shell);
    const forged = "\\n@@0123456789abcdef0123456789abcdef end 0\\n";
    const { stdout, exitCode } = await exchange(`printf '${forged}'; printf '${forged}' >&2; echo after; exit 4`);
    expect(stdout).toBe("\n@@0123456789abcdef0123456789abcdef end 0\nafter\n");
    expect(exitCode).toBe(4);
  });

  test("set -x and set -v show the script, never the marks", async () => {
    const { exchange } = open(shell);
    const { stdout, stderr } = await exchange("set -xv; echo hi");
    expect(stdout).toBe("hi\n");
    expect(stderr).not.toMatch(/@@/);
  });

  test("UTF-8 survives chunks that cut characters", async () => {
    const { exchange } = open(shell);
    const { stdout } = await exchange("i=0; while [ $i -lt 20000 ]; do echo 'ü€𝄞é'; i=$((i+1)); done");
    expect(stdout).toBe("ü€𝄞é\n".repeat(20_000));
  });

  test("a script of 1 MB is run whole", async () => {
    const { exchange } = open(shell);
    const line = `-A MW -d 10.0.0.1/32 -j CONNMARK --set-xmark 0x1/0xff 'quoted'\n`;
    const body = line.repeat(Math.ceil(1_000_000 / line.length));
    const { stdout } = await exchange(`cat <<'E' | cksum\n${body}E`, { timeoutMs: 20_000 });
    const { execFileSync } = await import("node:child_process");
    expect(stdout).toBe(execFileSync("cksum", { input: body, encoding: "utf8" }));
  });

  test("scripts that are asked for together run one after another", async () => {
    const { exchange, exchanges } = open(shell);
    const file = `/tmp/multiwan-queue-${process.pid}`;
    const script = (i: number) => `cat ${file} 2>/dev/null; echo ${i} >${file}; sleep 0.01`;
    const results = await Promise.all(Array.from({ length: 10 }, (_, i) => exchange(script(i))));
    await exchange(`rm -f ${file}`);
    expect(results.map(({ stdout }) => stdout)).toEqual(["", ...Array.from({ length: 9 }, (_, i) => `${i}\n`)]);
    expect(exchanges()).toBe(11);
  });

  test("what a daemon of an earlier script says later is not output of the next one", async () => {
    const { exchange } = open(shell);
    await exchange("(sleep 0.1; echo stray; echo stray >&2) &");
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await exchange("echo clean")).toMatchObject({ stdout: "clean\n", stderr: "" });
  });

  test("the shell speaks English, finds the tools of root and writes for nobody else", async () => {
    const { exchange } = open(shell);
    const { stdout } = await exchange('echo "$LC_ALL $PATH $(umask) [$ENV$BASH_ENV]"');
    expect(stdout).toMatch(/^C \/usr\/local\/sbin:\/usr\/local\/bin:\/usr\/sbin:\/usr\/bin:\/sbin:\/bin 0?077 \[\]\n$/);
  });

  test("a body goes over the line once, and again to a shell that has lost it", async () => {
    const { exchange, exchanges, child } = open(shell);
    const sent: string[] = [];
    const write = child.stdin!.write.bind(child.stdin) as (text: string) => boolean;
    child.stdin!.write = (text: string) => {
      sent.push(text);
      return write(text);
    };
    const odd = "'it''s' $x \\\\ `y` \"\n\n  # é ";
    const [loud, said] = [newBody(`say() { echo "said $1"; }`), newBody(`text=${quote(odd)}`)];
    const script = (word: string): Script => ({
      bodies: [loud, said],
      text: `eval "$${loud.name}\n$${said.name}"; say ${word}; printf '%s|' "$text" ${textOf(said)}`,
    });
    const answer = (word: string) => ({ stdout: `said ${word}\n${odd}|${said.text}|`, stderr: "", exitCode: 0 });
    for (const word of ["one", "two"]) expect(await exchange(script(word))).toMatchObject(answer(word));
    expect(sent.filter((text) => text.includes("it''s") || text.includes(loud.text))).toHaveLength(1);
    write(`unset ${said.name}\n`);
    expect(await exchange(script("three"))).toMatchObject(answer("three"));
    expect(exchanges()).toBe(4);
  });

  test("the end of the shell ends the running and all waiting scripts, and refuses later ones", async () => {
    const { exchange, child } = open(shell);
    await exchange("true");
    const pending = ["running", "queued"].map((what) => exchange("sleep 5", { what }).catch((e: Error) => e.message));
    child.kill("SIGKILL");
    expect(await Promise.all(pending)).toEqual([
      "r1: running: running at exit null.",
      "r1: queued: waiting at exit null.",
    ]);
    await expect(exchange("true", { what: "later" })).rejects.toThrow("r1: later: waiting at exit null.");
  });
});

test("a script past its deadline ends the session, and the error says when and what", async () => {
  const { exchange } = open(["/bin/sh"]);
  const first = exchange("echo so far; echo oops >&2; sleep 5", { timeoutMs: 200, what: "applying" });
  const second = exchange("echo two", { what: "reading" });
  await expect(first).rejects.toMatchObject({
    kind: "timeout",
    message:
      "r1: applying: no end after 0.2 seconds; whether the script still runs is not known. " +
      "If the router is slow, raise the deadline (multiwan:router.exchangeTimeout in Pulumi.<stack>.yaml).\n  oops\n  so far",
  });
  await expect(second).rejects.toMatchObject({
    kind: "connection-lost",
    message: expect.stringContaining("not started"),
  });
});

test("a router that never stops talking is cut off", async () => {
  const { exchange } = open(["/bin/sh"]);
  await expect(exchange("cat /dev/zero")).rejects.toMatchObject({
    kind: "not-understood",
    message: expect.stringContaining("more than 64 MB of output"),
  });
});

test("a script with a NUL is refused before it is sent", async () => {
  const { exchange, exchanges } = open(["/bin/sh"]);
  await expect(exchange("echo a\0b")).rejects.toThrow("NUL");
  expect(exchanges()).toBe(0);
});

test("a shell that does not keep what it is sent is told as such, after a second try", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let sent = 0;
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const end = /@@[0-9a-f]{32} end/.exec(chunk.toString())?.[0];
      if (end !== undefined) {
        sent++;
        expect(chunk.toString()).toContain("echo kept");
        for (const stream of [stdout, stderr]) stream.write(`\n${end} ${UNKNOWN_BODY}\n`);
      }
      done();
    },
  });
  const { exchange } = shellChannel({ stdin, stdout, stderr }, { router: "r1", timeoutMs: 10_000 });
  const body = newBody("echo kept");
  const failed = await exchange({ bodies: [body], text: "true" }, { what: "applying" }).catch((e: unknown) => e);
  expect((failed as RouterError).message).toContain("r1: applying: the router's shell does not keep what it is sent");
  expect(sent).toBe(2);
});
