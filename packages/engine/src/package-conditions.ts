// What a thread must be started with to find the same files as its parent.

/**
 * Of the options that a process was started with, those that say how packages are resolved: what a thread of it is started
 * with, as the others (`--eval`, `--input-type`, …) are the process's own.
 *
 * @example
 * ```ts
 * new Worker(file, { execArgv: packageConditions(process.execArgv) });
 * ```
 */
export function packageConditions(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((option, i) => {
    if (/^(--conditions|-C)=/.test(option)) return [option];
    return option === "--conditions" || option === "-C" ? [option, execArgv[i + 1] ?? ""] : [];
  });
}
