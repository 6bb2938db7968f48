// Figures as people read them.

/** 1234567 as 1,234,567. */
export function grouped(value: number | bigint): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 20 });
}

/** "1 block", "2 blocks". */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`;
}

/** Milliseconds with as many digits as mean something. */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : grouped(Math.round(value))} ms`;
}
