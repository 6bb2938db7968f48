/** Why a transaction or a block was refused, in the engine's terms. */
export type Refusal =
  /** `reason`: name of an `Invalid` code. */
  | { kind: "transaction"; reason: string }
  /** `field`: what is wrong, such as `header.gasLimit`. */
  | { kind: "block"; field: string }
  /** `reason`: the part of the RLP that is wrong. */
  | { kind: "decoding"; reason: string };

export function describeRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case "transaction":
      return `transaction refused: ${refusal.reason}`;
    case "block":
      return `block refused: ${refusal.field}`;
    case "decoding":
      return `not decoded: ${refusal.reason}`;
  }
}
