// What is mostly there at once, and sometimes has to be waited for.

import type { MaybePromise } from "@heddle/engine";

/** `next` of the value, at once where that is there. */
export function after<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
