// Addresses of the protocol's own contracts, as words. Written where asked for: the kernel has no static data.

function setAddress(result: usize, high: u32, middle: u64, low: u64): void {
  store<u64>(result, low);
  store<u64>(result, middle, 8);
  store<u64>(result, <u64>high, 16);
  store<u64>(result, 0, 24);
}

/** Who makes the protocol's calls and leaves its logs (EIP-4788, EIP-7708): 0xff…fffe. */
export function systemAddress(result: usize): void {
  setAddress(result, 0xffffffff, 0xffffffffffffffff, 0xfffffffffffffffe);
}

/** EIP-4788: 0x000f3df6d732807ef1319fb7b8bb8522d0beac02. */
export function beaconRootsAddress(result: usize): void {
  setAddress(result, 0x000f3df6, 0xd732807ef1319fb7, 0xb8bb8522d0beac02);
}

/** EIP-2935: 0x0000f90827f1c53a10cb7a02335b175320002935. */
export function historyStorageAddress(result: usize): void {
  setAddress(result, 0x0000f908, 0x27f1c53a10cb7a02, 0x335b175320002935);
}

/** EIP-7002: 0x00000961ef480eb55e80d19ad83579a64c007002. */
export function withdrawalRequestsAddress(result: usize): void {
  setAddress(result, 0x00000961, 0xef480eb55e80d19a, 0xd83579a64c007002);
}

/** EIP-7251: 0x0000bbddc7ce488642fb579f8b00f3a590007251. */
export function consolidationRequestsAddress(result: usize): void {
  setAddress(result, 0x0000bbdd, 0xc7ce488642fb579f, 0x8b00f3a590007251);
}

/** EIP-6110 on mainnet: 0x00000000219ab540356cbb839cbe05303d7705fa. */
export function mainnetDepositAddress(result: usize): void {
  setAddress(result, 0x00000000, 0x219ab540356cbb83, 0x9cbe05303d7705fa);
}
