import { INTERNET, type Lab } from "./index.ts";

/** The services of the write-up's site: what its server map points at, and a web server out in the internet. */
export const SERVICES = [
  { host: "server1", port: 1494 },
  { host: "server2", port: 25 },
  { host: "server2", port: 80 },
  { host: "server3", port: 80 },
  { host: "internet", port: 80, address: INTERNET.web },
] as const;

export const startSite = async (lab: Lab): Promise<void> => {
  await Promise.all(SERVICES.map(({ host, ...service }) => lab.server(host, service)));
};
