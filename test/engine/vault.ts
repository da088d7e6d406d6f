/** Secrets at rest: AES-256-GCM under a key from the passphrase, so that no plain text reaches the state file. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { isList, isObject, isSecret, mapObject, type Properties, secretSig, sigKey, type Value } from "./values.ts";

export interface Vault {
  unlock(salt: string): void;
  salt(): string;
  sealAll(properties: Properties): Properties;
  openAll(properties: Properties): Properties;
}

export function createVault(passphrase: string): Vault {
  let salt = randomBytes(8).toString("base64");
  let key: Buffer | undefined;
  /** A cheap cost: the file only has to hide secrets from a search, on a developer's machine. */
  const derived = () => {
    key ??= scryptSync(passphrase, Buffer.from(salt, "base64"), 32, { N: 1024 });
    return key;
  };

  const seal = (value: Value): Value => {
    if (isList(value)) return value.map(seal);
    if (!isObject(value)) return value;
    if (!isSecret(value)) return mapObject(value, seal);
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", derived(), iv);
    const text = Buffer.concat([cipher.update(JSON.stringify(value.value ?? null), "utf8"), cipher.final()]);
    const packed = Buffer.concat([text, cipher.getAuthTag()]).toString("base64");
    return { [sigKey]: secretSig, ciphertext: `v1:${iv.toString("base64")}:${packed}` };
  };

  const open = (value: Value): Value => {
    if (isList(value)) return value.map(open);
    if (!isObject(value)) return value;
    if (!isSecret(value)) return mapObject(value, open);
    const [, iv, packed] = String(value.ciphertext).split(":");
    const bytes = Buffer.from(packed!, "base64");
    const decipher = createDecipheriv("aes-256-gcm", derived(), Buffer.from(iv!, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
      return { [sigKey]: secretSig, value: JSON.parse(text) };
    } catch {
      throw new Error("incorrect passphrase: the secrets in the state file were written under another one");
    }
  };

  return {
    unlock(stored) {
      if (stored !== salt) key = undefined;
      salt = stored;
    },
    salt: () => salt,
    sealAll: (properties) => mapObject(properties, seal),
    openAll: (properties) => mapObject(properties, open),
  };
}
