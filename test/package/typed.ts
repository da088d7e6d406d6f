/** A program in TypeScript that uses the installed package, and what the compiler says of it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a program may be set up: as docs say, for a bundler, and as Pulumi's own template for TypeScript has it. */
export const setups = {
  "an ES module": { type: "module", options: { module: "nodenext" } },
  "a CommonJS program": { type: "commonjs", options: { module: "nodenext" } },
  "a program behind a bundler": { type: "module", options: { module: "esnext", moduleResolution: "bundler" } },
  "a program of Pulumi's template": {
    type: "commonjs",
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
const rule = new FwmarkRule("one", { mark: "0x1", table: pulumi.output(101), priority: 4001, adopt: ["1024: lookup 7"] });
export const lines: pulumi.Output<string> = rule.config;
`;

/** Faults of a site, by what is written instead, and the word that the compiler says. */
export const wrong = {
  aWordThatTheSiteHasNot: { right: "every-packet", wrong: "every-packt", said: "every-packt" },
  aLinkWithoutItsGateway: { right: ', gateway: "149.99.251.145"', wrong: "", said: "gateway" },
  aSettingThatTheSiteHasNot: { right: "servers:", wrong: "server:", said: "server" },
  anArgumentOfAnotherType: { right: "pulumi.output(101)", wrong: 'pulumi.output("101")', said: "Output<string>" },
  aLineToAdoptThatIsNone: { right: '["1024: lookup 7"]', wrong: "[1024]", said: "number" },
  aSettingThatTheRouterHasNot: { right: '{ by: "login" }', wrong: '{ by: "telnet" }', said: "telnet" },
  linesToAdoptOnARouter: { right: 'host: "10.0.0.1"', wrong: 'host: "10.0.0.1", adopt: []', said: "adopt" },
};

/** Programs by their file's name; faults as `tsc` prints them, without those of other packages' own types. */
export function compile(home: string, setup: keyof typeof setups, programs: Record<string, string>): string[] {
  const { type, options } = setups[setup];
  const folder = join(home, `types of ${setup}`.replaceAll(/\W/g, "-"));
  mkdirSync(folder);
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  const compilerOptions = { target: "es2022", noEmit: true, types: ["node"], ...strict, ...options };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, `${name}.ts`), text);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: folder, encoding: "utf8" });
  return stdout.split("\n").filter((line) => /error TS/.test(line) && /^(\w+\.ts|.*pulumi-multiwan|error)/.test(line));
}
