/** `pulumi preview --policy-pack policy`: see docs/delivery.md. The rules are in the package, beside it; the pack only names them. */
import { PolicyPack } from "@pulumi/policy";
import { policies } from "../provider/policies/index.ts";

new PolicyPack("multiwan", { policies: policies() });
