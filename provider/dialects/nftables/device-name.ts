/** `eth0`, or `eth*` for every name that begins so (nft(8), iifname). */
export const fitsDevice = (name: string, device: string) =>
  name.endsWith("*") ? device.startsWith(name.slice(0, -1)) : name === device;
