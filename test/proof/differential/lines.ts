export function* lines(_seed: number, _sites: number, _packets: number): Generator<string> {}
