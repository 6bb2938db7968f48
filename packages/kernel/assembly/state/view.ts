// What one transaction sees of the state: a private, journaled copy of the locations it touches.

export function viewBegin(transactionIndex: u32): void {}
export function viewEnd(): void {}
export function viewAccount(address: usize): usize {
  return 0;
}
export function accountNonce(a: usize): u64 {
  return 0;
}
export function accountBalance(a: usize): usize {
  return 0;
}
export function accountCode(a: usize): usize {
  return 0;
}
export function accountCodeHash(a: usize): usize {
  return 0;
}
export function accountExists(a: usize): bool {
  return false;
}
export function accountIsEmpty(a: usize): bool {
  return false;
}
export function accountHasStorage(a: usize): bool {
  return false;
}
export function accountSetNonce(a: usize, nonce: u64): void {}
export function accountSetBalance(a: usize, balance: usize): void {}
export function accountAddBalance(a: usize, amount: usize): void {}
export function accountSubtractBalance(a: usize, amount: usize): bool {
  return false;
}
export function accountSetCode(a: usize, code: usize): void {}
export function accountTouch(a: usize): void {}
export function accountCreate(a: usize): void {}
export function accountWasCreated(a: usize): bool {
  return false;
}
export function accountDestruct(a: usize): void {}
export function accountIsDestructed(a: usize): bool {
  return false;
}
export function accountWarm(a: usize): bool {
  return false;
}
export function slotWarm(s: usize): bool {
  return false;
}
export function viewSlot(a: usize, key: usize): usize {
  return 0;
}
export function slotValue(s: usize): usize {
  return 0;
}
export function slotOriginal(s: usize): usize {
  return 0;
}
export function slotSet(s: usize, value: usize): void {}
export function transientLoad(a: usize, key: usize, result: usize): void {}
export function transientStore(a: usize, key: usize, value: usize): void {}
export function viewRefund(): i64 {
  return 0;
}
export function viewAddRefund(delta: i64): void {}
export function viewLog(a: usize, topics: usize, topicCount: u32, data: usize, dataLength: u32): void {}
export function viewCheckpoint(): u32 {
  return 0;
}
export function viewRevert(checkpoint: u32): void {}
