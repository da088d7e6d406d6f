/** A program in TypeScript that uses the installed package, and what the compiler says of it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a program may be set up: as docs say, for a bundler, and as Pulumi's own template for TypeScript has it. */
export const configurations = {
  "an ES module and a CommonJS program": { types: ["module", "commonjs"], options: { module: "nodenext" } },
  "a program behind a bundler": { types: ["module"], options: { module: "esnext", moduleResolution: "bundler" } },
  "a program of Pulumi's template": {
    types: ["commonjs"],
    options: { module: "commonjs", moduleResolution: "node", ignoreDeprecations: "6.0" },
  },
};

/** A site and a resource with each kind of value; nothing is wrong with it. */
export const right = `import * as pulumi from "@pulumi/pulumi";
import { FwmarkRule, MultiWan, Router, type RouterArgs, type SiteArgs } from "pulumi-multiwan";

const site: SiteArgs = {
  default: "wan_one",
  marking: "every-packet",
  lan: { device: "eth0", networks: ["172.16.1.0/24"] },
  links: { wan_one: { id: 1, device: "eth1", gateway: "149.99.251.145", aliases: ["123.234.1.13"] } },
  servers: { mail: "172.16.1.130", web: { address: "172.16.1.131", via: "wan_one" } },
  publish: [{ link: "wan_one", address: "123.234.1.12", server: "mail", tcp: [25, "5000-5010", { port: 80, to: 8080 }] }],
};
const settings: RouterArgs = { host: "10.0.0.1", password: pulumi.secret("x"), probe: { by: "login" } };
const provider = new Router("north", settings);
export const wan = new MultiWan("site", site, { provider });
const rule = new FwmarkRule("one", { mark: "0x1", table: pulumi.output(101), priority: 4001, replace: ["1024: lookup 7"] });
export const lines: pulumi.Output<string> = rule.config;
`;

/** Faults of a site, by what is written instead, and the word that the compiler says. */
export const wrong = {
  aWordThatTheSiteHasNot: { right: "every-packet", wrong: "every-packt", said: "every-packt" },
  aLinkWithoutItsGateway: { right: ', gateway: "149.99.251.145"', wrong: "", said: "gateway" },
  aSettingThatTheSiteHasNot: { right: "servers:", wrong: "server:", said: "server" },
  anArgumentOfAnotherType: { right: "pulumi.output(101)", wrong: 'pulumi.output("101")', said: "Output<string>" },
  aLineToReplaceThatIsNone: { right: '["1024: lookup 7"]', wrong: "[1024]", said: "number" },
  aSettingThatTheRouterHasNot: { right: '{ by: "login" }', wrong: '{ by: "telnet" }', said: "telnet" },
  linesToReplaceOnARouter: { right: 'host: "10.0.0.1"', wrong: 'host: "10.0.0.1", replace: []', said: "replace" },
};

/**
 * The compiler is asked once for all types of a configuration, each in a folder of its own.
 * @param programs by their file's name
 * @returns by type and file's name, its first fault as `tsc` prints it, without those of other packages' own types
 */
export function compile(
  home: string,
  name: keyof typeof configurations,
  programs: Record<string, string>,
): Record<string, Record<string, string>> {
  const { types, options } = configurations[name];
  const folder = join(home, `types of ${name}`.replaceAll(/\W/g, "-"));
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  const compilerOptions = { target: "es2022", noEmit: true, types: ["node"], ...strict, ...options };
  mkdirSync(folder);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  for (const type of types) {
    mkdirSync(join(folder, type));
    writeFileSync(join(folder, type, "package.json"), JSON.stringify({ type }));
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, type, `${name}.ts`), text);
  }
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: folder, encoding: "utf8" });
  const lines = stdout.split("\n").filter((line) => /error TS/.test(line));
  const general = lines.filter((line) => /^(error|.*pulumi-multiwan)/.test(line)).map((line) => ["general", line]);
  const faultsOf = (type: string) =>
    lines.flatMap((line) => {
      const [, file] = new RegExp(`^${type}/(\\w+)\\.ts`).exec(line) ?? [];
      return file === undefined ? [] : [[file, line]];
    });
  return Object.fromEntries(types.map((type) => [type, Object.fromEntries([...general, ...faultsOf(type)])]));
}
