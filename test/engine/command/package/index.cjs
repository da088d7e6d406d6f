/** A stand-in for the npm package @pulumi/command, where that one is not installed: `local.Command` as 1.2.1 registers it. */
const pulumi = require("@pulumi/pulumi");
const { version } = require("./package.json");

const INPUTS = ["create", "delete", "dir", "environment", "interpreter", "logging", "stdin", "triggers", "update"];

class Command extends pulumi.CustomResource {
  constructor(name, args, options) {
    const inputs = Object.fromEntries(INPUTS.map((key) => [key, args[key]]));
    const own = pulumi.mergeOptions({ version, replaceOnChanges: ["triggers[*]"] }, options);
    super("command:local:Command", name, { ...inputs, stderr: undefined, stdout: undefined }, own);
  }
}

exports.local = { Command };
