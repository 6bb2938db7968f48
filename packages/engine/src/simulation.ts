// Blocks that are simulated (eth_simulateV1): transactions that nobody has signed, and what each of them gave.

import { codeName, Halt } from "@heddle/kernel";
import { type HaltReason, readLogs } from "./call.ts";
import { InvalidArgumentError } from "./errors.ts";
import { type Hex, toBytes, toQuantity } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { Log } from "./receipts.ts";

/** What a block has otherwise than its header and its rules say. */
export interface BlockVariation {
  /** Wei a unit of blob gas, whatever follows from the header. */
  blobBaseFee?: bigint | undefined;
  /** At which addresses other precompiles answer than the rules say: by the address where they stand; undefined = none does. */
  precompiles?: ReadonlyMap<Hex, Hex | undefined> | undefined;
}

/** How a block is simulated. Its transactions need no signatures, accounts with code may send, and EIP-7825 does not hold. */
export interface SimulationOptions extends BlockVariation {
  /** False: the nonces are the senders', whatever transactions say, and who offers no fee pays none. */
  validation: boolean;
  /** Gas that all transactions may use together. */
  gas: bigint;
  /**
   * A nonce or a gas limit of 2 ** 64 - 1 is left open: it is made the sender's nonce, and all the gas that is left. More gas
   * than `gas` has left is cut. The transactions root of such a block means nothing.
   */
  open?: boolean;
  /** Ether that moves leaves a log of 0xeeee…ee as a token's transfer does. The receipts root of such a block means nothing. */
  transferLogs?: boolean;
}

/** What a simulated transaction gave. */
export interface SimulatedTransaction {
  halt: HaltReason;
  output: Uint8Array;
  /** After refunds. */
  gasUsed: bigint;
  /** Before them. */
  gasBeforeRefund: bigint;
  /** With which it was executed. */
  nonce: bigint;
  gasLimit: bigint;
  logs: Log[];
}

/** What a nonce or a gas limit says that is left open. */
export const OPEN_FIELD = 2n ** 64n - 1n;

/** Precompiles stand at 1 to 0x11 and 0x100. */
const LAST_PRECOMPILE = 0x11n;
const P256_VERIFY = 0x100n;

/** The number of the precompile that stands at an address by the rules; 0 = none is meant. */
function precompileNumber(address: Hex | undefined): number {
  if (address === undefined) return 0;
  toBytes(address, "simulation.precompiles", 20);
  const number = BigInt(address);
  if (number > 0n && (number <= LAST_PRECOMPILE || number === P256_VERIFY)) return Number(number);
  throw new InvalidArgumentError("simulation.precompiles", "the address of a precompile", address);
}

/** A variation or a simulation whose fields are in their ranges. */
export interface CheckedSimulation {
  /** Undefined: the block is as it is, but for its variation. */
  options: SimulationOptions | undefined;
  precompiles: { address: Uint8Array; number: number }[];
  blobBaseFee: bigint | undefined;
  gas: bigint;
}

/** @throws InvalidArgumentError naming the first field that is wrong */
export function checkSimulation(given: BlockVariation | SimulationOptions): CheckedSimulation {
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError("simulation", "an object", given);
  }
  const { blobBaseFee, precompiles } = given;
  const options = "validation" in given ? given : undefined;
  return {
    options,
    gas: options === undefined ? 0n : toQuantity(options.gas, "simulation.gas", 64),
    blobBaseFee:
      blobBaseFee === undefined ? undefined : toQuantity(blobBaseFee, "simulation.blobBaseFee", 256),
    precompiles: [...(precompiles ?? [])].map(([address, moved]) => ({
      address: toBytes(address, "simulation.precompiles", 20),
      number: precompileNumber(moved),
    })),
  };
}

/** Writes it to the kernel's environment; the flags to run the block with. */
export function writeSimulation(kernel: KernelInstance, simulation: CheckedSimulation): number {
  const { layout } = kernel;
  const { options, precompiles, gas } = simulation;
  const at = kernel.allocate(layout.Simulation_size);
  const moved = kernel.allocate(precompiles.length * layout.MovedPrecompile_size + 8);
  precompiles.forEach(({ address, number }, i) => {
    const entry = moved + i * layout.MovedPrecompile_size;
    kernel.setWordBytes(entry + layout.MovedPrecompile_address, address);
    kernel.setU64(entry + layout.MovedPrecompile_number, BigInt(number));
  });
  kernel.setU64(at + layout.Simulation_gas, gas);
  kernel.setU32(at + layout.Simulation_moved, moved);
  kernel.setU32(at + layout.Simulation_movedCount, precompiles.length);
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_simulation, at);
  if (options === undefined) return 0;
  return (
    layout.FLAG_SIMULATED |
    (options.validation ? 0 : layout.FLAG_UNVALIDATED) |
    (options.open ? layout.FLAG_OPEN_FIELDS : 0) |
    (options.transferLogs ? layout.FLAG_TRANSFER_LOGS : 0)
  );
}

/** What the transactions of the block in the kernel gave. */
export function readSimulated(kernel: KernelInstance, count: number): SimulatedTransaction[] {
  const { layout } = kernel;
  const pointers = kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactions);
  return Array.from({ length: count }, (_, i) => {
    const t = kernel.getU32(pointers + i * 4);
    return {
      halt: codeName(Halt, kernel.getU32(t + layout.Transaction_status)),
      output: kernel.copy(
        kernel.getU32(t + layout.Transaction_output),
        kernel.getU32(t + layout.Transaction_outputLength),
      ),
      gasUsed: kernel.getU64(t + layout.Transaction_gasUsed),
      gasBeforeRefund: kernel.getU64(t + layout.Transaction_gasBeforeRefund),
      nonce: kernel.getU64(t + layout.Transaction_nonce),
      gasLimit: kernel.getU64(t + layout.Transaction_gasLimit),
      logs: readLogs(kernel, kernel.getU32(t + layout.Transaction_logs)),
    };
  });
}
