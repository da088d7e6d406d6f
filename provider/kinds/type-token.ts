/**
 * What the type tokens of all resources begin with; behind it stands the kind. They are in every stack's state, and never change. The
 * package `pulumi-nodejs` is the one that runs dynamic providers.
 */
export const TYPE_PREFIX = "pulumi-nodejs:dynamic/multiwan:";
