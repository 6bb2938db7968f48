// The root of a trie of any keys.

export function trieRoot(
  _entries: readonly { key: Uint8Array; value: Uint8Array }[],
  _secure: boolean,
): string {
  throw new Error("the engine has no trie of any keys yet");
}
