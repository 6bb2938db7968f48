// Figures as people read them.

/** 1234567 as 1,234,567. */
export function grouped(value: number | bigint): string {
  // Not toLocaleString: a node would load the system's languages before its first answer.
  const [whole = "", fraction] = String(value).split(".");
  const groups = whole.replaceAll(/\B(?=(?:[0-9]{3})+$)/g, ",");
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** "1 block", "2 blocks". */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`;
}

/** Milliseconds with as many digits as mean something. */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : grouped(Math.round(value))} ms`;
}
