/** The checksum of cksum(1), POSIX: CRC-32 with the length behind the text, not reflected. */
export function cksum(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  let crc = 0;
  const add = (byte: number) => {
    crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ byte) & 0xff]!;
  };
  for (const byte of bytes) add(byte);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) add(length & 0xff);
  return `${~crc >>> 0} ${bytes.length}`;
}

const TABLE = Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
